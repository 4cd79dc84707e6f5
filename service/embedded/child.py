"""A server as a child process: started, watched, restarted after a crash, and stopped; survivors of earlier runs are ended."""

import asyncio
import signal
import subprocess
import time
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import structlog

from service.embedded.errors import KeepsCrashing, StartFailed
from service.embedded.place import User
from service.embedded.port import MAX_TRIES, free_port

START_TIMEOUT_S = 120.0  # replaying a long write-ahead log takes a while
KILL_TIMEOUT_S = 5.0  # for survivors to disappear after SIGKILL
MAX_CRASHES = 3  # within `CRASH_WINDOW_S`; a server that crashes more often is given up, unless it is expendable
CRASH_WINDOW_S = 60.0
RESTART_PAUSES_S = (0.05, 0.5, 2.0)  # before each restart
LONG_PAUSE_S = 10.0  # before each restart of an expendable server that crashed more often
POLL_INTERVAL_S = 0.01  # while a child is expected to change soon
WATCH_INTERVAL_S = 0.1  # while a child is expected to keep running
MAX_LOG_BYTES = 10_000_000  # a longer log is rotated at the next start; one older log is kept
SHOWN_LOG_LINES = 12
SHOWN_LOG_BYTES = 8192
PROGRAMS = frozenset({"initdb", "postgres", "valkey-server"})

log = structlog.get_logger()

StopSteps = tuple[tuple[signal.Signals, float], ...]
"""The steps that stop a process: signals, each with its timeout in seconds, from gentle to forceful."""


@dataclass(frozen=True)
class Server:
    """The way to run one server.

    `mark`: a text in the command lines of this server's processes and of no other process. `ready`: returns whether the
    process with this id answers. `stdin`: input at the start, since secrets must not be arguments. `expendable`: restarted
    for ever, since Kring can work without it for a while.
    """

    name: str
    command: tuple[str, ...]
    mark: str
    log: Path
    user: User | None
    ready: Callable[[int], Awaitable[bool]]
    stop_steps: StopSteps
    stdin: bytes = b""
    expendable: bool = False


@asynccontextmanager
async def running(server_on: Callable[[int], Server]) -> AsyncGenerator[int]:
    """Run the server that `server_on(port)` describes while the body runs; yields the port, which stays after a crash.

    Raises `StartFailed`; if it crashes too often and is not expendable, cancels the body and raises `KeepsCrashing`.
    """
    child, port = await _start_on_free_port(server_on)
    body = asyncio.current_task()
    assert body is not None
    watch = asyncio.create_task(child.watch(), name=f"watch {child.server.name}")
    watch.add_done_callback(lambda done: None if done.cancelled() else body.cancel())
    try:
        yield port
    except asyncio.CancelledError:
        if not watch.done() or watch.cancelled():
            raise
        body.uncancel()
        await watch  # raises `KeepsCrashing`
    finally:
        try:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)
        finally:
            await child.stop()


async def _start_on_free_port(server_on: Callable[[int], Server]) -> tuple["Child", int]:
    """Start the server on a free port; try another port if a different process took it meanwhile."""
    for tries in range(1, MAX_TRIES + 1):
        port = free_port()
        child = Child(server_on(port))
        try:
            await child.start()
        except StartFailed as error:
            if tries == MAX_TRIES or "in use" not in error.lines:
                raise
        else:
            return child, port
    raise AssertionError


class Crashes:
    """Counts the crashes of a process within a time window, up to one more than `maximum`."""

    def __init__(self, maximum: int, window_s: float) -> None:
        self._times: deque[float] = deque(maxlen=maximum + 1)
        self._window_s = window_s

    def record(self) -> int:
        """Record a crash now. Returns the number of crashes within the window, this one included."""
        self._times.append(time.monotonic())
        return sum(self._times[-1] - one < self._window_s for one in self._times)


