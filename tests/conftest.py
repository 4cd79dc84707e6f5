"""Real servers for every test that needs them: one PostgreSQL and one Valkey for the session, a new database for each test."""

# asyncpg and redis say little about their types:
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
from workers.projector import project
from workers.solving.assigning import solve

MIGRATED, TEMPLATE = "kring_migrated", "kring_template"
NUMBERS = itertools.count(1)
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients that never speak TLS: without it, each reads all the certificates of the machine first."""
APPS: list[Litestar] = []
"""Services that nobody runs now: making one takes most of a second, starting it on another database next to nothing."""
MACHINE_EXAMPLES, MACHINE_STEPS = 100, 50
MEMORY = Path("/dev/shm")
"""A folder of Linux, in memory: there a database is made in a tenth of the time."""
ROOM = 4 << 30  # bytes: more than all that the tests leave there


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let anybody try harder than the test command does."""
    parser.addoption(
        "--examples", type=int, metavar="N", help="how many examples each property and each state machine is tried with"
    )
    parser.addoption(
        "--seconds", type=float, metavar="N", help="how long whole processes write to the log while others follow it"
    )


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The loop on which the service and its workers run."""
    return {"uvloop": uvloop.new_event_loop}


def pytest_configure(config: pytest.Config) -> None:
    """Before any test is imported: where files go, and how hard properties and state machines are tried."""
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM:
        tempfile.tempdir = str(MEMORY)
    examples: int | None = config.getoption("--examples")
    settings.register_profile(
        "machine", max_examples=examples or MACHINE_EXAMPLES, stateful_step_count=MACHINE_STEPS, deadline=None
    )
    if examples is not None:
        settings.register_profile("examples", max_examples=examples, deadline=None)
        settings.load_profile("examples")


def pytest_xdist_auto_num_workers() -> int:
    """One process more than there are processors: tests wait for servers and other processes for a part of their time."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_finish() -> None:
    """Leave all that was imported out of garbage collection: with it, a collection takes a third of a second."""
    freeze_and_tune()


class Database(NamedTuple):
    """How to reach a database: as its owner, and as the service."""

    owner_url: str
    url: str


@pytest.fixture(scope="session")
async def servers() -> AsyncGenerator[Servers]:
    """Both servers, in a folder of their own that goes with them.

    Tests kill processes, never the machine: what was written is there without waiting for the disk. And nobody guesses these
    passwords, so that to sign in need not take long.
    """
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="kring-tests-"))
        Path(folder).chmod(0o711)  # noqa: ASYNC240  as root the servers run as somebody else, who must pass
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(SETTINGS, "fsync", "off")
            patch.setitem(SETTINGS, "scram_iterations", "1")
            up = await stack.enter_async_context(embedded_servers(Path(folder) / "data"))
        yield up


@pytest.fixture(scope="session")
async def owner(servers: Servers) -> AsyncGenerator[Connection]:
    """Who makes databases, and takes them away."""
    connection = await connect(servers.owner_url, timeout_s=60)
    yield connection
    await connection.close()


@pytest.fixture(scope="session")
async def migrated(servers: Servers, owner: Connection) -> Database:
    """What the migrations make, to be looked at by many tests."""
    await owner.execute(f"create database {MIGRATED}")
    made = database_called(servers, MIGRATED)
    await migrate(made.owner_url)
    return made


@pytest.fixture(scope="session")
async def template(servers: Servers, owner: Connection, migrated: Database) -> str:
    """The name of a database that a service was started on, made once, from which each test's is copied."""
    assert migrated
    await copy_database(owner, MIGRATED, TEMPLATE)
    async with open_pool(database_called(servers, TEMPLATE).url, 1, 1) as pool:
        await ViewStore(pool, VIEWS).prepare()
    return TEMPLATE


