"""Malformed requests: each gets a documented answer that locates the error, and never a server error."""

from typing import Any

import httpx
import pytest

from service.clock_and_ids import new_id
from service.reading import reader
from tests.conftest import Api
from tests.service.api.examples.programme import made, programme

JSON = {"Content-Type": "application/json"}
UNKNOWN = "programme_01m84mt5r8es5rc7sp6wjmjab6"


def problem(answer: httpx.Response, status: int, field: str = "") -> dict[str, Any]:
    """Problem details of an answer, required to have this status and field."""
    assert answer.status_code == status, f"{answer.request.url!r}: {answer.status_code} {answer.text}"
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    content = answer.json()
    assert content["status"] == status
    assert field in content["detail"] + " ".join(one["field"] for one in content.get("errors", [])), content
    return content


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Idempotency-Key", b"caf\xc3\xa9"),
        ("Idempotency-Key", b"\xff"),
        ("Idempotency-Key", b""),
        ("Idempotency-Key", b"k" * 201),
        ("Kring-Reason", b"caf\xe9"),
        ("Kring-Reason", b"UTF-8''%ff"),
        ("Kring-Reason", b"UTF-8''%00"),
        ("Kring-Reason", b"UTF-8''%ED%A0%80"),
        ("Kring-Reason", b"UTF-8''"),
        ("Kring-Reason", b"UTF-8''%20%E2%80%8B"),
        ("Kring-Reason", b"UTF-8''%E2%80%A8"),
        ("Kring-Reason", b""),
        ("Kring-Reason", b"x" * 20_001),
        ("Kring-On-Behalf-Of", b"organisation_x"),
        ("Kring-On-Behalf-Of", UNKNOWN.encode()),
        ("Kring-On-Behalf-Of", b"\xff"),
        ("Kring-On-Behalf-Of", b""),
    ],
)
async def test_a_wrong_header_is_named(api: Api, name: str, value: bytes) -> None:
    manager = await api.as_("manager")
    before = await api.kring.log.head()
    problem(await manager.post("/organisations", json={"name": "A"}, headers=[(name.encode(), value)]), 422, name)
    assert await api.kring.log.head() == before


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        (b"", ""),
        (b"null", ""),
        (b"[]", ""),
        (b"{", ""),
        (b"\xff", ""),
        (b"\xef\xbb\xbf{}", ""),
        (b"[" * 100_000, ""),
        (b'{"name": ' + b'{"a":' * 5_000 + b"1" + b"}" * 5_000 + b"}", "name"),
        (b'{"name": 1}', "name"),
        (b'{"name": NaN}', ""),
        (b'{"name": "A\\u0000"}', "name"),
        (b'{"name": "\\ud800"}', ""),
        (b'{"name": "A", "more": 1}', "more"),
        (b'{"name": "A", "occurred_at": 1e400}', ""),
        (b'{"name": "A", "occurred_at": "0001-01-01T00:00:00+14:00"}', "occurred_at"),
        (b'{"name": "A", "occurred_at": "9999-12-31T23:59:59-14:00"}', "occurred_at"),
    ],
)
async def test_a_wrong_body_is_refused(api: Api, raw: bytes, field: str) -> None:
    manager = await api.as_("manager")
    before = await api.kring.log.head()
    problem(await manager.post("/organisations", content=raw, headers=JSON), 422, field)
    assert await api.kring.log.head() == before


@pytest.mark.parametrize("number", ["99999999999999999999999", "9007199254740993", "1.5", "-1", "true", '"1"'])
async def test_numbers_must_be_integers_within_bounds(api: Api, number: str) -> None:
    setting = await programme(api)
    raw = f'{{"number": {number}, "title": "T", "starts_on": "2026-01-01", "ends_on": "2026-02-01"}}'
    url = f"/programmes/{setting.programme}/modules"
    problem(await setting.manager.post(url, content=raw, headers=JSON), 422, "number")


@pytest.mark.parametrize("currency", ["XTS", "XAU", "ABC", "eur", "EURO"])
async def test_amounts_require_a_real_currency(api: Api, currency: str) -> None:
    manager = await api.as_("manager")
    body = {
        "payer": {"person_id": new_id("person")},
        "amount": {"amount_minor": 1, "currency": currency},
        "text": "Trein",
    }
    url = f"/trips/{new_id('trip')}/expenses"
    problem(await manager.post(url, json=body), 422, "amount.currency")


@pytest.mark.parametrize(
    "zone",
    [
        *("Mars/Phobos", "Europe/Zwolle", "europe/amsterdam", "localtime", "Factory", "posixrules"),
        *("right/Europe/Amsterdam", "posix/Europe/Amsterdam", "Europe", "../zones", "tzdata.zi", "zone.tab"),
    ],
)
async def test_a_programme_requires_a_real_time_zone(api: Api, zone: str) -> None:
    manager = await api.as_("manager")
    problem(await manager.post("/programmes", json={"name": "A", "edition": "1", "timezone": zone}), 422, "timezone")


