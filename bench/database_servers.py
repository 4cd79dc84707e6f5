"""The servers of all measurements: an embedded PostgreSQL with the product's settings, and UmaDB on the same disk."""

import asyncio
import shutil
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from service.embedded import postgres
from service.embedded.port import free_port
from service.store.database import connect
from service.store.schema import migrate

BENCH = Path(__file__).parent
NODE_MODULES = BENCH.parent / ".venv" / "emmett"
START_TIMEOUT_S = 30.0
INSTALL_TIMEOUT_S = 300.0


class NotAvailable(Exception):
    """A peer cannot be measured on this machine; the text says why."""


class DatabaseCluster(msgspec.Struct, frozen=True):
    """One PostgreSQL cluster; further databases on it have the same settings and rights."""

    owner_url: str
    database_url: str

    async def database(self, name: str, *, migrated: bool = False) -> "DatabaseCluster":
        """Create a database."""
        connection = await connect(self.owner_url)
        try:
            await connection.execute(f"create database {name}")
        finally:
            await connection.close()
        made = DatabaseCluster(named(self.owner_url, name), named(self.database_url, name))
        if migrated:
            await migrate(made.owner_url)
        return made


def named(url: str, database: str) -> str:
    """The URL of another database on the same server."""
    return f"{url.rsplit('/', 1)[0]}/{database}"


@asynccontextmanager
async def cluster(folder: Path) -> AsyncGenerator[DatabaseCluster]:
    """A migrated PostgreSQL as Kring embeds it: fsync and synchronous_commit on, 128 MB of shared buffers."""
    async with postgres(folder / "data") as up:
        await migrate(up.owner_url)
        yield DatabaseCluster(up.owner_url, up.database_url)


@asynccontextmanager
async def umadb(folder: Path, *options: str) -> AsyncGenerator[str]:
    """Run UmaDB's server from its wheel and yield its URL. It always syncs before it answers. Raises `NotAvailable`."""
    program = Path(sys.executable).with_name("umadb")
    if not program.exists():
        raise NotAvailable("umadb is not installed: `make bench` does that")
    folder.mkdir()  # noqa: ASYNC240  once, before anything is measured
    port = free_port()
    arguments = ("--listen", f"127.0.0.1:{port}", "--db-path", str(folder / "uma.db"), *options)
    with (folder / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(program, *arguments, stdout=log, stderr=log)
    try:
        await _answering(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


async def _answering(process: asyncio.subprocess.Process, port: int) -> None:
    async with asyncio.timeout(START_TIMEOUT_S):
        while process.returncode is None:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return
    raise NotAvailable(f"umadb ended with {process.returncode}")


async def emmett() -> Path:
    """Install Emmett by npm in an ignored folder, with our script beside it. Returns the folder. Raises `NotAvailable`."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise NotAvailable("Node.js is not on this machine")
    NODE_MODULES.mkdir(exist_ok=True)
    lock, before = BENCH / "emmett" / "package-lock.json", NODE_MODULES / "installed"
    if not before.exists() or before.read_bytes() != lock.read_bytes():
        for one in ("package.json", "package-lock.json"):
            shutil.copy(BENCH / "emmett" / one, NODE_MODULES / one)
        options = ("ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
        process = await asyncio.create_subprocess_exec(
            npm, *options, cwd=NODE_MODULES, stdout=asyncio.subprocess.DEVNULL
        )
        async with asyncio.timeout(INSTALL_TIMEOUT_S):
            if await process.wait() != 0:
                raise NotAvailable("npm could not install Emmett")
        shutil.copy(lock, before)
    shutil.copy(BENCH / "emmett" / "append.mjs", NODE_MODULES / "append.mjs")
    return NODE_MODULES
