"""The client of the demo: each acting person is a client of the public HTTP API with their own token.

Every command has an `Idempotency-Key` with the name of its step, so that it takes effect once, even if it is repeated after a
lost answer or by a demo that is restarted within a day. After a day the server has deleted the keys, so a resumed demo first
checks whether the result exists already.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, TypeAlias, TypeVar

import httpx

from service.clock_and_ids import now
from service.demo.case import ZONE

Json: TypeAlias = dict[str, Any]
Found = TypeVar("Found")
Issue: TypeAlias = Callable[[str, str | None, tuple[str, ...]], Awaitable[str]]
"""Issues a token for a role, person and organisations, as the operator's command line does."""

RETRY_PAUSES_S = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
SHORT_RETRY_PAUSES_S = RETRY_PAUSES_S[:4]  # for a view to catch up
TOKEN_VALIDITY_HOURS = 24
PAGE_SIZE = 200
WORKER_TIMEOUT_S = 120.0  # for a worker's result
POLL_INTERVAL_S = 0.2


class DemoStopped(Exception):
    """The service refused a request of the demo; the text has the request and the problem."""


def when(at: datetime) -> str:
    """A local time of the case as RFC 3339."""
    return at.replace(tzinfo=ZONE).isoformat()


class Stage:
    """One run of the demo: the connection, the actors, and the last known position of the log.

    `scope`: prefix of the idempotency keys. `resuming`: continuing an earlier run, so that results may exist already.
    """

    def __init__(self, http: httpx.AsyncClient, scope: str) -> None:
        self.http, self.scope = http, scope
        self.resuming = False
        self.position = 0
        self.actors: dict[str, Actor] = {}

    async def admit(self, key: str, *, role: str, person: str, organisation: str | None, by: "Actor") -> None:
        """Add an actor, for whom `by` issues a token."""
        body = {
            "role": role,
            "person_id": person,
            "organisation_ids": [] if organisation is None else [organisation],
            "expires_at": (now() + timedelta(hours=TOKEN_VALIDITY_HOURS)).isoformat(),
        }
        issued = await by.send("POST", "/tokens", body)
        self.actors[key] = Actor(self, issued["token"], person)

    def __getitem__(self, key: str) -> "Actor":
        """The actor with this key."""
        return self.actors[key]


