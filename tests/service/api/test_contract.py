"""The whole contract is there from the first day."""

import json
import re
from typing import Any

import httpx
import pytest

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


async def test_what_is_not_built_says_so_to_who_is_known(api: Api) -> None:
    manager = await api.as_("manager")
    answer = await manager.get("/me")
    assert (answer.status_code, answer.json()["code"]) == (501, "not-yet")


async def test_nobody_unknown_is_told_anything(api: Api) -> None:
    async with httpx.AsyncClient() as anyone:
        answers = [await anyone.get(f"{api.url}/api/v1/{path}") for path in ("me", "programmes", "people")]
    assert {(one.status_code, one.headers["WWW-Authenticate"]) for one in answers} == {(401, "Bearer")}