@pytest.fixture
async def database(servers: Servers, owner: Connection, template: str) -> AsyncGenerator[Database]:
    """A database with all tables, those of views too, that no other test sees."""
    name = f"test_{next(NUMBERS)}"
    await copy_database(owner, template, name)
    yield database_called(servers, name)
    await owner.execute(f"drop database {name} with (force)")


async def copy_database(owner: Connection, template: str, name: str) -> None:
    """Make a database that begins as another one is."""
    await owner.execute(f"create database {name} template {template} strategy file_copy")


def database_called(servers: Servers, name: str) -> Database:
    """How to reach the database of this name."""
    urls = (servers.owner_url, servers.database_url)
    return Database(*(f"{url.rsplit('/', 1)[0]}/{name}" for url in urls))


@pytest.fixture
async def redis_url(servers: Servers) -> str:
    """Valkey, empty."""
    async with redis.asyncio.from_url(servers.redis_url) as client:
        await client.flushall()
    return servers.redis_url


class Api:
    """A running service: the public HTTP API as somebody, and Kring itself."""

    def __init__(self, url: str, kring: Kring) -> None:
        self.url, self.kring, self.clients = url, kring, list[httpx.AsyncClient]()

    @cached_property
    def domain(self) -> str:
        """The domain of all addresses of this test."""
        return f"test{next(NUMBERS)}.example.org"

    def address(self, name: str) -> str:
        """An address that nobody has in another test: each belongs to one person at a time."""
        return f"{name}@{self.domain}"

    async def token(self, role: TokenRole, person: str | None = None, organisations: tuple[str, ...] = ()) -> str:
        """A new token, as the operator's command line issues it."""
        return await issue_token(self.kring.commands, role, person=person, organisations=organisations)

    async def head(self) -> int:
        """The position of the last event."""
        return await self.kring.log.head()

    async def count(self, ballot: str, by: httpx.AsyncClient) -> None:
        """Count a closed ballot by hand, as no worker runs."""
        (await by.post(f"/ballots/{ballot}/count")).raise_for_status()

    async def solve(self, assignment: str) -> None:
        """Answer a request for teams, as no worker runs."""
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
    """A service of the test's own; tests in some folders share one."""
    return own_api


@asynccontextmanager
async def serving(database: Database, servers: Servers, folder: Path, **settings: str) -> AsyncGenerator[Api]:
    """The service over HTTP with a projector beside it, its keys in `folder`."""
    environ = {
        "KRING_DATABASE_URL": database.url,
        "KRING_OWNER_URL": database.owner_url,
        "KRING_REDIS_URL": servers.redis_url,
        "KRING_KEYS": str(folder / "keys"),
        "KRING_NOT_FOUND_MS": "1",  # many tests ask for what is hidden
        **settings,
    }
    config = load(environ, data=folder)
    app = APPS.pop() if APPS else make_app(config)
    app.state.config = config
    # On a busy machine a client may pause for longer than the five seconds after which uvicorn hangs up.
    patient = uvicorn.Config(app, port=0, log_level="warning", lifespan="on", access_log=False, timeout_keep_alive=600)
    patient.load()
    server = uvicorn.Server(patient)
    server.lifespan = patient.lifespan_class(patient)
    await server.startup()
    ticking = asyncio.create_task(server.main_loop())
    port = server.servers[0].sockets[0].getsockname()[1]
    kring: Kring = app.state.kring
    projecting = asyncio.create_task(project(kring))
    running = Api(f"http://127.0.0.1:{port}", kring)
    yield running
    await running.close()
    projecting.cancel()
    await asyncio.wait([projecting])
    ticking.cancel()
    await _shut_down(server)
    APPS.append(app)


async def _shut_down(server: uvicorn.Server) -> None:
    """What uvicorn does itself, without its pauses of a tenth of a second."""
    for listening in server.servers:
        listening.close()
    for connection in list(server.server_state.connections):
        connection.shutdown()
    while server.server_state.connections or server.server_state.tasks:  # noqa: ASYNC110  it has no event to wait for
        await asyncio.sleep(0.002)
    await server.lifespan.shutdown()
