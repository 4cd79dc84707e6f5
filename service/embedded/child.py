"""A server as our child: started, watched, started again when it falls over, and stopped; its survivors found and ended."""

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
from service.embedded.port import TRIES, free_port

PATIENCE = 120.0  # seconds for a start; replaying a long write-ahead log takes a while
CRASHES, WITHIN = 3, 60.0  # so many crashes in so many seconds are forgiven
PAUSES = (0.05, 0.5, 2.0)  # seconds before each new start
LONG_PAUSE_S = 10.0  # before each new start of an expendable server that crashed more often
STEP = 0.01  # seconds between looks at a child that should change soon
GLANCE = 0.1  # seconds between looks at a child that should stay
LOG_SIZE = 10_000_000  # bytes; a longer log is set aside at the next start, and the one before it goes
LAST_LINES = 12
PROGRAMS = frozenset({"initdb", "postgres", "valkey-server"})

log = structlog.get_logger()

Steps = tuple[tuple[signal.Signals, float], ...]
"""How to stop: signals and the seconds that each gets, ever less gently."""


@dataclass(frozen=True)
class Server:
    """How to run one server.

    `mark` is a text that stands in the command line of this server's processes and of no other's. `ready` tells whether
    the process with that id answers. `stdin` is what it reads at its start: no secret is ever an argument. An `expendable`
    server is started again for ever, as everything else can go on without it for a while.
    """

    name: str
    command: tuple[str, ...]
    mark: str
    log: Path
    user: User | None
    ready: Callable[[int], Awaitable[bool]]
    stopping: Steps
    stdin: bytes = b""
    expendable: bool = False


@asynccontextmanager
async def running(server_on: Callable[[int], Server]) -> AsyncGenerator[int]:
    """Run the server that `server_on` gives for a port while the body runs; yields the port, which it keeps after a crash.

    Raises StartFailed; if it crashes too often and is not expendable, cancels the body and raises KeepsCrashing.
    """
    child, port = await _started(server_on)
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
        await watch  # raises why it gave up
    finally:
        try:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)
        finally:
            await child.stop()


async def _started(server_on: Callable[[int], Server]) -> tuple["Child", int]:
    """Start it on a free port; on another one where somebody took that in the meantime."""
    for tried in range(1, TRIES + 1):
        port = free_port()
        child = Child(server_on(port))
        try:
            await child.start()
        except StartFailed as error:
            if tried == TRIES or "in use" not in error.lines:
                raise
        else:
            return child, port
    raise AssertionError


