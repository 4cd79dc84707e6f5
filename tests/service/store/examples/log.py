"""Small appends and ways to break a connection, for the tests of the log."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from enum import Enum, auto
from urllib.parse import urlsplit
from uuid import UUID, uuid4  # noqa: TID251  a test is an edge

from eventsourcing.dcb.api import DCBAppendCondition, DCBQuery, DCBQueryItem

from service.sealing.disclosure import Disclosure
from service.store.database import Connection, connect
from service.store.log.tail import Tail
from service.store.log.types import Append, Claim, Envelope, IdempotencyKey, NewEvent, Paper

ENDINGS = ("_kxtpsy9q", "_ncvfmq9d")
"""Suffixes that give two texts with equal beginnings the same CRC-32C, so that the index of tags cannot distinguish them."""
TWINS = tuple(f"seat{one}" for one in ENDINGS)
TWIN_TYPES = tuple(f"seat.taken{one}" for one in ENDINGS)

PAST, FUTURE = datetime(2016, 10, 12, tzinfo=UTC), datetime(2316, 10, 12, tzinfo=UTC)


def envelope(command_id: UUID | None = None) -> Envelope:
    return Envelope(
        actor="person_a",
        via="token_t",
        command_id=command_id or uuid4(),
        correlation_id=uuid4(),
    )


def event(type_: str = "thing.done", *tags: str, data: bytes = b"{}") -> NewEvent:
    return NewEvent(type_, 1, tags or ("thing_1",), data)


def an_append(
    *events: NewEvent,
    condition: DCBAppendCondition | None = None,
    not_after: datetime | None = None,
    not_before: datetime | None = None,
    takes: Sequence[Claim] = (),
    releases: Sequence[Claim] = (),
    papers: Sequence[Paper] = (),
    drops_papers_of: str | None = None,
    disclosures: Sequence[Disclosure] = (),
    once: IdempotencyKey | None = None,
) -> Append:
    return Append(
        events=events or (event(),),
        envelope=envelope(once.id if once else None),
        condition=condition,
        not_after=not_after,
        not_before=not_before,
        takes=takes,
        releases=releases,
        papers=papers,
        drops_papers_of=drops_papers_of,
        disclosures=disclosures,
        once=once,
    )


def known(tail: Tail) -> list[tuple[str, Collection[str]]]:
    """Type and tags of each event of a tail, in order."""
    return [one for block in tail.blocks for one in block.events]


def unless(*tags: str, types: Sequence[str] = (), after: int | None = None) -> DCBAppendCondition:
    return DCBAppendCondition(DCBQuery([DCBQueryItem(types=list(types), tags=list(tags))]), after)


def once(fingerprint: bytes = b"the same", resource_id: str | None = None) -> IdempotencyKey:
    return IdempotencyKey(uuid4(), fingerprint, resource_id)


WAITING = """
select count(*) from pg_locks join pg_database d on d.oid = database
where d.datname = current_database() and locktype = 'advisory' and not granted
"""


@asynccontextmanager
async def session(url: str, timeout_s: float = 10.0) -> AsyncGenerator[Connection]:
    connection = await connect(url, timeout_s=timeout_s)
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def holding_the_lock(url: str) -> AsyncGenerator[Connection]:
    """Another writer in the middle of its transaction."""
    async with session(url) as connection, connection.transaction():
        await connection.execute("select lock_log()")
        yield connection


async def until_somebody_waits_for_the_lock(connection: Connection, many: int = 1) -> None:
    async with asyncio.timeout(5):
        while await connection.fetchval(WAITING) < many:  # noqa: ASYNC110  the server sends no notification
            await asyncio.sleep(0.005)


class Loss(Enum):
    """Action of a proxy on a message that contains the marker, each performed once."""

    OF_THE_QUESTION = auto()
    OF_THE_ANSWER = auto()
    OF_THE_LINE = auto()
    """The question arrives and the asker is cut off at once; the server goes on alone."""
    OF_PATIENCE = auto()
    """The asker is cut off at once, and the question arrives only when `release` lets it."""


class Proxy:
    """A proxy between a log and PostgreSQL."""

    def __init__(self, url: str) -> None:
        self._server = urlsplit(url)
        self._port = 0
        self._loss: tuple[Loss, bytes] | None = None
        self._open: list[asyncio.StreamWriter] = []
        self._held: tuple[asyncio.StreamWriter, bytes] | None = None
        self.lost = asyncio.Event()
        self.went_on = asyncio.Event()
        """The server has said something, if only goodbye, to somebody who was cut off."""
        self.refuses = False
        """New connections, while it is set and something has been lost."""

    @property
    def url(self) -> str:
        who = self._server.netloc.rpartition("@")[0]
        return self._server._replace(netloc=f"{who}@127.0.0.1:{self._port}").geturl()

    def lose(self, loss: Loss, marker: bytes) -> None:
        self._loss = (loss, marker)

    def lose_nothing(self) -> None:
        self._loss = None

    async def release(self) -> None:
        """Deliver the request that was held back, if its connection is still there."""
        assert self._held is not None
        far, question = self._held
        with contextlib.suppress(ConnectionError):
            far.write(question)
            await far.drain()

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self._port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()
            for writer in self._open:
                writer.close()

    async def _serve(self, reader: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        if self.refuses and self.lost.is_set():
            near.transport.abort()
            return
        far_reader, far = await asyncio.open_connection(self._server.hostname, self._server.port)
        self._open += [near, far]
        swallow = asyncio.Event()
        with contextlib.suppress(ConnectionError):
            async with asyncio.TaskGroup() as both:
                both.create_task(self._back(far_reader, near, swallow))
                left_alone = await self._forth(reader, far, near, swallow)
                if not left_alone:
                    far.close()

    async def _forth(
        self,
        reader: asyncio.StreamReader,
        far: asyncio.StreamWriter,
        near: asyncio.StreamWriter,
        swallow: asyncio.Event,
    ) -> bool:
        """Forward requests; return whether the server is left to continue alone."""
        while question := await reader.read(1 << 20):
            loss = None
            if self._loss is not None and self._loss[1] in question:
                loss, self._loss = self._loss[0], None
            if loss is Loss.OF_THE_QUESTION:
                self._cut(near)
                return False
            if loss is Loss.OF_PATIENCE:
                self._held = (far, question)
                self._cut(near)
                return True
            if loss is Loss.OF_THE_ANSWER:
                swallow.set()
            far.write(question)
            await far.drain()
            if loss is Loss.OF_THE_LINE:
                self._cut(near)
                return True
        return False

    async def _back(self, far_reader: asyncio.StreamReader, near: asyncio.StreamWriter, swallow: asyncio.Event) -> None:
        while answer := await far_reader.read(1 << 20):
            if swallow.is_set():
                self._cut(near)
            if near.is_closing():
                self.went_on.set()
            else:
                near.write(answer)
                await near.drain()
        near.close()

    def _cut(self, near: asyncio.StreamWriter) -> None:
        near.transport.abort()
        self.lost.set()
