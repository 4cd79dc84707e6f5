"""The people as whom one can look around: one per role, of the newest open programme."""

from domain.foundation import Caller
from domain.people.rights import Rights
from service.auth.places import places_in
from service.clock_and_ids import now
from service.reading.role_holders import RoleHolder, role_holders
from service.supervisor.demonstration import sign_in_links
from tests.conftest import Api
from tests.service.api.examples.programme import Setting, made, programme

VIEWS_TIMEOUT_S = 30.0


async def found(api: Api) -> list[RoleHolder]:
    await api.kring.views.wait(await api.head(), VIEWS_TIMEOUT_S)
    return await role_holders(api.kring)


async def person(api: Api, setting: Setting, name: str) -> str:
    return made(await setting.manager.post("/people", json={"name": name, "email": api.address(name)}))["id"]


async def test_a_new_installation_has_nobody_to_look_around_as(api: Api) -> None:
    assert await found(api) == []


async def test_one_person_per_role_is_found_in_the_newest_programme(api: Api) -> None:
    await programme(api, participants=1, challenges=0)
    later = Api(api.url, api.kring)  # with addresses of its own
    newest = await programme(later, participants=2, challenges=1)
    boss, banker, reader = [await person(later, newest, one) for one in ("boss", "banker", "reader")]
    made(await newest.manager.post(f"/programmes/{newest.programme}/managers", json={"person_id": boss}))
    for one, role in ((banker, "commissioner"), (reader, "auditor")):
        body = {"person_id": one, "role": role}
        made(await newest.manager.post(f"/organisations/{newest.organisation}/contacts", json=body))
    gone = min(newest.ids)
    path = f"/programmes/{newest.programme}/participants/{gone}/withdrawal"
    made(await newest.manager.post(path, json={"reason": "Een andere baan."}), 200)
    holders = await found(later)
    await later.close()
    assert [one.role for one in holders] == ["manager", "facilitator", "participant", "commissioner", "auditor"]
    assert [one.programme for one in holders] == [newest.programme] * 3 + [None] * 2
    assert [one.organisation for one in holders] == [None] * 3 + [newest.organisation] * 2
    manager, _, participant, commissioner, auditor = [one.person for one in holders]
    assert (manager, participant, commissioner, auditor) == (boss, max(newest.ids), banker, reader)
    for one in holders:
        rights, _ = await api.kring.commands.load(
            Rights(Caller(role=one.role, person=one.person, via="test", at=now()))
        )
        assert one.place in places_in(rights)
    links = [one async for one in sign_in_links(api.kring, api.url)]
    assert [one.label for one in links] == [one.role for one in holders]
    assert all(one.url.startswith(f"{api.url}/sign-in/") for one in links)


async def test_an_open_programme_precedes_a_newer_concluded_one(api: Api) -> None:
    older = await programme(api, participants=1, challenges=0)
    body = {"name": "Leergang", "edition": "2017"}
    newer = made(await older.manager.post("/programmes", json=body))["id"]
    made(await older.manager.post(f"/programmes/{newer}/conclusion", json={"reason": "Vergissing."}), 200)
    assert {one.programme for one in await found(api)} == {older.programme}
