"""Rules for every request: keys, reasons, positions, ids of the wrong kind."""

import asyncio

import pytest

from tests.conftest import Api
from tests.reference.sources import operations
from tests.service.api.examples.programme import ballot, made, programme

ID = "01m84mt5r8es5rc7sp6wjmjab6"


async def test_a_command_sent_twice_has_one_effect_and_the_same_answer(api: Api) -> None:
    manager = await api.as_("manager")
    body, key = {"name": "Bank"}, {"Idempotency-Key": "k1"}
    first = await manager.post("/organisations", json=body, headers=key)
    second = await manager.post("/organisations", json=body, headers=key)
    assert made(first) == made(second)
    assert first.headers["Kring-Position"] == second.headers["Kring-Position"]
    assert (await manager.post("/organisations", json={"name": "Other"}, headers=key)).status_code == 422
    other = await api.as_("manager")
    assert made(await other.post("/organisations", json=body, headers=key))["id"] != first.json()["id"]


async def test_a_double_click_has_one_effect(api: Api) -> None:
    manager = await api.as_("manager")
    before = await api.kring.log.head()
    answers = await asyncio.gather(
        *(manager.post("/organisations", json={"name": "Bank"}, headers={"Idempotency-Key": "k"}) for _ in range(8))
    )
    assert {one.status_code for one in answers} <= {201, 409}
    assert len({one.json()["id"] for one in answers if one.status_code == 201}) == 1
    assert await api.kring.log.head() == before + 1


async def test_a_repeat_gets_its_first_answer_even_if_it_would_be_refused_now(api: Api) -> None:
    setting = await programme(api)
    running, key = await ballot(setting), {"Idempotency-Key": "close"}
    first = made(await setting.facilitator.post(f"/ballots/{running}/close", headers=key), 200)
    made(await setting.facilitator.post(f"/ballots/{running}/count"), 200)
    assert made(await setting.facilitator.post(f"/ballots/{running}/close", headers=key), 200) == first


async def test_an_address_belongs_to_one_person_however_it_is_written(api: Api) -> None:
    manager = await api.as_("manager")
    made(await manager.post("/people", json={"name": "Anna", "email": "Anna@Example.org"}))
    answer = await manager.post("/people", json={"name": "Anna", "email": "anna@example.ORG"})
    assert (answer.status_code, answer.json()["code"]) == (409, "email-taken")
    answers = await asyncio.gather(
        *(manager.post("/people", json={"name": "Bert", "email": api.address("bert")}) for _ in range(5))
    )
    assert sorted(one.status_code for one in answers) == [201, 409, 409, 409, 409]


async def test_texts_are_returned_code_point_for_code_point(api: Api) -> None:
    manager = await api.as_("manager")
    name = "e\u0301 é 👩‍👩‍👧 שלום"
    person = made(await manager.post("/people", json={"name": name, "email": api.address("x")}))
    assert person["name"] == name


async def test_a_reason_in_the_header_may_contain_non_ascii_characters(api: Api) -> None:
    setting = await programme(api)
    body = {"title": "T", "context": "C", "organisation_id": setting.organisation}
    url = f"/programmes/{setting.programme}/challenges"
    challenge = made(await setting.manager.post(url, json=body))["id"]
    refused = await setting.facilitator.post(f"/challenges/{challenge}/declination")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "reason")
    header = {"Kring-Reason": "UTF-8''geen%20eigenaar%20%E2%80%93%20jammer"}
    twice = await setting.facilitator.post(
        f"/challenges/{challenge}/declination", json={"reason": "iets anders"}, headers=header
    )
    assert twice.status_code == 422
    declined = made(await setting.facilitator.post(f"/challenges/{challenge}/declination", headers=header), 200)
    assert declined["status"] == "declined"


async def test_a_revoked_token_stops_working_immediately(api: Api) -> None:
    manager = await api.as_("manager")
    issued = made(await manager.post("/tokens", json={"role": "manager"}))
    assert issued["token"].startswith("kr_")
    shown = made(await manager.get(f"/tokens?at_least={await api.kring.log.head()}"), 200)
    assert all("token" not in one for one in shown["items"])
    made(await manager.post(f"/tokens/{issued['id']}/revocation"), 200)
    holder = {"Authorization": f"Bearer {issued['token']}"}
    assert (await manager.get("/organisations", headers=holder)).status_code == 401


