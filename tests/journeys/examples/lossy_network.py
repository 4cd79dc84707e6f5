"""A caller whose database connection breaks at every kind of command, just when it is recorded (rule 24)."""

import asyncio
import re
from collections import Counter
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from service.app import BASE
from service.clock_and_ids import new_id
from service.store.database import Queries
from service.store.log import writer as writer_module
from service.store.log.types import Append, Receipt
from service.store.log.writer import Writer
from tests.conftest import Api
from tests.reference.sources import Route, operations
from tests.service.store.examples.log import Loss, Proxy

RETRY_PAUSE_S, NO_RETRY_PAUSE_S = writer_module.FIRST_RETRY_PAUSE_S, writer_module.BATCH_TIMEOUT_S * 2
ID = re.compile(r"[a-z]+_[0-9a-z]{26}|\b[0-9]+\b")
NAME = re.compile(r"\{\w+\}")

EVENTS = "select count(*) from events where command_id = $1"

Kind = tuple[str, str]
"""Method and path, without ids."""

SHOWN_ONCE: dict[Kind, frozenset[str]] = {
    ("POST", "/api/v1/tokens"): frozenset({"token"}),
    ("POST", "/api/v1/me/calendar"): frozenset({"path"}),
    ("PUT", "/api/v1/ballots/{}/vote"): frozenset({"tracker", "receipt"}),
}
"""Fields of answers that Kring does not store: a repeat gets the others, and a new command gets new values."""


class Network(Proxy):
    """A proxy between a service and PostgreSQL; while it `refuses`, a loss cuts every connection."""

    def _cut(self, near: asyncio.StreamWriter) -> None:
        super()._cut(near)
        if self.refuses:
            for one in self._open:
                one.transport.abort()


class Line:
    """The connection between the service and its database, and its scheduled losses.

    For each kind of command it first loses the answer and then the whole connection, until the caller gets an unknown outcome;
    the next time only the answer, then the request, then the client while the server continues.
    """

    def __init__(self, proxy: Network, database: Queries, patch: pytest.MonkeyPatch) -> None:
        self.proxy, self.database, self.patch = proxy, database, patch
        self.seen = Counter[Kind]()
        self.losing: Loss | None = None
        self.command: UUID | None = None
        """The one on its way."""
        append = Writer.append

        async def losing(writer: Writer, one: Append) -> Receipt:
            self.command = one.envelope.command_id
            if self.losing is not None:
                proxy.lose(self.losing, self.command.bytes)
                self.losing = None
            return await append(writer, one)

        patch.setattr(Writer, "append", losing)

    def lose_next(self, kind: Kind) -> bool:
        """Arm the next loss for a command of this kind; return whether its outcome will stay unknown."""
        number, self.command = self.seen[kind], None
        unknown = number == 0
        self.losing = (Loss.OF_THE_ANSWER, Loss.OF_THE_ANSWER, Loss.OF_THE_QUESTION, Loss.OF_THE_LINE, None)[
            min(number, 4)
        ]
        self.proxy.lost.clear()
        self.proxy.refuses = unknown
        self.patch.setattr(writer_module, "FIRST_RETRY_PAUSE_S", NO_RETRY_PAUSE_S if unknown else RETRY_PAUSE_S)
        return unknown

    def mend(self, kind: Kind) -> bool:
        """Stop losing messages; return whether any was lost."""
        self.losing, self.proxy.refuses = None, False
        self.patch.setattr(writer_module, "FIRST_RETRY_PAUSE_S", RETRY_PAUSE_S)
        if self.proxy.lost.is_set():
            self.seen[kind] += 1
        return self.proxy.lost.is_set()

    async def events(self) -> int:
        """Number of events that the current command has recorded."""
        assert self.command is not None
        return await self.database.fetchval(EVENTS, self.command)


class LossyClient(httpx.AsyncClient):
    """Repeats every command with the same key until it is answered, and then once more."""

    def __init__(self, line: Line, **settings: Any) -> None:
        super().__init__(**settings)
        self.line = line

    async def send(self, request: httpx.Request, **settings: Any) -> httpx.Response:
        """Send a request; require one effect and the same answer to its repeats."""
        if request.method not in {"POST", "PUT", "DELETE", "PATCH"}:
            return await super().send(request, **settings)
        line, kind = self.line, (request.method, ID.sub("{}", request.url.path))
        request.headers.setdefault("Idempotency-Key", new_id("x"))
        unknown = line.lose_next(kind)
        first = await super().send(request, **settings)
        context = f"{kind}: {first.status_code} {first.text}"
        if not line.mend(kind):
            return first
        recorded = await line.events()
        assert recorded > 0, context
        if unknown:
            assert (first.status_code, first.json()["code"]) == (503, "outcome-unknown"), context
            first = await super().send(request, **settings)
        assert first.is_success, context
        again = await super().send(request, **settings)
        assert (again.status_code, again.content) == (first.status_code, _repeated_body(kind, first)), context
        assert again.headers.get("Kring-Position") == first.headers.get("Kring-Position"), context
        assert await line.events() == recorded, context
        if kind not in SHOWN_ONCE:
            return again
        request.headers["Idempotency-Key"] = new_id("x")
        return await super().send(request, **settings)


def not_lost(line: Line) -> set[Route]:
    """Operations that record events and have not lost an answer yet. Operations on jobs record theirs with the job."""
    recording = [one for one in operations(built=True) if one.method != "GET" and not one.path.startswith("/jobs/")]
    return {one for one in recording if _kind(one) not in line.seen}


def _kind(operation: Route) -> Kind:
    return operation.method, BASE + NAME.sub("{}", operation.path)


def _repeated_body(kind: Kind, answer: httpx.Response) -> bytes:
    """Body of the answer to a repeat."""
    if kind not in SHOWN_ONCE:
        return answer.content
    content = answer.json()
    return msgspec.json.encode(content | dict.fromkeys(SHOWN_ONCE[kind] & content.keys()))


class LossyApi(Api):
    """The API behind such a connection."""

    def __init__(self, api: Api, line: Line) -> None:
        super().__init__(api.url, api.kring)
        self.clients, self.line = api.clients, line

    def client(self, token: str | None) -> httpx.AsyncClient:
        """A client with this token, or without one."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        self.clients.append(LossyClient(self.line, base_url=f"{self.url}/api/v1", headers=headers, timeout=30))
        return self.clients[-1]
