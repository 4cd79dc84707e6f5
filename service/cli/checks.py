"""What `kring doctor` looks at: each check gives findings, and each finding that is not well says what to do."""

import asyncio
import shutil
import stat
import sys
from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from typing import Literal

import asyncpg
from msgspec import Struct
from msgspec.structs import replace

from domain.foundation import BallotId
from service.config import Config
from service.embedded import EmbeddedError
from service.embedded.lock import holder
from service.embedded.place import Place, wheels
from service.kring import Kring
from service.papers import count_key
from service.store.database import Pool, connect
from service.store.keys import Damaged, Destroyed, KeyStore, NoSuchKey
from service.store.mapper import key_name
from service.store.schema import APPLIED, migrations
from service.store.sealed import CannotOpen, open_
from service.store.types import Disclosure
from service.up.whole import NotRunning, answers, running_url

OLDEST_PYTHON = (3, 11)
SPACE = 1 << 30  # bytes; with less, PostgreSQL may stop before anybody looks
SAMPLE = 50  # disclosures
OPEN_TO_OTHERS = stat.S_IRGRP | stat.S_IROTH | stat.S_IWGRP | stat.S_IWOTH

FORBIDDEN = ("update events set v = v where false", "delete from events where false", "truncate events")
"""What PostgreSQL must refuse to the service; if it did not, it would still change nothing, as it is rolled back."""

UNDO = "do $$ begin raise exception 'undone'; end $$"

LATEST = """
-- Texts that were sealed last, and some of the first: a key store of another installation opens neither.
(select digest, subject, nonce, sealed from disclosures order by position desc limit $1)
union (select digest, subject, nonce, sealed from disclosures order by position limit $1)
"""

FAILED_JOBS = "select key, last_error from jobs where state = 'failed' order by key limit 20"

OVER = """
-- Ballots after whose end nobody should be able to open papers any more.
select id from ballots where key = any($1) and status in ('counted', 'certified', 'void') order by id
"""


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


def _programs() -> Finding:
    about, advice = "programs", "Run `make setup` again."
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
    from service.api.health import astray, health  # noqa: PLC0415  the web framework, which no other command here needs

    if kring.config.owner_url is not None:
        yield await _schema(kring.config.owner_url)
    yield await _append_only(kring.log.pool)
    yield await asyncio.to_thread(
        _keys, kring.keys, [Disclosure(*r) for r in await kring.log.pool.fetch(LATEST, SAMPLE)]
    )
    found = await health(kring)
    for part in found.parts:
        if part.name != "service" and (running or part.name in {"database", "valkey"}):
            advice = "Look into its log; `kring up` starts all parts."
            finding = _judged(part.name, part.why or "works", advice, well=part.ok)
            yield finding if part.required or part.ok else replace(finding, level="mind")
    yield _restored(*await astray(kring))
    for view in found.stopped_views:
        text = f"{view.view} stopped at fact {view.position}: {view.because}"
        yield Finding("wrong", "view", text, f"Once a newer version takes this fact: `kring views retry {view.view}`.")
    for key, error in await kring.log.pool.fetch(FAILED_JOBS):
        yield Finding("wrong", "job", f"{key} was given up ({error})", f"Mend the cause, then: kring jobs retry {key}")
    yield await _ballot_keys(kring)


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
    text = f"the service may {' and '.join(allowed)} facts" if allowed else "no fact can be changed or removed"
    advice = "Connect as a role that owns nothing (`kring`), and run `kring migrate` as the owner."
    return _judged("append-only", text, advice, well=not allowed)


def _keys(keys: KeyStore, sample: list[Disclosure]) -> Finding:
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
