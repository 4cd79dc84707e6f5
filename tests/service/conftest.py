"""`kring` on the test's servers, and a running Kring that tests share."""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from subprocess import PIPE

import pytest

from service.embedded import Servers
from service.store.database import Connection
from tests.conftest import Api, Database, copy_database, database_called, serving
from tests.service.examples.cli import PROJECT, Finished, Kring, Prepared

SHARED = "kring_shared"
VIEWS_TIMEOUT_S = 60.0
STOPPED = "select view, stopped_at, stopped_because from views.checkpoints where stopped_at is not null"


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


@pytest.fixture(scope="session")
async def shared_kring(
    servers: Servers, owner: Connection, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[Api]:
    """The shared service, on its own database."""
    await copy_database(owner, template, SHARED)
    folder = tmp_path_factory.mktemp("shared")
    async with serving(database_called(servers, SHARED), servers, folder) as running:
        yield running


@pytest.fixture
async def shared_api(shared_kring: Api) -> AsyncGenerator[Api]:
    """The shared service with this test's clients and addresses. Its leftovers must not stop a view for the next test."""
    mine = Api(shared_kring.url, shared_kring.kring)
    yield mine
    await mine.close()
    await mine.kring.views.wait(await mine.head(), VIEWS_TIMEOUT_S)
    assert await mine.kring.log.pool.fetch(STOPPED) == []


def own_or_shared(request: pytest.FixtureRequest) -> Api:
    """The shared service, or one of the test's own.

    A test has its own if it is marked `own_kring` or uses `database`: it reads the whole log or lists everything, or it breaks
    something.
    """
    own = request.node.get_closest_marker("own_kring") is not None or "database" in request.fixturenames
    return request.getfixturevalue("own_api" if own else "shared_api")
