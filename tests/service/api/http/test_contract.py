"""Every documented operation is served, built or not, and all follow the same conventions."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from domain.foundation import SUFFIX
from service.api.http.not_yet import NOT_BUILT
from service.clock_and_ids import new_id
from tests.conftest import Api
from tests.service.api.http.examples.contract import operations

TABLE = Path(__file__).parents[4] / "docs" / "reference" / "api.md"


@pytest.fixture
async def document(api: Api) -> dict[str, Any]:
    """The document as a client fetches it without a token."""
    async with httpx.AsyncClient() as anyone:
        answer = await anyone.get(f"{api.url}/api/v1/openapi.json")
    assert answer.status_code == 200
    return answer.json()


async def test_exactly_the_documented_operations_are_served(document: dict[str, Any]) -> None:
    documented = re.findall(r"^\| (GET|POST|PUT|PATCH|DELETE) \| `([^`]+)` \|", TABLE.read_text(), re.MULTILINE)
    assert sorted(documented) == sorted(operations(document))


async def test_every_operation_documents_its_problems(document: dict[str, Any]) -> None:
    for operation in operations(document).values():
        assert {"401", "403", "404", "422", "503"} <= operation["responses"].keys()


async def test_every_reference_resolves(document: dict[str, Any]) -> None:
    known = document["components"]["schemas"].keys()
    found = {one.removeprefix("#/components/schemas/") for one in references(document) if "/responses/" not in one}
    problems = {one.rpartition("/")[2] for one in references(document) if "/responses/" in one}
    assert found <= known
    assert problems == document["components"]["responses"].keys()


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


async def test_ids_have_the_same_names_in_responses_and_requests(document: dict[str, Any]) -> None:
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


async def test_collection_items_have_an_id_and_a_status(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    pages = [whole for name, whole in schemas.items() if name.startswith("Page_")]
    assert pages
    listed = {name for one in pages for name in named(one)}
    assert {one for one in listed if not {"id", "status"} <= schemas[one]["properties"].keys()} == NUMBERED


NUMBERED = {"projections.advice.Part", "Module"}
"""Listed by number: versions of a part of an advice, modules of a programme."""

NOT_LISTED = {
    "/me/calendar": "one at a time, shown once",
    "/organisations/{organisation}/trail/brought-in": "stands in the trail",
    "/recommendations/{recommendation}/progress": "stands in the recommendation",
    "/recommendations/{recommendation}/rejoinder": "stands in the recommendation",
    "/recommendations/{recommendation}/response": "one at a time, stands in the recommendation",
    "/stakeholders/{stakeholder}/placement": "stands with the stakeholder",
    "/team-assignments/{assignment}/adoption": "one at most; its CoPs are listed in the programme",
    "/teams/{team}/advice/approval": "one of each member, stands in the advice",
    "/teams/{team}/advice/delivery": "stands in the advice",
    "/teams/{team}/advice/presentation": "stands in the advice",
}
"""Creating operations without a list of their own, and the reason."""

NO_PATH = {
    "Page_Part_": "a version, listed with all it says",
    "Page_Share_": "is by the id of what is shared, which is read at its own path",
    "Page_Talk_": "stands with its stakeholder",
}
"""Lists whose items have no path of their own, and the reason."""


async def test_everything_created_by_post_is_listed_by_get(document: dict[str, Any]) -> None:
    listed = {path for (method, path), one in operations(document).items() if method == "GET" and page(one)}
    assert {path for path in creating(document) if path not in listed} == NOT_LISTED.keys()


async def test_everything_created_and_listed_has_a_path_of_its_own(document: dict[str, Any]) -> None:
    every = operations(document)
    single = {name for (method, _), one in every.items() if method == "GET" for name in answers_with(one)}
    pages = {page(every["GET", path]) for path in creating(document) if path not in NOT_LISTED}
    schemas = document["components"]["schemas"]
    assert {one for one in pages if one and not named(schemas[one]["properties"]["items"]) & single} == NO_PATH.keys()


def creating(document: dict[str, Any]) -> set[str]:
    """Operations that create something: answered by 201, or 202 if it is still to come, except new members of a CoP."""
    posts = {path: one["responses"] for (method, path), one in operations(document).items() if method == "POST"}
    return {path for path, answers in posts.items() if {"201", "202"} & answers.keys()} | {"/teams/{team}/members"}


def answers_with(operation: dict[str, Any]) -> set[str]:
    """Schemas of the answer to a read."""
    content: dict[str, Any] = operation["responses"].get("200", {}).get("content", {}).get("application/json", {})
    schema: dict[str, Any] = content.get("schema", {})
    return {one.get("$ref", "").rpartition("/")[2] for one in (schema, *schema.get("oneOf", ()))}


def page(operation: dict[str, Any]) -> str | None:
    """Type of the page that a read answers, if it is a list."""
    return next((one for one in answers_with(operation) if one.startswith("Page_")), None)


def answered(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Schemas that answers contain, by name."""
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


async def test_unbuilt_operations_say_so_to_authenticated_callers(api: Api) -> None:
    manager = await api.as_("manager")
    for method, path, _ in NOT_BUILT:
        answer = await manager.request(method, re.sub(r"\{(\w+)\}", lambda found: new_id(found[1]), path))
        assert (answer.status_code, answer.json()["code"]) == (501, "not-yet"), path


async def test_unauthenticated_callers_get_401_everywhere(api: Api) -> None:
    async with httpx.AsyncClient() as anyone:
        answers = [await anyone.get(f"{api.url}/api/v1/{path}") for path in ("me", "programmes", "people")]
    assert {(one.status_code, one.headers["WWW-Authenticate"]) for one in answers} == {(401, "Bearer")}
