"""Our own children: service, projector and worker, started, started again after a crash, and stopped together."""

import asyncio
import subprocess
import sys
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import structlog
from msgspec import Struct

from service.embedded.child import ending, gone, last_lines, set_aside, size

CRASHES, WITHIN = 5, 60.0  # so many crashes in so many seconds are forgiven
PAUSES = (0.1, 0.5, 1.0, 2.0, 4.0)  # seconds before each new start
LONG_PAUSE_S = 15.0  # before each new start of a part that crashed more often, until it has run for `WITHIN` again
STOPPING = 15.0  # seconds to end in order

log = structlog.get_logger(__name__)


class Failed(Exception):
    """A part of Kring does not come up; the text says how it ended, and names its log and the last lines."""

    def __init__(self, name: str, crashes: int, why: str, log_file: Path, lines: str) -> None:
        often = f"it ended {crashes} times within a minute, at last with {why}"
        super().__init__(f"The {name} does not come up: {often}. The end of {log_file}:\n{lines or '(nothing)'}")
        self.name = name


class Part(Struct, frozen=True):
    """One child: arguments for Python, where it logs, and what it inherits. Settings and secrets go by its environment."""

    name: str
    arguments: tuple[str, ...]
    log_file: Path
    environ: Mapping[str, str]
    sockets: tuple[int, ...] = ()


class _Crash(NamedTuple):
    """A part that ended by itself: how, after how many seconds, how often lately, and the last lines of its log."""

    why: str
    ran: float
    lately: int
    lines: str


@asynccontextmanager
async def family(parts: tuple[Part, ...], tell: Callable[[str], None]) -> AsyncGenerator[asyncio.Event]:
    """Keep all parts running while the body runs; the body sets the event that it is given once all of them are up.

    Before, a part that keeps crashing cancels the body, and `Failed` is raised. Afterwards it is started again for ever, told
    of by `tell`, and the other parts go on (decision 0030).
    """
    body = asyncio.current_task()
    assert body is not None
    all_up = asyncio.Event()
    given_up: list[asyncio.Task[None]] = []

    def give_up(done: asyncio.Task[None]) -> None:
        if not done.cancelled():
            given_up.append(done)
            if len(given_up) == 1:
                body.cancel()

    keeping = [asyncio.create_task(_keep(part, all_up, tell), name=f"keep {part.name}") for part in parts]
    for one in keeping:
        one.add_done_callback(give_up)
    try:
        yield all_up
    except asyncio.CancelledError:
        if not given_up:
            raise
        body.uncancel()
        await given_up[0]  # raises why
    finally:
        for one in keeping:
            one.cancel()
        await asyncio.gather(*keeping, return_exceptions=True)


async def _keep(part: Part, all_up: asyncio.Event, tell: Callable[[str], None]) -> None:
    """Run a part until cancelled. Raises `Failed` if it ends by itself too often before all parts are up."""
    crashes: deque[float] = deque(maxlen=CRASHES + 1)
    down = False
    while True:
        crash = await _crash(part, crashes)
        log.error("part_ended", part=part.name, why=crash.why, lately=crash.lately, log=str(part.log_file))
        down = down and crash.ran < WITHIN
        if crash.lately > CRASHES and not down:
            if not all_up.is_set():
                raise Failed(part.name, crash.lately, crash.why, part.log_file, crash.lines)
            tell(_in_words(part, crash))
            down = True
        await asyncio.sleep(LONG_PAUSE_S if down else PAUSES[crash.lately - 1])


async def _crash(part: Part, crashes: deque[float]) -> _Crash:
    """Run a part until it ends by itself. One that the system cannot start (memory, disk) has crashed as well."""
    started, wrote = time.monotonic(), size(part.log_file)
    try:
        set_aside(part.log_file)
        wrote = size(part.log_file)
        why = ending(await _run(part))
    except OSError as error:
        why = f"no start at all ({error.strerror})"
    crashes.append(time.monotonic())
    lately = sum(crashes[-1] - crash < WITHIN for crash in crashes)
    return _Crash(why, crashes[-1] - started, lately, last_lines(part.log_file, wrote))


async def _run(part: Part) -> int | None:
    """Run a part to its end; its exit code."""
    process = _start(part)
    try:
        while not await gone(process, STOPPING, every=0.05):
            continue
    finally:
        await _stop(process)
    return process.returncode


def _in_words(part: Part, crash: _Crash) -> str:
    often = f"it ended {crash.lately} times within a minute, at last with {crash.why}"
    return (
        f"The {part.name} is down: {often}. The rest goes on, and the {part.name} is started again every "
        f"{LONG_PAUSE_S:.0f} seconds. The end of {part.log_file}:\n{crash.lines or '(nothing)'}"
    )


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
