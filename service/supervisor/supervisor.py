"""`kring up`: the servers, migrations, service, projector and worker on one machine, until stopped."""

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
from service.supervisor.child_processes import Part, run_parts

READY_TIMEOUT_S = 60.0  # until every part answers
HEALTH_TIMEOUT_S = 10.0  # for one answer
POLL_INTERVAL_S = 0.05
PORT_TIMEOUT_S = 5.0  # for a taken port to become free; the service of a killed supervisor ends sooner
MAX_PENDING_CONNECTIONS = 2048

PARTS = {"service": "serve", "projector": "project", "worker": "work"}
"""The child processes of `kring up` by name, each with its command: `kring serve` and so on."""

ShowProgress = Callable[[str], None]


class UpFailed(Exception):
    """Kring cannot start; the text says why and what to do."""


class PortTaken(UpFailed):
    """Another program uses the port."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(f"Another program uses port {port} of {host}. Choose another one: --port, or --port 0.")


class CannotListen(UpFailed):
    """This machine does not have the address, or does not allow listening on it."""

    def __init__(self, host: str, port: int, error: OSError) -> None:
        super().__init__(f"Cannot listen on port {port} of {host}: {error.strerror or error}. Choose another --port.")


class NotRunning(UpFailed):
    """Kring does not run on this data folder, or does not answer yet."""

    def __init__(self, data: Path) -> None:
        text = f"Start `kring up` in another terminal, or name its --data: Kring does not run on {data}."
        if (pid := holder(data.expanduser())) is not None:
            text = f"Kring on {data} (process {pid}) is starting or stopping. Try again in a moment."
        super().__init__(text)


class NoData(UpFailed):
    """There is no data folder: only `kring up` creates one."""

    def __init__(self, data: Path) -> None:
        super().__init__(
            f"There is no data folder {data}. Create it with `kring up`, or name another: --data or KRING_DATA."
        )


class NotReady(UpFailed):
    """A part did not answer in time."""

    def __init__(self, why: str, logs: Path) -> None:
        super().__init__(f"Not ready after {READY_TIMEOUT_S:.0f} seconds: {why}. See {logs}.")


@asynccontextmanager
async def run_all_parts(config: Config, progress: ShowProgress) -> AsyncGenerator[Config]:
    """Run all of Kring while the body runs; yields the configuration completed with the servers' URLs, port and address.

    Raises the errors of embedded servers, migrations and parts, `KeyStoreError`, `PortTaken`, `CannotListen`, `NotReady`.
    """
    async with _with_servers(config, progress) as found:
        progress("migrating")
        assert found.owner_url is not None, "`_with_servers` requires it"
        await migrate(found.owner_url)
        await _require_keys(found)
        with await listen(found.host, found.port) as sock:
            port: int = sock.getsockname()[1]
            completed = replace(found, port=port, public_url=_public_url(config, port))
            progress("starting service, projector and worker")
            async with run_parts(_parts(completed, sock.fileno()), progress) as all_up:
                await wait_until_ready(local_url(completed), completed.data / "logs")
                all_up.set()
                with _address_file(completed):
                    yield completed


async def _require_keys(config: Config) -> None:
    """Check the key store before any part starts, so that its error is shown once. Raises `KeyStoreError`."""
    assert config.database_url is not None
    connection = await connect(config.database_url)
    try:
        await bound_keys(config.keys, connection, make=False)
    finally:
        await connection.close()


@asynccontextmanager
async def _with_servers(config: Config, progress: ShowProgress) -> AsyncGenerator[Config]:
    """Yield the configuration with the servers' URLs: those configured, or embedded servers that run while the body runs."""
    if config.database_url is not None:
        if config.owner_url is None:
            raise BadSetting(VARIABLES["owner_url"], "is required to migrate the database")
        (config.data / "logs").mkdir(mode=0o700, parents=True, exist_ok=True)
        yield config
        return
    progress("starting PostgreSQL and Valkey")
    async with servers(config.data) as embedded:
        yield _with_urls(config, embedded)


@asynccontextmanager
async def open_for_command(config: Config, *, make_keys: bool = True) -> AsyncGenerator[Kring]:
    """Open Kring for one command: on the configured servers, those of a running `kring up`, or servers started for this.

    Raises `NoData`.
    """
    running = running_servers(config.data) if config.database_url is None else None
    if running is not None or config.database_url is not None:
        async with open_kring(config if running is None else _with_urls(config, running), make_keys=make_keys) as kring:
            yield kring
        return
    if not config.data.expanduser().exists():
        raise NoData(config.data)
    async with servers(config.data) as embedded:
        await migrate(embedded.owner_url)
        async with open_kring(_with_urls(config, embedded), make_keys=make_keys) as kring:
            yield kring


