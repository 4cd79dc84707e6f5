"""Answers to "may I vote, and why", over HTTP: on a ballot, and before one opens."""

from typing import Any

import httpx

from service.clock_and_ids import new_id
from tests.conftest import Api
from tests.service.api.examples.people import person
from tests.service.api.examples.programme import ballot, made, programme


async def asked(client: httpx.AsyncClient, running: str, language: str = "en", **query: Any) -> dict[str, Any]:
    """The answer about a ballot."""
    headers = {"Accept-Language": language}
    return made(await client.get(f"/ballots/{running}/eligibility", params=query, headers=headers), 200)


async def ahead(client: httpx.AsyncClient, programme: str, **query: Any) -> dict[str, Any]:
    """The answer about a ballot that would open now."""
    return made(await client.get(f"/programmes/{programme}/eligibility", params=query), 200)


async def types(api: Api, answer: dict[str, Any]) -> list[str]:
    """The types of the events on which an answer rests, as the log has them at those positions."""
    recorded = await api.kring.log.at([one["position"] for one in answer["rests_on"]])
    assert [(one.position, one.type) for one in recorded] == [
        (one["position"], one["type"]) for one in answer["rests_on"]
    ]
    return [one.type for one in recorded]


async def test_rule_1_an_elector_sees_why_they_may_vote_and_until_when(api: Api) -> None:
    setting = await programme(api)
    anna = setting.people[0]
    proposed = {"title": "Van Anna", "context": "Waarom.", "organisation_id": setting.organisation}
    mine = made(await anna.post(f"/programmes/{setting.programme}/challenges", json=proposed))["id"]
    made(await setting.facilitator.post(f"/challenges/{mine}/admission"), 200)
    setting.challenges.append(mine)
    running = await ballot(setting, own_challenge="disclosed")
    shown = await asked(anna, running)
    assert (shown["elector"], shown["may_vote"], shown["because"]) == (True, True, "elector")
    assert (shown["paper"], shown["recusals"], shown["closed_at"]) == (None, [], None)
    assert await types(api, shown) == ["programme.participant_enrolled", "ballot.opened"]
    assert shown["since"] == shown["rests_on"][0]
    assert shown["closes_at"] == made(await anna.get(f"/ballots/{running}"), 200)["closes_at"]
    assert {one["challenge_id"]: one["proposed"] for one in shown["own_challenges"]} == {
        one: one == mine for one in setting.challenges
    }
    assert {one["organisation_id"] for one in shown["own_challenges"]} == {setting.organisation}
    dutch = await asked(anna, running, "nl")
    assert dutch["explanation"] == "Je bent stemgerechtigd, want je was deelnemer toen deze stemming openging."
    assert dutch["own_explanation"].startswith("Je mag je eigen vraagstukken kiezen.")


async def test_an_answer_follows_papers_and_recusals_and_can_be_read_as_of_earlier(api: Api) -> None:
    setting = await programme(api)
    running = await ballot(setting)
    anna, (first, second, _) = setting.people[0], setting.challenges
    opened = await api.head()
    made(await anna.post(f"/ballots/{running}/recusals", json={"challenge_id": first}), 200)
    recused = await api.head()
    body = {"approvals": [second], "voter_id": setting.ids[0], "reason": "Anna belde"}
    made(await setting.manager.put(f"/ballots/{running}/vote", json=body), 200)
    entered = await api.head()
    shown = await asked(anna, running)
    assert shown["recusals"] == [{"challenge_id": first, "position": recused}]
    assert (shown["paper"]["in_person"], shown["paper"]["position"]) == (False, entered)
    assert (await asked(setting.people[1], running))["paper"] is None
    then = await asked(anna, running, as_of=recused)
    assert (then["recusals"], then["paper"]) == (shown["recusals"], None)
    assert (await asked(anna, running, as_of=opened))["recusals"] == []
    hidden = await anna.get(f"/ballots/{running}/eligibility", params={"as_of": opened - 1})
    assert hidden.status_code == 404

    made(await setting.facilitator.post(f"/ballots/{running}/close"), 200)
    closed = await asked(anna, running)
    assert (closed["elector"], closed["may_vote"]) == (True, False)
    assert closed["closed_at"] is not None
    assert (await asked(anna, running, as_of=entered))["may_vote"]
    assert (await types(api, closed))[-1] == "ballot.closed"


