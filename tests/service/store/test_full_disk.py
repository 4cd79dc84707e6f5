"""A truly full disk under the database and under the program's log: commands are refused, then succeed again."""

import asyncio
import contextlib
import os
import subprocess
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
import structlog

from service.embedded import postgres
from service.log_output import LogOutput
from service.store.database import connect
from service.store.log import writer
from service.store.log.errors import LogError, OutcomeUnknown, Unavailable
from service.store.log.log import Log
from service.store.log.types import Append
from service.store.schema import migrate
from tests.service.store.examples.log import an_append, event, once
from tests.service.store.examples.log_failures import END_WRITERS

SIZE = "300m"
CHUNK = bytes(1 << 16)


@pytest.fixture
def disk() -> Generator[Path]:
    """A small disk of its own."""
    with tempfile.TemporaryDirectory(prefix="kring-disk-") as folder:
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=711", "tmpfs", folder], check=False, capture_output=True
        )
        if mounted.returncode != 0:
            pytest.skip("nobody may mount a disk here")
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", folder], check=True)


@pytest.fixture(autouse=True)
def log_as_before() -> Generator[None]:
    yield
    structlog.reset_defaults()


def fill(disk: Path) -> Path:
    """Write a file that leaves no room for others."""
    filler = disk / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as out:
        while True:
            out.write(CHUNK)
    with contextlib.suppress(OSError), filler.open("ab", buffering=0) as out:
        while True:
            out.write(b"x")
    return filler


async def test_a_full_disk_refuses_commands_and_none_stay_stuck_afterwards(
    disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "BATCH_TIMEOUT_S", 2.0)
    own_log = (disk / "kring.log").open("w")
    output = LogOutput(own_log)
    structlog.configure(
        processors=[structlog.processors.JSONRenderer()],
        logger_factory=structlog.PrintLoggerFactory(output),  # pyright: ignore[reportArgumentType]  all that it needs of a file
    )
    async with asyncio.timeout(300), postgres(disk / "data") as server:
        await migrate(server.owner_url)
        async with Log.open(server.database_url) as log:
            await log.append(an_append())
            filler = await asyncio.to_thread(fill, disk)
            refused = None
            command = once()
            for _ in range(2_000):  # until what PostgreSQL had in store is used up
                command = once()
                try:
                    await log.append(an_append(event(data=os.urandom(200_000)), once=command))
                except LogError as error:
                    refused = error
                    break
            assert isinstance(refused, (Unavailable, OutcomeUnknown)), refused
            structlog.get_logger().warning("a line that finds no room", filling="x" * 100_000)
            assert output.dropped > 0
            filler.unlink()
            again = await _answered(log, lambda: an_append(event(data=b"after all"), once=command))
            found, _ = await log.read()
            assert again == found[-1].position
            assert log.failing_tasks == {}
            killer = await connect(server.owner_url)
            await killer.execute(END_WRITERS)
            await killer.close()
            await log.append(an_append())
    own_log.close()
    assert "log_lines_dropped" in (disk / "kring.log").read_text()


async def _answered(log: Log, make: Callable[[], Append]) -> int:
    """Receipt of the same command, once it is recorded."""
    while True:
        try:
            return (await log.append(make())).last
        except LogError:
            await asyncio.sleep(0.1)