@contextmanager
def _address_file(config: Config) -> Generator[None]:
    """Keep the service's address in the data folder while the body runs, for other commands."""
    file = config.data / "address"
    write_private(file, local_url(config).encode())
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def require_running(config: Config) -> None:
    """Raises `NotRunning` unless a `kring up` runs on the data folder."""
    if running_servers(config.data) is None:
        raise NotRunning(config.data)


def running_url(config: Config) -> str:
    """The address of the running Kring of this configuration. Raises `NotRunning`."""
    if config.database_url is not None:
        return config.public_url
    try:
        if running_servers(config.data) is not None:
            return (config.data.expanduser() / "address").read_text()
    except FileNotFoundError:
        pass
    raise NotRunning(config.data)


def _with_urls(config: Config, embedded: Servers) -> Config:
    """The configuration with the servers' URLs, and absolute paths for child processes."""
    data, keys = config.data.expanduser().absolute(), config.keys.expanduser().absolute()
    return replace(
        config,
        data=data,
        keys=keys,
        owner_url=embedded.owner_url,
        database_url=embedded.database_url,
        redis_url=embedded.redis_url,
    )


async def listen(host: str, port: int) -> socket.socket:
    """Open a listening socket, which stays open when the service is restarted. Raises `PortTaken`, `CannotListen`."""
    deadline = time.monotonic() + PORT_TIMEOUT_S
    while True:
        sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((host, port))
            sock.listen(MAX_PENDING_CONNECTIONS)
        except OSError as error:
            sock.close()
            if error.errno != errno.EADDRINUSE:
                raise CannotListen(host, port, error) from None
            if time.monotonic() > deadline:
                raise PortTaken(host, port) from None
            await asyncio.sleep(POLL_INTERVAL_S)
        else:
            sock.setblocking(False)
            return sock


def _public_url(config: Config, port: int) -> str:
    """The configured public address; a port 0 is replaced by the actual port."""
    return config.public_url.removesuffix(":0") + f":{port}" if config.public_url.endswith(":0") else config.public_url


def local_url(config: Config) -> str:
    """The address of the service on this machine."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(config.host, config.host)  # noqa: S104  compared, not listened to
    return f"http://[{host}]:{config.port}" if ":" in host else f"http://{host}:{config.port}"


def _parts(config: Config, sock: int) -> tuple[Part, ...]:
    """One part for each of `PARTS`."""
    environ, logs = children_environ(config), config.data / "logs"

    def part(name: str, command: str) -> Part:
        served = command == "serve"
        arguments = ("service.cli", command, "--socket", str(sock)) if served else ("workers", command)
        sockets = (sock,) if served else ()
        return Part(name, ("-m", *arguments, "--with-parent"), logs / f"{name}.log", environ, sockets)

    return tuple(part(name, command) for name, command in PARTS.items())


def children_environ(config: Config) -> Mapping[str, str]:
    """This process's environment with the settings of `config`, without the owner's URL, which children do not need."""
    values = asdict(config) | asdict(config.limits)
    settings = {variable: values[field] for field, variable in VARIABLES.items() if field != "owner_url"}
    others = {name: value for name, value in os.environ.items() if name not in VARIABLES.values()}  # noqa: TID251  passed on
    return others | {name: str(value) for name, value in settings.items() if value is not None}


async def wait_until_ready(url: str, logs: Path) -> None:
    """Wait until every part answers. Raises `NotReady`, naming the parts that do not."""
    deadline, why = time.monotonic() + READY_TIMEOUT_S, "the service does not answer"
    while time.monotonic() < deadline:
        status, health = await asyncio.to_thread(_get, f"{url}/health/ready")
        if status == HTTPStatus.OK:
            return
        if health:
            why = "; ".join(f"{one['name']}: {one['why']}" for one in health["parts"] if not one["ok"])
        await asyncio.sleep(POLL_INTERVAL_S)
    raise NotReady(why, logs)


def answers(url: str) -> bool:
    """Whether a service answers at this address, ready or not."""
    return _get(f"{url}/health/live")[0] == HTTPStatus.OK


def _get(url: str) -> tuple[int, dict[str, Any]]:
    """The status and body of the answer; status 0 if there is none."""
    try:
        with urllib.request.urlopen(url, timeout=HEALTH_TIMEOUT_S) as answer:  # noqa: S310  our own service
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error) if error.code == HTTPStatus.SERVICE_UNAVAILABLE else {}
    except (OSError, ValueError):
        return 0, {}
