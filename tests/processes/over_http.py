"""The API as remote clients use it: only its URL and its command line are available."""

from typing import Any, Self

import httpx

from domain.foundation import TokenRole
from service.clock_and_ids import new_id
from tests.conftest import PLAIN, Api
from tests.processes.running import TIMEOUT_S, Processes, until
from tests.service.api.examples.programme import made

UNREACHABLE = (httpx.TransportError, AttributeError)
"""No answer. anyio raises AttributeError for a connection that is reset while it is opened."""

TRY_AGAIN = {"in-flight", "views-lag", "outcome-unknown", "unavailable"}
"""Codes of answers after which the request is repeated."""


class Persistent(httpx.AsyncClient):
    """A client that repeats a request with the same idempotency key until it gets a final answer."""

    async def send(self, request: httpx.Request, **settings: Any) -> httpx.Response:
        """Send a request, once if there is no failure."""
        if request.method != "GET":
            request.headers.setdefault("Idempotency-Key", new_id("x"))

        async def answered() -> httpx.Response | None:
            try:
                answer = await super(Persistent, self).send(request, **settings)
            except UNREACHABLE:
                return None
            again = not answer.is_success and answer.json().get("code") in TRY_AGAIN
            return None if again else answer

        return await until(answered)


class HttpApi(Api):
    """An API whose tokens are issued over HTTP by an operator, whose own token comes from the command line."""

    def __init__(self, parts: Processes, operator: str) -> None:
        """Set no `kring`, so that code reaching into the service's process fails here."""
        self.url, self.parts, self.clients = parts.url, parts, list[httpx.AsyncClient]()
        self.operator = self.client(operator)

    def client(self, token: str | None) -> httpx.AsyncClient:
        """A client with this token, or without one."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        base = f"{self.url}/api/v1"
        self.clients.append(Persistent(base_url=base, headers=headers, timeout=TIMEOUT_S, verify=PLAIN))
        return self.clients[-1]

    async def __aenter__(self) -> Self:
        """Return the API itself."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close all clients."""
        for one in self.clients:
            await one.aclose()

    async def token(self, role: TokenRole, person: str | None = None, organisations: tuple[str, ...] = ()) -> str:
        """Issue a token as the operator."""
        body = {"role": role, "person_id": person, "organisation_ids": organisations}
        return made(await self.operator.post("/tokens", json=body))["token"]

    async def head(self) -> int:
        """Position of the last event."""
        return (await self.parts.health())["head"]

    async def count(self, ballot: str, by: httpx.AsyncClient) -> None:
        """Wait until the worker has counted a closed ballot."""
        await until(lambda: self._left(f"/ballots/{ballot}", "closed", by))

    async def solve(self, assignment: str) -> None:
        """Wait until the worker has solved a request for teams."""
        await until(lambda: self._left(f"/team-assignments/{assignment}", "solving", self.operator))

    async def _left(self, path: str, status: str, by: httpx.AsyncClient) -> bool:
        return made(await by.get(path, params={"at_least": await self.head()}), 200)["status"] != status
