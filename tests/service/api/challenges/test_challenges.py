"""Challenges over HTTP: refusals by field, repeats, races, and challenges of other programmes."""

import asyncio
from typing import Any

import httpx

from domain.events.challenge import ChallengeRecommissioned
from domain.foundation import ChallengeId, OrganisationId, ProgrammeId, TeamId
from tests.conftest import Api
from tests.service.api.examples.advice import delivered
from tests.service.api.examples.programme import Setting, ballot, made, programme
from tests.service.api.examples.team import Given, a_team, at

NEW = {"title": "Hoe houden we start-ups hier?", "context": "Ze vertrekken."}
WHY = {"reason": "Toch niet."}
NOBODY = "challenge_01h45ytscbebyvny4gc8cr8ma2"


async def whole_bank(api: Api, setting: Setting) -> httpx.AsyncClient:
    """Token of a commissioner for all challenges of the organisation."""
    return await api.as_("commissioner", organisations=(setting.organisation,))


async def test_bad_input_names_its_field(api: Api) -> None:
    setting = await programme(api)
    one, p, bank = setting.challenges[0], setting.programme, setting.organisation
    cases: list[tuple[str, dict[str, Any], str]] = [
        (f"/challenges/{one}/revision", {}, "title"),
        (f"/challenges/{one}/revision", {"title": ""}, "title"),
        (f"/challenges/{one}/revision", {"title": "x" * 201}, "title"),
        (f"/challenges/{one}/revision", {"title": "a\nb"}, "title"),
        (f"/challenges/{one}/revision", {"short_title": ""}, "short_title"),
        (f"/challenges/{one}/revision", {"short_title": "x" * 41}, "short_title"),
        (f"/challenges/{one}/revision", {"short_title": " \u200b"}, "short_title"),
        (f"/challenges/{one}/revision", {"short_title": "a\nb"}, "short_title"),
        (f"/programmes/{p}/challenges", {**NEW, "organisation_id": bank, "short_title": "x" * 41}, "short_title"),
        (f"/challenges/{one}/revision", {"context": "x" * 20_001}, "context"),
        (f"/challenges/{one}/revision", {"wish": "\x00"}, "wish"),
        (f"/challenges/{one}/revision", {"wish": "w", "proposer_id": None}, "proposer_id"),
        (f"/challenges/{one}/recommission", {"organisation_id": "nobody"}, "organisation_id"),
        (f"/programmes/{p}/choice", {"how": "few", **WHY}, "challenge_ids"),
        (f"/programmes/{p}/choice", {"challenge_ids": [], "how": "few", **WHY}, "challenge_ids"),
        (f"/programmes/{p}/choice", {"challenge_ids": [one, one], "how": "few", **WHY}, "challenge_ids"),
        (f"/programmes/{p}/choice", {"challenge_ids": [one], "how": "by_lot", **WHY}, "how"),
        (f"/programmes/{p}/choice", {"challenge_ids": [one], "how": "in_the_room"}, "reason"),
    ]
    for path, body, field in cases:
        answer = await setting.manager.post(path, json=body)
        assert answer.status_code == 422, (path, body, answer.text)
        assert any(field in named["field"] for named in answer.json()["errors"]), (path, body, answer.text)
    silent = await (await whole_bank(api, setting)).post(f"/challenges/{one}/withdrawal")
    assert (silent.status_code, silent.json()["errors"][0]["field"]) == (422, "reason")


async def test_an_unknown_challenge_is_not_found(api: Api) -> None:
    setting = await programme(api, challenges=1)
    for step, body in (("revision", {"title": "T"}), ("withdrawal", WHY), ("recommission", WHY)):
        assert (await setting.manager.post(f"/challenges/{NOBODY}/{step}", json=body)).status_code == 404, step
    nowhere = "programme_01h45ytscbebyvny4gc8cr8ma2"
    body = {"challenge_ids": setting.challenges, "how": "few", **WHY}
    assert (await setting.manager.post(f"/programmes/{nowhere}/choice", json=body)).status_code == 404


