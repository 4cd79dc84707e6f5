"""The servers of measurements over HTTP: empty embedded servers, and service processes that use them."""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import httpx

from service.commands import CommandHandler
from service.embedded import servers
from service.embedded.port import free_port
from service.sealing.keys import KeyStore
from service.store.log.log import Log
from service.store.log.mapper import Mapper
from service.store.schema import migrate

KRING, EMPTY = "service.cli", "bench.empty_app:app"
START_TIMEOUT_S = 90.0


class Installed(NamedTuple):
    """Migrated servers, and the environment for parts of Kring that use them."""

    owner_url: str
    database_url: str
    keys: Path
    environ: dict[str, str]

    @asynccontextmanager
    async def commands(self) -> AsyncGenerator[CommandHandler]:
        """A command handler, for preparing a measurement."""
        keys = KeyStore(self.keys)
        async with Log.open(self.database_url) as log:
            yield CommandHandler(log, Mapper(keys), keys)


@asynccontextmanager
async def installed(folder: Path) -> AsyncGenerator[Installed]:
    """Run PostgreSQL and Valkey in this folder, migrated."""
    async with servers(folder / "data") as up:
        await migrate(up.owner_url)
        environ = environment(folder, up.database_url, up.redis_url)
        yield Installed(up.owner_url, up.database_url, folder / "keys", environ)


def environment(folder: Path, database_url: str, redis_url: str) -> dict[str, str]:
    """The environment for a part of Kring on these servers, with keys and data in this folder."""
    return {
        **os.environ,  # noqa: TID251  the children need PATH and the like
        "KRING_DATABASE_URL": database_url,
        "KRING_REDIS_URL": redis_url,
        "KRING_KEYS": str(folder / "keys"),
        "KRING_DATA": str(folder / "data"),
    }


@asynccontextmanager
async def serving(app: str, environ: dict[str, str]) -> AsyncGenerator[int]:
    """Run one process and yield its port: Kring by `kring serve`, another application on uvicorn with uvloop."""
    port = free_port()
    if app == KRING:
        command, environ = f"{KRING} serve --port {port}", {**environ, "KRING_LOG_LEVEL": "warning"}
    else:
        command = f"uvicorn {app} --port {port} --loop uvloop --http httptools --no-access-log --log-level warning"
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", *command.split(), env=environ)
    try:
        await _answers(process, port)
        yield port
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _answers(process: asyncio.subprocess.Process, port: int) -> None:
    async with asyncio.timeout(START_TIMEOUT_S), httpx.AsyncClient() as client:
        while process.returncode is None:
            try:
                await client.post(f"http://127.0.0.1:{port}/")
            except httpx.TransportError:
                await asyncio.sleep(0.1)
            else:
                return
    raise RuntimeError(f"the server ended with {process.returncode}")
