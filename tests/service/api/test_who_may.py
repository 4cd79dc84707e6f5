"""Who may do and see what, as the whole table has it: every operation, asked by everybody, in one setting."""

import re
from collections import Counter
from typing import Any

import httpx

from service.api.http.not_yet import NOT_BUILT
from tests.conftest import Api
from tests.reference.sources import Route, operations
from tests.reference.who_may import PUBLIC, Outcome, rows
from tests.service.api.everybody import Everybody, bodies, everybody

ON_BEHALF = {
    "POST /challenges/{challenge}/withdrawal",
    "POST /commitments/{commitment}/move",
    "POST /commitments/{commitment}/settlement",
    "POST /recommendations/{recommendation}/closure",
    "POST /recommendations/{recommendation}/commitments",
    "POST /recommendations/{recommendation}/progress",
    "POST /recommendations/{recommendation}/response",
}
"""What a manager does on behalf of the commissioner, with a reason (rules 19 and 22)."""

UPLOAD = "POST /teams/{team}/files"
"""The one that takes a form."""


def shape(operation: str) -> str:
    """An operation without the names of what its path is about, and without its query."""
    return re.sub(r"\{[^}]*\}", "{}", operation.partition("?")[0])


def test_operations_has_its_row() -> None:
    built = {shape(f"{one.method} {one.path}") for one in operations(built=True)}
    asked = {shape(operation) for operation, _ in rows()} | {shape(one) for one in PUBLIC}
    assert sorted(built ^ asked) == []
    assert [one for one, times in Counter(operation for operation, _ in rows()).items() if times > 1] == []


def test_nothing_that_is_built_is_listed_as_not_built() -> None:
    assert operations(built=False) == {Route(method, path) for method, path, _ in NOT_BUILT}


def outcome(answer: httpx.Response) -> Outcome | int:
    """What an answer says of rights; a fault is none."""
    match answer.status_code:
        case 403:
            return "forbidden"
        case 404:
            return "hidden"
        case 200 | 201 | 202 | 409 | 422:
            return "allowed"
        case status:
            return status


async def ask(client: httpx.AsyncClient, operation: str, all_: Everybody, asker: str) -> httpx.Response:
    """This operation on what there is in the setting."""
    method, _, path = operation.partition(" ")
    if operation == UPLOAD:
        return await client.post(path.format(**all_.ids), files={"file": ("b.pdf", b"%PDF-1.7", "application/pdf")})
    behalf = asker == "manager" and operation in ON_BEHALF
    headers = {"Kring-On-Behalf-Of": all_.ids["organisation"], "Kring-Reason": "Ziek"} if behalf else {}
    body: Any = bodies(all_.ids).get(operation)
    return await client.request(method, path.format(**all_.ids), json=body, headers=headers)


async def test_everybody_may_do_and_see_what_the_table_says(api: Api) -> None:
    all_ = await everybody(api)
    strange: list[str] = []
    for operation, outcomes in rows():
        for asker, client in all_.unknown.items():
            answer = await ask(client, operation, all_, asker)
            if answer.status_code != 401:
                strange.append(f"{operation}, {asker}: {answer.status_code}")
        for asker, expected in outcomes.items():
            answer = await ask(all_.known[asker], operation, all_, asker)
            if outcome(answer) != expected:
                strange.append(f"{operation}, {asker}: {expected}, not {answer.status_code} {answer.text[:120]}")
    assert strange == [], "\n".join(strange)


async def test_an_agenda_is_read_by_whoever_has_its_link(api: Api) -> None:
    all_ = await everybody(api)
    (operation,) = PUBLIC
    for client in (*all_.unknown.values(), *all_.known.values()):
        assert (await ask(client, operation, all_, "anybody")).status_code == 200
