"""What `kring doctor` looks at: each check gives findings, and each finding that is not well says what to do."""

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
SPACE = 1 << 30  # bytes; with less, PostgreSQL may stop before anybody looks
SAMPLE = 50  # disclosures
OPEN_TO_OTHERS = stat.S_IRGRP | stat.S_IROTH | stat.S_IWGRP | stat.S_IWOTH
ANYTHING_FOR_OTHERS = stat.S_IRWXG | stat.S_IRWXO
PRIVATE = ("passwords", "servers", "logs", "mailbox")
"""Files and folders in the data folder that are for their owner alone, beside the key store."""
MOST_FILES = 1_000_000  # of one folder that are looked at
SHOWN_FILES = 3
OLDEST_POSTGRES = 18
CLOCKS_APART_S = 5
"""More between two machines is no delay of an answer."""

NEVER_CHANGED = {"events": "v", "event_tags": "key", "log": "log_id", "key_store": "fingerprint"}
"""Tables, each with a column, of which no row is ever changed: the service lacks the right, all others meet a trigger."""

FORBIDDEN = tuple(
    statement.format(table, column)
    for table, column in NEVER_CHANGED.items()
    for statement in ("update {0} set {1} = {1} where false", "delete from {0} where false", "truncate {0}")
)
"""What PostgreSQL must refuse to the service; if it did not, it would still change nothing, as it is rolled back."""

TRIGGERS = """
-- The triggers that refuse changes, and those that are missing or do not fire always: also for sessions that call themselves
-- replicas, which switch ordinary ones off.
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
-- Texts that were sealed last, and some of the first: a key store of another installation opens neither.
(select digest, subject, nonce, sealed from disclosures order by position desc limit $1)
union (select digest, subject, nonce, sealed from disclosures order by position limit $1)
"""

ADVICE = {
    "clock": "Set the clock of the database's machine by NTP. If it is right now and was ahead before, writing begins again by "
    "itself at the time that is named; nothing was lost.",
    "key store": "Mount the volume of KRING_KEYS again, or put the folder back.",
}
"""For parts that have no log of their own."""

FAILED_JOBS = "select key, last_error from jobs where state = 'failed' order by key limit 20"

OVER = ViewQuery(
    """
    -- Ballots after whose end nobody should be able to open papers any more.
    select id from {ballots} where key = any($1) and status in ('counted', 'certified', 'void') order by id
    """,
    BALLOTS,
)


class Finding(Struct, frozen=True):
    """What was found about something. `advice`: what to do, where it is not well."""

    level: Literal["well", "mind", "wrong"]
    about: str
    found: str
    advice: str | None = None


class OfBallot(Struct, frozen=True):
    """A ballot by its id."""

    id: BallotId


def _well(about: str, found: str) -> Finding:
    return Finding("well", about, found)


def _judged(about: str, found: str, advice: str, *, well: bool) -> Finding:
    return _well(about, found) if well else Finding("wrong", about, found, advice)


# Without servers


