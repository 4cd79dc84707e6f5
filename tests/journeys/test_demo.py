"""The edition of 2016 of the demo, played from challenge to delivered advice over HTTP alone; and generated programmes."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from service.demo import DemoStopped, load, play_past
from service.demo.case import COPS, PROGRAMME
from service.demo.playing import past_steps
from tests.conftest import Api
from tests.journeys.examples.demo import (
    TOKENS,
    Json,
    PlayedDemo,
    forget_commands,
    issuing,
    kinds,
    play_until,
    reading,
    recorded,
    solving,
)

FIRST, LAST = datetime(2016, 8, 31, tzinfo=UTC), datetime(2017, 7, 1, tzinfo=UTC)
SEED_TOPICS = {"team_formation", "networking", "presenting", "change", "influence", "techniques"}
BY_JOBS = {"team.assignment_proposed"}


# The case


async def test_the_demo_runs_from_challenges_to_a_fulfilled_commitment(api: Api) -> None:
    messages: list[str] = []
    async with solving(api):
        await play_past(api.url, issuing(api), messages.append)
    assert len(messages) == past_steps()
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
    assert sorted(names[one] for one in rabobank["member_ids"]) == sorted(map(PROGRAMME.name_of, COPS[0].members))
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
    marloes = await played.reader(PROGRAMME.name_of("marloes"))
    assert len(await marloes.all(f"/teams/{team['id']}/sources")) >= 10
    interviews = await marloes.all(f"/teams/{team['id']}/interviews")
    assert all(one["status"] == "held" and one["consent"] for one in interviews)
    sectors = Counter(one["sector"] for one in interviews)
    assert all(sectors[one] >= 2 for one in ("knowledge", "government", "business"))
    stakeholders = await marloes.all(f"/teams/{team['id']}/stakeholders")
    assert len(stakeholders) >= 8
    assert all(len(one["placements"]) == 2 for one in stakeholders)
    assert sum(len(one["talks"]) for one in stakeholders) >= 3
    own = [one for one in await marloes.all(f"/teams/{team['id']}/gatherings") if one["kind"] == "own"]
    assert len(own) >= 3
    assert all(one["status"] == "held" for one in own)
    lotte = await played.reader(PROGRAMME.name_of("lotte"))
    assert len(await lotte.all(f"/teams/{team['id']}/insights")) == 1, "others read what was shared with them"


async def _the_rabobank_cop_travelled(played: PlayedDemo, team: Json) -> None:
    wietske = await played.reader(PROGRAMME.name_of("wietske"))
    trip = (await wietske.all(f"/teams/{team['id']}/trips"))[0]
    assert (trip["status"], trip["destination"]) == ("completed", "Rotterdam")
    assert len(trip["itinerary"]) >= 4
    assert len(trip["expenses"]) >= 5
    bookings = await wietske.all(f"/trips/{trip['id']}/bookings")
    assert [one["status"] for one in bookings] == ["confirmed"] * 3
    settlement = await wietske.get(f"/trips/{trip['id']}/settlement")
    assert settlement


async def _the_rabobank_cop_advised(played: PlayedDemo, team: Json) -> None:
    margriet = await played.reader(PROGRAMME.name_of("margriet"), "commissioner")
    jorn = await played.reader(PROGRAMME.name_of("jorn"))
    advice = await jorn.get(f"/teams/{team['id']}/advice")
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
    assert played.people[PROGRAMME.name_of("margriet")]["id"] in actors
    stated = [one for one in played.log if one.type not in {TOKENS, *BY_JOBS}]
    assert all(one.occurred_at and FIRST < one.occurred_at < LAST for one in stated)


# Interruptions


async def test_an_interrupted_demo_resumes_without_repeating_anything(api: Api) -> None:
    async with solving(api):
        for stop_at in (9, 140, 300):
            await play_until(api, lambda: play_past(api.url, issuing(api), lambda _: None), stop_at)
        await forget_commands(api)
        await play_past(api.url, issuing(api), lambda _: None)
        once = kinds(await recorded(api))
        await forget_commands(api)
        await play_past(api.url, issuing(api), lambda _: None)
    assert kinds(await recorded(api)) == once, "a demo that is complete is only looked at"
    assert once["person.registered"] == len(PROGRAMME.people)
    assert once["organisation.registered"] == len(PROGRAMME.organisations)
    assert once["challenge.question_asked"] == once["challenge.question_answered"] == len(PROGRAMME.questions)
    assert once["ballot.vote_cast"] == sum(len(one.papers) for one in PROGRAMME.ballots)
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
    assert once["trip.expense_shared"] == sum(len(one.trip.expenses) for one in COPS if one.trip is not None)
    assert once["advice.approved_by_member"] == sum(len(one.members) for one in COPS)


async def test_a_refused_demo_names_the_request_and_the_reason(api: Api) -> None:
    with pytest.raises(DemoStopped, match="403"):
        await play_past(api.url, lambda _, __, ___: _somebodys_token(api), lambda _: None)


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
