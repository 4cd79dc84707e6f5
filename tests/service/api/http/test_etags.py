"""Content that a client already has is not sent again."""

from typing import Any

import httpx
import pytest
from litestar.routes import HTTPRoute

from service.api.http.etags import ETags
from service.api.http.preconditions import holds
from service.app import BASE, make_app
from service.clock_and_ids import new_id
from service.config import load
from tests.conftest import Api
from tests.service.api.examples.programme import Setting, ballot, made, programme

TAG = '"0123456789abcdef"'


@pytest.mark.parametrize(
    "stated",
    ["*", " * ", TAG, "W/" + TAG, '"other", ' + TAG, 'W/"other",W/' + TAG + ', "third"', '"a,b",' + TAG],
)
def test_if_none_match_accepts_single_listed_weak_and_star_tags(stated: str) -> None:
    assert not holds(None, stated, TAG)
    assert holds(stated, None, TAG) == ("W/" + TAG not in stated), "strongly, for a change"


@pytest.mark.parametrize(
    "stated", ["", '"other"', "0123456789abcdef", '"*"', '"0123456789ABCDEF"', '"0123456789abcdef']
)
def test_other_and_malformed_tags_do_not_match(stated: str) -> None:
    assert holds(None, stated, TAG)
    assert not holds(stated, None, TAG)


def test_a_missing_resource_matches_no_tag() -> None:
    assert (holds("*", None, None), holds(TAG, None, None), holds(None, "*", None)) == (False, False, True)


async def read(client: httpx.AsyncClient, path: str, *tags: str, **query: Any) -> httpx.Response:
    headers = [("If-None-Match", one) for one in tags]
    return await client.get(path, headers=httpx.Headers(headers), params=query)


async def test_unchanged_content_gets_304_and_changed_content_is_sent(api: Api) -> None:
    setting = await programme(api, participants=1)
    for path in (f"/programmes/{setting.programme}", f"/programmes/{setting.programme}/challenges"):
        head = await api.kring.log.head()
        first = await read(setting.manager, path, at_least=head)
        tag = first.headers["ETag"]
        assert tag.startswith('"'), "a strong one"
        again = await read(setting.manager, path, '"other"', tag)
        assert (again.status_code, again.content) == (304, b"")
        for name in ("ETag", "Vary", "Cache-Control"):
            assert again.headers[name] == first.headers[name]
        assert "Content-Type" not in again.headers
        assert first.headers["Cache-Control"] == "private, no-cache"
        assert {"Authorization", "Accept-Language"} <= set(first.headers["Vary"].split(", "))

        await changed(setting)
        other = await read(setting.manager, path, tag, at_least=await api.kring.log.head())
        assert (other.status_code, other.json() != first.json()) == (200, True)
        assert other.headers["ETag"] != tag
        then = await read(setting.manager, path, tag, as_of=head)
        assert (then.status_code, then.headers["ETag"]) == (304, tag), "the same to the byte as it was"


async def changed(setting: Setting) -> None:
    """Another challenge, and another name."""
    name = {"name": new_id("x"), "edition": "2016"}
    made(await setting.manager.put(f"/programmes/{setting.programme}", json=name), 200)
    body = {"title": "Nog een", "context": "Waarom.", "organisation_id": setting.organisation}
    made(await setting.manager.post(f"/programmes/{setting.programme}/challenges", json=body))


async def test_problems_streams_and_uncacheable_responses_have_no_etag(api: Api) -> None:
    setting = await programme(api, participants=1)
    opened, me = await ballot(setting), setting.people[0]
    cast = await me.put(f"/ballots/{opened}/vote", json={"approvals": []})
    missing = await read(me, f"/ballots/{opened}/result", "*")
    link = made(await me.post("/me/calendar"))["path"].removeprefix(BASE)
    stream = await me.get("/events", headers={"Accept": "application/x-ndjson", "If-None-Match": "*"})
    answers = [cast, missing, await read(me, f"/ballots/{opened}/vote", "*"), stream, await read(me, link, "*")]
    assert [one.status_code for one in answers] == [200, 404, 200, 200, 200]
    assert [one.headers.get("ETag") for one in answers] == [None] * 5
    assert all(one.content for one in answers)


async def test_an_unauthenticated_caller_never_gets_304(api: Api) -> None:
    manager = await api.as_("manager")
    tag = (await manager.get("/organisations")).headers["ETag"]
    assert (await read(api.client(None), "/organisations", tag)).status_code == 401


def test_reads_have_etags_and_commands_do_not() -> None:
    handlers = [
        one
        for route in make_app(load({})).routes
        if isinstance(route, HTTPRoute) and route.path.startswith(BASE)
        for one in route.route_handlers
        if one.resolve_include_in_schema() and not one.opt.get("not_yet")
    ]
    assert len(handlers) > 150
    tagged = {(next(iter(one.http_methods)), ETags in one.resolve_middleware()) for one in handlers}
    assert tagged == {("GET", True), ("POST", False), ("PUT", False)}
