"""A change based on an outdated version of a resource is refused."""

import asyncio
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

import service.api
from service.clock_and_ids import new_id
from tests.conftest import Api
from tests.service.api.examples.programme import Setting, made, programme


async def tag_of(client: httpx.AsyncClient, path: str, api: Api) -> str:
    answer = await client.get(path, params={"at_least": await api.kring.log.head()})
    assert answer.status_code == 200, answer.text
    return answer.headers["ETag"]


def named(name: str) -> dict[str, Any]:
    return {"name": name, "edition": "2016"}


async def test_the_second_of_two_changes_to_the_same_version_is_refused(api: Api) -> None:
    setting = await programme(api, participants=0)
    path = f"/programmes/{setting.programme}"
    precondition = {"If-Match": await tag_of(setting.manager, path, api)}
    made(await setting.manager.put(path, json=named("First"), headers=precondition), 200)
    head = await api.kring.log.head()
    second = await setting.manager.put(path, json=named("Second"), headers=precondition)
    assert (second.status_code, second.json()["code"]) == (412, "precondition-failed")
    assert await api.kring.log.head() == head
    again = {"If-Match": await tag_of(setting.manager, path, api)}
    assert made(await setting.manager.put(path, json=named("Second"), headers=again), 200)["name"] == "Second"


async def test_only_one_of_many_simultaneous_changes_succeeds(api: Api) -> None:
    """Different commands change one resource."""
    setting = await programme(api, participants=0)
    path = f"/programmes/{setting.programme}"
    precondition = {"If-Match": await tag_of(setting.manager, path, api)}
    topics = {"topics": [{"key": "talk", "title": "Talk"}]}
    module = {"number": 1, "title": "T", "starts_on": "2026-01-01", "ends_on": "2026-02-01"}
    phases = {"intake_closes_at": "2099-01-01T00:00:00Z"}
    client = setting.manager
    answers = await asyncio.gather(
        client.put(path, json=named("Other"), headers=precondition),
        client.put(f"{path}/curriculum", json=topics, headers=precondition),
        client.put(f"{path}/phases", json=phases, headers=precondition),
        client.put(path, json=named("Another"), headers=precondition),
    )
    assert sorted(one.status_code for one in answers) == [200, 412, 412, 412], [one.text for one in answers]
    listed = {"If-Match": await tag_of(client, f"{path}/modules", api)}
    made(await client.post(f"{path}/modules", json=module, headers=listed))
    assert (await client.post(f"{path}/modules", json={**module, "number": 2}, headers=listed)).status_code == 412


async def test_a_change_to_a_subresource_changes_the_resource(api: Api) -> None:
    setting = await programme(api, participants=0, challenges=1)
    path = f"/challenges/{setting.challenges[0]}"
    precondition = {
        "If-Match": await tag_of(setting.manager, path, api),
        "Kring-On-Behalf-Of": setting.organisation,
        "Kring-Reason": "Gevraagd",
    }
    made(await setting.manager.post(f"{path}/revision", json={"title": "Anders"}, headers=precondition), 200)
    late = await setting.manager.post(f"{path}/withdrawal", headers=precondition)
    assert late.status_code == 412
    assert (await setting.manager.get(path)).json()["status"] == "admitted"


@pytest.mark.own_kring
async def test_a_precondition_serialises_independent_commands_on_one_list(setting: Setting, api: Api) -> None:
    """They decide on something other than what they change, so only the precondition separates them."""
    manager, announcements = setting.manager, f"/programmes/{setting.programme}/announcements"
    for path, body in (("/organisations", {"name": "A"}), (announcements, {"text": "Tot ziens."})):
        precondition = {"If-Match": await tag_of(manager, path, api)}
        answers = await asyncio.gather(*(manager.post(path, json=body, headers=precondition) for _ in range(4)))
        assert sorted(one.status_code for one in answers) == [201, 412, 412, 412], [one.text for one in answers]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If-Match": "*"}, 200),
        ({"If-Match": '"other"'}, 412),
        ({"If-Match": "garbage"}, 412),
        ({"If-Match": ""}, 412),
        ({"If-None-Match": "*"}, 412),
        ({"If-None-Match": '"other"'}, 200),
    ],
)
async def test_every_form_of_a_precondition(api: Api, headers: dict[str, str], status: int) -> None:
    setting = await programme(api, participants=0, challenges=0)
    answer = await setting.manager.put(f"/programmes/{setting.programme}", json=named("X"), headers=headers)
    assert answer.status_code == status, answer.text


