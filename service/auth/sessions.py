"""Sign-in sessions: a person who uses the pages in one browser. The cookie is the session's id and 256 random bits."""

import re
from typing import NamedTuple

from domain.foundation import SUFFIX, PersonId, SignInId
from service.auth.devices import Device
from service.auth.sign_in_secrets import sha256
from service.clock_and_ids import new_id, new_secret
from service.kring import Kring
from service.store.database import Queries
from service.store.sign_in import sessions
from service.store.sign_in.sessions import SignInSession

KIND = "signin"
SHAPE = re.compile(f"({SUFFIX})_([A-Za-z0-9_-]{{43}})")
MAX_COOKIE_AGE = sessions.MAX_AGE


class NewSession(NamedTuple):
    """A session that has just begun. `cookie`: its text, which nobody can learn again."""

    id: SignInId
    person: PersonId
    cookie: str


async def insert_session(connection: Queries, person: PersonId, device: Device) -> NewSession:
    """Store a new session. It is valid once `SignIn` was recorded with its id."""
    id_, secret = SignInId(new_id(KIND)), new_secret()
    await sessions.insert(connection, id_, sha256(secret), person, device)
    return NewSession(id_, person, f"{id_.removeprefix(KIND)[1:]}_{secret}")


async def session_of(kring: Kring, cookie: str) -> SignInSession | None:
    """The session of a cookie, which counts as a use of it. None: unknown, wrong, expired or revoked."""
    shape = SHAPE.fullmatch(cookie)
    return None if shape is None else await sessions.use(kring.log.pool, f"{KIND}_{shape[1]}", sha256(shape[2]))


async def sessions_of(kring: Kring, person: PersonId) -> list[SignInSession]:
    """The sessions of a person, the last used first."""
    return await sessions.of_person(kring.log.pool, person)


async def revoke(kring: Kring, person: PersonId, session: str) -> bool:
    """Revoke a session of this person. False: they have no such session."""
    return await sessions.revoke(kring.log.pool, person, session)


async def revoke_all(kring: Kring, person: PersonId, *, but: SignInId | None = None) -> None:
    """Revoke all sessions of this person, or all but one."""
    await sessions.revoke_others(kring.log.pool, person, but)
