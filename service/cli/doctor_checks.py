"""The checks of `kring doctor`: each yields findings, and each finding that is not ok says what to do about it."""

import asyncio
import contextlib
import shutil
import socket
import stat
import sys
from collections.abc import AsyncGenerator, Generator
from itertools import chain, islice
from pathlib import Path
from typing import Literal

import asyncpg
from msgspec import Struct
from msgspec.structs import replace

from domain.foundation import BallotId
from projections.ballots import BALLOTS
from projections.query import ViewQuery
from service.ballot_papers import count_key
from service.clock_and_ids import now
from service.config import Config
from service.embedded import EmbeddedError
from service.embedded.lock import holder
from service.embedded.place import Place, wheels
from service.kring import Kring
from service.sealing.disclosure import Disclosure
from service.sealing.keys import Damaged, Destroyed, KeysMissing, KeyStore, NoSuchKey
from service.sealing.sealed_fields import CannotOpen, open_
from service.store.database import Pool, connect
from service.store.log.mapper import key_name
from service.store.schema import APPLIED, migrations
from service.store.views.skipping import skipped
from service.supervisor.supervisor import NotRunning, answers, running_url

OLDEST_PYTHON = (3, 11)
MIN_FREE_BYTES = 1 << 30  # with less, PostgreSQL may stop before anybody notices
SAMPLED_DISCLOSURES = 50
OPEN_TO_OTHERS = stat.S_IRGRP | stat.S_IROTH | stat.S_IWGRP | stat.S_IWOTH
ANYTHING_FOR_OTHERS = stat.S_IRWXG | stat.S_IRWXO
PRIVATE = ("passwords", "servers", "logs", "mailbox")
"""Files and folders in the data folder that only their owner may read, beside the key store."""
MAX_CHECKED_FILES = 1_000_000  # per folder
MAX_SHOWN_FILES = 3
OLDEST_POSTGRES = 18
MAX_CLOCK_DIFFERENCE_S = 5
"""A larger difference cannot be explained by the time that an answer takes."""

NEVER_CHANGED = {"events": "v", "event_tags": "key", "log": "log_id", "key_store": "fingerprint"}
"""Append-only tables, each with one of its columns: the service has no right to change rows, a trigger stops all others."""

FORBIDDEN = tuple(
    statement.format(table, column)
    for table, column in NEVER_CHANGED.items()
    for statement in ("update {0} set {1} = {1} where false", "delete from {0} where false", "truncate {0}")
)
"""Statements that PostgreSQL must refuse to the service. They match no rows and are rolled back, so they never change any."""

TRIGGERS = """
-- Append-only triggers that are missing, and triggers that do not always fire: ordinary ones are off in sessions that call
-- themselves replicas.
select name from unnest($1::text[]) as name where not exists (
  select from pg_trigger where tgrelid = to_regclass('public.' || name) and tgname = 'append_only' and tgenabled = 'A'
)
union
select relname::text from pg_trigger join pg_class c on c.oid = tgrelid
where relnamespace = 'public'::regnamespace and not tgisinternal and tgenabled <> 'A'
order by 1
"""

VERSION = "select current_setting('server_version_num')::int / 10000"

UNDO = "do $$ begin raise exception 'undone'; end $$"

LATEST = """
-- The newest and the oldest sealed texts: the key store of another installation opens neither.
(select digest, subject, nonce, sealed from disclosures order by position desc limit $1)
union (select digest, subject, nonce, sealed from disclosures order by position limit $1)
"""

ADVICE = {
    "clock": "Set the clock of the database's machine by NTP. If it is right now and was ahead before, writing resumes by "
    "itself at the time shown; nothing was lost.",
    "key store": "Mount the volume of KRING_KEYS again, or put the folder back.",
}
"""Advice for parts that have no log of their own."""

MAX_SHOWN_JOBS = 20
FAILED_JOBS = """
-- The first failed jobs, and how many there are in all.
select key, last_error, count(*) over () from jobs where state = 'failed' order by key limit $1
"""

ENDED_BALLOTS = ViewQuery(
    """
    -- Those of these ballots that have ended, so that their keys should be destroyed.
    select id from {ballots} where key = any($1) and status in ('counted', 'certified', 'void') order by id
    """,
    BALLOTS,
)


class Finding(Struct, frozen=True):
    """The result of one check. `advice`: what to do, unless it is ok."""

    level: Literal["ok", "warning", "error"]
    about: str
    found: str
    advice: str | None = None


class BallotRow(Struct, frozen=True):
    """The id of a ballot."""

    id: BallotId