@pytest.mark.parametrize("wrong", ["kr_", "kr_x", f"kr_{ID}_{'a' * 43}", "Bearer"])
async def test_an_unknown_token_is_refused(api: Api, wrong: str) -> None:
    manager = await api.as_("manager")
    assert (await manager.get("/organisations", headers={"Authorization": f"Bearer {wrong}"})).status_code == 401


async def test_ids_of_the_wrong_kind_are_not_found_on_every_path(api: Api) -> None:
    manager = await api.as_("manager")
    for method, path in sorted(operations(built=True) | operations(built=False)):
        if "{" not in path:
            continue
        for wrong in ("x", f"nonsense_{ID}", f"programme_{ID}", f"person_{ID}", f"organisation_{ID}"):
            url = "/".join(wrong if part.startswith("{") else part for part in path.split("/"))
            answer = await manager.request(method, url, json={} if method != "GET" else None)
            assert answer.status_code in {404, 422, 501}, (method, url, answer.status_code, answer.text)


async def test_a_list_is_paged(api: Api) -> None:
    setting = await programme(api, participants=5)
    url = f"/programmes/{setting.programme}/participants?at_least={await api.kring.log.head()}"
    first = made(await setting.people[0].get(f"{url}&limit=3"), 200)
    second = made(await setting.people[0].get(f"{url}&limit=3&cursor={first['next']}"), 200)
    assert (len(first["items"]), len(second["items"]), second["next"]) == (3, 2, None)
    assert {one["person_id"] for one in first["items"] + second["items"]} == set(setting.ids)


async def test_a_participant_of_another_programme_sees_nothing_of_this_one(api: Api) -> None:
    here, manager = await programme(api), await api.as_("manager")
    elsewhere = made(await manager.post("/programmes", json={"name": "Andere", "edition": "2017"}))["id"]
    person = made(await manager.post("/people", json={"name": "Elders", "email": api.address("elders")}))["id"]
    made(await manager.post(f"/programmes/{elsewhere}/participants", json={"person_id": person}))
    stranger = await api.as_("participant", person)
    position = await api.kring.log.head()
    for path in (
        f"/programmes/{here.programme}",
        f"/programmes/{here.programme}/participants",
        f"/programmes/{here.programme}/challenges",
        f"/programmes/{here.programme}/ballots",
        f"/challenges/{here.challenges[0]}",
        f"/people/{here.ids[0]}",
    ):
        assert (await stranger.get(f"{path}?at_least={position}")).status_code == 404, path
    shown = made(await stranger.get(f"/people?at_least={position}"), 200)
    assert [one["id"] for one in shown["items"]] == [person]


async def test_a_token_revoked_by_another_process_records_nothing_more(api: Api) -> None:
    manager = await api.as_("manager")
    issued = made(await manager.post("/tokens", json={"role": "manager"}))
    holder = {"Authorization": f"Bearer {issued['token']}"}
    made(await manager.post("/organisations", json={"name": "A"}, headers=holder))
    made(await manager.post(f"/tokens/{issued['id']}/revocation"), 200)
    answer = await manager.post("/organisations", json={"name": "B"}, headers=holder)
    assert (answer.status_code, answer.json()["code"]) == (401, "token-ended")


async def test_nobody_gets_a_token_with_the_rights_of_kring_itself(api: Api) -> None:
    manager = await api.as_("manager")
    organisation = made(await manager.post("/organisations", json={"name": "A"}))["id"]
    answer = await manager.post("/tokens", json={"role": "system", "organisation_ids": [organisation]})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "role")


async def test_a_missing_or_unknown_field_is_named(api: Api) -> None:
    manager = await api.as_("manager")
    missing, unknown = (
        await manager.post("/people", json={}),
        await manager.post("/organisations", json={"name": "A", "x": 1}),
    )
    assert missing.json()["errors"][0]["field"] == "name"
    assert unknown.json()["errors"][0]["field"] == "x"


async def test_rule_27_only_an_organisation_itself_and_the_operator_rename_it(api: Api) -> None:
    manager = await api.as_("manager")
    bank = made(await manager.post("/organisations", json={"name": "Bank"}))["id"]
    theirs = await api.as_("commissioner", organisations=(bank,))
    assert made(await theirs.put(f"/organisations/{bank}", json={"name": "Ours"}), 200)["name"] == "Ours"
    assert made(await manager.put(f"/organisations/{bank}", json={"name": "Coöperatie"}), 200)["name"] == "Coöperatie"
    position = await api.kring.log.head()
    assert made(await manager.get(f"/organisations/{bank}?at_least={position}"), 200)["name"] == "Coöperatie"
