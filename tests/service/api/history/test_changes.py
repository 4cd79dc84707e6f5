"""Changes since the caller was last here, over HTTP: by importance, grouped, bounded, and for every role."""

from typing import Any

import asyncpg
import httpx
import pytest

from service.reading import changes
from tests.conftest import Api
from tests.service.api.examples.advice import delivered
from tests.service.api.examples.gatherings import DAY
from tests.service.api.examples.people import refused
from tests.service.api.examples.programme import Setting, ballot, made, programme
from tests.service.api.examples.team import a_team, ok

MAX_STATEMENTS = 16
"""Statements of one answer, with those that authenticate the caller."""


async def seen(api: Api, client: httpx.AsyncClient, since: int, language: str = "en", **query: Any) -> dict[str, Any]:
    """The changes since a position, once the views have caught up."""
    params = {"since": since, "at_least": await api.head(), **query}
    return made(await client.get("/me/changes", params=params, headers={"Accept-Language": language}), 200)


def short(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["importance"], one["type"]) for one in answer["items"]]


async def hand_in(setting: Setting, running: str, *voters: int) -> None:
    for n in voters:
        paper = {"approvals": setting.challenges[:1]}
        made(await setting.people[n].put(f"/ballots/{running}/vote", json=paper), 200)


async def test_a_participant_reads_first_what_asks_something_of_them(api: Api) -> None:
    setting = await programme(api)
    anna, before = setting.people[0], await api.head()
    running = await ballot(setting)
    opened = await api.head()
    await hand_in(setting, running, 1, 2, 3)
    body = {"text": "Morgen om negen uur in Zwolle"}
    made(await setting.facilitator.post(f"/programmes/{setting.programme}/announcements", json=body))
    shown = await seen(api, anna, before)
    assert short(shown) == [
        ("asks", "ballot.opened"),
        ("decision", "programme.announcement_made"),
        ("rest", "ballot.vote_cast"),
    ]
    asks, _, papers = shown["items"]
    assert (asks["to_do"], asks["subject_id"], asks["position"]) == ("vote", running, opened)
    assert asks["due_at"] == made(await anna.get(f"/ballots/{running}"), 200)["closes_at"]
    assert asks["programme_id"] == setting.programme
    assert papers["sentence"] == "3 papers handed in by Person 3 and 2 others."
    assert (papers["count"], papers["subject_id"]) == (3, running)
    assert papers["positions"] == [opened + 1, opened + 2, opened + 3]
    dutch = await seen(api, anna, before, "nl")
    assert dutch["items"][2]["sentence"] == "3 stembiljetten ingeleverd door Person 3 en 2 anderen."
    assert dutch["items"][1]["sentence"].startswith("Aangekondigd aan")
    assert (shown["complete"], shown["more"], shown["all_after"]) == (True, 0, before)
    assert shown["until"] == await api.head()


async def test_what_was_done_meanwhile_asks_nothing_any_more(api: Api) -> None:
    setting = await programme(api)
    before = await api.head()
    running = await ballot(setting)
    await hand_in(setting, running, 0)
    shown = await seen(api, setting.people[0], before)
    assert short(shown) == [("decision", "ballot.opened")]
    assert (shown["items"][0]["to_do"], shown["items"][0]["due_at"]) == (None, None)


async def test_nothing_is_shown_again_from_the_position_of_the_last_answer(api: Api) -> None:
    setting = await programme(api)
    await ballot(setting)
    first = await seen(api, setting.people[0], 0)
    again = await seen(api, setting.people[0], first["until"])
    assert (again["items"], again["until"]) == ([], first["until"])
    await seen(api, setting.people[0], first["until"])


async def test_one_sees_decisions_about_oneself_before_those_for_all(api: Api) -> None:
    setting = await programme(api)
    anna, running = setting.people[0], await ballot(setting)
    before = await api.head()
    body = {"approvals": setting.challenges[:1], "voter_id": setting.ids[0], "reason": "Anna belde"}
    made(await setting.manager.put(f"/ballots/{running}/vote", json=body), 200)
    made(await setting.facilitator.post(f"/ballots/{running}/close"), 200)
    shown = await seen(api, anna, before, "nl")
    assert short(shown) == [("about_you", "ballot.vote_cast"), ("decision", "ballot.closed")]
    entered = shown["items"][0]
    assert entered["sentence"] == f"{entered['by']} heeft een stembiljet voor je ingeleverd."
    assert short(await seen(api, setting.people[1], before)) == [
        ("decision", "ballot.closed"),
        ("rest", "ballot.vote_cast"),
    ]


