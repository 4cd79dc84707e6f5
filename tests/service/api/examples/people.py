"""People over HTTP, and refusals by field."""

import httpx

from service.clock_and_ids import new_id
from tests.service.api.examples.programme import made


def refused(answer: httpx.Response, status: int, code: str, field: str | None = None) -> None:
    problem = made(answer, status)
    assert problem["code"] == code
    assert field is None or [one["field"] for one in problem["errors"]] == [field]


async def person(manager: httpx.AsyncClient, name: str, email: str | None = None, **more: str) -> str:
    body = {"name": name, "email": email or f"{new_id('x')}@example.org", **more}
    return made(await manager.post("/people", json=body))["id"]