async def test_a_challenge_of_another_programme_cannot_be_chosen(api: Api) -> None:
    setting = await programme(api, challenges=1)
    elsewhere = made(await setting.manager.post("/programmes", json={"name": "Andere", "edition": "2017"}))["id"]
    body = {"challenge_ids": setting.challenges, "how": "in_the_room", **WHY}
    refused = await setting.manager.post(f"/programmes/{elsewhere}/choice", json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "not-admitted")
    assert (await setting.facilitator.post(f"/programmes/{elsewhere}/choice", json=body)).status_code == 404


async def test_rule_2_a_challenge_on_a_ballot_keeps_its_text_until_that_ballot_is_void(api: Api) -> None:
    setting = await programme(api)
    one, body = setting.challenges[0], {"title": "Anders", "wish": "Graag dit."}
    running = await ballot(setting, seats=1)
    refused = await setting.facilitator.post(f"/challenges/{one}/revision", json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "texts-frozen")
    made(await setting.manager.post(f"/ballots/{running}/voiding", json=WHY), 200)
    reworded = made(await setting.facilitator.post(f"/challenges/{one}/revision", json=body), 200)
    assert (reworded["title"], reworded["context"], reworded["wish"]) == (
        "Anders",
        "Waarom het speelt.",
        "Graag dit.",
    )
    assert (await setting.people[0].post(f"/challenges/{one}/revision", json=body)).status_code == 403


async def test_a_short_title_has_a_past_and_is_frozen_with_the_other_texts(api: Api) -> None:
    setting = await programme(api)
    body = {**NEW, "organisation_id": setting.organisation, "short_title": "x" * 40}
    proposed = await setting.people[0].post(f"/programmes/{setting.programme}/challenges", json=body)
    path, before = f"/challenges/{made(proposed)['id']}", at(proposed)["at_least"]
    assert proposed.json()["short_title"] == body["short_title"]
    revised = await setting.people[0].post(f"{path}/revision", json={"short_title": "Start-ups"})
    assert (made(revised, 200)["title"], revised.json()["short_title"]) == (NEW["title"], "Start-ups")
    assert made(await setting.facilitator.get(path, params={"as_of": before}), 200)["short_title"] == "x" * 40
    assert made(await setting.facilitator.get(f"/challenges/{setting.challenges[0]}"), 200)["short_title"] is None
    await ballot(setting, seats=1)
    frozen = await setting.facilitator.post(
        f"/challenges/{setting.challenges[0]}/revision", json={"short_title": "Kort"}
    )
    assert (frozen.status_code, frozen.json()["code"]) == (409, "texts-frozen")


async def test_two_simultaneous_withdrawals_take_effect_once(api: Api) -> None:
    setting = await programme(api)
    await ballot(setting, seats=1)
    bank, path = await whole_bank(api, setting), f"/challenges/{setting.challenges[0]}/withdrawal"
    answers = await asyncio.gather(*(bank.post(path, json=WHY) for _ in range(4)))
    assert sorted(one.status_code for one in answers) == [200, 409, 409, 409]
    assert {one.json()["code"] for one in answers if one.status_code == 409} == {"challenge-over"}


async def test_rule_24_a_withdrawal_sent_twice_takes_effect_once(api: Api) -> None:
    setting = await programme(api)
    bank, path = await whole_bank(api, setting), f"/challenges/{setting.challenges[0]}/withdrawal"
    first, second = [await bank.post(path, json=WHY, headers={"Idempotency-Key": "w"}) for _ in range(2)]
    assert made(first, 200) == made(second, 200)
    assert first.headers["Kring-Position"] == second.headers["Kring-Position"]


