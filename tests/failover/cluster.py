"""Three Patroni nodes with strictly synchronous replication and their shared etcd, on loopback, for one test."""

import asyncio
import json
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from service.embedded.child import survivors
from service.embedded.place import Place, find_place, make_data_folder
from service.embedded.port import LOCAL, free_port
from service.embedded.postgres import CREATE, SET_PASSWORDS
from service.store.database import connect
from service.store.schema import migrate

NODES = 3
TTL_S, LOOP_WAIT_S, RETRY_TIMEOUT_S = 20, 2, 3
"""Patroni allows no shorter lifetime of the leader key."""
ANSWER_TIMEOUT_S = 1.0
"""Limit on an answer of Patroni's REST API; a frozen one never answers."""
POLL_INTERVAL_S = 0.1
CLEANUP_TIMEOUT_S = 5.0

PARAMETERS = {
    "unix_socket_directories": "",
    "shared_buffers": "32MB",
    "fsync": "off",  # processes are killed, never the machine
    "scram_iterations": "1",
}
ACCESS = [f"host {database} all {LOCAL}/32 scram-sha-256" for database in ("all", "replication")]


class NotInstalled(Exception):
    """A program of the cluster is missing."""

    def __init__(self, program: str) -> None:
        super().__init__(
            f"{program} is not installed: `make failover` as root does that (Debian: patroni, etcd-server)"
        )