async def test_command_refusals_precede_preconditions_and_repeats_get_their_answer(api: Api) -> None:
    setting = await programme(api, participants=1, challenges=0)
    path = f"/programmes/{setting.programme}"
    wrong = {"If-Match": '"other"'}
    assert (await setting.people[0].put(path, json=named("X"), headers=wrong)).status_code in {403, 404}
    assert (await setting.manager.put(path, json={}, headers=wrong)).status_code == 422
    unknown = f"/programmes/{new_id('programme')}"
    assert (await setting.manager.put(unknown, json=named("X"), headers=wrong)).status_code == 404
    precondition = {"If-Match": await tag_of(setting.manager, path, api), "Idempotency-Key": "k"}
    first = await setting.manager.put(path, json=named("X"), headers=precondition)
    again = await setting.manager.put(path, json=named("X"), headers=precondition)
    assert (first.status_code, again.status_code, again.json()) == (200, 200, first.json())


async def test_a_read_with_a_failed_precondition_is_refused(setting: Setting, api: Api) -> None:
    path = f"/programmes/{setting.programme}"
    tag = await tag_of(setting.manager, path, api)
    assert (await setting.manager.get(path, headers={"If-Match": tag})).status_code == 200
    assert (await setting.manager.get(path, headers={"If-Match": '"other"'})).status_code == 412


@pytest.fixture
async def setting(api: Api) -> Setting:
    """A programme without people."""
    return await programme(api, participants=0, challenges=1)


async def test_head_requests_return_headers_without_content(setting: Setting, api: Api) -> None:
    head = await api.kring.log.head()
    for path in ("/me", "/organisations", f"/programmes/{setting.programme}", "/events", "/openapi.json"):
        query = {} if path == "/openapi.json" else {"at_least": head}
        whole, alone = [await setting.manager.request(one, path, params=query) for one in ("GET", "HEAD")]
        assert (alone.status_code, alone.content) == (200, b"")
        for name in ("Content-Type", "Content-Length", "ETag", "Vary"):
            assert alone.headers.get(name) == whole.headers.get(name)
    tag = (await setting.manager.head("/me")).headers["ETag"]
    assert (await setting.manager.head("/me", headers={"If-None-Match": tag})).status_code == 304
    for path in ("/nowhere", f"/programmes/{new_id('programme')}"):
        assert (await setting.manager.head(path)).status_code == 404
    assert (await api.client(None).head("/me")).status_code == 401
    assert (await setting.manager.head(f"/programmes/{setting.programme}/conclusion")).status_code == 405
    async with httpx.AsyncClient() as anyone:
        assert [(await anyone.head(f"{api.url}{path}")).status_code for path in ("/", "/health/live")] == [200, 200]


async def test_a_head_request_on_a_stream_ends(setting: Setting) -> None:
    for path, kind in (("/events", "text/event-stream"), ("/events", "application/x-ndjson")):
        answer = await setting.manager.head(path, headers={"Accept": kind})
        assert (answer.status_code, answer.headers["Content-Type"].partition(";")[0], answer.content) == (
            200,
            kind,
            b"",
        )


@pytest.mark.parametrize("encoding", ["gzip", "br", "identity, gzip", "x"])
async def test_a_body_is_sent_as_it_is(api: Api, encoding: str) -> None:
    manager = await api.as_("manager")
    for path, sent in (
        ("/organisations", {"json": {"name": "A"}}),
        (f"/teams/{new_id('team')}/files", {"content": b""}),
    ):
        answer = await manager.post(path, headers={"Content-Encoding": encoding}, **sent)  # pyright: ignore[reportArgumentType]  either kind
        assert (answer.status_code, answer.json()["code"]) == (415, "unsupported-content-encoding")
    made(await manager.post("/organisations", json={"name": "A"}, headers={"Content-Encoding": "Identity"}))


@pytest.mark.parametrize("header", ["Kring-Reason", "Kring-On-Behalf-Of"])
async def test_an_idempotency_key_covers_the_headers_too(setting: Setting, header: str) -> None:
    path = f"/programmes/{setting.programme}"
    key = {"Idempotency-Key": "k", "Kring-Reason": "Een"}
    first = made(await setting.manager.put(path, json=named("X"), headers=key), 200)
    other = {**key, header: "Twee" if header == "Kring-Reason" else setting.organisation}
    answer = await setting.manager.put(path, json=named("X"), headers=other)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-reused")
    again = {**key, "Kring-Reason": "utf-8''E%65n"}
    assert made(await setting.manager.put(path, json=named("X"), headers=again), 200) == first, (
        "the same reason, written otherwise"
    )


def test_every_command_passes_the_single_check_of_preconditions() -> None:
    folder = Path(service.api.__file__).parent
    places = [one.name for one in folder.rglob("*.py") if re.search(r"commands\.execute\(", one.read_text())]
    assert places == ["request_context.py"]