class Child:
    """The current process of a server."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.process: subprocess.Popen[bytes] | None = None
        self.log_size = 0
        """Size of its log in bytes at the last start."""
        self.crashes = Crashes(MAX_CRASHES, CRASH_WINDOW_S)

    async def start(self) -> None:
        """Start the server and wait until it answers. Raises `StartFailed`, with no process left running."""
        rotate(self.server.log)
        self.log_size = size(self.server.log)
        self.process = spawn(self.server.command, self.server.log, self.server.user, self.server.stdin)
        try:
            failure = await self._wait_until_ready(self.process)
        except BaseException:
            await self.stop()
            raise
        if failure is not None:
            await self.stop()
            raise StartFailed(self.server.name, self.server.log, failure, self._last_lines())

    async def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> str | None:
        """Wait until the server answers. Returns None, or the reason why it does not."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while not await self.server.ready(process.pid):
            if await ends_within(process, POLL_INTERVAL_S):
                return exit_reason(process.returncode)
            if time.monotonic() > deadline:
                return f"no answer within {START_TIMEOUT_S:.0f} seconds"
        return None

    def _last_lines(self) -> str:
        return last_lines(self.server.log, self.log_size)

    async def watch(self) -> None:
        """Restart the server whenever it ends by itself. Raises `KeepsCrashing` if that happens too often."""
        while True:
            while self.process is not None and not await ends_within(
                self.process, START_TIMEOUT_S, every=WATCH_INTERVAL_S
            ):
                continue
            why = exit_reason(self.process.returncode if self.process else None)
            log.error("server_crashed", server=self.server.name, why=why)
            while not await self._restart(why):
                why = "the restart failed"

    async def _restart(self, why: str) -> bool:
        """Try once to restart the server, after a pause. Raises `KeepsCrashing`, unless the server is expendable."""
        recent = self.crashes.record()
        if recent > MAX_CRASHES and not self.server.expendable:
            raise KeepsCrashing(self.server.name, self.server.log, recent, why, self._last_lines())
        if recent > MAX_CRASHES:
            log.error(
                "server_keeps_crashing", server=self.server.name, why=why, log=str(self.server.log), recent=recent
            )
        await asyncio.sleep(RESTART_PAUSES_S[recent - 1] if recent <= MAX_CRASHES else LONG_PAUSE_S)
        await end_survivors(self.server.mark, self.server.stop_steps)
        try:
            await self.start()
        except StartFailed as error:
            log.error("server_restart_failed", server=self.server.name, why=error.why)  # noqa: TRY400  no traceback
            return False
        log.warning("server_restarted", server=self.server.name)
        return True

    async def stop(self) -> None:
        """Stop the server, at once if cancelled meanwhile. It has been reaped afterwards."""
        if self.process is None:
            return
        for by, timeout in (*self.server.stop_steps, (signal.SIGKILL, START_TIMEOUT_S)):
            self.process.send_signal(by)
            try:
                if await ends_within(self.process, timeout):
                    return
            except asyncio.CancelledError:
                self.process.kill()
                self.process.wait()
                raise


async def ends_within(process: subprocess.Popen[bytes], seconds: float, *, every: float = POLL_INTERVAL_S) -> bool:
    """Whether a process ends within `seconds`; it has then been reaped. Polling works with every event loop and system."""
    deadline = time.monotonic() + seconds
    while process.poll() is None:
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(every)
    return True


def spawn(command: tuple[str, ...], log_file: Path, user: User | None, stdin: bytes) -> subprocess.Popen[bytes]:
    """Start `command` in its own session, so that Ctrl-C reaches only this process, which then stops it in order.

    There is no parent-death signal: Linux ties it to the thread that forked, and the next start ends survivors anyway.
    Raises `StartFailed`.
    """
    try:
        with log_file.open("ab") as out:
            process = subprocess.Popen(  # noqa: S603  our own paths
                command,
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=out,
                cwd="/",
                env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
                start_new_session=True,
                umask=0o077,
                user=user.uid if user else None,
                group=user.gid if user else None,
                extra_groups=[] if user else None,
            )
    except OSError as error:
        raise StartFailed(command[0], log_file, error.strerror or str(error)) from error
    assert process.stdin is not None
    with suppress(BrokenPipeError), process.stdin:
        process.stdin.write(stdin)
    return process


def exit_reason(code: int | None) -> str:
    """The end of a process in words, from its `returncode`."""
    if code is None:
        return "no exit code"
    return f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"


async def end_survivors(mark: str, stop_steps: StopSteps) -> None:
    """End processes that outlived a killed supervisor or parent, from gentle to forceful.

    The first signal is only for PostgreSQL's main process, which shuts its children down in order; to some of them, the signal
    means something else.
    """
    for step, (by, timeout) in enumerate((*stop_steps, (signal.SIGKILL, KILL_TIMEOUT_S))):
        found = survivors(mark)
        chosen = [process for process in found if step > 0 or not command_line(process).startswith("postgres: ")]
        if not chosen:
            continue
        log.warning("survivors_ended", pids=[process.pid for process in chosen], signal=by.name)
        for process in chosen:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(by)
        deadline = time.monotonic() + timeout
        while survivors(mark):
            if time.monotonic() > deadline:
                break
            await asyncio.sleep(POLL_INTERVAL_S)


def survivors(mark: str) -> list[psutil.Process]:
    """Running servers with `mark` in their command line; a stored process id could have been reused.

    Zombies have no command line, so they do not count; other programs, such as an editor with such a file open, neither.
    """
    return [
        process for process in psutil.process_iter() if _name(process) in PROGRAMS and mark in command_line(process)
    ]


def _name(process: psutil.Process) -> str:
    try:
        return process.name()
    except psutil.Error:
        return ""


def command_line(process: psutil.Process) -> str:
    """Program and arguments of a process, or the title that it set; empty if it has ended."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def rotate(file: Path) -> None:
    """Start a new log file if this one is larger than `MAX_LOG_BYTES`."""
    if size(file) > MAX_LOG_BYTES:
        file.replace(file.with_suffix(".old.log"))


def size(file: Path) -> int:
    """Size of `file` in bytes; 0 if it does not exist."""
    return file.stat().st_size if file.exists() else 0


def last_lines(file: Path, since: int) -> str:
    """The last lines of `file`, from byte `since` on."""
    if not file.exists():
        return ""
    with file.open("rb") as lines:
        lines.seek(max(since, size(file) - SHOWN_LOG_BYTES))
        return "\n".join(lines.read().decode(errors="replace").splitlines()[-SHOWN_LOG_LINES:])
