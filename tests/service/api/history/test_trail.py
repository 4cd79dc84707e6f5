"""An organisation's trail and story, over HTTP and from the log."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from dataclasses import replace as with_
from typing import Any, NamedTuple

import httpx
import pytest

from domain.foundation import OrganisationId, ProgrammeId
from service.operations.history import AmbiguousSubject, HistoryRange, replay
from service.store.views.view_store import ViewStore
from tests.conftest import Api

NOWHERE = "organisation_01h45ytscbebyvny4gc8cr8ma2"
DUTCH = {"Accept-Language": "nl"}


async def made(answer: httpx.Response, status: int = 201) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


class Stage(NamedTuple):
    """A bank with a commissioner, an auditor and a participant, whose challenge was declined; another organisation."""

    manager: httpx.AsyncClient
    commissioner: httpx.AsyncClient
    auditor: httpx.AsyncClient
    participant: httpx.AsyncClient
    bank: str
    clinic: str
    programme: str
    people: dict[str, str]
    position: int


async def staged(api: Api) -> Stage:
    manager = await api.as_("manager")
    bank, clinic = [
        (await made(await manager.post("/organisations", json={"name": name})))["id"] for name in ("Rabobank", "Isala")
    ]
    programme = (await made(await manager.post("/programmes", json={"name": "Leergang", "edition": "2016"})))["id"]
    people = {
        name: (await made(await manager.post("/people", json={"name": name, "email": api.address(f"{name[0]}")})))["id"]
        for name in ("Anna Bakker", "Carla Opdracht", "Dirk Audit", "Gerda Gids")
    }
    anna, carla, dirk, gerda = people.values()
    await made(await manager.post(f"/programmes/{programme}/facilitators", json={"person_id": gerda}))
    for person, role in ((carla, "commissioner"), (dirk, "auditor")):
        await made(await manager.post(f"/organisations/{bank}/contacts", json={"person_id": person, "role": role}))
    await made(
        await manager.post(f"/programmes/{programme}/participants", json={"person_id": anna, "organisation_id": bank})
    )
    participant, facilitator = await api.as_("participant", anna), await api.as_("facilitator", gerda)
    body = {
        "title": "Hoe behouden we start-ups?",
        "context": "Regio",
        "organisation_id": bank,
        "occurred_at": "2016-09-12T10:00:00+02:00",
    }
    challenge = (await made(await participant.post(f"/programmes/{programme}/challenges", json=body)))["id"]
    answer = await facilitator.post(f"/challenges/{challenge}/declination", json={"reason": "Te groot voor een CoP."})
    await made(answer, 200)
    position = int(answer.headers["Kring-Position"])
    commissioner, auditor = await api.as_("commissioner", carla), await api.as_("auditor", dirk)
    return Stage(manager, commissioner, auditor, participant, bank, clinic, programme, people, position)


async def trail(client: httpx.AsyncClient, stage: Stage, **params: int) -> Any:
    query = {"at_least": stage.position, **params}
    return await made(await client.get(f"/organisations/{stage.bank}/trail", params=query, headers=DUTCH), 200)


async def test_an_organisation_reads_its_events_in_order_and_in_words(api: Api) -> None:
    stage = await staged(api)
    shown = await trail(stage.commissioner, stage)
    assert [one["type"] for one in shown["items"]] == [
        "organisation.registered",
        "organisation.contact_appointed",
        "organisation.contact_appointed",
        "programme.participant_enrolled",
        "challenge.proposed",
        "challenge.declined",
    ]
    assert [one["index"] for one in shown["items"]] == list(range(6))
    positions = [one["position"] for one in shown["items"]]
    assert positions == sorted(positions)
    proposed, declined = shown["items"][4:]
    assert proposed["sentence"] == "Anna Bakker bracht het vraagstuk “Hoe behouden we start-ups?” in."
    assert proposed["by"] == "Anna Bakker"
    assert proposed["occurred_at"].startswith("2016-09-12T08:00:00")
    assert declined["sentence"] == "“Hoe behouden we start-ups?” werd afgewezen."
    assert declined["reason"] == "Te groot voor een CoP."
    assert shown["next"] is None


async def test_a_commissioner_reads_only_the_names_of_their_own_people(api: Api) -> None:
    stage = await staged(api)
    shown = await trail(stage.commissioner, stage)
    assert shown["items"][5]["by"] == "een persoon"
    assert "Gerda" not in str(shown)
    assert (await trail(stage.manager, stage))["items"][5]["by"] == "Gerda Gids"


async def test_an_auditor_reads_pseudonyms(api: Api) -> None:
    stage = await staged(api)
    shown = await trail(stage.auditor, stage)
    assert (
        shown["items"][4]["sentence"]
        == f"{stage.people['Anna Bakker']} bracht het vraagstuk “Hoe behouden we start-ups?” in."
    )
    for name in stage.people:
        assert name not in str(shown)


async def test_a_trail_starts_with_the_event_types_that_it_never_contains(api: Api) -> None:
    stage = await staged(api)
    shown = await trail(stage.commissioner, stage)
    assert "ballot.vote_cast" in [one["type"] for one in shown["never_told"]]
    assert all(one["because"] for one in shown["never_told"])


@pytest.mark.parametrize("parameter", ["after", "cursor"])
async def test_pages_follow_each_other_without_gaps(api: Api, parameter: str) -> None:
    stage = await staged(api)
    whole = (await trail(stage.commissioner, stage))["items"]
    page, read = await trail(stage.commissioner, stage, limit=4), list[Any]()
    while True:
        read += page["items"]
        if page["next"] is None:
            break
        page = await trail(stage.commissioner, stage, limit=4, **{parameter: page["next"]})
        assert page["never_told"] == []
    assert read == whole


async def test_only_contacts_and_managers_read_a_trail(api: Api) -> None:
    stage = await staged(api)
    for client in (stage.participant, await api.as_("auditor", organisations=(stage.clinic,))):
        assert (await client.get(f"/organisations/{stage.bank}/trail")).status_code == 404
    assert (await stage.commissioner.get(f"/organisations/{stage.clinic}/trail")).status_code == 404
    assert (await stage.manager.get(f"/organisations/{NOWHERE}/trail")).status_code == 404
    assert (await stage.manager.get(f"/organisations/{stage.programme}/trail")).status_code == 404


@pytest.mark.parametrize("query", ["after=-1", "cursor=x", "limit=0", "limit=201"])
async def test_a_trail_accepts_no_other_bounds(api: Api, query: str) -> None:
    manager = await api.as_("manager")
    bank = (await made(await manager.post("/organisations", json={"name": "Rabobank"})))["id"]
    assert (await manager.get(f"/organisations/{bank}/trail?{query}")).status_code == 422


async def test_a_history_is_read_from_the_log_without_any_view(api: Api) -> None:
    stage = await staged(api)
    blind = with_(api.kring, views=ViewStore(api.kring.log.pool, ()))
    never, *lines = [one async for one in replay(blind, organisation=OrganisationId(stage.bank))]
    assert never.startswith("Nooit zichtbaar voor organisaties: ")
    assert "ballot.vote_cast" in never
    assert len(lines) == 6
    assert lines[4].endswith(
        "naar opgave op 12 september 2016: Anna Bakker bracht het vraagstuk “Hoe behouden we start-ups?” in."
    )
    assert lines[5].endswith("Gerda Gids: “Hoe behouden we start-ups?” werd afgewezen. Reden: Te groot voor een CoP.")


async def test_a_programme_has_a_history_in_both_languages_at_any_position(api: Api) -> None:
    stage = await staged(api)
    programme = ProgrammeId(stage.programme)
    lines = [one async for one in replay(api.kring, about=programme, language="en")]
    assert lines[0].endswith("Leergang, edition 2016, was opened.")
    assert lines[-1].endswith("Gerda Gids: “Hoe behouden we start-ups?” was declined. Reason: Te groot voor een CoP.")
    before = replay(api.kring, about=programme, language="en", within=HistoryRange(as_of=stage.position - 1))
    assert [one async for one in before] == lines[:-1]
    (last, _) = await api.kring.log.read(after=stage.position - 1, until=stage.position)
    then = replay(api.kring, about=programme, language="en", within=HistoryRange(as_of=last[0].recorded_at))
    assert [one async for one in then] == lines


async def test_a_history_has_exactly_one_subject(api: Api) -> None:
    with pytest.raises(AmbiguousSubject):
        _ = [one async for one in replay(api.kring, organisation=OrganisationId("o"), about=ProgrammeId("p"))]
