"""`kring` on the test's servers."""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from subprocess import PIPE

import pytest

from service.embedded import Servers
from tests.conftest import Database
from tests.service.examples.cli import PROJECT, Finished, Kring, Prepared


@pytest.fixture
def own(database: Database, servers: Servers, tmp_path: Path) -> dict[str, str]:
    """Settings for external servers."""
    return {
        "KRING_DATABASE_URL": database.url,
        "KRING_OWNER_URL": database.owner_url,
        "KRING_REDIS_URL": servers.redis_url,
        "KRING_KEYS": str(tmp_path / "keys"),
        "KRING_DATA": str(tmp_path / "data"),
    }


@pytest.fixture(scope="session")
async def prepared() -> AsyncGenerator[Prepared]:
    """A process from which commands are forked, so that they start in a few milliseconds."""
    command = (sys.executable, "-m", "tests.service.examples.forking")
    process = await asyncio.create_subprocess_exec(*command, cwd=PROJECT, stdin=PIPE, stdout=PIPE)
    yield Prepared(process)
    assert process.stdin is not None
    process.stdin.close()
    await process.wait()


@pytest.fixture
def kring(own: dict[str, str], prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Kring:
    """Run `kring` with these arguments; a test may change `own` before."""

    async def go(*arguments: str) -> Finished:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("KRING_")}  # noqa: TID251  passed on
        return await prepared.run(arguments, environ | own, tmp_path_factory.mktemp("kring"))

    return go