async def test_rule_1_the_answer_agrees_with_the_ballot_for_who_joins_or_leaves_during_it(api: Api) -> None:
    setting = await programme(api)
    running = await ballot(setting)
    eve = await person(setting.manager, "Eve")
    enrolment = {"person_id": eve, "organisation_id": None}
    made(await setting.manager.post(f"/programmes/{setting.programme}/participants", json=enrolment))
    joined, late = await api.head(), await api.as_("participant", eve)
    shown = await asked(late, running)
    assert (shown["elector"], shown["because"], shown["since"]["position"]) == (False, "enrolled_later", joined)
    paper = {"approvals": setting.challenges[:1]}
    assert (await late.put(f"/ballots/{running}/vote", json=paper)).json()["code"] == "not-an-elector"
    assert (await ahead(late, setting.programme))["elector"]

    anna = setting.people[0]
    leaving = f"/programmes/{setting.programme}/participants/{setting.ids[0]}/withdrawal"
    made(await setting.facilitator.post(leaving, json={"reason": "Ander werk"}), 200)
    assert (await asked(anna, running))["may_vote"]
    assert len(made(await anna.get(f"/ballots/{running}/texts"), 200)["challenges"]) == len(setting.challenges)
    made(await anna.put(f"/ballots/{running}/vote", json=paper), 200)
    left = await ahead(anna, setting.programme)
    assert (left["elector"], left["because"]) == (False, "withdrew")
    assert await types(api, left) == ["programme.participant_enrolled", "programme.participant_withdrew"]
    assert (await ahead(anna, setting.programme, as_of=joined))["because"] == "participant"


async def test_a_ballot_that_opened_after_somebody_left_is_hidden_from_them(api: Api) -> None:
    setting = await programme(api)
    leaving = f"/programmes/{setting.programme}/participants/{setting.ids[0]}/withdrawal"
    made(await setting.facilitator.post(leaving, json={"reason": "Ander werk"}), 200)
    running = await ballot(setting)
    assert (await setting.people[0].get(f"/ballots/{running}/eligibility")).status_code == 404


async def test_others_than_participants_are_told_that_only_participants_vote(api: Api) -> None:
    setting = await programme(api)
    running = await ballot(setting)
    commissioner = await api.as_("commissioner", organisations=(setting.organisation,))
    manager = await api.as_("manager")
    for client, because in (
        (setting.facilitator, "another_role"),
        (commissioner, "no_person"),
        (manager, "no_person"),
    ):
        shown = await asked(client, running)
        assert (shown["elector"], shown["because"], shown["own_challenges"]) == (False, because, [])
        assert (await ahead(client, setting.programme))["because"] == because
    dutch = await asked(setting.facilitator, running, "nl")
    assert dutch["explanation"] == "Alleen deelnemers stemmen. Je bent hier als begeleider."


async def test_people_of_another_programme_cannot_know_of_a_ballot_or_programme(api: Api) -> None:
    setting = await programme(api)
    running, manager = await ballot(setting), setting.manager
    other = made(await manager.post("/programmes", json={"name": "Andere leergang", "edition": "2017"}))["id"]
    eve, guide = await person(manager, "Eve"), await person(manager, "Other guide")
    made(await manager.post(f"/programmes/{other}/participants", json={"person_id": eve, "organisation_id": None}))
    made(await manager.post(f"/programmes/{other}/facilitators", json={"person_id": guide}))
    for client in (await api.as_("participant", eve), await api.as_("facilitator", guide)):
        assert (await client.get(f"/ballots/{running}/eligibility")).status_code == 404
        assert (await client.get(f"/programmes/{setting.programme}/eligibility")).status_code == 404
        assert (await ahead(client, other))["programme_id"] == other
    for path in ("/ballots/nonsense/eligibility", f"/ballots/{new_id('ballot')}/eligibility"):
        assert (await manager.get(path)).status_code == 404


async def test_before_any_ballot_a_participant_sees_since_when_they_would_be_an_elector(api: Api) -> None:
    setting = await programme(api, participants=1, challenges=0)
    enrolled, anna = await api.head(), setting.people[0]
    shown = await ahead(anna, setting.programme)
    assert (shown["elector"], shown["organisation_id"]) == (True, setting.organisation)
    assert shown["since"]["type"] == "programme.participant_enrolled"
    assert shown["since"]["position"] <= enrolled
    earlier = {"as_of": shown["since"]["position"] - 1}
    then = await ahead(anna, setting.programme, **earlier)
    assert (then["because"], then["rests_on"]) == ("not_enrolled", [])
