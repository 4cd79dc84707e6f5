"""The whole contract is there from the first day."""

import json
import re
from typing import Any

import httpx
import pytest

from domain.foundation import SUFFIX
from service.api.contract import rows
from tests.conftest import Api


@pytest.fixture
async def document(api: Api) -> dict[str, Any]:
    """The document as a client fetches it, without a token."""
    async with httpx.AsyncClient() as anyone:
        answer = await anyone.get(f"{api.url}/api/v1/openapi.json")
    assert answer.status_code == 200
    return answer.json()


def operations(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (method.upper(), path.removeprefix("/api/v1")): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


async def test_every_row_of_the_contract_is_an_operation(document: dict[str, Any]) -> None:
    shapes = {
        (method, tuple("{}" if p.startswith("{") else p for p in path.split("/")))
        for method, path in operations(document)
    }
    missing = [
        (method, path)
        for method, path in rows()
        if (method, tuple("{}" if p.startswith("{") else p for p in path.split("/"))) not in shapes
    ]
    assert missing == []


async def test_every_operation_documents_its_problems(document: dict[str, Any]) -> None:
    for operation in operations(document).values():
        assert {"401", "403", "404", "422", "503"} <= operation["responses"].keys()


async def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    known = document["components"]["schemas"].keys()
    found = {one.removeprefix("#/components/schemas/") for one in references(document)}
    assert found <= known


def references(document: Any) -> set[str]:
    return set(re.findall(r'"\$ref":\s*"([^"]+)"', json.dumps(document)))


ONE_ID = {
    "id",
    "about",
    "answers",
    "on",
    "payer",
    "from",
    "to",
    "proposed_by",
    "fixed_by",
    "approved_by",
    "requested_by",
}
"""Names of fields that hold one id; every other one ends in `_id`."""

MANY_IDS = {"approvals", "ranking", "selected", "evidence", "to", "delivered_to"}
"""Names of fields that hold a list of ids; every other one ends in `_ids`."""


async def test_ids_have_the_same_names_in_answers_as_in_requests(document: dict[str, Any]) -> None:
    answers = answered(document)
    assert {"Team", "Challenge", "ShownResult"} <= answers.keys()
    strange = [
        (schema, name)
        for schema, whole in answers.items()
        for name, kind in whole.get("properties", {}).items()
        if (holds_id(kind) and name not in ONE_ID and not name.endswith("_id"))
        or (holds_ids(kind) and name not in MANY_IDS and not name.endswith("_ids"))
    ]
    assert strange == []


async def test_what_stands_in_a_collection_has_an_id_and_a_state(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    pages = [whole for name, whole in schemas.items() if name.startswith("Page_")]
    assert pages
    listed = {name for one in pages for name in named(one)}
    assert {one for one in listed if not {"id", "status"} <= schemas[one]["properties"].keys()} <= {VERSIONS}


VERSIONS = "projections.advice.Part"
"""Listed by number: a version of a part of an advice."""


def answered(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The schemas that answers hold, by name."""
    bodies = [body for operation in operations(document).values() for body in operation["responses"].items()]
    found, left = set[str](), {name for status, body in bodies if status.startswith("2") for name in named(body)}
    while left:
        found |= left
        left = {name for one in left for name in named(document["components"]["schemas"][one])} - found
    return {name: document["components"]["schemas"][name] for name in found}


def named(part: Any) -> set[str]:
    return {one.removeprefix("#/components/schemas/") for one in references(part)}


def holds_id(kind: dict[str, Any]) -> bool:
    return any(SUFFIX in one.get("pattern", "") for one in (kind, *kind.get("anyOf", ())))


def holds_ids(kind: dict[str, Any]) -> bool:
    return any(holds_id(one.get("items") or {}) for one in (kind, *kind.get("anyOf", ())) if one.get("type") == "array")


async def test_what_is_not_built_says_so_to_who_is_known(api: Api) -> None:
    manager = await api.as_("manager")
    answer = await manager.get("/reporting/commitments.csv")
    assert (answer.status_code, answer.json()["code"]) == (501, "not-yet")


async def test_nobody_unknown_is_told_anything(api: Api) -> None:
    async with httpx.AsyncClient() as anyone:
        answers = [await anyone.get(f"{api.url}/api/v1/{path}") for path in ("me", "programmes", "people")]
    assert {(one.status_code, one.headers["WWW-Authenticate"]) for one in answers} == {(401, "Bearer")}
