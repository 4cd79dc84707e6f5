"""The demo case, played from challenge to delivered advice over HTTP alone."""

# asyncpg is barely typed:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import asyncio
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import asyncpg
import httpx
import pytest

from domain.foundation import TokenRole
from service.demo import DemoStopped, load, play, steps
from service.demo.case import COPS, PROGRAMME
from service.store.log.types import RecordedEvent
from tests.conftest import Api
from tests.journeys.examples.demo import issuing, solving

FIRST, LAST = datetime(2016, 8, 31, tzinfo=UTC), datetime(2017, 7, 1, tzinfo=UTC)
SEED_FOUR = ["Benny Tuin", "Els Satter", "Karen van Rhijn", "Michel de Maar"]
SEED_TOPICS = {"team_formation", "networking", "presenting", "change", "influence", "techniques"}
TOKENS = "access.token_issued"  # shown once, so that every run needs its own
BY_JOBS = {"team.assignment_proposed"}

Json = dict[str, Any]


async def recorded(api: Api) -> list[RecordedEvent]:
    return (await api.kring.log.read())[0]


def kinds(log: list[RecordedEvent]) -> Counter[str]:
    return Counter(one.type for one in log if one.type != TOKENS)


class Reader:
    """The public API as one person of the demo."""

    def __init__(self, client: httpx.AsyncClient, position: int) -> None:
        self.client, self.position = client, position

    async def get(self, path: str) -> Json:
        answer = await self.client.get(path, params={"at_least": self.position})
        assert answer.status_code == 200, (path, answer.text)
        return answer.json()

    async def all(self, path: str) -> list[Json]:
        answer = await self.client.get(path, params={"limit": 200, "at_least": self.position})
        assert answer.status_code == 200, (path, answer.text)
        return answer.json()["items"]

    async def status(self, path: str) -> int:
        return (await self.client.get(path, params={"at_least": self.position})).status_code


class PlayedDemo:
    """A played demo, read over HTTP as any of its people."""

    def __init__(self, api: Api, log: list[RecordedEvent], people: dict[str, Json], manager: Reader) -> None:
        self.api, self.log, self.people, self.manager = api, log, people, manager

    async def reader(self, name: str, role: TokenRole = "participant") -> Reader:
        return Reader(await self.api.as_(role, self.people[name]["id"]), self.log[-1].position)


async def reading(api: Api) -> PlayedDemo:
    log = await recorded(api)
    manager = Reader(await api.as_("manager"), log[-1].position)
    people = {one["name"]: one for one in await manager.all("/people")}
    return PlayedDemo(api, log, people, manager)


# The case


async def test_the_demo_runs_from_challenges_to_a_fulfilled_commitment(api: Api) -> None:
    messages: list[str] = []
    async with solving(api):
        await play(api.url, issuing(api), messages.append)
    assert len(messages) == steps()
    played = await reading(api)
    programme = (await played.manager.all("/programmes"))[0]
    assert (programme["name"], programme["edition"]) == ("Leergang young potentials", "2016")
    challenges = {one["id"]: one for one in await played.manager.all(f"/programmes/{programme['id']}/challenges")}
    await _three_challenges_were_chosen(played, programme, challenges)
    teams = await _three_cops_were_formed(played, programme, challenges)
    await _three_sessions_were_held(played, programme)
    rabobank, *others = teams
    await _the_rabobank_cop_did_its_research(played, rabobank)
    await _the_rabobank_cop_travelled(played, rabobank)
    await _the_rabobank_cop_advised(played, rabobank)
    for team in others:
        advice = await played.manager.get(f"/teams/{team['id']}/advice")
        assert advice["status"] == "presented"
    _everybody_acted_in_the_time_of_the_case(played)


async def _three_challenges_were_chosen(played: PlayedDemo, programme: Json, challenges: dict[str, Json]) -> None:
    participants = await played.manager.all(f"/programmes/{programme['id']}/participants")
    assert len(participants) >= 12
    assert len({one["organisation_id"] for one in participants}) >= 3
    ballot = (await played.manager.all(f"/programmes/{programme['id']}/ballots"))[0]
    assert (ballot["status"], ballot["secrecy"], ballot["rule"]) == ("certified", "named", "equal_shares/1")
    assert len(ballot["challenge_ids"]) >= 8
    assert datetime.fromisoformat(ballot["closes_at"]) > datetime.fromisoformat(ballot["closed_at"])
    texts = await played.manager.get(f"/ballots/{ballot['id']}/texts")
    asked = {one["challenge_id"]: one["questions"] for one in texts["challenges"]}
    assert sum(map(len, asked.values())) == len(PROGRAMME.questions)
    assert all(one["answer"]["text"] for questions in asked.values() for one in questions)
    result = await played.manager.get(f"/ballots/{ballot['id']}/result")
    assert len(result["selected"]) == 3
    assert "hoe behouden we start-ups voor de Regio Zwolle" in [challenges[one]["title"] for one in result["selected"]]
    assert Counter(one["status"] for one in challenges.values())["declined"] == 1