async def test_rule_22_a_managers_withdrawal_is_recorded_on_behalf_of_the_organisation(api: Api) -> None:
    setting = await programme(api)
    path, bank = f"/challenges/{setting.challenges[0]}/withdrawal", setting.organisation
    alone = await setting.manager.post(path, json=WHY)
    assert (alone.status_code, alone.json()["code"]) == (403, "on-behalf-of-missing")
    behalf = {"Kring-On-Behalf-Of": bank}
    assert (await setting.manager.post(path, headers=behalf)).status_code == 422
    answer = await setting.manager.post(path, json=WHY, headers=behalf)
    assert made(answer, 200)["status"] == "withdrawn"
    params = {"at_least": answer.headers["Kring-Position"]}
    last = made(await setting.manager.get(f"/organisations/{bank}/trail", params=params), 200)["items"][-1]
    assert (last["type"], "on behalf of Bank" in last["by"], last["reason"]) == (
        "challenge.withdrawn",
        True,
        WHY["reason"],
    )


async def test_a_count_during_a_withdrawal_gives_one_result_without_the_challenge(api: Api) -> None:
    setting = await programme(api)
    running = await ballot(setting, seats=1)
    for person in setting.people:
        made(await person.put(f"/ballots/{running}/vote", json={"approvals": setting.challenges[:1]}), 200)
    made(await setting.people[0].put(f"/ballots/{running}/vote", json={"approvals": setting.challenges[1:2]}), 200)
    made(await setting.facilitator.post(f"/ballots/{running}/close"), 200)
    bank, path = await whole_bank(api, setting), f"/challenges/{setting.challenges[0]}/withdrawal"
    counted, gone = await asyncio.gather(
        setting.facilitator.post(f"/ballots/{running}/count"), bank.post(path, json=WHY)
    )
    assert counted.status_code == 200
    if gone.status_code == 409:  # counted between the asking and the deciding
        assert gone.json()["code"] == "counted-meanwhile"
        gone = await bank.post(path, json=WHY)
    made(gone, 200)
    params = {"at_least": await api.kring.log.head()}
    result = made(await setting.facilitator.get(f"/ballots/{running}/result", params=params), 200)
    assert (result["selected"], result["struck_ids"]) == (setting.challenges[1:2], setting.challenges[:1])
    assert {one["voter_id"] for one in result["papers"]} == set(setting.ids)


async def test_rule_23_a_former_contact_responds_to_earlier_advice_but_reads_nothing_new(api: Api) -> None:
    team = await a_team(api)
    handed = await delivered(team)
    path = f"/recommendations/{handed['id']}"
    onwards = ChallengeRecommissioned(
        challenge=ChallengeId(team.challenge),
        programme=ProgrammeId(team.programme),
        organisation=OrganisationId(team.clinic),
        previous=OrganisationId(team.bank),
        teams=(TeamId(team.id),),
    )
    await api.kring.commands.execute(lambda: Given(onwards))
    position = {"at_least": await api.kring.log.head()}
    assert made(await team.stranger.get(f"/teams/{team.id}", params=position), 200)["organisation_id"] == team.clinic
    assert (await team.commissioner.get(f"/teams/{team.id}")).status_code == 404
    new = {"text": "Anders", "evidence": handed["evidence"], "addressee": {"name": "De regio"}}
    position = at(await team.members[0].put(path, json=new))
    read = made(await team.commissioner.get(path, params=position), 200)
    assert (read["text"], read["status"]) == (handed["text"], "presented")
    accepted = {"verdict": "accepted"}
    assert (await team.stranger.post(f"{path}/response", json=accepted)).status_code == 404
    made(await team.commissioner.post(f"{path}/response", json=accepted))
    promise = {"text": "Een kwartiermaker", "owner": "J. Jansen", "due_on": "2017-03-01"}
    answer = await team.commissioner.post(f"{path}/commitments", json=promise)
    commitment = made(answer)["commitment_ids"][0]
    for reader, seen in ((team.commissioner, [commitment]), (team.members[0], [commitment]), (team.stranger, [])):
        for lists in (f"/programmes/{team.programme}/commitments", f"/organisations/{team.bank}/commitments"):
            listed = made(await reader.get(lists, params=at(answer)), 200)["items"]
            assert [one["id"] for one in listed] == seen
        assert (await reader.get(f"/commitments/{commitment}")).status_code == (200 if seen else 404)
