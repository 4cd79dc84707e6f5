"""Everybody who acts in the demo, over the public HTTP API, each with their own token.

Every command carries an `Idempotency-Key` made of the name of its step: sent again, after a lost answer or by a demo that is
started again within a day, it has its one effect. After that day the server has forgotten the keys, so a demo that goes on looks
first whether what it wants to do is there already.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, TypeAlias

import httpx

from service.clock_and_ids import now
from service.demo.case import ZONE

Json: TypeAlias = dict[str, Any]
Issue: TypeAlias = Callable[[str, str | None, tuple[str, ...]], Awaitable[str]]
"""Gives the text of a new token, as the operator's command line does: role, person, organisations."""

PAUSES = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)  # seconds before a request is sent again
TOKEN_HOURS = 24
PAGE = 200  # items
PATIENCE = 120.0  # seconds for a worker's answer
EVERY = 0.2  # seconds between two looks at it


class DemoStopped(Exception):
    """The service did not do what the demo asked; says which request, and the problem that it answered."""


def when(moment: datetime) -> str:
    """A local moment of the case as RFC 3339."""
    return moment.replace(tzinfo=ZONE).isoformat()


class Stage:
    """One run of one demo: the connection, who acts, and how far the log had come.

    `scope` begins the names of this demo's steps. `resuming`: an earlier run left something, so look before doing.
    """

    def __init__(self, http: httpx.AsyncClient, scope: str) -> None:
        self.http, self.scope = http, scope
        self.resuming = False
        self.position = 0
        self.actors: dict[str, Actor] = {}

    async def admit(self, key: str, *, role: str, person: str, organisation: str | None, by: "Actor") -> None:
        """Let somebody act from here on: `by` issues them a token of their own."""
        body = {
            "role": role,
            "person_id": person,
            "organisation_ids": [] if organisation is None else [organisation],
            "expires_at": (now() + timedelta(hours=TOKEN_HOURS)).isoformat(),
        }
        issued = await by.send("POST", "/tokens", body)
        self.actors[key] = Actor(self, issued["token"], person)

    def __getitem__(self, key: str) -> "Actor":
        """Who was admitted under this key."""
        return self.actors[key]


class Actor:
    """Somebody with their token."""

    def __init__(self, stage: Stage, token: str, person: str | None = None) -> None:
        self.stage, self.person = stage, person
        self.headers = {"Authorization": f"Bearer {token}", "Accept-Language": "nl"}

    # Commands

    async def make(
        self, step: str, path: str, body: Json, *, at: datetime | None = None, same: tuple[str, ...] = ()
    ) -> Json:
        """Make a thing, unless the list at `path` has one whose fields `same` are those of `body`."""
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
        """Do something to the thing at `look` (the path without its last part), unless it shows that it is `done`."""
        looked = path.rsplit("/", 1)[0] if look is None else look
        if self.stage.resuming and await self._shows(looked, done):
            return
        try:
            await self.send(method, path, _stated(body or {}, at), step=step)
        except DemoStopped:
            if not await self._comes_to_show(looked, done):  # a job of the service may have been quicker
                raise

    async def _comes_to_show(self, path: str, done: Callable[[Json], bool]) -> bool:
        for pause in PAUSES[:4]:
            if await self._shows(path, done):
                return True
            await asyncio.sleep(pause)
        return await self._shows(path, done)

    async def _shows(self, path: str, done: Callable[[Json], bool]) -> bool:
        try:
            return done(await self.get(path))
        except DemoStopped:
            return False

    # Reading

    async def get(self, path: str) -> Json:
        """The thing at `path`, no older than what this run did."""
        return await self.send("GET", path)

    async def all(self, path: str) -> AsyncIterator[Json]:
        """Every item of the list at `path`."""
        cursor: str | None = ""
        while cursor is not None:
            page = await self.send("GET", path, params={"limit": PAGE, **({"cursor": cursor} if cursor else {})})
            for one in page["items"]:
                yield one
            cursor = page["next"]

    async def find(self, path: str, **fields: object) -> Json | None:
        """The first item of the list at `path` that has these fields."""
        async for one in self.all(path):
            if all(_same(one.get(name), value) for name, value in fields.items()):
                return one
        return None

    async def find_soon(self, path: str, **fields: object) -> Json | None:
        """The same, where the list may lag behind an earlier run: looked for during a second."""
        for pause in PAUSES[:4]:
            found = await self.find(path, **fields)
            if found is not None:
                return found
            await asyncio.sleep(pause)
        return await self.find(path, **fields)

    async def until(self, path: str, ready: Callable[[Json], bool]) -> Json:
        """The thing at `path` once it is ready. Raises `DemoStopped` after two minutes."""
        for _ in range(int(PATIENCE / EVERY)):
            thing = await self.get(path)
            if ready(thing):
                return thing
            await asyncio.sleep(EVERY)
        raise DemoStopped(f"{path} is still {thing.get('status')}: is a worker running?")  # pyright: ignore[reportPossiblyUnboundVariable]  looked at once

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
        """Send a request until it is answered. Raises `DemoStopped` on any answer but a good one."""
        headers = dict(self.headers)
        if step is not None:
            headers["Idempotency-Key"] = f"{self.stage.scope}/{step}"
        query = dict(params or {})
        if method == "GET" and self.stage.position:
            query["at_least"] = self.stage.position
        answer = await self._answered(method, path, body, headers, query)
        if not answer.is_success:
            raise DemoStopped(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
        self.stage.position = max(self.stage.position, int(answer.headers.get("Kring-Position", 0)))
        return answer.json()

    async def _answered(
        self, method: str, path: str, body: Json | None, headers: Mapping[str, str], query: Mapping[str, str | int]
    ) -> httpx.Response:
        for pause in PAUSES:
            try:
                answer = await self.stage.http.request(method, path, json=body, headers=headers, params=query)
            except httpx.TransportError:
                await asyncio.sleep(pause)
                continue
            if not _again(answer):
                return answer
            await asyncio.sleep(pause)
        raise DemoStopped(f"{method} {path}: no answer after {len(PAUSES)} times")


def _stated(body: Json, at: datetime | None) -> Json:
    return body if at is None else {**body, "occurred_at": when(at)}


def _again(answer: httpx.Response) -> bool:
    """Busy, lagging, restarting, or the same command still under way."""
    return answer.status_code in {429, 502, 503, 504} or (
        answer.status_code == HTTPStatus.CONFLICT and answer.json().get("code") == "in-flight"
    )


def _same(shown: object, asked: object) -> bool:
    """Moments may be shown in another zone, and structs with more fields, than they were asked in."""
    match shown, asked:
        case dict(), dict():
            return all(_same(shown.get(name), value) for name, value in asked.items())  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType, reportUnknownVariableType]  JSON
        case str(), str() if shown != asked:
            return _moment(shown) is not None and _moment(shown) == _moment(asked)
        case _:
            return shown == asked


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
