"""The living edition of the demo: played around a week, continued after an interruption, and never played again."""

from datetime import datetime, timedelta

from domain.foundation import TokenRole
from service.clock_and_ids import now
from service.demo import play_living
from service.demo.case import Living, living
from service.demo.playing import living_steps, monday_of
from service.reading.role_holders import role_holders
from tests.conftest import Api
from tests.journeys.examples.demo import (
    PlayedDemo,
    forget_commands,
    issuing,
    kinds,
    play_until,
    reading,
    recorded,
    solving,
)

A_MONTH = timedelta(days=30)


async def test_the_living_edition_has_something_to_do_for_every_role(api: Api) -> None:
    began = now()
    case = living(monday_of(began))
    async with solving(api):
        for stop_at in (60, 150, 230):
            await play_until(api, lambda: play_living(api.url, issuing(api), lambda _: None, began), stop_at)
        await forget_commands(api)
        lines = list[str]()
        await play_living(api.url, issuing(api), lines.append, began + A_MONTH)
        assert len(lines) == living_steps()
        await _nothing_was_played_twice(api, case)
        await _nothing_is_played_again(api, began)
    played = await reading(api)
    await _one_ballot_is_open_with_half_of_the_papers(played, case)
    await _everybody_has_something_to_do(api, played, case)
    await _minutes_wait_for_an_approval(played, case)


async def _nothing_was_played_twice(api: Api, case: Living) -> None:
    log = await recorded(api)
    once, running, choosing, cops = kinds(log), case.running.programme, case.choosing.programme, case.running.cops
    assert once["programme.opened"] == 2
    assert once["person.registered"] == len({one.key for one in running.people + choosing.people})
    assert once["organisation.registered"] == len(choosing.organisations)
    assert once["challenge.proposed"] == len(running.challenges) + len(choosing.challenges)
    assert once["ballot.vote_cast"] == sum(len(one.papers) for one in choosing.ballots)
    assert once["programme.announcement_made"] == len(choosing.announcements)
    assert once["team.formed"] == len(cops)
    assert once["research.source_logged"] == sum(len(one.sources) for one in cops)
    times = [(one.occurred_at, one.recorded_at) for one in log]
    assert all(stated < recorded_at for stated, recorded_at in times if stated is not None)
    assert min(stated for stated, _ in times if stated is not None).date() == running.opened_at.date()


async def _nothing_is_played_again(api: Api, began: datetime) -> None:
    before = kinds(await recorded(api))
    for at in (began + A_MONTH, began - A_MONTH):
        await forget_commands(api)
        lines = list[str]()
        await play_living(api.url, issuing(api), lines.append, at)
        assert len(lines) == 1, "that it is ready"
    assert kinds(await recorded(api)) == before


async def _one_ballot_is_open_with_half_of_the_papers(played: PlayedDemo, case: Living) -> None:
    programmes = {one["name"]: one for one in await played.manager.all("/programmes")}
    choosing = programmes[case.choosing.programme.name]
    assert choosing["participants"] + programmes[case.running.programme.name]["participants"] == 16
    ballots = await played.manager.all(f"/programmes/{choosing['id']}/ballots")
    assert [one["status"] for one in ballots] == ["counted", "open"]
    turnout = (await played.manager.get(f"/ballots/{ballots[1]['id']}"))["turnout"]
    assert len(ballots[1]["elector_ids"]) == 2 * turnout
    assert timedelta(days=3) < datetime.fromisoformat(ballots[1]["closes_at"]) - now() < timedelta(days=5)


async def _everybody_has_something_to_do(api: Api, played: PlayedDemo, case: Living) -> None:
    ids = {one.key: played.people[one.name]["id"] for one in case.running.programme.people}
    holders = {one.role: one for one in await role_holders(api.kring)}
    looking: dict[TokenRole, str] = {
        "manager": "hester",
        "facilitator": "tjeerd",
        "participant": "nina",
        "commissioner": "corine",
    }
    assert {role: one.person for role, one in holders.items()} == {
        **{role: ids[key] for role, key in looking.items()},
        "auditor": ids["frits"],
    }
    asked = {
        role: {
            one["kind"]
            for one in await (await played.reader(case.running.programme.name_of(key), role)).all("/me/to-dos")
        }
        for role, key in looking.items()
    }
    assert asked == {
        "manager": {"admit_challenge", "answer_question", "certify_ballot"},
        "facilitator": {"admit_challenge", "answer_question", "certify_ballot"},
        "participant": {"vote", "answer_poll", "answer_question"},
        "commissioner": {"respond", "settle_commitment"},
    }
    commissioner = await played.reader(case.running.programme.name_of("corine"), "commissioner")
    overdue = await commissioner.all(f"/organisations/{holders['commissioner'].organisation}/commitments")
    assert [datetime.fromisoformat(one["due_on"]).date() < now().date() for one in overdue] == [True]


async def _minutes_wait_for_an_approval(played: PlayedDemo, case: Living) -> None:
    nina = await played.reader(case.running.programme.name_of("nina"))
    (team,) = (await nina.get("/me"))["teams"]
    gatherings = await nina.all(f"/teams/{team['id']}/gatherings")
    coming = [one for one in gatherings if datetime.fromisoformat(one["starts_at"]) > now()]
    assert sorted(one["kind"] for one in coming) == ["own", "session"]
    held = [
        await nina.get(f"/gatherings/{one['id']}") for one in gatherings if one["kind"] == "own" and one not in coming
    ]
    assert [one["minutes"]["status"] for one in held] == ["approved", "written"]
