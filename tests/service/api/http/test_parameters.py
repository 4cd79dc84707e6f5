"""Oddly spelled parameters on every route: each is refused by name, and none is silently read as something else."""

import json
from typing import Any

import httpx
import pytest

from service.api.http.json_lines import in_one_line
from service.clock_and_ids import new_id
from tests.conftest import Api
from tests.service.api.examples.programme import made
from tests.service.api.examples.team import a_team
from tests.service.api.http.examples.contract import operations

NUMBERS = ["+1", "0_1", "01", "1.0", "\u0661", " 1", ""]
CURSORS = ["garbage", "é' --", "organisation_", "0", "../..", "a\x00b", new_id("x")]
NOT_CHECKED = {"/calendar/{link}"}
"""Links for programs that add parameters of their own."""

Document = dict[str, Any]


@pytest.fixture
async def document(api: Api) -> Document:
    """The OpenAPI document."""
    async with httpx.AsyncClient() as anyone:
        return (await anyone.get(f"{api.url}/api/v1/openapi.json")).json()


def filled(path: str, known: dict[str, str]) -> str:
    kinds, known = {"source_id": "source", "file_id": "file"}, {"number": "1", "position": "1", **known}
    for name in [one[1:-1] for one in path.split("/") if one.startswith("{")]:
        path = path.replace(f"{{{name}}}", known.get(name) or new_id(kinds.get(name, name)))
    return path


def in_query(operation: Document) -> list[Document]:
    return [one for one in operation.get("parameters", []) if one["in"] == "query"]


async def test_integers_have_a_single_spelling(api: Api, document: Document) -> None:
    manager, tried = await api.as_("manager"), 0
    for (method, path), operation in operations(document).items():
        for one in in_query(operation):
            if "integer" not in json.dumps(one["schema"]):
                continue
            tried += 1
            for value in NUMBERS:
                answer = await manager.request(method, filled(path, {}), params={one["name"]: value})
                assert answer.status_code == 422, (path, one["name"], value, answer.text)
                assert [wrong["field"] for wrong in answer.json()["errors"]] == [one["name"]]
    assert tried > 60


async def test_unknown_and_duplicate_parameters_are_refused_everywhere(api: Api, document: Document) -> None:
    manager = await api.as_("manager")
    for (method, path), operation in operations(document).items():
        if path in NOT_CHECKED or operation.get("tags") == ["Not yet"]:
            continue
        answer = await manager.request(method, filled(path, {}), params={"limt": "1"})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "limt"), (method, path)
        for one in in_query(operation):
            answer = await manager.request(method, filled(path, {}), params=[(one["name"], "1"), (one["name"], "1")])
            assert answer.status_code == 422, (path, one["name"])
            assert answer.json()["errors"][0]["field"] == one["name"]


async def test_every_list_refuses_a_forged_cursor(api: Api, document: Document) -> None:
    team = await a_team(api)
    known = {"team": team.id, "programme": team.programme, "organisation": team.bank}
    tried = set[str]()
    for (method, path), operation in operations(document).items():
        if method != "GET" or "cursor" not in [one["name"] for one in in_query(operation)]:
            continue
        url = filled(path, known)
        if (await team.manager.get(url)).status_code != 200:
            continue
        tried.add(path)
        for cursor in CURSORS:
            answer = await team.manager.get(url, params={"cursor": cursor})
            if cursor == "0" and path.endswith(("/events", "/trail", "/timeline", "/notifications")):
                assert answer.status_code == 200, "a position"
                continue
            assert answer.status_code == 422, (path, cursor, answer.text)
            assert answer.json()["errors"][0]["field"] == "cursor"
    assert len(tried) > 25, tried


async def test_numbers_in_paths_have_a_single_spelling(api: Api) -> None:
    team = await a_team(api)
    module = {"number": 1, "title": "T", "starts_on": "2026-01-01", "ends_on": "2026-02-01"}
    path = f"/programmes/{team.programme}/modules"
    made(await team.manager.post(path, json=module))
    head = await api.kring.log.head()
    assert (await team.manager.get(f"{path}/1", params={"at_least": head})).status_code == 200
    for odd in ("+1", "0_1", "01", "1.0", "%D9%A1", "1e0", "%201", "0", "101", "-1"):
        assert (await team.manager.get(f"{path}/{odd}")).status_code == 404, odd
        answer = await team.manager.post(f"/events/{odd}/redaction", json={"field": "name", "reason": "x"})
        assert answer.status_code == 404 or odd == "101", odd


async def test_a_position_has_a_single_spelling_and_lies_within_the_log(api: Api) -> None:
    team = await a_team(api)
    beyond = await api.kring.log.head() + 10
    paths = {"/events": team.manager, f"/organisations/{team.bank}/trail": team.manager}
    paths[f"/teams/{team.id}/timeline"] = team.members[0]
    for path, client in paths.items():
        both = await client.get(path, params={"after": 1, "cursor": 2})
        assert (both.status_code, both.json()["errors"][0]["field"]) == (422, "cursor")
        for name in ("after", "cursor"):
            answer = await client.get(path, params={name: beyond})
            assert (answer.status_code, answer.json()["code"]) == (409, "beyond-the-log"), path
    for kind in ("application/x-ndjson", "text/event-stream"):
        answer = await team.manager.get("/events", params={"limit": 1}, headers={"Accept": kind})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "limit")


async def test_an_event_is_one_line_for_every_parser(api: Api) -> None:
    manager = await api.as_("manager")
    name = "A\u2028B\u2029C"
    answer = await manager.post("/organisations", json={"name": name})
    text = (await manager.get("/events", headers={"Accept": "application/x-ndjson"})).text
    names = [json.loads(line)["data"].get("name") for line in text.splitlines()]
    assert (name in names) == (answer.status_code == 201)


def test_line_separators_of_other_parsers_are_escaped() -> None:
    text = "A\u2028B\u2029C\x85D"
    line = in_one_line(json.dumps({"name": text}, ensure_ascii=False).encode())
    assert len(line.decode().splitlines()) == 1
    assert json.loads(line) == {"name": text}
