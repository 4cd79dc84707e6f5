"""Every error is worded for people, in the language of the reader."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Any, Literal, cast

import msgspec
import pytest
from litestar.routes import HTTPRoute

from domain.foundation import Text
from service.api.http.headers import EncodedReason, Key
from service.api.http.negotiation import requested_language
from service.api.http.problems import BY_STATUS
from service.api.http.validation_words import OTHERWISE, in_words, of_pattern
from service.app import BASE, make_app
from service.clock_and_ids import new_id
from service.config import load
from tests.conftest import Api
from tests.service.api.examples.programme import Setting, made, programme

INJECTED = {"context", "reader", "request", "reading", "listing", "current", "scope", "receive", "send"}
DUTCH, ENGLISH = {"Accept-Language": "nl-NL, nl;q=0.9, en;q=0.5"}, {"Accept-Language": "en"}
TECHNICAL = re.compile(r"`|regex|\\x|\bstr\b|\bint\b|\bNone\b|Traceback|data: |Expected|Validation failed|\$\.")


@pytest.mark.parametrize(
    ("stated", "language"),
    [
        (None, None),
        ("", None),
        ("nl", "nl"),
        ("NL-be, en;q=0.5", "nl"),
        ("en;q=0.3, nl;q=0.4", "nl"),
        ("en, nl", "en"),
        ("nl, en", "nl"),
        ("de, nl;q=0.1", "nl"),
        ("de, fr", None),
        ("*", None),
        ("*;q=0.5, nl;q=0.2", "en"),
        ("nl;q=0", "en"),
        ("nl;q=0, *", "en"),
        ("en;q=0, *;q=0.1", "nl"),
        ("en;q=0, nl;q=0", None),
        ("nlx, en-GB", "en"),
        (";;,,q=", None),
    ],
)
def test_accept_language_is_weighed_by_the_standard(stated: str | None, language: str | None) -> None:
    assert requested_language(stated) == language


@pytest.fixture
async def setting(api: Api) -> Setting:
    """A programme with one participant."""
    return await programme(api, participants=1)


JSON = {"Content-Type": "application/json"}
TOO_LARGE = b'{"name": "' + b"A" * (1 << 20) + b'"}'
REFUSED: list[tuple[int, str, str, dict[str, Any]]] = [
    (400, "GET", "/organisations?as_of=1", {}),
    (401, "GET", "/me", {"headers": {"Authorization": "Bearer kr_none"}}),
    (403, "POST", "/programmes/{programme}/conclusion", {}),
    (404, "GET", "/nowhere", {}),
    (404, "GET", "/programmes/garbage", {}),
    (404, "GET", "/programmes/{other}", {}),
    (405, "DELETE", "/organisations", {}),
    (406, "GET", "/events", {"headers": {"Accept": "text/html"}}),
    (409, "POST", "/programmes/{programme}/participants", {"json": {"person_id": "{person}"}}),
    (413, "POST", "/organisations", {"content": TOO_LARGE, "headers": JSON}),
    (415, "POST", "/organisations", {"content": b"x", "headers": {"Content-Type": "text/plain"}}),
    (422, "POST", "/organisations", {"json": {}}),
    (422, "POST", "/organisations", {"json": {"name": 1}}),
    (422, "POST", "/organisations", {"json": {"name": "A\nB"}}),
    (422, "POST", "/organisations", {"json": {"name": "A" * 201}}),
    (422, "POST", "/organisations", {"json": {"name": "A", "more": 1}}),
    (422, "POST", "/organisations", {"json": []}),
    (422, "POST", "/organisations", {"content": b"{", "headers": JSON}),
    (422, "POST", "/organisations", {"content": b"\xff", "headers": JSON}),
    (422, "POST", "/organisations", {"content": b"[" * 100_000, "headers": JSON}),
    (422, "POST", "/organisations", {"content": b"", "headers": JSON}),
    (422, "POST", "/organisations", {"json": {"name": "A", "occurred_at": "yesterday"}}),
    (422, "POST", "/people", {"json": {"name": "A", "email": "none"}}),
    (422, "POST", "/people", {"json": {"name": "A", "email": "a@example.org", "language": "de"}}),
    (422, "POST", "/programmes", {"json": {"name": "A", "edition": "1", "policies": {"min_team": 0}}}),
    (422, "POST", "/organisations", {"json": {"name": "A"}, "headers": {"Idempotency-Key": "x" * 201}}),
    (422, "POST", "/organisations", {"json": {"name": "A"}, "headers": {"Kring-On-Behalf-Of": "garbage"}}),
    (422, "GET", "/organisations?limit=0", {}),
    (422, "GET", "/organisations?limit=x&at_least=y", {}),
    (422, "GET", "/people?email=none", {}),
    (422, "GET", "/events?tag=x", {}),
    (422, "GET", "/events?types=x", {}),
]


@pytest.mark.parametrize(("status", "method", "path", "how"), REFUSED)
async def test_every_refusal_is_worded_in_both_languages(
    api: Api, setting: Setting, status: int, method: str, path: str, how: dict[str, Any]
) -> None:
    client = setting.people[0] if status == 403 else setting.manager
    names = {"programme": setting.programme, "other": new_id("programme")}
    if "{person}" in str(how):
        person = made(await setting.people[0].get("/me"), 200)["person"]["id"]
        how = {"json": {"person_id": person}}
    headers: dict[str, str] = how.get("headers", {})
    arguments: Any = {name: one for name, one in how.items() if name != "headers"}
    details = [
        await client.request(method, path.format(**names), headers={**headers, **language}, **arguments)
        for language in (ENGLISH, DUTCH)
    ]
    english, dutch = (one.json() for one in details)
    assert [one.status_code for one in details] == [status] * 2, english
    assert [one.headers["Content-Language"] for one in details] == ["en", "nl"]
    assert all("Accept-Language" in one.headers["Vary"] for one in details)
    assert english["detail"] != dutch["detail"]
    assert len(english.get("errors", [])) == len(dutch.get("errors", []))
    for problem in (english, dutch):
        assert TECHNICAL.search(str(problem)) is None, problem
        assert "data" not in [one["field"] for one in problem.get("errors", [])]
        assert problem["detail"].endswith((".", "_…)")), problem


async def test_field_names_are_quoted_as_the_client_wrote_them(setting: Setting) -> None:
    body = {"starts_at": "2026-11-23T12:00:00+01:00", "ends_at": "x", "place": "P", "kind": "session", "number": 1}
    path = f"/programmes/{setting.programme}/gatherings"
    content = (await setting.manager.post(path, json=body, headers=DUTCH)).json()
    assert content["errors"][0]["field"] == "ends_at"
    agenda = {**body, "ends_at": "2026-11-23T13:00:00+01:00", "agenda": [{"title": "T"}, {"title": 1}]}
    content = (await setting.manager.post(path, json=agenda, headers=DUTCH)).json()
    assert (content["errors"][0]["field"], content["detail"]) == ("agenda.1.title", "agenda.1.title is geen tekst.")
    content = (await setting.manager.get("/events", headers={**DUTCH, "Last-Event-ID": "x" * 30})).json()
    assert content["errors"][0]["field"] == "Last-Event-ID"


async def test_without_accept_language_callers_get_their_own_language(api: Api) -> None:
    manager = await api.as_("manager")
    for language, words in (("nl", "Dit bestaat niet"), ("en", "This does not exist")):
        body = {"name": "Iemand", "email": api.address(language), "language": language}
        person = made(await manager.post("/people", json=body))["id"]
        client = await api.as_("manager", person)
        del client.headers["Accept-Language"]
        answer = await client.get(f"/programmes/{new_id('programme')}")
        assert (answer.headers["Content-Language"], answer.json()["detail"][:13]) == (language, words[:13])
        other = await client.get(f"/programmes/{new_id('programme')}", headers=DUTCH if language == "en" else ENGLISH)
        assert other.headers["Content-Language"] != language, "the request says otherwise"
    del manager.headers["Accept-Language"]
    nobody = await manager.get(f"/programmes/{new_id('programme')}")
    assert nobody.headers["Content-Language"] == "en"


async def test_worded_responses_declare_their_language(api: Api, setting: Setting) -> None:
    for path in ("/me/agenda", "/me/to-dos", "/me/notifications", f"/organisations/{setting.organisation}/trail"):
        for headers, language in ((DUTCH, "nl"), (ENGLISH, "en")):
            answer = await setting.manager.get(path, headers=headers)
            assert answer.headers["Content-Language"] == language
            assert "Accept-Language" in answer.headers["Vary"]
    assert "Content-Language" not in (await setting.manager.get("/organisations")).headers


def test_every_field_pattern_has_a_wording() -> None:
    """People cannot read regular expressions."""
    found = patterns()
    assert len(found) > 30
    assert {one for one in found if of_pattern(one) is None} == set()


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (int, "x"),
        (int | None, "x"),
        (list[str], 1),
        (dict[str, int], []),
        (bool, "x"),
        (float, "x"),
        (datetime, 1),
        (date, "x"),
        (Literal["a"], "x"),
        (Annotated[str, msgspec.Meta(max_length=1)], "xx"),
        (Annotated[list[int], msgspec.Meta(min_length=1)], []),
        (Annotated[float, msgspec.Meta(gt=0)], 0.0),
        (Annotated[int, msgspec.Meta(le=0)], 1),
    ],
)
def test_every_message_has_a_wording(kind: Any, value: Any) -> None:
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.convert(value, kind)
    assert in_words(str(refused.value)) != OTHERWISE, refused.value


@pytest.mark.parametrize(
    ("kind", "value", "en", "nl"),
    [
        (Annotated[str, msgspec.Meta(max_length=1)], "xx", "has more than 1 character", "heeft meer dan 1 teken"),
        (
            Annotated[list[int], msgspec.Meta(min_length=2000)],
            [],
            "has fewer than 2,000 items",
            "heeft minder dan 2.000 onderdelen",
        ),
        (
            int | str | None,
            [],
            "is not a whole number, a text or null",
            "is geen geheel getal, tekst of null",
        ),
    ],
)
def test_lengths_and_alternatives_are_worded_naturally(kind: Any, value: Any, en: str, nl: str) -> None:
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.convert(value, kind)
    assert in_words(str(refused.value)) == Text(en, nl)


def test_framework_errors_are_worded_for_every_status() -> None:
    assert {400, 401, 403, 404, 405, 413, 415, 422, 429, 500, 503} <= BY_STATUS.keys()


def patterns() -> set[str]:
    """Regular expressions of all bodies and parameters, as declared."""
    routes = [one for one in make_app(load({})).routes if isinstance(one, HTTPRoute) and one.path.startswith(BASE)]
    signatures = [one.parsed_fn_signature.parameters for route in routes for one in route.route_handlers]
    declared = [one.raw for signature in signatures for name, one in signature.items() if name not in INJECTED]
    refs, schemas = msgspec.json.schema_components([*declared, Key, EncodedReason])
    return set(in_schema([*refs, schemas]))


def in_schema(part: Any) -> Iterator[str]:
    """Patterns anywhere in a schema."""
    if isinstance(part, dict):
        found = cast("dict[str, Any]", part)
        if isinstance(found.get("pattern"), str):
            yield found["pattern"]
        yield from (one for value in found.values() for one in in_schema(value))
    elif isinstance(part, list | tuple):
        yield from (one for value in cast("list[Any]", part) for one in in_schema(value))