@dataclass
class Node:
    """One Patroni and its PostgreSQL."""

    name: str
    data: Path
    port: int
    rest_port: int
    patroni: subprocess.Popen[bytes]

    def freeze(self) -> None:
        """Stop Patroni as if it hung. Its PostgreSQL keeps running."""
        self.patroni.send_signal(signal.SIGSTOP)

    def kill_postgres(self) -> None:
        """End every PostgreSQL process with SIGKILL."""
        head = psutil.Process(int((self.data / "postmaster.pid").read_text().split("\n")[0]))
        for process in (head, *head.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                process.kill()


class Cluster:
    """The nodes, created by `cluster`."""

    def __init__(self, nodes: Sequence[Node], password: str, rest: httpx.AsyncClient) -> None:
        self.nodes = nodes
        self._password, self._rest = password, rest

    def url(self, role: str, port: int, database: str = "kring") -> str:
        """URL of a database for `role` through a port of this machine."""
        return f"postgresql://{role}:{self._password}@{LOCAL}:{port}/{database}"

    async def leader(self, *, other_than: Node | None = None) -> Node:
        """Node whose Patroni reports that it holds the leader key, once there is one. The caller bounds the time."""
        while True:
            holds = await self._answering("leader")
            for node in holds:
                if node is not other_than:
                    return node
            await asyncio.sleep(POLL_INTERVAL_S)

    async def complete(self) -> None:
        """Wait until both standbys run, one of them synchronous. The caller bounds the time."""
        while len(await self._answering("replica")) < NODES - 1 or not await self._answering("synchronous"):  # noqa: ASYNC110
            await asyncio.sleep(POLL_INTERVAL_S)

    async def make_database(self) -> None:
        """Create Kring's roles and its migrated database."""
        leader = await self.leader()
        connection = await connect(self.url("postgres", leader.port, "postgres"), timeout_s=30)
        try:
            passwords = SET_PASSWORDS.format(owner=self._password, service=self._password)
            for statement in (CREATE + passwords).splitlines():
                await connection.execute(statement)
        finally:
            await connection.close()
        await migrate(self.url("kring_owner", leader.port))

    async def _answering(self, role: str) -> list[Node]:
        """The nodes whose Patroni says that they have the role."""
        answers = await asyncio.gather(*(self._has(node, role) for node in self.nodes))
        return [node for node, yes in zip(self.nodes, answers, strict=True) if yes]

    async def _has(self, node: Node, role: str) -> bool:
        try:
            answer = await self._rest.get(f"http://{LOCAL}:{node.rest_port}/{role}", timeout=ANSWER_TIMEOUT_S)
        except httpx.TransportError:
            return False
        return answer.is_success


@asynccontextmanager
async def cluster() -> AsyncGenerator[Cluster]:
    """Run all nodes with Kring's empty log, and leave no process behind. The caller bounds the time."""
    scope, password = f"kring-failover-{secrets.token_hex(8)}", secrets.token_hex(16)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kring-failover-")))
        folder.chmod(0o711)  # noqa: ASYNC240  as root the servers run as another user, who needs access
        place = find_place(make_data_folder(folder / "data"))
        stack.callback(_end_all, scope)  # when no Patroni is left that would start them again
        etcd_port = stack.enter_context(_etcd(place))
        nodes = [stack.enter_context(_node(place, scope, name, etcd_port, password)) for name in _names()]
        async with httpx.AsyncClient(verify=False, trust_env=False) as rest:
            made = Cluster(nodes, password, rest)
            await made.complete()
            await made.make_database()
            yield made


class Proxy:
    """A proxy between clients and the leader: stays with a server that accepts connections, and asks Patroni once that is gone.

    So a client stays with an old primary that nobody stopped, like a client that tries several hosts for a writable server.
    """

    def __init__(self, cluster: Cluster, leader: Node) -> None:
        self._cluster, self._leader = cluster, leader
        self.port = 0

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Forward connections to `port` while the body runs."""
        connections: set[asyncio.Task[None]] = set()

        def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.create_task(self._serve(reader, writer))
            connections.add(task)
            task.add_done_callback(connections.discard)

        server = await asyncio.start_server(serve, LOCAL, 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()
            for task in connections:
                task.cancel()
            await asyncio.gather(*connections, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await self._connection()
            try:
                async with asyncio.TaskGroup() as both:
                    both.create_task(_forward(reader, far_writer))
                    both.create_task(_forward(far_reader, writer))
            finally:
                far_writer.transport.abort()
        finally:
            writer.transport.abort()

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        try:
            return await asyncio.open_connection(LOCAL, self._leader.port)
        except ConnectionError:
            self._leader = await self._cluster.leader()
            return await asyncio.open_connection(LOCAL, self._leader.port)


async def _forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Forward one direction until it ends, which ends the connection."""
    with suppress(ConnectionError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.close()


def _names() -> list[str]:
    return [f"node{number}" for number in range(1, NODES + 1)]


@contextmanager
def _etcd(place: Place) -> Generator[int]:
    """Run etcd; yield its client port."""
    folder = place.folder / "etcd"
    place.make_folder(folder)
    port = free_port()
    client, peer = f"http://{LOCAL}:{port}", f"http://{LOCAL}:{free_port()}"
    arguments = {
        "data-dir": str(folder / "data"),
        "listen-client-urls": client,
        "advertise-client-urls": client,
        "listen-peer-urls": peer,
        "initial-advertise-peer-urls": peer,
        "initial-cluster": f"default={peer}",
    }
    with _running(place, folder, "etcd", *(f"--{name}={value}" for name, value in arguments.items())):
        yield port


@contextmanager
def _node(place: Place, scope: str, name: str, etcd_port: int, password: str) -> Generator[Node]:
    """Run one Patroni, which creates and starts its PostgreSQL. Leaving kills Patroni only."""
    folder = place.folder / name
    place.make_folder(folder)
    port, rest_port = free_port(), free_port()
    settings = folder / "patroni.yml"
    configuration = _configuration(place, folder, port, password)
    own = {"listen": f"{LOCAL}:{rest_port}", "connect_address": f"{LOCAL}:{rest_port}"}
    shared = {"scope": scope, "name": name, "etcd3": {"host": f"{LOCAL}:{etcd_port}"}, "restapi": own}
    settings.write_text(json.dumps(shared | configuration))  # JSON is YAML; the folder is the servers' alone
    with _running(place, folder, "patroni", str(settings)) as process:
        yield Node(name, folder / "data", port, rest_port, process)


def _configuration(place: Place, folder: Path, port: int, password: str) -> dict[str, Any]:
    return {
        "bootstrap": {
            "dcs": {
                "ttl": TTL_S,
                "loop_wait": LOOP_WAIT_S,
                "retry_timeout": RETRY_TIMEOUT_S,
                "synchronous_mode": True,
                "synchronous_mode_strict": True,
                "postgresql": {"parameters": PARAMETERS},
            },
            "initdb": [
                {"encoding": "UTF8"},
                {"locale": "C"},
                {"locale-provider": "builtin"},
                {"builtin-locale": "C.UTF-8"},
                {"auth": "scram-sha-256"},
            ],
        },
        "postgresql": {
            "listen": f"{LOCAL}:{port}",
            "connect_address": f"{LOCAL}:{port}",
            "data_dir": str(folder / "data"),
            "bin_dir": str(place.postgres("postgres").parent),
            "pgpass": str(folder / "pgpass"),
            "pg_hba": ACCESS,
            "authentication": {
                "superuser": {"username": "postgres", "password": password},
                "replication": {"username": "replicator", "password": password},
            },
        },
    }


@contextmanager
def _running(place: Place, folder: Path, name: str, *arguments: str) -> Generator[subprocess.Popen[bytes]]:
    """Run a system program as the servers' user; then kill it and its children."""
    program = shutil.which(name)
    if program is None:
        raise NotInstalled(name)
    user = place.user
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            (program, *arguments),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env={"LC_ALL": "C", "PATH": "/usr/bin:/bin", "HOME": str(folder)},
            start_new_session=True,
            user=user.uid if user else None,
            group=user.gid if user else None,
            extra_groups=[] if user else None,
        )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _end_all(scope: str) -> None:
    """Kill every PostgreSQL of the cluster, found by the name that Patroni puts on their command lines."""
    until = time.monotonic() + CLEANUP_TIMEOUT_S
    while (left := survivors(scope)) and time.monotonic() < until:
        for process in left:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        time.sleep(POLL_INTERVAL_S)