async def test_members_read_the_work_of_their_colleagues_and_others_nothing_of_it(api: Api) -> None:
    team = await a_team(api)
    anna, bert = team.members[:2]
    before = await api.head()
    for n in range(3):
        await ok(await anna.post(f"/teams/{team.id}/insights", json={"text": f"Inzicht {n}"}))
    source = (await ok(await bert.post(f"/teams/{team.id}/sources", json={"csl": {"type": "book", "title": "B"}})))[
        "id"
    ]
    shown = await seen(api, bert, before)
    assert short(shown) == [("colleagues", "research.insight_shared")]
    assert shown["items"][0]["sentence"] == "3 insights shared by Anna."
    assert shown["items"][0]["subject_id"] == team.id
    theirs = await seen(api, anna, before)
    assert [(one["type"], one["by"], one["subject_id"]) for one in theirs["items"]] == [
        ("research.source_logged", "Bert", source)
    ]
    assert short(await seen(api, team.facilitator, before)) == [
        ("colleagues", "research.source_logged"),
        ("colleagues", "research.insight_shared"),
    ]
    met = (await ok(await anna.post(f"/teams/{team.id}/gatherings", json={"kind": "own", **DAY})))["id"]
    await ok(await anna.post(f"/gatherings/{met}/minutes", json={"text": "Besproken."}), 200)
    assert "gathering.minutes_written" in [one for _, one in short(await seen(api, bert, before))]
    for outsider in (team.other, team.commissioner, team.stranger):
        minutes_and_work = {"gathering.minutes_written", "research.insight_shared", "research.source_logged"}
        assert not minutes_and_work & {one for _, one in short(await seen(api, outsider, before))}


async def test_a_facilitator_is_asked_to_admit_and_to_certify(api: Api) -> None:
    setting = await programme(api)
    before = await api.head()
    for title in ("Een", "Twee"):
        body = {"title": title, "context": "Waarom.", "organisation_id": setting.organisation}
        made(await setting.people[0].post(f"/programmes/{setting.programme}/challenges", json=body))
    shown = await seen(api, setting.facilitator, before)
    assert [(one["importance"], one["to_do"]) for one in shown["items"]] == [("asks", "admit_challenge")] * 2
    assert "“Twee”" in shown["items"][0]["sentence"]
    assert short(await seen(api, setting.people[1], before)) == [("rest", "challenge.proposed")]


async def test_a_commissioner_reads_of_responses_advice_and_commitments(api: Api) -> None:
    team = await a_team(api)
    before = await api.head()
    recommendation = await delivered(team)
    shown = await seen(api, team.commissioner, before, "nl")
    assert short(shown) == [("asks", "advice.delivered"), ("decision", "advice.presented")]
    due = (await seen(api, team.commissioner, before))["items"][0]["due_at"]
    (to_do,) = made(await team.commissioner.get("/me/to-dos"), 200)["items"]
    assert (due, shown["items"][0]["to_do"]) == (to_do["due_at"], "respond")
    answered = await api.head()
    response = {"verdict": "accepted"}
    made(await team.commissioner.post(f"/recommendations/{recommendation['id']}/response", json=response))
    owner = {"text": "Wij doen mee", "owner": "Directie", "due_on": "2030-01-01"}
    made(await team.commissioner.post(f"/recommendations/{recommendation['id']}/commitments", json=owner))
    assert (await seen(api, team.commissioner, answered))["items"] == []
    assert short(await seen(api, team.members[0], answered)) == [
        ("decision", "advice.commitment_made"),
        ("decision", "advice.formal_response_given"),
    ]
    colleague = made(await team.manager.post("/people", json={"name": "Collega", "email": api.address("c")}))["id"]
    body = {"person_id": colleague, "role": "commissioner"}
    made(await team.manager.post(f"/organisations/{team.bank}/contacts", json=body))
    theirs = await seen(api, await api.as_("commissioner", colleague), answered)
    assert short(theirs) == [
        ("asks", "advice.commitment_made"),
        ("about_you", "organisation.contact_appointed"),
        ("decision", "advice.formal_response_given"),
        ("rest", "access.token_issued"),
        ("rest", "person.registered"),
    ]
    assert (theirs["items"][0]["to_do"], theirs["items"][0]["due_on"]) == ("settle_commitment", "2030-01-01")
    assert (await seen(api, team.stranger, before))["items"] == []


