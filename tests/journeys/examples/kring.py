"""A complete Kring run by `kring up` in its own folder, for journeys that involve all of its parts."""

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from service.embedded import Servers, running_servers
from service.store.database import connect
from tests.conftest import PLAIN

PROJECT = Path(__file__).parents[3]
TIMEOUT_S = 90.0


@dataclass
class RunningKring:
    """A running `kring up`; its stderr goes to `said`."""

    process: subprocess.Popen[bytes]
    url: str
    data: Path
    said: Path

    @property
    def servers(self) -> Servers:
        """Addresses of its servers, as a command beside it finds them."""
        found = running_servers(self.data)
        assert found is not None
        return found

    def part(self, name: str) -> psutil.Process:
        """Child process with `name` in its command line; for PostgreSQL the postmaster."""
        for one in psutil.Process(self.process.pid).children(recursive=True):
            if name in " ".join(one.cmdline()) and one.ppid() == self.process.pid:
                return one
        raise AssertionError(f"{name} does not run")

    async def token(self, role: str, *more: str) -> str:
        """Issue a token from the command line."""
        issued = await asyncio.to_thread(
            subprocess.run,
            [*KRING, "token", "issue", "--role", role, *more, "--data", str(self.data)],
            cwd=PROJECT,
            capture_output=True,
            check=True,
            timeout=TIMEOUT_S,
        )
        return issued.stdout.decode().strip()

    def client(self, token: str) -> httpx.AsyncClient:
        """An API client with this token."""
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.AsyncClient(base_url=f"{self.url}/api/v1", headers=headers, timeout=30, verify=PLAIN)

    async def ask(self, query: str, *arguments: object) -> list[Any]:
        """Rows that the database returns to its owner."""
        connection = await connect(self.servers.owner_url)
        try:
            return await connection.fetch(query, *arguments)
        finally:
            await connection.close()

    def stop(self) -> None:
        """Stop all parts cleanly."""
        self.process.terminate()
        assert self.process.wait(TIMEOUT_S) == 0


KRING = [sys.executable, "-m", "service.cli"]


@asynccontextmanager
async def running_kring() -> AsyncGenerator[RunningKring]:
    """Run `kring up` and leave nothing of it behind."""
    with tempfile.TemporaryDirectory(prefix="kring-whole-") as made:
        Path(made).chmod(0o711)  # noqa: ASYNC240  as root the servers run as another user, who needs access
        data, said = Path(made) / "data", Path(made) / "said"
        with said.open("wb") as errors:
            command = [*KRING, "up", "--port", "0", "--data", str(data), "--no-demo"]
            process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=errors)  # noqa: ASYNC220  awaited below
            assert process.stdout is not None
            try:
                line = (await asyncio.to_thread(process.stdout.readline)).decode()
                assert line.startswith("ready "), (line, said.read_text())
                yield RunningKring(process, line.removeprefix("ready ").strip(), data, said)
            finally:
                process.terminate()
                await asyncio.to_thread(process.wait, TIMEOUT_S)
                process.stdout.close()
