"""`kring up`: servers, migrations, service, projector, worker, and the demo case, on one machine, until told to stop."""

import asyncio
import errno
import json
import os
import socket
import time
import urllib.error
import urllib.request
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

from msgspec.structs import asdict, replace

from service.config import VARIABLES, BadSetting, Config
from service.embedded import Servers, running_servers, servers
from service.embedded.lock import holder
from service.embedded.passwords import write_private
from service.kring import Kring, open_kring
from service.store.database import connect
from service.store.key_binding import bound_keys
from service.store.schema import migrate
from service.supervisor.child_processes import Part, family

PATIENCE = 60.0  # seconds until every part answers
GLANCE = 0.05  # seconds between two looks
PORT_PATIENCE = 5.0  # seconds; the service of a killed supervisor lets go of its port sooner
BACKLOG = 2048

PARTS = {"service": "serve", "projector": "project", "worker": "work"}
"""The processes of Kring beside its servers, by name, each with its command: `kring serve` and so on."""

Tell = Callable[[str], None]


class UpFailed(Exception):
    """Kring cannot come up; the text says why and what to do."""


class PortTaken(UpFailed):
    """Another program listens there."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(f"Port {port} of {host} is taken by another program. Choose another one: --port, or --port 0.")


class CannotListen(UpFailed):
    """This machine has no such address, or does not let us listen there."""

    def __init__(self, host: str, port: int, error: OSError) -> None:
        super().__init__(f"Cannot listen on port {port} of {host}: {error.strerror or error}. Choose another --port.")


class NotRunning(UpFailed):
    """Nobody runs Kring on this data, or it does not answer yet."""

    def __init__(self, data: Path) -> None:
        text = f"No Kring runs on {data}. Start it with `kring up` and leave it running, or name its --data."
        if (pid := holder(data.expanduser())) is not None:
            text = f"The Kring on {data} (process {pid}) is just starting or stopping. Try again in a moment."
        super().__init__(text)


class NoData(UpFailed):
    """A command that looks at an installation makes none."""

    def __init__(self, data: Path) -> None:
        super().__init__(f"There is no data folder {data}. `kring up` makes one; --data or KRING_DATA names another.")


class NotReady(UpFailed):
    """Some part did not answer in time."""

    def __init__(self, wrong: str, logs: Path) -> None:
        super().__init__(f"Not ready after {PATIENCE:.0f} seconds: {wrong}. See {logs}.")


@asynccontextmanager
async def everything(config: Config, tell: Tell) -> AsyncGenerator[Config]:
    """Run all of Kring while the body runs; yields the configuration with what was found out: servers, port, address.

    Raises what embedded servers, migrations and parts raise, KeyStoreError, `PortTaken`, `CannotListen` and `NotReady`.
    """
    async with serving_servers(config, tell) as found:
        tell("migrating")
        assert found.owner_url is not None, "who comes up migrates"
        await migrate(found.owner_url)
        await _require_keys(found)
        with await listening(found.host, found.port) as sock:
            port: int = sock.getsockname()[1]
            here = replace(found, port=port, public_url=_public_url(config, port))
            tell("starting service, projector and worker")
            async with family(_parts(here, sock.fileno()), tell) as all_up:
                await ready(local_url(here), here.data / "logs")
                all_up.set()
                with _noted(here):
                    yield here


async def _require_keys(config: Config) -> None:
    """Check the key store before any part starts, so that one error tells it and not three logs. Raises KeyStoreError."""
    assert config.database_url is not None
    connection = await connect(config.database_url)
    try:
        await bound_keys(config.keys, connection, make=False)
    finally:
        await connection.close()


@asynccontextmanager
async def serving_servers(config: Config, tell: Tell) -> AsyncGenerator[Config]:
    """The configuration with URLs: one's own servers, or embedded ones that run while the body runs."""
    if config.database_url is not None:
        if config.owner_url is None:
            raise BadSetting(VARIABLES["owner_url"], "is needed to bring the database to this version")
        (config.data / "logs").mkdir(mode=0o700, parents=True, exist_ok=True)
        yield config
        return
    tell("starting PostgreSQL and Valkey")
    async with servers(config.data) as up:
        yield _on(config, up)


@asynccontextmanager
async def at_hand(config: Config, *, make_keys: bool = True) -> AsyncGenerator[Kring]:
    """Kring for one command: on one's own servers, beside a running `kring up`, or on servers started for the moment.

    Raises `NoData`.
    """
    running = running_servers(config.data) if config.database_url is None else None
    if running is not None or config.database_url is not None:
        async with open_kring(config if running is None else _on(config, running), make_keys=make_keys) as kring:
            yield kring
        return
    if not config.data.expanduser().exists():
        raise NoData(config.data)
    async with servers(config.data) as up:
        await migrate(up.owner_url)
        async with open_kring(_on(config, up), make_keys=make_keys) as kring:
            yield kring


