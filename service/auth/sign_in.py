"""Signing in to the pages by a mailed link or code, or by a link from the operator (rule 33).

A request is a row; its link and code are derived from its id. Whether anybody has the typed address makes no difference to what
is done and answered here: the job that mails the link finds out
(docs/decisions/0051-secrets-of-a-sign-in-are-derived.md).
"""

import contextlib
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from msgspec import Struct

from domain.foundation import Caller, PersonId, Refusal, Text
from domain.people.people import KnownPeople, UnknownPerson
from domain.people.sign_in import CodeWrong, LinkOver, SignIn, SignInMethod
from service.auth.devices import Device
from service.auth.sessions import NewSession, insert_session, revoke, session_of
from service.auth.sign_in_secrets import (
    is_code_of,
    link_of,
    new_request_id,
    request_of_link,
    sha256,
    throttling_key,
)
from service.clock_and_ids import new_uuid, now
from service.kring import Kring
from service.sealing.sealed_fields import email_key
from service.store.database import DATABASE_ERRORS
from service.store.jobs import creating
from service.store.jobs.creating import Job, NoEvent
from service.store.sign_in import requests, sessions
from service.store.sign_in.requests import NewRequest, SignInRequest
from service.throttling import Limit, Throttle

VALIDITY = timedelta(minutes=15)
OPERATOR_LINK_VALIDITY = timedelta(hours=12)
MAIL_JOB = "mail_sign_in"
PATH = "/sign-in/"
"""The path of a link, before its text."""

ASKED_PER_ADDRESS = Limit("asked_by_address", 5, 15 * 60)
ASKED_PER_NETWORK = Limit("asked_from_network", 100, 15 * 60)
"""For everybody behind one network address, such as all participants of a programme in one room."""
CODES_PER_ADDRESS = Limit("codes", 30, 24 * 60 * 60)
"""Codes typed, wrong or right; links still work after that."""
IPV6_SITE_BITS = 64
"""The part of an IPv6 address that one customer of a provider has at least."""


