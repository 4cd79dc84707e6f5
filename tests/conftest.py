"""Fixtures with real servers: one PostgreSQL and one Valkey per session, and a new database per test."""

# asyncpg and redis have incomplete types:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import asyncio
import itertools
import os
import shutil
import ssl
import tempfile
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
import redis.asyncio
import uvicorn
import uvloop
from hypothesis import settings
from litestar import Litestar
from playwright.async_api import Browser, BrowserContext, Page

from domain.foundation import AssignmentId, TokenRole
from service.app import make_app
from service.auth.issuing import issue_token
from service.config import load
from service.embedded import Servers
from service.embedded import servers as embedded_servers
from service.embedded.postgres import SETTINGS
from service.gc_tuning import freeze_and_tune
from service.kring import Kring
from service.store.database import Connection, connect, open_pool
from service.store.schema import migrate
from service.store.views.view_store import ViewStore
from service.views import VIEWS
from tests.browser import NO_BROWSER, chromium, running
from workers.projector import project
from workers.solving.assigning import solve

MIGRATED, TEMPLATE = "kring_migrated", "kring_template"
NUMBERS = itertools.count(1)
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients without TLS: otherwise each of them loads all certificates of the machine first."""
IDLE_APPS: list[Litestar] = []
"""Idle applications for reuse: creating one takes most of a second, starting it on another database almost nothing."""
MACHINE_EXAMPLES, MACHINE_STEPS = 100, 50
MEMORY_FOLDER = Path("/dev/shm")
"""A folder in memory on Linux, where creating a database takes a tenth of the time."""
MIN_FREE_BYTES = 4 << 30  # more than the tests write there


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add options for more examples and longer runs than the test command uses."""
    parser.addoption("--examples", type=int, metavar="N", help="number of examples per property and state machine")
    parser.addoption(
        "--seconds",
        type=float,
        metavar="N",
        help="duration of the tests in which processes write to the log and others read it",
    )


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The event loop of the service and its workers."""
    return {"uvloop": uvloop.new_event_loop}


def pytest_configure(config: pytest.Config) -> None:
    """Set the folder of temporary files, and the numbers of examples, before any test is imported."""
    if MEMORY_FOLDER.is_dir() and shutil.disk_usage(MEMORY_FOLDER).free > MIN_FREE_BYTES:
        tempfile.tempdir = str(MEMORY_FOLDER)
    examples: int | None = config.getoption("--examples")
    settings.register_profile(
        "machine", max_examples=examples or MACHINE_EXAMPLES, stateful_step_count=MACHINE_STEPS, deadline=None
    )
    if examples is not None:
        settings.register_profile("examples", max_examples=examples, deadline=None)
        settings.load_profile("examples")


def pytest_xdist_auto_num_workers() -> int:
    """One process more than processors, since tests spend part of their time waiting."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_finish() -> None:
    """Exclude imported objects from garbage collection, which otherwise takes a third of a second each time."""
    freeze_and_tune()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in red how many tests were skipped for lack of a browser: a skip alone is one quiet letter."""
    skipped = [one for one in terminalreporter.stats.get("skipped", []) if NO_BROWSER in str(one.longrepr)]
    if skipped:
        terminalreporter.write_line(f"{NO_BROWSER} Skipped: {len(skipped)}.", red=True, bold=True)


class Database(NamedTuple):
    """The addresses of a database: for its owner, and for the service."""

    owner_url: str
    url: str


@pytest.fixture(scope="session")
async def servers() -> AsyncGenerator[Servers]:
    """Both servers, in a temporary folder.

    Tests kill processes but never the machine, so nothing needs fsync. The passwords need no protection against guessing, so
    signing in may be fast.
    """
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="kring-tests-"))
        Path(folder).chmod(0o711)  # noqa: ASYNC240  as root, the servers run as another user, who needs access
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(SETTINGS, "fsync", "off")
            patch.setitem(SETTINGS, "scram_iterations", "1")
            up = await stack.enter_async_context(embedded_servers(Path(folder) / "data"))
        yield up


@pytest.fixture(scope="session")
async def owner(servers: Servers) -> AsyncGenerator[Connection]:
    """A connection as the owner, which creates and drops databases."""
    connection = await connect(servers.owner_url, timeout_s=60)
    yield connection
    await connection.close()


@pytest.fixture(scope="session")
async def migrated(servers: Servers, owner: Connection) -> Database:
    """A migrated database for tests that only read it."""
    await owner.execute(f"create database {MIGRATED}")
    made = database_called(servers, MIGRATED)
    await migrate(made.owner_url)
    return made


@pytest.fixture(scope="session")
async def template(servers: Servers, owner: Connection, migrated: Database) -> str:
    """The name of the template database, on which a service was started once; each test gets a copy."""
    assert migrated
    await copy_database(owner, MIGRATED, TEMPLATE)
    async with open_pool(database_called(servers, TEMPLATE).url, 1, 1) as pool:
        await ViewStore(pool, VIEWS).prepare()
    return TEMPLATE


@pytest.fixture
async def database(servers: Servers, owner: Connection, template: str) -> AsyncGenerator[Database]:
    """A new database with all tables, including those of views."""
    name = f"test_{next(NUMBERS)}"
    await copy_database(owner, template, name)
    yield database_called(servers, name)
    await owner.execute(f"drop database {name} with (force)")


async def copy_database(owner: Connection, template: str, name: str) -> None:
    """Create a database as a copy of another one."""
    await owner.execute(f"create database {name} template {template} strategy file_copy")


def database_called(servers: Servers, name: str) -> Database:
    """The addresses of the database with this name."""
    urls = (servers.owner_url, servers.database_url)
    return Database(*(f"{url.rsplit('/', 1)[0]}/{name}" for url in urls))


@pytest.fixture
async def redis_url(servers: Servers) -> str:
    """The address of Valkey, emptied."""
    async with redis.asyncio.from_url(servers.redis_url) as client:
        await client.flushall()
    return servers.redis_url


class Api:
    """A running service: clients of its public HTTP API, and its Kring object."""

    def __init__(self, url: str, kring: Kring) -> None:
        self.url, self.kring, self.clients = url, kring, list[httpx.AsyncClient]()

    @cached_property
    def domain(self) -> str:
        """The domain of the mail addresses of this test."""
        return f"test{next(NUMBERS)}.example.org"

    def address(self, name: str) -> str:
        """A mail address that no other test uses, since an address belongs to one person at a time."""
        return f"{name}@{self.domain}"

    async def token(self, role: TokenRole, person: str | None = None, organisations: tuple[str, ...] = ()) -> str:
        """A new token, as the operator's command line issues it."""
        return await issue_token(self.kring.commands, role, person=person, organisations=organisations)

    async def head(self) -> int:
        """The position of the last event."""
        return await self.kring.log.head()

    async def count(self, ballot: str, by: httpx.AsyncClient) -> None:
        """Count a closed ballot; no worker runs here."""
        (await by.post(f"/ballots/{ballot}/count")).raise_for_status()

    async def solve(self, assignment: str) -> None:
        """Solve a team assignment; no worker runs here."""
        await solve(self.kring, AssignmentId(assignment))

    async def as_(
        self, role: TokenRole, person: str | None = None, organisations: tuple[str, ...] = ()
    ) -> httpx.AsyncClient:
        """A client with a new token."""
        return self.client(await self.token(role, person, organisations))

    def client(self, token: str | None) -> httpx.AsyncClient:
        """A client with this token, or with none."""
        headers = {"Accept-Language": "en"} | ({} if token is None else {"Authorization": f"Bearer {token}"})
        client = httpx.AsyncClient(base_url=f"{self.url}/api/v1", headers=headers, timeout=30, verify=PLAIN)
        self.clients.append(client)
        return self.clients[-1]

    async def close(self) -> None:
        """Close the connections of all its clients."""
        for client in self.clients:
            await client.aclose()