async def _three_cops_were_formed(played: PlayedDemo, programme: Json, challenges: dict[str, Json]) -> list[Json]:
    teams = await played.manager.all(f"/programmes/{programme['id']}/teams")
    by_title = {challenges[one["challenge_id"]]["title"]: one for one in teams}
    rabobank = by_title.pop("hoe behouden we start-ups voor de Regio Zwolle")
    names = {one["id"]: name for name, one in played.people.items()}
    assert sorted(names[one] for one in rabobank["member_ids"]) == SEED_FOUR
    assert len(by_title) == 2
    return [rabobank, *by_title.values()]


async def _three_sessions_were_held(played: PlayedDemo, programme: Json) -> None:
    gatherings = await played.manager.all(f"/programmes/{programme['id']}/gatherings")
    sessions = [one for one in gatherings if one["kind"] == "session"]
    assert sorted(one["number"] for one in sessions) == [1, 2, 3]
    assert {topic for one in sessions for topic in one["topics"]} == SEED_TOPICS
    for one in sessions:
        complete = await played.manager.get(f"/gatherings/{one['id']}")
        assert complete["status"] == "held"
        assert complete["minutes"]["status"] == "approved"
        assert len(complete["attendance"]) == len(PROGRAMME.in_role("participant"))


async def _the_rabobank_cop_did_its_research(played: PlayedDemo, team: Json) -> None:
    karen = await played.reader("Karen van Rhijn")
    assert len(await karen.all(f"/teams/{team['id']}/sources")) >= 10
    interviews = await karen.all(f"/teams/{team['id']}/interviews")
    assert all(one["status"] == "held" and one["consent"] for one in interviews)
    sectors = Counter(one["sector"] for one in interviews)
    assert all(sectors[one] >= 2 for one in ("knowledge", "government", "business"))
    stakeholders = await karen.all(f"/teams/{team['id']}/stakeholders")
    assert len(stakeholders) >= 8
    assert all(len(one["placements"]) == 2 for one in stakeholders)
    assert sum(len(one["talks"]) for one in stakeholders) >= 3
    own = [one for one in await karen.all(f"/teams/{team['id']}/gatherings") if one["kind"] == "own"]
    assert len(own) >= 3
    assert all(one["status"] == "held" for one in own)
    lotte = await played.reader("Lotte Schokker")
    assert len(await lotte.all(f"/teams/{team['id']}/insights")) == 1, "others read what was shared with them"


async def _the_rabobank_cop_travelled(played: PlayedDemo, team: Json) -> None:
    els = await played.reader("Els Satter")
    trip = (await els.all(f"/teams/{team['id']}/trips"))[0]
    assert (trip["status"], trip["destination"]) == ("completed", "Rotterdam")
    assert len(trip["itinerary"]) >= 4
    assert len(trip["expenses"]) >= 5
    bookings = await els.all(f"/trips/{trip['id']}/bookings")
    assert [one["status"] for one in bookings] == ["confirmed"] * 3
    settlement = await els.get(f"/trips/{trip['id']}/settlement")
    assert settlement


async def _the_rabobank_cop_advised(played: PlayedDemo, team: Json) -> None:
    margriet = await played.reader("Margriet Hoekstra", "commissioner")
    benny = await played.reader("Benny Tuin")
    advice = await benny.get(f"/teams/{team['id']}/advice")
    assert advice["status"] == "delivered"
    assert advice["parts"]["problem_statement"]["version"] == 2
    assert advice["parts"]["guiding_question"]["text"] == "hoe behouden we start-ups voor de Regio Zwolle"
    assert len(advice["verdicts"]) == 4
    recommendations = await margriet.all(f"/teams/{team['id']}/recommendations")
    assert len(recommendations) == 2
    for one in recommendations:
        assert len({evidence.partition("_")[0] for evidence in one["evidence"]}) >= 2
        assert one["response"] is not None
    organisation = team["organisation_id"]
    commitments = await margriet.all(f"/organisations/{organisation}/commitments")
    assert [one["status"] for one in commitments] == ["kept"]
    assert await margriet.status(f"/teams/{team['id']}/stakeholders") == 404, "never stakeholder scores"