def _ok(about: str, found: str) -> Finding:
    return Finding("ok", about, found)


def _ok_if(ok: bool, about: str, found: str, advice: str) -> Finding:
    return _ok(about, found) if ok else Finding("error", about, found, advice)


# Without servers


def check_installation(config: Config) -> Generator[Finding]:
    """Python, programs and the data folder."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield _ok_if(sys.version_info >= OLDEST_PYTHON, "Python", version, "Kring needs 3.11 or newer.")
    if config.database_url is None:
        yield _programs()
        yield from _data_folder(config.data.expanduser().absolute())
        yield from _database_files(config.data.expanduser().absolute())
        if holder(config.data.expanduser()) is None:
            yield _port(config)
    yield _private(config)


def _programs() -> Finding:
    about, advice = "programs", "Install Kring again (in a checkout: `make setup`)."
    try:
        place = Place(Path(), Path(), wheels(), None)
        found = [place.postgres("postgres"), place.valkey()]
    except EmbeddedError as error:
        return Finding("error", about, str(error), advice)
    missing = [str(one) for one in found if not one.is_file()]
    text = "missing: " + ", ".join(missing) if missing else "PostgreSQL and Valkey are installed"
    return _ok_if(not missing, about, text, advice)


def _data_folder(data: Path) -> Generator[Finding]:
    if not data.exists():
        yield Finding("warning", "data folder", f"{data} does not exist yet", "`kring up` creates it.")
        return
    mode = stat.S_IMODE(data.stat().st_mode)
    yield _ok_if(
        not mode & OPEN_TO_OTHERS, "data folder", f"{data}, mode {mode:o}", f"It holds keys: run `chmod go-rw {data}`."
    )
    free = shutil.disk_usage(data).free
    yield _ok_if(free >= MIN_FREE_BYTES, "free space", f"{free / (1 << 30):.1f} GiB", "Free up at least 1 GiB.")
    pid = holder(data)
    yield _ok("lock", "not in use" if pid is None else f"in use by process {pid}")
    yield Finding(
        "warning",
        "one disk",
        "the log and the keys are in one folder: a copy of it can be read in full, and one broken disk loses all of it",
        "Back up the keys and the database to different places, or use servers of your own.",
    )


def _database_files(data: Path) -> Generator[Finding]:
    """Check which version of PostgreSQL created the database files: no other version opens them."""
    pointer = data / "elsewhere"
    cluster = (Path(pointer.read_text().strip()) if pointer.exists() else data) / "postgres"
    if not cluster.exists():
        return
    file = cluster / "PG_VERSION"
    version = file.read_text().strip() if file.exists() else "unknown"
    advice = f"Kring runs PostgreSQL {OLDEST_POSTGRES}: restore the data folder, or use the version of Kring that created it."
    text = f"created by PostgreSQL {version}"
    yield _ok_if(version == str(OLDEST_POSTGRES), "database files", text, advice)


def _port(config: Config) -> Finding:
    """Check whether `kring up` could listen on its port; only used while it does not run."""
    about, where = "port", f"{config.port} of {config.host}"
    with socket.socket(socket.AF_INET6 if ":" in config.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((config.host, config.port))
        except OSError as error:
            advice = "Stop the program that uses it, or choose another port: KRING_PORT or --port."
            return Finding("error", about, f"{where} is not available ({error.strerror})", advice)
    return _ok(about, "any free one" if config.port == 0 else f"{where} is free")


def _private(config: Config) -> Finding:
    """Check that only their owner can access the files and folders that hold secrets."""
    about, data, keys = "secrets", config.data.expanduser().absolute(), config.keys.expanduser().absolute()
    checked = [one for path in (keys, *(data / name for name in PRIVATE)) for one in _modes(path, deep=path == keys)]
    accessible = [(one, mode) for one, mode in checked if mode & ANYTHING_FOR_OTHERS]
    if not accessible:
        text = (
            f"only their owner can access them ({len(checked)} files and folders)" if checked else "there are none yet"
        )
        return _ok(about, text)
    shown = ", ".join(f"{one} ({mode:o})" for one, mode in accessible[:MAX_SHOWN_FILES])
    more = f" and {len(accessible) - MAX_SHOWN_FILES} more" if len(accessible) > MAX_SHOWN_FILES else ""
    advice = (
        f"Run `chmod -R go= {keys}`, and the same for the others. Somebody may have read them: to change the passwords of "
        "the embedded servers, stop Kring, delete the file `passwords` in the data folder, and start Kring again."
    )
    return Finding("error", about, f"other users have access to: {shown}{more}", advice)


def _modes(path: Path, *, deep: bool) -> Generator[tuple[Path, int]]:
    """A file or folder, and everything in it if `deep`, each with its mode. Symbolic links are skipped."""
    if not path.exists():
        return
    for one in islice(chain([path], path.rglob("*") if deep else ()), MAX_CHECKED_FILES):
        with contextlib.suppress(FileNotFoundError):  # a temporary file that has just been renamed
            found = one.lstat()
            if not stat.S_ISLNK(found.st_mode):
                yield one, stat.S_IMODE(found.st_mode)


def is_set_up(config: Config) -> bool:
    """Whether the data folder holds any part of an embedded installation, which should then be able to start."""
    data = config.data.expanduser()
    return any((data / name).exists() for name in ("lock", "postgres", "elsewhere", "keys", "passwords"))


# With servers


def check_service(config: Config) -> Finding:
    """Check whether the service of a running `kring up` answers."""
    try:
        url = running_url(config)
    except NotRunning:
        return Finding("warning", "service", "is starting or stopping", "Run `kring doctor` again in a moment.")
    ok = answers(url)
    text = f"{'answers' if ok else 'does not answer'} at {url}"
    return _ok_if(ok, "service", text, "See logs/service.log in the data folder.")


async def check_servers(kring: Kring, *, running: bool) -> AsyncGenerator[Finding]:
    """Check the database, its privileges, the keys, views, reactions and jobs.

    `running`: whether service, projector and worker are expected to run.
    """
    from service.api.operations.health import health, lost_places  # noqa: PLC0415  the web framework, which no other command here needs

    version: int = await kring.log.pool.fetchval(VERSION)
    yield _ok_if(
        version >= OLDEST_POSTGRES, "server", f"PostgreSQL {version}", f"Kring needs {OLDEST_POSTGRES} or newer."
    )
    yield await _clocks(kring.log.pool)
    if kring.config.owner_url is not None:
        yield await _schema(kring.config.owner_url)
    yield await _append_only(kring.log.pool)
    yield await _triggers(kring.log.pool)
    sample = [Disclosure(*row) for row in await kring.log.pool.fetch(LATEST, SAMPLED_DISCLOSURES)]
    yield await asyncio.to_thread(_keys, kring.keys, sample)
    found = await health(kring)
    for part in found.parts:
        if part.name != "service" and (running or part.name in {"database", "clock", "valkey"}):
            advice = ADVICE.get(part.name, "See its log; `kring up` starts all parts.")
            finding = _ok_if(part.ok, part.name, part.why or "works", advice)
            yield finding if part.required or part.ok else replace(finding, level="warning")
    yield _restored(*await lost_places(kring))
    for view in found.stopped_views:
        text = f"{view.view} stopped at event {view.position}: {view.because}"
        yield Finding("error", "view", text, _retry_or_skip("views", view.view))
    for one in found.stopped_reactions:
        text = f"{one.reaction} stopped at event {one.position}: {one.because}"
        yield Finding("error", "reaction", text, f"Fix the cause, then run `kring reactions retry {one.reaction}`.")
    for one in found.parked_events:
        text = f"{one.reaction} could not process event {one.position}: {one.because}"
        yield Finding("error", "reaction", text, _retry_or_skip("reactions", one.reaction))
    for one in await skipped(kring.views):
        text = f"{one.name} skips event {one.position} ({one.because}); skipped by {one.skipped_by}: {one.reason}"
        yield Finding("warning", one.kind, text)
    for one in found.unknown_events:
        text = f"this version does not know the type {one.type}, first recorded at {one.position}"
        yield Finding("error", "events", text, "A newer version recorded it: run that version.")
    async for one in _failed_jobs(kring):
        yield one
    yield await _ballot_keys(kring)


async def _failed_jobs(kring: Kring) -> AsyncGenerator[Finding]:
    """The failed jobs by key, and how many more there are than are shown."""
    failed = await kring.log.pool.fetch(FAILED_JOBS, MAX_SHOWN_JOBS)
    for key, error, _ in failed:
        yield Finding(
            "error", "job", f"{key} has failed ({error})", f"Fix the cause, then run `kring jobs retry {key}`."
        )
    if failed and (more := failed[0][2] - len(failed)):
        yield Finding("error", "job", f"{more} more have failed", "Run `kring jobs list --status failed`.")


def _retry_or_skip(group: str, name: str) -> str:
    return (
        f"With a version that can process it, run `kring {group} retry {name}`. "
        f'To skip the event, run `kring {group} skip {name} --reason "…"`.'
    )


async def _clocks(pool: Pool) -> Finding:
    """Check that the database's clock agrees with ours: once it has run ahead, setting it back stops all writing."""
    difference = round((await pool.fetchval("select clock_timestamp()") - now()).total_seconds())
    text = (
        f"{abs(difference)} s {'ahead of' if difference > 0 else 'behind'} this machine's clock"
        if difference
        else "agrees with this machine's clock"
    )
    advice = (
        "Set both clocks by NTP: deadlines follow the database's clock, tokens this machine's. When the database's clock is "
        "set back, no events are written until it has caught up."
    )
    return _ok_if(abs(difference) <= MAX_CLOCK_DIFFERENCE_S, "database clock", text, advice)


