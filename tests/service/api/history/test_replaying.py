"""Histories of one subject, complete or limited to a time range, read from the log."""

from domain.foundation import BallotId, ProgrammeId, TeamId
from projections.wording.sentences import SentenceStyle, date_and_time
from service.clock_and_ids import new_id, now
from service.operations.history import HistoryEntry, HistoryRange, history, replay
from tests.conftest import Api
from tests.service.api.examples.programme import ballot, made, programme
from tests.service.api.examples.team import a_team


async def lines(api: Api, about: ProgrammeId | TeamId | BallotId, within: HistoryRange = HistoryRange()) -> list[str]:
    return [one async for one in replay(api.kring, about=about, language="en", within=within)]


async def test_the_history_of_a_ballot_lists_its_events(api: Api) -> None:
    setting = await programme(api, participants=2)
    opened, other = await ballot(setting), setting.people[1]
    for client in setting.people:
        made(await client.put(f"/ballots/{opened}/vote", json={"approvals": []}), 200)
    body = {"challenge_id": setting.challenges[0]}
    made(await other.post(f"/ballots/{opened}/recusals", json=body), 200)
    made(await setting.facilitator.post(f"/ballots/{opened}/close"), 200)
    types = [one.line.event.TOPIC async for one in history(api.kring, about=BallotId(opened))]
    assert types == ["ballot.opened", *["ballot.vote_cast"] * 2, "ballot.recusal_declared", "ballot.closed"]
    assert len(await lines(api, BallotId(opened))) == len(types)
    assert await lines(api, BallotId(new_id("ballot"))) == []


async def test_a_history_can_be_limited_to_a_time_range(api: Api) -> None:
    setting = await programme(api, participants=2, challenges=0)
    about = ProgrammeId(setting.programme)
    before, moment_between = await lines(api, about), now()
    first = await api.kring.log.head()
    made(await setting.manager.put(f"/programmes/{about}", json={"name": "Leergang", "edition": "2017"}), 200)
    second = await api.kring.log.head()
    made(await setting.manager.post(f"/programmes/{about}/announcements", json={"text": "Welkom."}))
    *same, revised, announced = await lines(api, about)
    assert same == before
    assert await lines(api, about, HistoryRange(since=first)) == [revised, announced]
    assert await lines(api, about, HistoryRange(since=moment_between)) == [revised, announced]
    assert await lines(api, about, HistoryRange(since=first, as_of=second)) == [revised]
    assert await lines(api, about, HistoryRange(since=second, as_of=first)) == []


async def test_the_history_of_a_cop_uses_the_time_zone_of_its_programme_at_the_time(api: Api) -> None:
    team = await a_team(api)
    insight = {"text": "Ze zoeken elkaar."}
    made(await team.members[0].post(f"/teams/{team.id}/insights", json=insight))
    there = {"name": "Leergang", "edition": "2016", "timezone": "America/New_York"}
    made(await team.manager.put(f"/programmes/{team.programme}", json=there), 200)
    before = await api.kring.log.head()
    made(await team.members[1].post(f"/teams/{team.id}/insights", json=insight))
    entries = [one async for one in history(api.kring, about=TeamId(team.id), language="en")]
    assert [one.line.event.TOPIC for one in entries] == ["team.formed", *["research.insight_shared"] * 2]
    assert [zone(one) for one in entries] == ["Europe/Amsterdam", "Europe/Amsterdam", "America/New_York"]
    last = await lines(api, TeamId(team.id), HistoryRange(since=before))
    there_and_then = date_and_time(
        entries[-1].line.recorded_at, SentenceStyle("en", zone="America/New_York", names_zone=False)
    )
    assert [there_and_then in one for one in last] == [True]


def zone(of: HistoryEntry) -> str:
    return of.style.zone