class Actor:
    """A person or the operator, with their token."""

    def __init__(self, stage: Stage, token: str, person: str | None = None) -> None:
        self.stage, self.person = stage, person
        self.headers = {"Authorization": f"Bearer {token}", "Accept-Language": "nl"}

    # Commands

    async def make(
        self, step: str, path: str, body: Json, *, at: datetime | None = None, same: tuple[str, ...] = ()
    ) -> Json:
        """Create a thing, unless, when resuming, the list at `path` has one with the same values of the fields `same`."""
        if self.stage.resuming and same:
            found = await self.find(path, **{name: body[name] for name in same})
            if found is not None:
                return found
        return await self.send("POST", path, _stated(body, at), step=step)

    async def do(
        self,
        step: str,
        path: str,
        body: Json | None = None,
        *,
        at: datetime | None = None,
        method: str = "POST",
        done: Callable[[Json], bool],
        look: str | None = None,
    ) -> None:
        """Send a command, unless, when resuming, it is `done` according to the thing at `look`.

        `look`: by default `path` without its last part.
        """
        thing = path.rsplit("/", 1)[0] if look is None else look
        if self.stage.resuming and await self._is_done(thing, done):
            return
        try:
            await self.send(method, path, _stated(body or {}, at), step=step)
        except DemoStopped:
            if not await _soon(lambda: self._is_done(thing, done)):  # a job of the service may have been quicker
                raise

    async def _is_done(self, path: str, done: Callable[[Json], bool]) -> bool:
        try:
            return done(await self.get(path))
        except DemoStopped:
            return False

    # Reading

    async def get(self, path: str) -> Json:
        """The thing at `path`, including everything that this run has done."""
        return await self.send("GET", path)

    async def all(self, path: str) -> AsyncIterator[Json]:
        """Every item of the list at `path`."""
        cursor: str | None = ""
        while cursor is not None:
            page = await self.send("GET", path, params={"limit": PAGE_SIZE, **({"cursor": cursor} if cursor else {})})
            for one in page["items"]:
                yield one
            cursor = page["next"]

    async def find(self, path: str, **fields: object) -> Json | None:
        """The first item of the list at `path` with these field values."""
        async for one in self.all(path):
            if all(_same(one.get(name), value) for name, value in fields.items()):
                return one
        return None

    async def find_soon(self, path: str, **fields: object) -> Json | None:
        """The same, with retries, since the list may be behind the log."""
        return await _soon(lambda: self.find(path, **fields))

    async def until(self, path: str, ready: Callable[[Json], bool]) -> Json:
        """The thing at `path`, as soon as it is ready. Raises `DemoStopped` after `WORKER_TIMEOUT_S`."""
        for _ in range(int(WORKER_TIMEOUT_S / POLL_INTERVAL_S)):
            thing = await self.get(path)
            if ready(thing):
                return thing
            await asyncio.sleep(POLL_INTERVAL_S)
        raise DemoStopped(f"{path} is still {thing.get('status')}: is a worker running?")  # pyright: ignore[reportPossiblyUnboundVariable]  the loop runs at least once

    # Sending

    async def send(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        *,
        step: str | None = None,
        params: Mapping[str, str | int] | None = None,
    ) -> Json:
        """Send a request, with retries. Raises `DemoStopped` if there is no answer or it is not a success."""
        headers = dict(self.headers)
        if step is not None:
            headers["Idempotency-Key"] = f"{self.stage.scope}/{step}"
        query = dict(params or {})
        if method == "GET" and self.stage.position:
            query["at_least"] = self.stage.position
        answer = await self._send_with_retries(method, path, body, headers, query)
        if not answer.is_success:
            raise DemoStopped(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
        self.stage.position = max(self.stage.position, int(answer.headers.get("Kring-Position", 0)))
        return answer.json()

    async def _send_with_retries(
        self, method: str, path: str, body: Json | None, headers: Mapping[str, str], query: Mapping[str, str | int]
    ) -> httpx.Response:
        for pause in RETRY_PAUSES_S:
            try:
                answer = await self.stage.http.request(method, path, json=body, headers=headers, params=query)
            except httpx.TransportError:
                await asyncio.sleep(pause)
                continue
            if not _should_retry(answer):
                return answer
            await asyncio.sleep(pause)
        raise DemoStopped(f"{method} {path}: no answer after {len(RETRY_PAUSES_S)} tries")


async def _soon(look: Callable[[], Awaitable[Found]]) -> Found:
    """The first truthy result of `look`, called again and again for about a second; else the last one."""
    for pause in SHORT_RETRY_PAUSES_S:
        if found := await look():
            return found
        await asyncio.sleep(pause)
    return await look()


def _stated(body: Json, at: datetime | None) -> Json:
    """The body with the time at which it happened, unless by this clock, which may have been set back, that is to come."""
    return body if at is None or at.replace(tzinfo=ZONE) >= now() else {**body, "occurred_at": when(at)}


def _should_retry(answer: httpx.Response) -> bool:
    """Whether the service is busy, behind or restarting, or still executes the same command."""
    return answer.status_code in {429, 502, 503, 504} or (
        answer.status_code == HTTPStatus.CONFLICT and answer.json().get("code") == "in-flight"
    )


def _same(shown: object, expected: object) -> bool:
    """Whether values are equal. Times may be shown in another time zone, and objects with additional fields."""
    match shown, expected:
        case dict(), dict():
            return all(_same(shown.get(name), value) for name, value in expected.items())  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType, reportUnknownVariableType]  JSON
        case str(), str() if shown != expected:
            return _as_time(shown) is not None and _as_time(shown) == _as_time(expected)
        case _:
            return shown == expected


def _as_time(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else None