class Child:
    """One server's present process."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.process: subprocess.Popen[bytes] | None = None
        self.wrote = 0
        """Bytes in its log when it was started last."""
        self.crashes: deque[float] = deque(maxlen=CRASHES + 1)

    async def start(self) -> None:
        """Start it and wait until it answers. Raises StartFailed, with nothing left running."""
        set_aside(self.server.log)
        self.wrote = size(self.server.log)
        self.process = spawn(self.server.command, self.server.log, self.server.user, self.server.stdin)
        try:
            why_not = await self._why_not_up(self.process)
        except BaseException:
            await self.stop()
            raise
        if why_not is not None:
            await self.stop()
            raise StartFailed(self.server.name, self.server.log, why_not, self._last_lines())

    async def _why_not_up(self, process: subprocess.Popen[bytes]) -> str | None:
        """None once it answers; else why it did not come to that."""
        limit = time.monotonic() + PATIENCE
        while not await self.server.ready(process.pid):
            if await gone(process, STEP):
                return ending(process.returncode)
            if time.monotonic() > limit:
                return f"no answer within {PATIENCE:.0f} seconds"
        return None

    def _last_lines(self) -> str:
        return last_lines(self.server.log, self.wrote)

    async def watch(self) -> None:
        """Start it again whenever it ends by itself. Raises KeepsCrashing when that happens too often."""
        while True:
            while self.process is not None and not await gone(self.process, PATIENCE, every=GLANCE):
                continue
            why = ending(self.process.returncode if self.process else None)
            log.error("server ended by itself", server=self.server.name, why=why)
            while not await self._is_back(why):
                why = "it did not come back"

    async def _is_back(self, why: str) -> bool:
        """Try once to start it again, after a pause. Raises KeepsCrashing, unless the server is expendable."""
        self.crashes.append(time.monotonic())
        lately = sum(self.crashes[-1] - crash < WITHIN for crash in self.crashes)
        if lately > CRASHES and not self.server.expendable:
            raise KeepsCrashing(self.server.name, self.server.log, lately, why, self._last_lines())
        if lately > CRASHES:
            log.error(
                "server keeps crashing", server=self.server.name, why=why, log=str(self.server.log), lately=lately
            )
        await asyncio.sleep(PAUSES[lately - 1] if lately <= CRASHES else LONG_PAUSE_S)
        await end_survivors(self.server.mark, self.server.stopping)
        try:
            await self.start()
        except StartFailed as error:
            log.error("server did not come back", server=self.server.name, why=error.why)  # noqa: TRY400  no traceback
            return False
        log.warning("server is back", server=self.server.name)
        return True

    async def stop(self) -> None:
        """Stop it; when cancelled meanwhile, at once. It is gone and reaped afterwards."""
        if self.process is None:
            return
        for by, seconds in (*self.server.stopping, (signal.SIGKILL, PATIENCE)):
            self.process.send_signal(by)
            try:
                if await gone(self.process, seconds):
                    return
            except asyncio.CancelledError:
                self.process.kill()
                self.process.wait()
                raise


async def gone(process: subprocess.Popen[bytes], seconds: float, *, every: float = STEP) -> bool:
    """Whether it ends, and is reaped, within `seconds`. Looking is cheap, and works with every event loop and system."""
    limit = time.monotonic() + seconds
    while process.poll() is None:
        if time.monotonic() > limit:
            return False
        await asyncio.sleep(every)
    return True


def spawn(command: tuple[str, ...], log_file: Path, user: User | None, stdin: bytes) -> subprocess.Popen[bytes]:
    """Start `command` in a session of its own, so that a terminal's Ctrl-C reaches us alone and we stop it in order.

    No parent-death signal: Linux ties it to the thread that forked, and the next start finds survivors anyway.
    Raises StartFailed.
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


def ending(code: int | None) -> str:
    """How a process ended, from its exit code as `subprocess` gives it."""
    if code is None:
        return "no exit code"
    return f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"


async def end_survivors(mark: str, stopping: Steps) -> None:
    """End processes that outlived a killed supervisor, or a killed parent, ever less gently.

    The first signal is for the head alone: it shuts its children down in order, and some of them take it for something else.
    """
    for step, (by, seconds) in enumerate((*stopping, (signal.SIGKILL, 5.0))):
        found = survivors(mark)
        told = [process for process in found if step > 0 or not command_line(process).startswith("postgres: ")]
        if not told:
            continue
        log.warning("ending what an earlier run left", pids=[process.pid for process in told], signal=by.name)
        for process in told:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(by)
        limit = time.monotonic() + seconds
        while survivors(mark):
            if time.monotonic() > limit:
                break
            await asyncio.sleep(STEP)


def survivors(mark: str) -> list[psutil.Process]:
    """Running servers with `mark` in their command line: who they are is not left to a process id that may be reused.

    Zombies have no command line, so they do not count; nor does an editor that happens to have a file of ours open.
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
    """Its program and arguments, or the title that it gave itself; empty where it is gone or a zombie."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def set_aside(file: Path) -> None:
    """Begin a new log where this one has grown long."""
    if size(file) > LOG_SIZE:
        file.replace(file.with_suffix(".old.log"))


def size(file: Path) -> int:
    """Bytes in `file`; 0 where there is none."""
    return file.stat().st_size if file.exists() else 0


def last_lines(file: Path, since: int) -> str:
    """The last lines that were written after byte `since`."""
    if not file.exists():
        return ""
    with file.open("rb") as lines:
        lines.seek(max(since, size(file) - 8192))
        return "\n".join(lines.read().decode(errors="replace").splitlines()[-LAST_LINES:])
