"""The child processes of `kring up`: service, projector and worker, started, restarted after a crash, and stopped together."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import structlog
from msgspec import Struct

from service.embedded.child import Crashes, ends_within, exit_reason, last_lines, rotate, size

MAX_CRASHES = 5  # within `CRASH_WINDOW_S`; a part that crashes more often counts as down
CRASH_WINDOW_S = 60.0
RESTART_PAUSES_S = (0.1, 0.5, 1.0, 2.0, 4.0)  # before each restart
LONG_PAUSE_S = 15.0  # before each restart of a part that is down, until it has run for `CRASH_WINDOW_S`
STOP_TIMEOUT_S = 15.0  # for a part to end by itself before it is killed
POLL_INTERVAL_S = 0.05

log = structlog.get_logger(__name__)


class PartFailed(Exception):
    """A part of Kring does not start; the text says how it ended and shows the last lines of its log."""

    def __init__(self, name: str, crashes: int, why: str, log_file: Path, lines: str) -> None:
        often = f"it ended {crashes} times within a minute, the last time with {why}"
        super().__init__(f"The {name} does not start: {often}. The end of {log_file}:\n{lines or '(nothing)'}")
        self.name = name


class Part(Struct, frozen=True):
    """One child process: its arguments for Python, its log file, and the environment and sockets that it inherits.

    Settings and secrets are in the environment, since every user of the machine can read command lines.
    """

    name: str
    arguments: tuple[str, ...]
    log_file: Path
    environ: Mapping[str, str]
    sockets: tuple[int, ...] = ()


class _Crash(NamedTuple):
    """A part that ended by itself. `recent`: its crashes within `CRASH_WINDOW_S`; `lines`: the last lines of its log."""

    why: str
    ran_s: float
    recent: int
    lines: str


@asynccontextmanager
async def run_parts(parts: tuple[Part, ...], progress: Callable[[str], None]) -> AsyncGenerator[asyncio.Event]:
    """Keep all parts running while the body runs; the body sets the yielded event once all of them are up.

    Until then, a part that keeps crashing cancels the body and raises `PartFailed`. Afterwards it is restarted for ever and
    reported by `progress`, and the other parts continue (decision 0030).
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

    tasks = [asyncio.create_task(_keep_running(part, all_up, progress), name=f"keep {part.name}") for part in parts]
    for one in tasks:
        one.add_done_callback(give_up)
    try:
        yield all_up
    except asyncio.CancelledError:
        if not given_up:
            raise
        body.uncancel()
        await given_up[0]  # raises its error
    finally:
        for one in tasks:
            one.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _keep_running(part: Part, all_up: asyncio.Event, progress: Callable[[str], None]) -> None:
    """Run a part until cancelled. Raises `PartFailed` if it ends by itself too often before all parts are up."""
    crashes = Crashes(MAX_CRASHES, CRASH_WINDOW_S)
    down = False
    while True:
        crash = await _run_until_crash(part, crashes)
        log.error("part_ended", part=part.name, why=crash.why, recent=crash.recent, log=str(part.log_file))
        down = down and crash.ran_s < CRASH_WINDOW_S
        if crash.recent > MAX_CRASHES and not down:
            if not all_up.is_set():
                raise PartFailed(part.name, crash.recent, crash.why, part.log_file, crash.lines)
            progress(_is_down(part, crash))
            down = True
        await asyncio.sleep(LONG_PAUSE_S if down else RESTART_PAUSES_S[crash.recent - 1])


async def _run_until_crash(part: Part, crashes: Crashes) -> _Crash:
    """Run a part until it ends by itself. Failing to start (out of memory or disk) counts as a crash as well."""
    started, log_size = time.monotonic(), size(part.log_file)
    try:
        rotate(part.log_file)
        log_size = size(part.log_file)
        why = exit_reason(await _run(part))
    except OSError as error:
        why = f"no start at all ({error.strerror})"
    return _Crash(why, time.monotonic() - started, crashes.record(), last_lines(part.log_file, log_size))


async def _run(part: Part) -> int | None:
    """Run a part to its end. Returns its exit code."""
    process = _start(part)
    try:
        while not await ends_within(process, STOP_TIMEOUT_S, every=POLL_INTERVAL_S):
            continue
    finally:
        await _stop(process)
    return process.returncode


def _is_down(part: Part, crash: _Crash) -> str:
    often = f"it ended {crash.recent} times within a minute, the last time with {crash.why}"
    return (
        f"The {part.name} is down: {often}. The other parts continue, and the {part.name} is restarted every "
        f"{LONG_PAUSE_S:.0f} seconds. The end of {part.log_file}:\n{crash.lines or '(nothing)'}"
    )


def _start(part: Part) -> subprocess.Popen[bytes]:
    """Start a part in its own session, so that Ctrl-C reaches only this process; its standard input closes when we end.

    `-P`: Python does not import modules from the current folder.
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
    """Stop a process: ask first, kill it after `STOP_TIMEOUT_S`. It has been reaped afterwards."""
    assert process.stdin is not None
    try:
        process.terminate()
        await ends_within(process, STOP_TIMEOUT_S)
    finally:
        process.kill()
        try:
            await asyncio.to_thread(process.wait)
        finally:  # cancelled while it waits
            process.stdin.close()