def of_installation(config: Config) -> Generator[Finding]:
    """Python, programs and the data folder."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield _judged("Python", version, "Kring needs 3.11 or newer.", well=sys.version_info >= OLDEST_PYTHON)
    if config.database_url is None:
        yield _programs()
        yield from _folder(config.data.expanduser().absolute())
        yield from _cluster(config.data.expanduser().absolute())
        if holder(config.data.expanduser()) is None:
            yield _port(config)
    yield _private(config)


def _programs() -> Finding:
    about, advice = "programs", "Install Kring again (in a checkout: `make setup`)."
    try:
        place = Place(Path(), Path(), wheels(), None)
        found = [place.postgres("postgres"), place.valkey()]
    except EmbeddedError as error:
        return Finding("wrong", about, str(error), advice)
    missing = [str(one) for one in found if not one.is_file()]
    text = ", ".join(missing) + " missing" if missing else "PostgreSQL and Valkey are there"
    return _judged(about, text, advice, well=not missing)


def _folder(data: Path) -> Generator[Finding]:
    if not data.exists():
        yield Finding("mind", "data folder", f"{data} is not there yet", "`kring up` makes it.")
        return
    mode = stat.S_IMODE(data.stat().st_mode)
    yield _judged(
        "data folder", f"{data}, mode {mode:o}", f"chmod go-rw {data}: it holds keys.", well=not mode & OPEN_TO_OTHERS
    )
    free = shutil.disk_usage(data).free
    yield _judged("free space", f"{free / (1 << 30):.1f} GiB", "Make room, 1 GiB at least.", well=free >= SPACE)
    pid = holder(data)
    yield _well("lock", "nobody runs on it" if pid is None else f"process {pid} runs on it")
    yield Finding(
        "mind",
        "one disk",
        "log and keys are in one folder, so whoever copies it can read everything, and one disk loses all of it",
        "Keep copies of the keys apart from copies of the database, or use servers of your own.",
    )


def _cluster(data: Path) -> Generator[Finding]:
    """The version of PostgreSQL that made the database: no other one opens it."""
    pointer = data / "elsewhere"
    cluster = (Path(pointer.read_text().strip()) if pointer.exists() else data) / "postgres"
    if not cluster.exists():
        return
    made = cluster / "PG_VERSION"
    found = made.read_text().strip() if made.exists() else "unknown"
    advice = f"Only PostgreSQL {OLDEST_POSTGRES} opens it: restore the data folder, or use the Kring that made it."
    text = f"made by PostgreSQL {found}"
    yield _judged("database files", text, advice, well=found == str(OLDEST_POSTGRES))


def _port(config: Config) -> Finding:
    """Whether `kring up` could listen; only where it does not do so at the moment."""
    about, where = "port", f"{config.port} of {config.host}"
    with socket.socket(socket.AF_INET6 if ":" in config.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((config.host, config.port))
        except OSError as error:
            advice = "End what listens there, or choose another one: KRING_PORT, or --port."
            return Finding("wrong", about, f"{where} cannot be had ({error.strerror})", advice)
    return _well(about, "any free one" if config.port == 0 else f"{where} is free")


def _private(config: Config) -> Finding:
    """Everything that holds a secret, and who else may touch it."""
    about, data, keys = "secrets", config.data.expanduser().absolute(), config.keys.expanduser().absolute()
    looked_at = [one for path in (keys, *(data / name for name in PRIVATE)) for one in _all_in(path, deep=path == keys)]
    opened = [(one, mode) for one, mode in looked_at if mode & ANYTHING_FOR_OTHERS]
    if not opened:
        return _well(about, f"{len(looked_at)} files and folders are for their owner alone")
    shown = ", ".join(f"{one} ({mode:o})" for one, mode in opened[:SHOWN_FILES])
    more = f" and {len(opened) - SHOWN_FILES} more" if len(opened) > SHOWN_FILES else ""
    advice = (
        f"chmod -R go= {keys}, and likewise the others. Somebody may have read them: to change the passwords of the embedded "
        "servers, stop Kring, remove the file passwords and start again."
    )
    return Finding("wrong", about, f"open to others: {shown}{more}", advice)


def _all_in(path: Path, *, deep: bool) -> Generator[tuple[Path, int]]:
    """A file or folder, and everything in it if `deep`, each with its mode. Symbolic links are not followed."""
    if not path.exists():
        return
    for one in islice(chain([path], path.rglob("*") if deep else ()), MOST_FILES):
        with contextlib.suppress(FileNotFoundError):  # made and moved meanwhile
            found = one.lstat()
            if not stat.S_ISLNK(found.st_mode):
                yield one, stat.S_IMODE(found.st_mode)


def is_set_up(config: Config) -> bool:
    """Whether anything of an embedded installation is there, so that it should be able to start."""
    data = config.data.expanduser()
    return any((data / name).exists() for name in ("lock", "postgres", "elsewhere", "keys", "passwords"))


# With servers


def of_service(config: Config) -> Finding:
    """Whether the service of a `kring up` answers."""
    try:
        url = running_url(config)
    except NotRunning:
        return Finding("mind", "service", "is not up yet, or is just stopping", "Ask again in a moment.")
    well = answers(url)
    text = f"{'answers' if well else 'does not answer'} at {url}"
    return _judged("service", text, "See service.log in the data folder's logs.", well=well)


async def of_servers(kring: Kring, *, running: bool) -> AsyncGenerator[Finding]:
    """Database, rights, keys, and what happens by itself. `running`: whether service, projector and worker should."""
    from service.api.operations.health import astray, health  # noqa: PLC0415  the web framework, which no other command here needs

    version: int = await kring.log.pool.fetchval(VERSION)
    yield _judged(
        "server", f"PostgreSQL {version}", f"Kring needs {OLDEST_POSTGRES} or newer.", well=version >= OLDEST_POSTGRES
    )
    yield await _clocks(kring.log.pool)
    if kring.config.owner_url is not None:
        yield await _schema(kring.config.owner_url)
    yield await _append_only(kring.log.pool)
    yield await _triggers(kring.log.pool)
    sample = [Disclosure(*row) for row in await kring.log.pool.fetch(LATEST, SAMPLE)]
    yield await asyncio.to_thread(_keys, kring.keys, sample)
    found = await health(kring)
    for part in found.parts:
        if part.name != "service" and (running or part.name in {"database", "clock", "valkey"}):
            advice = ADVICE.get(part.name, "Look into its log; `kring up` starts all parts.")
            finding = _judged(part.name, part.why or "works", advice, well=part.ok)
            yield finding if part.required or part.ok else replace(finding, level="mind")
    yield _restored(*await astray(kring))
    for view in found.stopped_views:
        text = f"{view.view} stopped at fact {view.position}: {view.because}"
        yield Finding("wrong", "view", text, _retry_or_skip("views", view.view))
    for one in found.stopped_reactions:
        text = f"{one.reaction} stopped at event {one.position}: {one.because}"
        yield Finding("wrong", "reaction", text, f"Mend the cause, then `kring reactions retry {one.reaction}`.")
    for one in found.parked_events:
        text = f"{one.reaction} could not take event {one.position}: {one.because}"
        yield Finding("wrong", "reaction", text, _retry_or_skip("reactions", one.reaction))
    for one in await skipped(kring.views):
        text = f"{one.name} leaves out event {one.position} ({one.because}), decided by {one.skipped_by}: {one.reason}"
        yield Finding("mind", one.kind, text)
    for one in found.unknown_events:
        text = f"this version does not know the type {one.type}, first recorded at {one.position}"
        yield Finding("wrong", "events", text, "A newer version recorded it: run that one.")
    for key, error in await kring.log.pool.fetch(FAILED_JOBS):
        yield Finding("wrong", "job", f"{key} was given up ({error})", f"Mend the cause, then: kring jobs retry {key}")
    yield await _ballot_keys(kring)


def _retry_or_skip(group: str, name: str) -> str:
    return (
        f"Once a newer version takes it: `kring {group} retry {name}`. "
        f'To leave it out: `kring {group} skip {name} --reason "…"`.'
    )


async def _clocks(pool: Pool) -> Finding:
    """Whether the database's clock runs ahead or behind: what it stamps now, it must not be behind later."""
    apart = round((await pool.fetchval("select clock_timestamp()") - now()).total_seconds())
    text = (
        f"{abs(apart)} s {'ahead of' if apart > 0 else 'behind'} this machine's"
        if apart
        else "the same as this machine's"
    )
    advice = "Set both by NTP: deadlines go by the database's clock, tokens by this one. Once set back, it stops all writing."
    return _judged("database clock", text, advice, well=abs(apart) <= CLOCKS_APART_S)