async def _schema(owner_url: str) -> Finding:
    connection = await connect(owner_url)
    try:
        applied = [(row["number"], row["sha256"]) for row in await connection.fetch(APPLIED)]
    finally:
        await connection.close()
    known = [(one.number, one.digest) for one in migrations()]
    text = f"{len(applied)} of {len(known)} migrations applied"
    return _ok_if(applied == known, "migrations", text, "Run `kring migrate`.")


def _restored(views: list[str], reactions: list[str]) -> Finding:
    about = "restore"
    if not views and not reactions:
        return _ok(about, "views and reactions agree with the log")
    ahead = ", ".join([*(f"view {one}" for one in views), *(f"reaction {one}" for one in reactions)])
    advice = "Run `kring rebuild`" + (" with --react-after and the last restored event." if reactions else ".")
    return Finding("error", about, f"these have processed events that the log no longer holds: {ahead}", advice)


async def _append_only(pool: Pool) -> Finding:
    allowed: list[str] = []
    for statement in FORBIDDEN:
        try:
            async with pool.acquire() as connection, connection.transaction():
                await connection.execute(statement)
                allowed.append(statement.split()[0])
                await connection.execute(UNDO)
        except asyncpg.PostgresError:
            continue
    allowed = list(dict.fromkeys(allowed))
    text = f"the service may {' and '.join(allowed)} events" if allowed else "no event can be changed or removed"
    advice = "Connect as a role that owns nothing (`kring`), and run `kring migrate` as the owner."
    return _ok_if(not allowed, "append-only", text, advice)


