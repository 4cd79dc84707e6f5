"""`kring serve` as a process of its own, accessed over raw sockets."""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from domain.foundation import TokenRole
from service.auth.issuing import issue_token
from service.commands import CommandHandler
from service.embedded.port import free_port
from service.sealing.keys import KeyStore
from service.store.log.log import Log
from service.store.log.mapper import Mapper
from tests.conftest import Database, Servers

TIMEOUT_S = 60.0
PROJECT = Path(__file__).parents[3]


@dataclass
class Serving:
    """A running service."""

    port: int
    process: psutil.Process
    log_file: Path
    token: str = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def connect(self) -> "Line":
        """Open a connection."""
        return Line(*await asyncio.open_connection("127.0.0.1", self.port))

    def has(self, client: tuple[str, int]) -> bool:
        """Whether the process holds the connection of the client at this address."""
        return any(tuple(one.raddr) == client for one in self.process.net_connections("tcp4") if one.raddr)

    def log(self) -> str:
        """Contents of its log."""
        return self.log_file.read_text()

    def megabytes(self) -> float:
        """Memory of the process."""
        return self.process.memory_info().rss / 1_000_000


class Line:
    """A connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def drained(self) -> bool:
        """Wait until everything is sent; return whether the server still listens."""
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await self.writer.drain()
        except ConnectionError:
            return False
        return not self.writer.is_closing()

    async def rest(self) -> bytes:
        """Everything until the server closes the connection."""
        async with asyncio.timeout(TIMEOUT_S):
            try:
                return await self.reader.read()
            except ConnectionError:
                return b""
            finally:
                self.writer.close()

    async def answer(self) -> int:
        """Status of one answer, which is read completely."""
        async with asyncio.timeout(TIMEOUT_S):
            head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
            length = next(line for line in head.split(b"\r\n") if line.startswith(b"content-length:"))[15:]
            await self.reader.readexactly(int(length))
        return int(head[9:12])


def status_of(answer: bytes) -> int:
    """Status of the first answer."""
    assert answer.startswith(b"HTTP/1.1 "), answer[:80]
    return int(answer[9:12])


@asynccontextmanager
async def serve(database: Database, servers: Servers, folder: Path, **limits: int) -> AsyncGenerator[Serving]:
    """Run `kring serve` with these settings until it answers."""
    port = free_port()
    environ = {
        **os.environ,  # noqa: TID251  the child needs PATH and the like
        "KRING_DATABASE_URL": database.url,
        "KRING_REDIS_URL": servers.redis_url,
        "KRING_KEYS": str(folder / "keys"),
        "KRING_DATA": str(folder),
        **{f"KRING_{name}": str(value) for name, value in limits.items()},
    }
    command = (sys.executable, "-m", "service.cli", "serve", "--port", str(port))
    log_file = folder / "log"
    with log_file.open("wb") as log:
        process = await asyncio.create_subprocess_exec(*command, cwd=PROJECT, env=environ, stdout=log, stderr=log)
    try:
        found = Serving(port, psutil.Process(process.pid), log_file)
        async with asyncio.timeout(TIMEOUT_S), httpx.AsyncClient(base_url=found.url) as client:
            while not await _answers(client):
                assert process.returncode is None, process.returncode
                await asyncio.sleep(0.1)
        yield found
    finally:
        process.terminate()
        await process.wait()


async def token(database: Database, folder: Path, role: TokenRole, **of: Any) -> str:
    """A token of the service in this folder."""
    keys = KeyStore(folder / "keys")
    async with Log.open(database.url) as log:
        return await issue_token(CommandHandler(log, Mapper(keys), keys), role, **of)


async def _answers(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/health/live")).is_success
    except httpx.TransportError:
        return False