async def _schema(owner_url: str) -> Finding:
    connection = await connect(owner_url)
    try:
        applied = [(row["number"], row["sha256"]) for row in await connection.fetch(APPLIED)]
    finally:
        await connection.close()
    known = [(one.number, one.digest) for one in migrations()]
    text = f"{len(applied)} of {len(known)} migrations applied"
    return _judged("migrations", text, "Run `kring migrate`.", well=applied == known)


def _restored(views: list[str], reactions: list[str]) -> Finding:
    about = "restore"
    if not views and not reactions:
        return _well(about, "views and reactions stand where the log does")
    lost = ", ".join([*(f"view {one}" for one in views), *(f"reaction {one}" for one in reactions)])
    advice = "Run `kring rebuild`" + (", with --react-after the last fact that was restored." if reactions else ".")
    return Finding("wrong", about, f"have taken facts that the log does not hold any more: {lost}", advice)


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
    text = f"the service may {' and '.join(allowed)} facts" if allowed else "no fact can be changed or removed"
    advice = "Connect as a role that owns nothing (`kring`), and run `kring migrate` as the owner."
    return _judged("append-only", text, advice, well=not allowed)


async def _triggers(pool: Pool) -> Finding:
    """Whether the database refuses changes to those as well who have every right."""
    switched_off = [row[0] for row in await pool.fetch(TRIGGERS, list(NEVER_CHANGED))]
    text = (
        f"do not always fire on {', '.join(switched_off)}"
        if switched_off
        else "refuse every change of what was recorded"
    )
    advice = (
        "Somebody may have changed events: compare with a copy from before. Then, as the owner: alter table … enable always "
        "trigger append_only."
    )
    return _judged("triggers", text, advice, well=not switched_off)


def _keys(keys: KeyStore, sample: list[Disclosure]) -> Finding:
    try:
        keys.require_present()
    except KeysMissing:  # else Kring had not been opened
        return Finding("mind", "keys", "there are none yet", "The first start makes them.")
    unknown = sum(not _opens(keys, one) for one in sample)
    text = f"{unknown} of {len(sample)} texts do not open" if unknown else "the keys fit what was sealed"
    advice = "This is not the key store that belongs to this database: restore it, or set KRING_KEYS."
    return _judged("keys", text, advice, well=not unknown)


def _opens(keys: KeyStore, one: Disclosure) -> bool:
    """Whether it can be opened, or was made unreadable on purpose."""
    try:
        open_(one, keys.get(key_name(one.subject)))
    except Destroyed:
        return True
    except (NoSuchKey, Damaged, CannotOpen):
        return False
    return True


async def _ballot_keys(kring: Kring) -> Finding:
    folder = kring.config.keys / count_key("").rstrip("/")
    kept = [file.name for file in folder.glob("ballot_*") if file.stat().st_size] if folder.exists() else []
    over = await kring.views.rows(OfBallot, OVER, kept) if kept else []
    text = f"still there after the end of {', '.join(one.id for one in over)}" if over else "none outlived its ballot"
    return _judged("ballot keys", text, "The worker destroys them: see that it runs, and its jobs.", well=not over)