@contextmanager
def _noted(config: Config) -> Generator[None]:
    """Keep where the service answers in the data folder, for commands beside it."""
    note = config.data / "address"
    write_private(note, local_url(config).encode())
    try:
        yield
    finally:
        note.unlink(missing_ok=True)


def require_running(config: Config) -> None:
    """Raises `NotRunning` unless a `kring up` runs on the data folder."""
    if running_servers(config.data) is None:
        raise NotRunning(config.data)


def running_url(config: Config) -> str:
    """Where the Kring of this configuration answers. Raises `NotRunning`."""
    if config.database_url is not None:
        return config.public_url
    try:
        if running_servers(config.data) is not None:
            return (config.data.expanduser() / "address").read_text()
    except FileNotFoundError:
        pass
    raise NotRunning(config.data)


def _on(config: Config, up: Servers) -> Config:
    """With an absolute data folder: children and the key store must not depend on where a process stands."""
    data, keys = config.data.expanduser().absolute(), config.keys.expanduser().absolute()
    return replace(
        config,
        data=data,
        keys=keys,
        owner_url=up.owner_url,
        database_url=up.database_url,
        redis_url=up.redis_url,
    )


async def listening(host: str, port: int) -> socket.socket:
    """A socket that listens there, kept while the service behind it is started again. Raises `PortTaken`, `CannotListen`."""
    limit = time.monotonic() + PORT_PATIENCE
    while True:
        sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((host, port))
            sock.listen(BACKLOG)
        except OSError as error:
            sock.close()
            if error.errno != errno.EADDRINUSE:
                raise CannotListen(host, port, error) from None
            if time.monotonic() > limit:
                raise PortTaken(host, port) from None
            await asyncio.sleep(GLANCE)
        else:
            sock.setblocking(False)
            return sock


def _public_url(config: Config, port: int) -> str:
    """As configured, but with the port that was found where any would do."""
    return config.public_url.removesuffix(":0") + f":{port}" if config.public_url.endswith(":0") else config.public_url


def local_url(config: Config) -> str:
    """Where this machine reaches the service, whatever it is called outside."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(config.host, config.host)  # noqa: S104  compared, not listened to
    return f"http://[{host}]:{config.port}" if ":" in host else f"http://{host}:{config.port}"


def _parts(config: Config, sock: int) -> tuple[Part, ...]:
    """One part for each of `PARTS`; settings go by their environment, since command lines are everybody's to read."""
    environ, logs = children_environ(config), config.data / "logs"

    def part(name: str, command: str) -> Part:
        served = command == "serve"
        arguments = ("service.cli", command, "--socket", str(sock)) if served else ("workers", command)
        sockets = (sock,) if served else ()
        return Part(name, ("-m", *arguments, "--with-parent"), logs / f"{name}.log", environ, sockets)

    return tuple(part(name, command) for name, command in PARTS.items())


def children_environ(config: Config) -> Mapping[str, str]:
    """This process's environment with the settings of `config`; the owner's URL stays here."""
    values = asdict(config) | asdict(config.limits)
    settings = {variable: values[field] for field, variable in VARIABLES.items() if field != "owner_url"}
    others = {name: value for name, value in os.environ.items() if name not in VARIABLES.values()}  # noqa: TID251  handed on
    return others | {name: str(value) for name, value in settings.items() if value is not None}


async def ready(url: str, logs: Path) -> None:
    """Wait until every part answers. Raises `NotReady`, naming those that do not."""
    limit, wrong = time.monotonic() + PATIENCE, "the service does not answer"
    while time.monotonic() < limit:
        status, health = await asyncio.to_thread(_asked, f"{url}/health/ready")
        if status == HTTPStatus.OK:
            return
        if health:
            wrong = "; ".join(f"{one['name']}: {one['why']}" for one in health["parts"] if not one["ok"])
        await asyncio.sleep(GLANCE)
    raise NotReady(wrong, logs)


def answers(url: str) -> bool:
    """Whether a service answers there, well or not."""
    return _asked(f"{url}/health/live")[0] == HTTPStatus.OK


def _asked(url: str) -> tuple[int, dict[str, Any]]:
    """The status and answer there; 0 where nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310  our own service
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error) if error.code == HTTPStatus.SERVICE_UNAVAILABLE else {}
    except (OSError, ValueError):
        return 0, {}
