"""Requests to sign in. Each has a link, and a code unless an operator made it; using either uses up both.

All times are by the database's clock.
"""

from datetime import datetime, timedelta

from msgspec import Struct

from domain.foundation import PersonId
from service.store.database import Queries, Row

KEPT_AFTER_EXPIRY = timedelta(hours=1)

INSERT = """
-- A request; without a browser, no code is valid for it.
insert into sign_in_requests (id, browser, address, person, asked_by, reusable, expires_at)
values ($1, $2, $3, $4, $5, $6, clock_timestamp() + $7::interval)
"""

FIND = """
-- A request, used or not.
select id, address, person, asked_by, reusable, created_at, expires_at,
  expires_at <= clock_timestamp() or (used_at is not null and not reusable) as over
from sign_in_requests where id = $1
"""

TRY_CODE = """
-- Take a try of a request's code, if the browser that asked sends it; returns the request's address and the tries left.
update sign_in_requests set tries_left = tries_left - 1
where id = $1 and browser = $2 and tries_left > 0 and used_at is null and expires_at > clock_timestamp()
returning address, tries_left
"""

USE_UP = """
-- Use up a request; of several concurrent uses one gets the row.
update sign_in_requests set used_at = clock_timestamp()
where id = $1 and person is not null and (reusable or used_at is null) and expires_at > clock_timestamp()
returning person
"""

REOPEN = """
-- The sign-in could not be recorded: the link can be used again.
update sign_in_requests set used_at = null where id = $1
"""

DELETE_OLD = """
-- Delete requests that expired a while ago.
delete from sign_in_requests where expires_at < clock_timestamp() - $1::interval
"""


class NewRequest(Struct, frozen=True, kw_only=True):
    """A request that is asked for.

    `browser`: SHA-256 of the secret of the browser that asks; `address`: the keyed hash of the typed address; both None for an
    operator's link. `person` None: nobody has this address. `asked_by`: the names of the browser and its system.
    """

    id: str
    browser: bytes | None
    address: bytes | None
    person: PersonId | None
    asked_by: tuple[str, str]
    valid_for: timedelta
    reusable: bool = False


class SignInRequest(Struct, frozen=True):
    """A stored request. `is_over`: it was used or has expired."""

    id: str
    address: bytes | None
    person: PersonId | None
    asked_by: tuple[str, str]
    reusable: bool
    created_at: datetime
    expires_at: datetime
    is_over: bool


class CodeTry(Struct, frozen=True):
    """One try at a code: the keyed hash of the address that asked, and the tries left."""

    address: bytes
    left: int


async def insert(connection: Queries, new: NewRequest) -> None:
    """Store a request."""
    values = (new.id, new.browser, new.address, new.person, list(new.asked_by), new.reusable, new.valid_for)
    await connection.execute(INSERT, *values)


async def find(pool: Queries, request: str) -> SignInRequest | None:
    """The request with this id."""
    row = await pool.fetchrow(FIND, request)
    return None if row is None else _request(row)


async def try_code(pool: Queries, request: str, browser: bytes) -> CodeTry | None:
    """Take one of the tries of a code. None: there are none left, or it is used, expired, unknown, or of another browser."""
    row = await pool.fetchrow(TRY_CODE, request, browser)
    return None if row is None else CodeTry(*row)


async def use_up(connection: Queries, request: str) -> PersonId | None:
    """Use up a request, and return its person. None: it is used, expired or unknown, or of nobody."""
    return await connection.fetchval(USE_UP, request)


async def reopen(connection: Queries, request: str) -> None:
    """Make a request usable again."""
    await connection.execute(REOPEN, request)


async def delete_old(pool: Queries) -> None:
    """Delete requests that expired more than an hour ago."""
    await pool.execute(DELETE_OLD, KEPT_AFTER_EXPIRY)


def _request(row: Row) -> SignInRequest:
    id_, address, person, (browser, system), reusable, created_at, expires_at, is_over = row
    return SignInRequest(id_, address, person, (browser, system), reusable, created_at, expires_at, is_over)