async def _triggers(pool: Pool) -> Finding:
    """Check that triggers stop changes of append-only tables also by roles with every privilege."""
    switched_off = [row[0] for row in await pool.fetch(TRIGGERS, list(NEVER_CHANGED))]
    text = (
        f"do not always fire on {', '.join(switched_off)}"
        if switched_off
        else "prevent every change of recorded events"
    )
    advice = (
        "Somebody may have changed events: compare with an earlier backup. Then run, as the owner of the tables: "
        "`alter table … enable always trigger append_only`."
    )
    return _ok_if(not switched_off, "triggers", text, advice)


def _keys(keys: KeyStore, sample: list[Disclosure]) -> Finding:
    try:
        keys.require_present()
    except KeysMissing:  # of a new installation: opening Kring fails if a log without its keys exists
        return Finding("warning", "keys", "there are none yet", "The first start creates them.")
    unreadable = sum(not _can_open(keys, one) for one in sample)
    text = (
        f"{unreadable} of {len(sample)} texts cannot be decrypted"
        if unreadable
        else "the keys decrypt the sealed texts"
    )
    advice = "This key store does not belong to this database: restore the right one, or set KRING_KEYS."
    return _ok_if(not unreadable, "keys", text, advice)


def _can_open(keys: KeyStore, one: Disclosure) -> bool:
    """Whether a disclosure can be decrypted, or was made unreadable on purpose."""
    try:
        open_(one, keys.get(key_name(one.subject)))
    except Destroyed:
        return True
    except (NoSuchKey, Damaged, CannotOpen):
        return False
    return True


async def _ballot_keys(kring: Kring) -> Finding:
    folder = kring.config.keys / count_key("").rstrip("/")
    present = [file.name for file in folder.glob("ballot_*") if file.stat().st_size] if folder.exists() else []
    ended = await kring.views.rows(BallotRow, ENDED_BALLOTS, present) if present else []
    text = (
        f"not destroyed after the end of {', '.join(one.id for one in ended)}"
        if ended
        else "destroyed when ballots end"
    )
    return _ok_if(
        not ended, "ballot keys", text, "The worker destroys them: check that it runs, and `kring jobs list`."
    )
