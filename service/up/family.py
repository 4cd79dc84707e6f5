"""Our own children: service, projector and worker, started, started again after a crash, and stopped together."""

import asyncio
import subprocess
import sys
import time
from collections import deque
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from msgspec import Struct

from service.embedded.child import gone, last_lines, set_aside, size

CRASHES, WITHIN = 5, 60.0  # so many crashes in so many seconds are forgiven
PAUSES = (0.1, 0.5, 1.0, 2.0, 4.0)  # seconds before each new start
STOPPING = 15.0  # seconds to end in order

log = structlog.get_logger(__name__)


class Failed(Exception):
    """A part of Kring keeps ending by itself; the text names its log and the last lines."""

    def __init__(self, name: str, log_file: Path, lines: str) -> None:
        super().__init__(f"The {name} keeps ending by itself. The end of {log_file}:\n{lines or '(nothing)'}")
        self.name = name


class Part(Struct, frozen=True):
    """One child: arguments for Python, where it logs, and what it inherits. Settings and secrets go by its environment."""

    name: str
    arguments: tuple[str, ...]
    log_file: Path
    environ: Mapping[str, str]
    sockets: tuple[int, ...] = ()


@asynccontextmanager
async def family(parts: tuple[Part, ...]) -> AsyncGenerator[None]:
    """Keep all parts running while the body runs. A part that keeps crashing cancels the body; then `Failed` is raised."""
    body = asyncio.current_task()
    assert body is not None
    given_up: list[asyncio.Task[None]] = []

    def give_up(done: asyncio.Task[None]) -> None:
        if not done.cancelled():
            given_up.append(done)
            if len(given_up) == 1:
                body.cancel()

    keeping = [asyncio.create_task(_keep(part), name=f"keep {part.name}") for part in parts]
    for one in keeping:
        one.add_done_callback(give_up)
    try:
        yield
    except asyncio.CancelledError:
        if not given_up:
            raise
        body.uncancel()
        await given_up[0]  # raises why
    finally:
        for one in keeping:
            one.cancel()
        await asyncio.gather(*keeping, return_exceptions=True)


async def _keep(part: Part) -> None:
    """Run a part until cancelled. Raises `Failed` when it ended by itself too often."""
    crashes: deque[float] = deque(maxlen=CRASHES + 1)
    while True:
        set_aside(part.log_file)
        wrote = size(part.log_file)
        process = _start(part)
        try:
            while not await gone(process, STOPPING, every=0.05):
                continue
        finally:
            await _stop(process)
        crashes.append(time.monotonic())
        lately = sum(crashes[-1] - crash < WITHIN for crash in crashes)
        log.error("part_ended", part=part.name, code=process.returncode, lately=lately)
        if lately > CRASHES:
            raise Failed(part.name, part.log_file, last_lines(part.log_file, wrote))
        await asyncio.sleep(PAUSES[lately - 1])


def _start(part: Part) -> subprocess.Popen[bytes]:
    """In a session of its own, so that a terminal's Ctrl-C reaches us alone; its standard input ends when we do.

    `-P`: what lies in the folder that somebody happens to stand in is not taken for Kring.
    """
    with part.log_file.open("ab") as out:
        return subprocess.Popen(  # noqa: S603  our own program
            [sys.executable, "-P", *part.arguments],
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=out,
            env=dict(part.environ),
            pass_fds=part.sockets,
            start_new_session=True,
        )


async def _stop(process: subprocess.Popen[bytes]) -> None:
    """Stop it, in order if it does so in time. It is gone and reaped afterwards."""
    assert process.stdin is not None
    try:
        process.terminate()
        await gone(process, STOPPING)
    finally:
        process.kill()
        await asyncio.to_thread(process.wait)
        process.stdin.close()