async def test_a_commissioner_reads_a_recommendation_as_it_was_presented(api: Api) -> None:
    team = await a_team(api)
    recommendation = await delivered(team)
    before = await api.head()
    body = {
        "text": "Een geheim concept",
        "evidence": recommendation["evidence"],
        "addressee": {"organisation_id": team.bank},
        "based_on": 1,
    }
    await ok(await team.members[0].put(f"/recommendations/{recommendation['id']}", json=body), 200)
    path, behalf = f"/recommendations/{recommendation['id']}", {"Kring-On-Behalf-Of": team.bank}
    made(await team.commissioner.post(f"{path}/response", json={"verdict": "accepted"}))
    progress = {"text": "Begonnen", "reason": "De bank belde"}
    made(await team.manager.post(f"{path}/progress", json=progress, headers=behalf))
    shown = await seen(api, team.commissioner, before)
    assert short(shown) == [("colleagues", "advice.progress_reported")]
    assert "Verbind de initiatieven" in shown["items"][0]["sentence"]
    assert "geheim" not in str(shown)


async def test_a_contact_for_one_challenge_reads_nothing_of_another(api: Api) -> None:
    setting = await programme(api)
    first, second, _ = setting.challenges
    clients = list[httpx.AsyncClient]()
    for name, challenges in (("all", []), ("first", [first])):
        body = {"name": name, "email": api.address(name)}
        contact = made(await setting.manager.post("/people", json=body))["id"]
        appointed = {"person_id": contact, "role": "commissioner", "challenge_ids": challenges}
        made(await setting.manager.post(f"/organisations/{setting.organisation}/contacts", json=appointed))
        clients.append(await api.as_("commissioner", contact))
    before = await api.head()
    behalf, body = {"Kring-On-Behalf-Of": setting.organisation}, {"reason": "Opgelost"}
    made(await setting.manager.post(f"/challenges/{second}/withdrawal", json=body, headers=behalf), 200)
    everything, some = [await seen(api, one, before) for one in clients]
    assert short(everything) == [("decision", "challenge.withdrawn")]
    assert some["items"] == []
    assert some["until"] == everything["until"]


async def test_auditors_read_pseudonyms(api: Api) -> None:
    team = await a_team(api)
    otto = made(await team.manager.post("/people", json={"name": "Otto Oordeel", "email": api.address("otto")}))["id"]
    body = {"person_id": otto, "role": "auditor"}
    made(await team.commissioner.post(f"/organisations/{team.bank}/contacts", json=body))
    shown = await seen(api, await api.as_("auditor", otto), 0)
    (appointed,) = [one for one in shown["items"] if one["importance"] == "about_you"]
    assert (appointed["type"], appointed["by"]) == ("organisation.contact_appointed", team.commissioner_id)
    assert otto in appointed["sentence"]
    for name in ("Otto", "Anna", "Bert"):
        assert name not in str(shown)
    assert "team.formed" in {one["type"] for one in shown["items"]}


async def test_the_list_is_cut_by_its_limit_and_says_how_much_is_left(api: Api) -> None:
    setting = await programme(api)
    everything = await seen(api, setting.facilitator, 0)
    first = await seen(api, setting.facilitator, 0, limit=2)
    assert first["items"] == everything["items"][:2]
    assert first["more"] == len(everything["items"]) - 2 > 0
    assert first["complete"]


