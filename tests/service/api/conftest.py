"""A running Kring shared by the tests of the API, each with its own programmes, organisations and people."""

from collections.abc import AsyncGenerator

import pytest

from service.embedded import Servers
from service.store.database import Connection
from tests.conftest import Api, copy_database, database_called, serving

SHARED = "kring_shared"
VIEWS_TIMEOUT_S = 60.0
STOPPED = "select view, stopped_at, stopped_because from views.checkpoints where stopped_at is not null"


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


@pytest.fixture
def api(request: pytest.FixtureRequest) -> Api:
    """The shared service, or one of the test's own.

    A test has its own if it is marked `own_kring` or uses `database`: it reads the whole log or lists everything, or it breaks
    something.
    """
    own = request.node.get_closest_marker("own_kring") is not None or "database" in request.fixturenames
    return request.getfixturevalue("own_api" if own else "shared_api")