NO_ADDRESSES = [
    *("b@example.org.", "a..b@x.org", "<a@x.org>", "a@x.org,b@x.org", '"a"@x.org', "a\u200b@x.org", "a@x\u200b.org"),
    *("\u00e9@x.org", "a@localhost", "a@[192.0.2.1]", "a@x.invalid", "a@xn--a.org", "=?utf-8?q?a?=@-x.org"),
]


@pytest.mark.parametrize("email", NO_ADDRESSES)
async def test_an_undeliverable_address_is_refused_everywhere(api: Api, email: str) -> None:
    manager = await api.as_("manager")
    person = made(await manager.post("/people", json={"name": "Anna", "email": f"{new_id('x')}@example.org"}))["id"]
    before = await api.kring.log.head()
    body = {"name": "Anna", "email": email}
    for language, said in (("en", "No mail can be sent"), ("nl", "kan geen e-mail worden gestuurd")):
        stated = {"Accept-Language": language}
        for answer in (
            await manager.post("/people", json=body, headers=stated),
            await manager.put(f"/people/{person}", json=body, headers=stated),
            await manager.get("/people", params={"email": email}, headers=stated),
        ):
            assert said in problem(answer, 422, "email")["detail"]
    assert await api.kring.log.head() == before


async def test_addresses_are_equal_however_their_domain_is_written(api: Api) -> None:
    manager, local = await api.as_("manager"), new_id("x")
    made(await manager.post("/people", json={"name": "Anna", "email": f"{local}@b\u00fccher.example"}))
    for domain in ("xn--bcher-kva.example", "B\u00dcCHER.example", "bu\u0308cher\u3002example"):
        problem(await manager.post("/people", json={"name": "Anna", "email": f"{local}@{domain}"}), 409)


async def test_the_last_of_duplicate_json_keys_counts(api: Api) -> None:
    manager = await api.as_("manager")
    raw = b'{"name": "First", "name": "Last"}'
    assert made(await manager.post("/organisations", content=raw, headers=JSON))["name"] == "Last"


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data; boundary=x", "nonsense"])
async def test_other_media_types_are_refused(api: Api, kind: str) -> None:
    manager = await api.as_("manager")
    problem(await manager.post("/organisations", content=b'{"name": "A"}', headers={"Content-Type": kind}), 415)


async def test_an_oversized_body_is_not_read(api: Api) -> None:
    manager = await api.as_("manager")
    body = b'{"name": "' + b"A" * (1 << 20) + b'"}'
    problem(await manager.post("/organisations", content=body, headers=JSON), 413)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=x", "limit"),
        ("limit=99999999999999999999999", "limit"),
        ("at_least=x", "at_least"),
        ("at_least=1.5", "at_least"),
        ("cursor=%00", "cursor"),
        ("cursor=garbage", "cursor"),
        ("cursor=organisation_", "cursor"),
        ("cursor=" + UNKNOWN, "cursor"),
        ("limit=%2B1", "limit"),
        ("limit=0_1", "limit"),
        ("limit=01", "limit"),
        ("limit=1.0", "limit"),
        ("limit=1e1", "limit"),
        ("limit=%D9%A1", "limit"),
        ("limit=%201", "limit"),
        ("limit=", "limit"),
        ("limit=1&limit=2", "limit"),
        ("limt=1", "limt"),
        ("Limit=1", "Limit"),
        ("organisation=x", "organisation"),
        ("cursor=" + "x" * 201, "cursor"),
    ],
)
async def test_an_invalid_query_parameter_is_named(
    api: Api, query: str, field: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "VIEWS_TIMEOUT_S", 0.01)
    manager = await api.as_("manager")
    problem(await manager.get(f"/organisations?{query}"), 422, field)


@pytest.mark.parametrize("part", ["%00", "%ff", "%0a", "..%2f..", "é", "a" * 5_000, f"{UNKNOWN}%0a", UNKNOWN.upper()])
async def test_an_unknown_path_is_not_found(api: Api, part: str) -> None:
    manager = await api.as_("manager")
    for path in (f"/programmes/{part}", f"/programmes/{part}/challenges", f"/ballots/{part}/result"):
        problem(await manager.get(path), 404)
    module = {"number": 1, "title": "T", "starts_on": "2026-01-01", "ends_on": "2026-02-01"}
    problem(await manager.post(f"/programmes/{part}/modules", json=module), 404)


async def test_an_unsupported_method_lists_the_allowed_ones(api: Api) -> None:
    manager = await api.as_("manager")
    answer = await manager.delete("/organisations")
    problem(answer, 405)
    assert "POST" in answer.headers["Allow"]


async def test_a_body_is_decoded_once(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Handlers get the body that was validated; the framework does not decode it again by laxer rules."""
    monkeypatch.delattr("litestar.connection.request.decode_json")
    answer = await (await api.as_("manager")).post("/organisations", json={"name": "Water board"})
    assert (answer.status_code, answer.json()["name"]) == (201, "Water board")