async def test_a_bounded_read_says_from_where_it_is_complete(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    setting = await programme(api)
    running = await ballot(setting)
    opened = await api.head()
    await hand_in(setting, running, 1, 2, 3)
    monkeypatch.setattr(changes, "MAX_OTHERS", 2)
    shown = await seen(api, setting.people[0], 0)
    assert (shown["complete"], shown["all_after"]) == (False, opened + 1)
    (papers,) = [one for one in shown["items"] if one["type"] == "ballot.vote_cast"]
    assert papers["sentence"] == "At least 2 papers handed in by Person 3 and 1 other."
    assert shown["items"][0]["type"] == "ballot.opened"


async def test_a_token_of_one_programme_shows_nothing_of_another(api: Api) -> None:
    setting = await programme(api)
    manager = setting.manager
    other = made(await manager.post("/programmes", json={"name": "Andere", "edition": "2017"}))["id"]
    made(await manager.post(f"/programmes/{other}/participants", json={"person_id": setting.ids[0]}))
    boss = made(await manager.post("/people", json={"name": "Boss", "email": api.address("boss")}))["id"]
    made(await manager.post(f"/programmes/{setting.programme}/managers", json={"person_id": boss}))
    body = {"role": "participant", "person_id": setting.ids[0]}
    issued = made(await (await api.as_("manager", boss)).post("/tokens", json=body))
    before = await api.head()
    for one in (setting.programme, other):
        made(await manager.post(f"/programmes/{one}/announcements", json={"text": one}))
    limited = (await seen(api, api.client(issued["token"]), before))["items"]
    assert [one["programme_id"] for one in limited] == [setting.programme]
    everywhere = (await seen(api, setting.people[0], before))["items"]
    assert [one["programme_id"] for one in everywhere] == [other, setting.programme]
    assert [one["programme_id"] for one in (await seen(api, setting.people[1], before))["items"]] == [setting.programme]


@pytest.mark.parametrize("query", [{"since": "x"}, {"since": "-1"}, {"limit": "0"}, {"limit": "101"}])
async def test_bad_parameters_are_refused_by_name(api: Api, query: dict[str, str]) -> None:
    manager = await api.as_("manager")
    problem = made(await manager.get("/me/changes", params=query), 422)
    assert [one["field"] for one in problem["errors"]] == [*query]


async def test_a_position_beyond_the_log_and_the_past_are_refused(api: Api) -> None:
    manager = await api.as_("manager")
    refused(await manager.get("/me/changes", params={"since": 2**40}), 409, "beyond-the-log")
    refused(await manager.get("/me/changes", params={"as_of": 1}), 400, "as-of-not-offered", "as_of")


async def test_a_token_without_roles_sees_nothing(api: Api) -> None:
    setting = await programme(api, participants=1)
    elsewhere = made(await setting.manager.post("/organisations", json={"name": "Elders"}))["id"]
    for client in (await api.as_("manager"), await api.as_("reporting", organisations=(elsewhere,))):
        assert (await seen(api, client, 0))["items"] == []


async def test_an_answer_takes_few_statements_whatever_happened(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    team = await a_team(api)
    anna, bert = team.members[:2]
    trip = (await ok(await anna.post(f"/teams/{team.id}/trips", json={"theme": "T", "destination": "D"})))["id"]
    poll = {"options": [{"starts_on": "2027-03-01", "ends_on": "2027-03-04"}]}
    await ok(await anna.post(f"/trips/{trip}/date-poll", json=poll), 200)
    await delivered(team)
    await seen(api, bert, 0)
    statements = list[str]()
    execute: Any = vars(asyncpg.Connection)["_execute"]

    async def counting(self: Any, query: str, *args: Any, **more: Any) -> Any:
        statements.append(query)
        return await execute(self, query, *args, **more)

    monkeypatch.setattr(asyncpg.Connection, "_execute", counting)
    shown = made(await bert.get("/me/changes", params={"since": 0}), 200)
    ours = [one for one in statements if "views.checkpoints" not in one]
    assert len(shown["items"]) > 9
    assert shown["items"][0]["to_do"] == "answer_poll"
    assert len(ours) <= MAX_STATEMENTS, "\n".join(ours)