def _everybody_acted_in_the_time_of_the_case(played: PlayedDemo) -> None:
    actors = {one.actor for one in played.log}
    silent = {name for name, one in played.people.items() if one["id"] not in actors}
    others = {one.name for one in PROGRAMME.in_role("commissioner") + PROGRAMME.in_role("auditor")}
    assert silent <= others, "all who take part and guide act with their own token"
    assert played.people["Margriet Hoekstra"]["id"] in actors
    stated = [one for one in played.log if one.type not in {TOKENS, *BY_JOBS}]
    assert all(one.occurred_at and FIRST < one.occurred_at < LAST for one in stated)


# Interruptions


async def test_an_interrupted_demo_resumes_without_repeating_anything(api: Api) -> None:
    async with solving(api):
        for stop_at in (9, 140, 300):
            await _play_until(api, stop_at)
        await _forget_commands(api)
        await play(api.url, issuing(api), lambda _: None)
        once = kinds(await recorded(api))
        await _forget_commands(api)
        await play(api.url, issuing(api), lambda _: None)
    assert kinds(await recorded(api)) == once, "a demo that is complete is only looked at"
    assert once["person.registered"] == len(PROGRAMME.people)
    assert once["organisation.registered"] == len(PROGRAMME.organisations)
    assert once["challenge.question_asked"] == once["challenge.question_answered"] == len(PROGRAMME.questions)
    assert once["ballot.vote_cast"] == len(PROGRAMME.ballot.papers)
    assert once["team.formed"] == len(COPS)
    for event, part in {
        "research.source_logged": "sources",
        "research.interview_held": "interviews",
        "research.insight_shared": "insights",
        "research.stakeholder_identified": "stakeholders",
        "research.talk_held": "talks",
        "team.comment_added": "comments",
        "team.work_shared": "shares",
        "advice.recommendation_formulated": "recommendations",
        "advice.problem_statement_revised": "problem_statements",
    }.items():
        assert once[event] == sum(len(getattr(one, part)) for one in COPS), event
    assert once["research.stakeholder_placed"] == 2 * once["research.stakeholder_identified"]
    assert once["trip.expense_shared"] == sum(len(one.trip.expenses) for one in COPS)
    assert once["advice.approved_by_member"] == sum(len(one.members) for one in COPS)


async def _play_until(api: Api, position: int) -> None:
    """Play the demo and kill it when the log reaches this position."""
    task = asyncio.create_task(play(api.url, issuing(api), lambda _: None))
    while not task.done() and (await api.kring.log.read(limit=1))[1] < position:  # noqa: ASYNC110  killed anywhere, not at an event
        await asyncio.sleep(0.005)
    assert not task.done(), "there was something left to interrupt"
    task.cancel()
    await asyncio.wait([task])


async def _forget_commands(api: Api) -> None:
    """Delete idempotency keys as the server does after a day."""
    assert api.kring.config.owner_url is not None
    connection = await asyncpg.connect(api.kring.config.owner_url)
    try:
        await connection.execute("delete from commands")
    finally:
        await connection.close()


async def test_a_refused_demo_names_the_request_and_the_reason(api: Api) -> None:
    with pytest.raises(DemoStopped, match="403"):
        await play(api.url, lambda _, __, ___: _somebodys_token(api), lambda _: None)


async def _somebodys_token(api: Api) -> str:
    client = await api.as_("manager")
    person = (await client.post("/people", json={"name": "Iemand", "email": "iemand@leergang.example"})).json()
    return await api.token("participant", person["id"])


# Load


async def test_a_load_test_programme_has_the_requested_size(api: Api) -> None:
    messages: list[str] = []
    async with solving(api):
        await load(api.url, issuing(api), messages.append, 1)
    log = await recorded(api)
    assert messages == ["Leergang 1 gespeeld (1 van 1)"]
    assert len(log) >= 1_200
    counted = kinds(log)
    assert counted["programme.participant_enrolled"] == 24
    assert counted["organisation.registered"] == 6
    assert counted["challenge.proposed"] == 10
    assert counted["team.formed"] == 4
    assert counted["advice.delivered"] == 4