class TooManySignIns(Refusal):
    """Rule 33: links and codes are asked for, and codes typed, a limited number of times. `minutes`: until it works again."""

    CODE = "too-many-sign-ins"
    STATUS = 429
    TEXT = Text(
        en="This was tried too often. Use the link in the last mail, or wait {minutes:# minute|# minutes}.",
        nl="Dit is te vaak geprobeerd. Gebruik de link in de laatste mail, of wacht nog {minutes:# minuut|# minuten}.",
    )

    def __init__(self, seconds: int, *, field: str | None = None) -> None:
        super().__init__(field=field, minutes=-(-seconds // 60))
        self.retry_after_s = seconds


class UsableLink(Struct, frozen=True):
    """A link that can be used: by whom, and until when."""

    person: PersonId
    expires_at: datetime


class SignIns:
    """Requests to sign in, of one process."""

    def __init__(self, kring: Kring) -> None:
        self._kring = kring
        self._throttle = Throttle(kring.config.redis_url, f"sign_in:{kring.log.log_id}")

    async def close(self) -> None:
        """Close the connections to Valkey."""
        await self._throttle.close()

    async def ask(self, address: str, browser_secret: str, *, device: Device, network: str | None = None) -> str:
        """Ask for a link and a code by mail. Returns the id of the request, which `use_code` needs.

        `browser_secret`: of a cookie of the browser; only that browser can use the code. `network`: the client's IP address.
        Raises `TooManySignIns`, and `BadEmail` for what is no address.
        """
        kring = self._kring
        key = email_key(kring.keys.secret("store/email"), address)
        if network is not None:
            await self._count(ASKED_PER_NETWORK, throttling_key(kring.keys, _site(network)))
        await self._count(ASKED_PER_ADDRESS, key.hex())
        holder = await kring.log.claim("email", key)
        new = NewRequest(
            id=new_request_id(),
            browser=sha256(browser_secret),
            address=key,
            person=None if holder is None else PersonId(holder),
            asked_by=device,
            valid_for=VALIDITY,
        )
        async with kring.log.pool.acquire() as connection, connection.transaction():
            await requests.insert(connection, new)
            job = Job(MAIL_JOB, now(), {"request": new.id})
            await creating.write(connection, [(job, NoEvent(new_uuid()))])
        return new.id

    async def look(self, link: str) -> UsableLink:
        """The person and validity of a link, which stays unused. Raises `LinkOver`."""
        found = await self._usable(request_of_link(self._kring.keys, link))
        assert found.person is not None, "a usable request is of a person"
        return UsableLink(found.person, found.expires_at)

    async def use_link(self, link: str, *, device: Device, replaces: str | None = None) -> NewSession:
        """Sign in by a link, in whichever browser. Raises `LinkOver`.

        `replaces`: the cookie of the session that this browser had, which ends.
        """
        found = await self._usable(request_of_link(self._kring.keys, link))
        return await self._begin(found, "operator_link" if found.address is None else "mailed_link", device, replaces)

    async def use_code(
        self, request: str, browser_secret: str, code: str, *, device: Device, replaces: str | None = None
    ) -> NewSession:
        """Sign in by a code, in the browser that asked. Raises `CodeWrong`, `LinkOver`, `TooManySignIns`."""
        tried = await requests.try_code(self._kring.log.pool, request, sha256(browser_secret))
        if tried is None:
            raise LinkOver
        await self._count(CODES_PER_ADDRESS, tried.address.hex(), field="code")
        if not is_code_of(self._kring.keys, request, code):
            raise LinkOver if tried.left == 0 else CodeWrong(field="code", left=tried.left)
        return await self._begin(await self._usable(request), "mailed_code", device, replaces)

    async def _count(self, limit: Limit, key: str, *, field: str | None = None) -> None:
        if seconds := await self._throttle.hit(limit, key):
            raise TooManySignIns(seconds, field=field)

    async def _usable(self, request: str | None) -> SignInRequest:
        """The request, if it can be used: its person still has the address that asked. Raises `LinkOver`."""
        log = self._kring.log
        found = None if request is None else await requests.find(log.pool, request)
        if found is None or found.is_over or found.person is None:
            raise LinkOver
        if found.address is not None and await log.claim("email", found.address) != found.person:
            raise LinkOver
        return found

    async def _begin(
        self, request: SignInRequest, how: SignInMethod, device: Device, replaces: str | None
    ) -> NewSession:
        kring = self._kring
        async with kring.log.pool.acquire() as connection, connection.transaction():
            person = await requests.use_up(connection, request.id)
            if person is None:
                raise LinkOver
            new = await insert_session(connection, person, device)
        # Not in that transaction: a command needs connections itself, and many people may sign in at the same time.
        by = Caller(role="system", person=person, via=new.id, at=now())
        try:
            await kring.commands.execute(lambda: SignIn(new.id, person=person, how=how, by=by))
        except Exception:
            with contextlib.suppress(*DATABASE_ERRORS):
                await sessions.delete(kring.log.pool, new.id)
                await requests.reopen(kring.log.pool, request.id)
            raise
        if replaces is not None and (old := await session_of(kring, replaces)) is not None:
            await revoke(kring, old.person, old.id)
        return new


async def operator_link(kring: Kring, person: PersonId, *, reusable: bool = False) -> str:
    """Make a link that signs a person in without a mail, and return its path. Raises `UnknownPerson`.

    `reusable`: until it expires, instead of once; for the operator's own machine.
    """
    known, _ = await kring.commands.load(KnownPeople(person))
    if person not in known:
        raise UnknownPerson
    new = NewRequest(
        id=new_request_id(),
        browser=None,
        address=None,
        person=person,
        asked_by=Device("", ""),
        valid_for=OPERATOR_LINK_VALIDITY,
        reusable=reusable,
    )
    await requests.insert(kring.log.pool, new)
    return PATH + link_of(kring.keys, new.id)


def _site(network: str) -> str:
    """The part of an IP address that is counted: all of it, or the site of an IPv6 address."""
    try:
        bits = IPV6_SITE_BITS if ip_address(network).version == 6 else 32  # noqa: PLR2004  a version
    except ValueError:
        return network
    return str(ip_network((network, bits), strict=False))
