"""A primary with a synchronous standby: PostgreSQL from the wheel, twice."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest

from service.embedded import Postgres, postgres
from service.embedded.place import Place, find_place, make_data_folder
from service.embedded.port import LOCAL, free_port
from service.store.database import DATABASE_ERRORS, Connection, connect
from service.store.schema import migrate

ROLE = """\
alter role kring_owner replication
grant pg_monitor to kring_owner
"""
ON = "synchronous_standby_names = '*'\n"


@dataclass
class Pair:
    """Both servers, each as the service's role and as the owner."""

    primary: Postgres
    standby: Postgres
    process: psutil.Process
    """The standby's."""

    @contextmanager
    def paused(self) -> Generator[None]:
        """Stop receiving on the standby, as if its machine hung: the primary waits for it."""
        receiver = self.receiver()
        receiver.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            receiver.send_signal(signal.SIGCONT)

    def receiver(self) -> psutil.Process:
        """Process of the standby that receives the primary's stream."""
        return next(one for one in self.process.children() if "walreceiver" in " ".join(one.cmdline()))


@asynccontextmanager
async def pair(folder: Path) -> AsyncGenerator[Pair]:
    """Run both, migrated; every commit on the primary waits for the standby."""
    module = sys.modules["service.embedded.postgres"]  # the package gives its name to a function
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(module.SETTINGS, "fsync", "off")
        patch.setattr(module, "CREATE", module.CREATE + ROLE)
        patch.setattr(module, "ACCESS", module.ACCESS + "host replication kring_owner 127.0.0.1/32 scram-sha-256\n")
        async with postgres(folder / "data") as primary:
            await migrate(primary.owner_url)
            place = find_place(make_data_folder(folder / "data"))
            process, standby = _standby(place, folder / "standby", primary)
            try:
                await (await _answers(standby.owner_url)).close()
                await _synchronous(place, primary)
                yield Pair(primary, standby, psutil.Process(process.pid))
            finally:
                process.send_signal(signal.SIGQUIT)
                process.wait()


def _standby(place: Place, folder: Path, primary: Postgres) -> tuple[subprocess.Popen[Any], Postgres]:
    place.make_folder(folder)
    user = place.user
    as_user: dict[str, Any] = {} if user is None else {"user": user.uid, "group": user.gid, "extra_groups": []}
    copying = (str(place.postgres("pg_basebackup")), "-D", str(folder), "-d", primary.owner_url, "-R", "-c", "fast")
    subprocess.run(copying, check=True, cwd="/", capture_output=True, **as_user)
    port = free_port()
    settings = ("-c", f"port={port}", "-c", f"listen_addresses={LOCAL}", "-c", "unix_socket_directories=")
    process = subprocess.Popen(
        (str(place.postgres("postgres")), "-D", str(folder), *settings, "-c", "fsync=off"),
        cwd="/",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **as_user,
    )
    there = urlsplit(primary.owner_url).port
    moved = [url.replace(f":{there}/", f":{port}/") for url in (primary.owner_url, primary.database_url)]
    return process, Postgres(*moved)


async def _synchronous(place: Place, primary: Postgres) -> None:
    """Make commits wait from now on."""
    with (place.folder / "postgres" / "postgresql.auto.conf").open("a") as settings:
        settings.write(ON)
    connection = await _answers(primary.owner_url)
    head = int((place.folder / "postgres" / "postmaster.pid").read_text().split("\n")[0])
    psutil.Process(head).send_signal(signal.SIGHUP)
    async with asyncio.timeout(60):
        while await connection.fetchval("select sync_state from pg_stat_replication") != "sync":  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    await connection.close()


async def _answers(url: str) -> Connection:
    async with asyncio.timeout(60):
        while True:
            try:
                return await connect(url)
            except DATABASE_ERRORS:
                await asyncio.sleep(0.05)