@pytest.fixture
async def own_api(database: Database, servers: Servers, tmp_path: Path) -> AsyncGenerator[Api]:
    """The service over HTTP with a projector beside it, on a new database."""
    async with serving(database, servers, tmp_path) as running:
        yield running


@pytest.fixture
def api(own_api: Api) -> Api:
    """A new service; some folders override this with a shared one."""
    return own_api


@asynccontextmanager
async def serving(database: Database, servers: Servers, folder: Path, **settings: str) -> AsyncGenerator[Api]:
    """The service over HTTP with a projector beside it, its keys in `folder`."""
    environ = {
        "KRING_DATABASE_URL": database.url,
        "KRING_OWNER_URL": database.owner_url,
        "KRING_REDIS_URL": servers.redis_url,
        "KRING_KEYS": str(folder / "keys"),
        "KRING_NOT_FOUND_MS": "1",  # many tests request hidden resources
        **settings,
    }
    config = load(environ, data=folder)
    app = IDLE_APPS.pop() if IDLE_APPS else make_app(config)
    app.state.config = config
    # On a busy machine a client may pause for longer than uvicorn's default of five seconds.
    uvicorn_config = uvicorn.Config(
        app, port=0, log_level="warning", lifespan="on", access_log=False, timeout_keep_alive=600
    )
    uvicorn_config.load()
    server = uvicorn.Server(uvicorn_config)
    server.lifespan = uvicorn_config.lifespan_class(uvicorn_config)
    await server.startup()
    serving_task = asyncio.create_task(server.main_loop())
    port = server.servers[0].sockets[0].getsockname()[1]
    kring: Kring = app.state.kring
    projector_task = asyncio.create_task(project(kring))
    running = Api(f"http://127.0.0.1:{port}", kring)
    yield running
    await running.close()
    projector_task.cancel()
    await asyncio.wait([projector_task])
    serving_task.cancel()
    await _shut_down(server)
    IDLE_APPS.append(app)


async def _shut_down(server: uvicorn.Server) -> None:
    """Shut down like uvicorn, without its pauses of a tenth of a second."""
    for listening in server.servers:
        listening.close()
    for connection in list(server.server_state.connections):
        connection.shutdown()
    while server.server_state.connections or server.server_state.tasks:  # noqa: ASYNC110  there is no event to wait for
        await asyncio.sleep(0.002)
    await server.lifespan.shutdown()


@pytest.fixture(scope="session")
async def browser() -> AsyncGenerator[Browser]:
    """The system's Chromium; without one, its tests are skipped."""
    path = chromium()
    if path is None:
        pytest.skip(NO_BROWSER)
    async with running(path) as found:
        yield found


@pytest.fixture
async def browser_context(browser: Browser) -> AsyncGenerator[BrowserContext]:
    """A browser without anything from another test: no cookies, storage or cache."""
    context = await browser.new_context(reduced_motion="reduce")  # turning pages takes longer than loading them
    yield context
    await context.close()


@pytest.fixture
async def page(browser_context: BrowserContext) -> Page:
    """A tab of `browser_context`."""
    return await browser_context.new_page()
