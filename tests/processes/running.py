"""Kring as separate processes on its own servers, with the commands and variables of compose.yaml."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from service.embedded.port import LOCAL, free_port
from service.store.database import connect
from service.supervisor.supervisor import PARTS
from tests.conftest import PLAIN, Database

KRING = (sys.executable, "-P", "-m", "service.cli")
TIMEOUT_S = 120.0
POLL_INTERVAL_S = 0.05

DUE = "select key from jobs where state = 'due' and due_at <= now()"


def environment(database_url: str, redis_url: str, smtp_url: str, folder: Path, port: int) -> dict[str, str]:
    """Variables that compose.yaml sets for every part."""
    return {
        "KRING_DATABASE_URL": database_url,
        "KRING_REDIS_URL": redis_url,
        "KRING_KEYS": str(folder / "keys"),
        "KRING_DATA": str(folder / "data"),
        "KRING_PUBLIC_URL": f"http://{LOCAL}:{port}",
        "KRING_SMTP_URL": smtp_url,
        "KRING_MAIL_FROM": "kring@localhost",
    }


def command(name: str, host: str, port: int) -> tuple[str, ...]:
    """Arguments of `kring` with which compose.yaml starts a part."""
    where = ("--host", host, "--port", str(port)) if PARTS[name] == "serve" else ()
    return (PARTS[name], *where)


class Processes:
    """One process per part in `PARTS`, each with its own log file."""

    def __init__(self, database: Database, redis_url: str, smtp_url: str, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://{LOCAL}:{self.port}"
        self.environ = {"PATH": "/usr/bin:/bin", **environment(database.url, redis_url, smtp_url, folder, self.port)}
        self.owner_url, self.folder = database.owner_url, folder
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.visitor = httpx.AsyncClient(base_url=self.url, timeout=TIMEOUT_S, verify=PLAIN)

    def start(self, *names: str) -> None:
        """Start these parts, or all of them."""
        for name in names or PARTS:
            with self.log(name).open("ab") as out:
                self.running[name] = subprocess.Popen(
                    [*KRING, *command(name, LOCAL, self.port)],
                    stdout=out,
                    stderr=out,
                    env=self.environ,
                    cwd="/",
                    start_new_session=True,
                )

    def log(self, name: str) -> Path:
        """Log file of a part."""
        return self.folder / f"{name}.log"

    def logs(self) -> str:
        """Log output of all parts."""
        return "".join(self.log(name).read_text() for name in PARTS if self.log(name).exists())

    async def kill(self, name: str) -> None:
        """End a part with SIGKILL."""
        self.running[name].kill()
        await asyncio.to_thread(self.running[name].wait, TIMEOUT_S)

    async def ask(self, query: str) -> list[Any]:
        """First column of the rows that the database returns to its owner."""
        connection = await connect(self.owner_url)
        try:
            return [row[0] for row in await connection.fetch(query)]
        finally:
            await connection.close()

    async def idle(self) -> None:
        """Wait until no job is due. A killed worker keeps its job from others until its lease expires."""

        async def done() -> bool:
            return await self.ask(DUE) == []

        await until(done)

    async def stop(self) -> dict[str, int]:
        """Stop all parts with SIGTERM; return their exit codes."""
        for one in self.running.values():
            one.send_signal(signal.SIGTERM)
        return {name: await asyncio.to_thread(one.wait, TIMEOUT_S) for name, one in self.running.items()}

    def ended(self) -> dict[str, int]:
        """Exit codes of the parts that have ended."""
        return {name: code for name, one in self.running.items() if (code := one.poll()) is not None}

    async def kring(self, *arguments: str, **more: str) -> str:
        """Output of a command beside the running parts, which must exit with 0."""
        done = await asyncio.to_thread(
            subprocess.run,
            [*KRING, *arguments],
            env=self.environ | more,
            cwd="/",
            capture_output=True,
            check=False,
            timeout=TIMEOUT_S,
        )
        context = f"kring {' '.join(arguments)}: {done.returncode}\n{done.stdout.decode()}\n{done.stderr.decode()}"
        assert done.returncode == 0, context
        return done.stdout.decode()

    async def health(self) -> dict[str, Any]:
        """Answer of `/health/ready`, empty without one."""
        try:
            return (await self.visitor.get("/health/ready")).json()
        except httpx.TransportError:
            return {}

    async def ready(self) -> dict[str, Any]:
        """Health page once every part is healthy and the views show the last event."""

        async def shown() -> dict[str, Any] | None:
            health = await self.health()
            assert not self.ended(), f"{self.ended()}\n{self.logs()}"
            return health if health.get("status") == "ready" and health["head"] == health["visible"] else None

        return await until(shown)


async def until(found: Callable[[], Awaitable[Any]]) -> Any:
    """First truthy result. Raises TimeoutError."""
    async with asyncio.timeout(TIMEOUT_S):
        while not (result := await found()):  # noqa: ASYNC110  other processes do not notify us
            await asyncio.sleep(POLL_INTERVAL_S)
        return result


@asynccontextmanager
async def processes(database: Database, redis_url: str, smtp_url: str, folder: Path) -> AsyncGenerator[Processes]:
    """The parts on a database prepared by `kring migrate`; nothing of them is left afterwards."""
    parts = Processes(database, redis_url, smtp_url, folder)
    try:
        await parts.kring("migrate", KRING_OWNER_URL=database.owner_url)
        parts.start()
        await parts.ready()
        yield parts
    finally:
        for one in parts.running.values():
            one.kill()
            one.wait()
        await parts.visitor.aclose()
