"""Sessions of people who signed in to the pages. All times are by the database's clock.

A session is valid only if the log holds its event: one whose event a restore lost, or was never recorded, is none.
"""

from datetime import datetime, timedelta

from msgspec import Struct

from domain.events.sign_in import SignedIn
from domain.foundation import PersonId, SignInId
from service.store.database import Queries, Row

IDLE = timedelta(days=14)
"""A session ends this long after its last use."""
MAX_AGE = timedelta(days=90)
"""A session ends this long after it began, however often it is used."""
USE_INTERVAL = timedelta(minutes=1)
"""The last use is stored at most this often."""
KEPT_AFTER_END = timedelta(days=1)

COLUMNS = "s.id, s.person, s.device, s.created_at, s.last_used_at"

IS_VALID = f"""
  s.revoked_at is null and s.last_used_at > clock_timestamp() - $1::interval and s.created_at > clock_timestamp() - $2::interval
  and exists (
    select from event_tags t join events e using (position)
    where t.key = tag_key(s.id, '{SignedIn.TOPIC}') and e.type = '{SignedIn.TOPIC}' and s.id = any(e.tags)
  )
"""

INSERT = "insert into sign_in_sessions (id, secret, person, device) values ($1, $2, $3, $4)"

DELETE = "delete from sign_in_sessions where id = $1"

USE = f"""
-- A valid session with its secret; its last use is stored once in a while.
with used as (
  update sign_in_sessions s set last_used_at = clock_timestamp()
  where s.id = $3 and s.secret = $4 and {IS_VALID} and s.last_used_at < clock_timestamp() - $5::interval
)
select {COLUMNS} from sign_in_sessions s where s.id = $3 and s.secret = $4 and {IS_VALID}
"""

OF_PERSON = f"""
-- The valid sessions of a person, the last used first.
select {COLUMNS} from sign_in_sessions s where s.person = $3 and {IS_VALID} order by s.last_used_at desc, s.id
"""

REVOKE = """
-- Revoke a session of this person.
update sign_in_sessions set revoked_at = clock_timestamp() where id = $1 and person = $2 and revoked_at is null
"""

REVOKE_OTHERS = """
-- Revoke all sessions of this person but one (null: all).
update sign_in_sessions set revoked_at = clock_timestamp()
where person = $1 and id is distinct from $2 and revoked_at is null
"""

DELETE_OLD = """
-- Delete sessions that ended a while ago.
delete from sign_in_sessions
where least(revoked_at, last_used_at + $1::interval, created_at + $2::interval) < clock_timestamp() - $3::interval
"""


class SignInSession(Struct, frozen=True):
    """A session. `device`: the names of its browser and system; `last_used_at`: exact to a minute."""

    id: SignInId
    person: PersonId
    device: tuple[str, str]
    created_at: datetime
    last_used_at: datetime


async def insert(connection: Queries, id_: SignInId, secret: bytes, person: PersonId, device: tuple[str, str]) -> None:
    """Store a session. It is valid once its event is recorded."""
    await connection.execute(INSERT, id_, secret, person, list(device))


async def delete(connection: Queries, id_: SignInId) -> None:
    """Delete a session whose event could not be recorded."""
    await connection.execute(DELETE, id_)


async def use(pool: Queries, id_: str, secret: bytes) -> SignInSession | None:
    """The valid session with this id and this SHA-256 of its secret."""
    row = await pool.fetchrow(USE, IDLE, MAX_AGE, id_, secret, USE_INTERVAL)
    return None if row is None else _session(row)


async def of_person(pool: Queries, person: PersonId) -> list[SignInSession]:
    """The valid sessions of a person, the last used first."""
    return [_session(row) for row in await pool.fetch(OF_PERSON, IDLE, MAX_AGE, person)]


async def revoke(pool: Queries, person: PersonId, id_: str) -> bool:
    """Revoke a session of this person. False: they have no such session, or it was revoked before."""
    return await pool.execute(REVOKE, id_, person) == "UPDATE 1"


async def revoke_others(pool: Queries, person: PersonId, but: SignInId | None) -> None:
    """Revoke all sessions of this person but one."""
    await pool.execute(REVOKE_OTHERS, person, but)


async def delete_old(pool: Queries) -> None:
    """Delete sessions that ended more than a day ago."""
    await pool.execute(DELETE_OLD, IDLE, MAX_AGE, KEPT_AFTER_END)


def _session(row: Row) -> SignInSession:
    id_, person, (browser, system), created_at, last_used_at = row
    return SignInSession(id_, person, (browser, system), created_at, last_used_at)
