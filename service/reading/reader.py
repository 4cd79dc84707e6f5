"""Reads of one caller: their rights as the log has them, and rows of views, as they are or as of an earlier position."""

import asyncio
import re
from collections.abc import Callable, Collection, Coroutine, Hashable, Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from msgspec import Struct, json, structs

from domain.events.programme import ProgrammeOpened
from domain.foundation import (
    END,
    Caller,
    NotAllowed,
    NotFound,
    OrganisationId,
    PersonId,
    ProgrammeId,
    Refusal,
    Selector,
    Text,
)
from domain.people.rights import Rights
from projections.query import ViewQuery
from projections.view import View
from service.kring import Kring
from service.reading.options import BadText, ListOptions, Page, ReadOptions, require_cursor
from service.store.unsealing import open_texts
from service.store.views.time_travel import PastViews
from service.store.views.view_store import Lagging, ViewStore

Row = TypeVar("Row", bound=Struct)
Loaded = TypeVar("Loaded", bound=Rights)
Found = TypeVar("Found")

VIEWS_TIMEOUT_S = 5.0
"""Time that a read waits for the views to reach `at_least`."""


class ViewsLag(Refusal):
    """The views did not reach `at_least` within five seconds."""

    CODE = "views-lag"
    STATUS = 504
    TEXT = Text(en="This is not visible yet. Try again.", nl="Dit is nog niet zichtbaar. Probeer het opnieuw.")


class Reader:
    """Reads of one `caller`, for the API, pages and workers. Rows are sealed unless a method says otherwise.

    A reader is for one request, and keeps what it has read until a command of this request (`forget`). `rights`: those of the
    caller, if they were loaded already.
    """

    def __init__(self, kring: Kring, caller: Caller, rights: Rights | None = None) -> None:
        self.kring, self.caller = kring, caller
        self.loaded_rights = rights
        self._reads: dict[Hashable, asyncio.Future[Any]] = {}

    async def person(self, named: PersonId | None = None) -> PersonId:
        """`named`, else the person of the caller. Raises `NotAllowed` if there is neither, `TokenEnded`."""
        found = named or self.caller.person
        if found is None:
            (await self.rights()).require_token()
            raise NotAllowed
        return found

    async def rights(self) -> Rights:
        """The caller's roles as the log has them now, loaded once."""
        return await self.rights_with(Rights)

    async def rights_with(self, kind: type[Loaded]) -> Loaded:
        """The caller's roles, and what else this kind of rights knows, as the log has them now, loaded once."""
        if not isinstance(self.loaded_rights, kind):
            self.loaded_rights, _ = await self.kring.commands.load(kind(self.caller))
        return self.loaded_rights

    async def once(self, what: Hashable, read: Callable[[], Coroutine[Any, Any, Found]]) -> Found:
        """The result of `read`, read once in a request; whoever asks meanwhile waits for the same read."""
        if what not in self._reads:
            self._reads[what] = asyncio.ensure_future(read())
        return await self._reads[what]

    def forget(self) -> None:
        """Read again what is needed next: a command may have changed it."""
        self.loaded_rights = None
        self._reads = {}

    async def audience(self, programme: ProgrammeId, reading: ReadOptions) -> tuple[bool, list[OrganisationId]]:
        """Whether the caller is inside this programme, and the organisations for which they read of it.

        Raises `NotFound` if there is neither, or if the programme does not exist, or did not then.
        """
        rights, until = await self.rights(), await self.position_of(reading)
        inside, organisations = rights.belongs_to(programme), rights.organisations_served(in_=programme)
        if inside:
            known = await self.exists([Selector(types=[ProgrammeOpened], tags=[programme])], until)
        else:
            known = await self.is_concerned(organisations, [programme], until)
        if not known:
            raise NotFound
        return inside, organisations

    async def is_concerned(
        self, organisations: Iterable[OrganisationId], programmes: Collection[ProgrammeId], until: int | None = None
    ) -> bool:
        """Whether any event of one of these programmes concerns one of these organisations."""
        return await self.exists(
            [Selector(types=[], tags=[f"to:{one}", programme]) for one in organisations for programme in programmes],
            until,
        )

    async def exists(self, selectors: Sequence[Selector], until: int | None = None) -> bool:
        """Whether there is any such event, or was at `until`."""
        query = self.kring.commands.mapper.query(selectors)
        return bool(selectors) and bool((await self.kring.log.read(query, until=until, limit=1))[0])

    async def wait_for_views(self, at_least: int | None) -> ViewStore:
        """The views, once they have come to `at_least`. Raises `ViewsLag`."""
        if at_least is not None:
            try:
                await self.kring.views.wait(at_least, VIEWS_TIMEOUT_S)
            except Lagging:
                raise ViewsLag(field="at_least") from None
        return self.kring.views

    async def views(self, reading: ReadOptions, *scope: str) -> ViewStore | PastViews:
        """The views as they are, or as they were of everything under these tags. Raises `ViewsLag`, `BadText`."""
        views, until = await self.wait_for_views(reading.at_least), await self.position_of(reading)
        return views if until is None else self.kring.past(scope, until)

    async def row(self, view: View[Row], key: str, reading: ReadOptions) -> Row | None:
        """The row of `key`: from the views, or as it was. Raises `ViewsLag`, `BadText`."""
        views, until = await self.wait_for_views(reading.at_least), await self.position_of(reading)
        if until is not None:
            return await self.row_from_log(view, key, until)
        return await self.once((view.name, key), lambda: views.one(view, key))

    async def row_from_log(self, view: View[Row], key: str, position: int | None = None) -> Row | None:
        """The row of `key` as it was at `position`, or is now: the view's folds over the events under its tags."""
        return await self.once(
            ("log", view.name, key, position), lambda: self.kring.commands.row(view, key, until=position)
        )

    async def existing_row(self, view: View[Row], key: str, position: int | None = None) -> Row:
        """The row of `key` as the log has it, sealed. Raises `NotFound`."""
        row = await self.row_from_log(view, key, position)
        if row is None:
            raise NotFound
        return row

    async def position_of(self, reading: ReadOptions) -> int | None:
        """The position as of which to read; None: now. Raises `BadText` for what lies ahead, since it may still change."""
        match reading.as_of:
            case None:
                return None
            case datetime() as time if time <= self.caller.at:
                return await self.once(time, lambda: self.kring.log.position_at(time))
            case int() as position if position <= await self.kring.log.head():
                return position
            case _:
                raise BadText("as_of", Text(en="lies in the future", nl="ligt in de toekomst"))

    async def time_of(self, reading: ReadOptions) -> datetime:
        """The time as of which to read: for a position, when its event happened, as stated, else when it was recorded."""
        match reading.as_of:
            case None:
                return self.caller.at
            case datetime() as time:
                return time
            case position:
                found, _ = await self.kring.log.read(after=position - 1, until=position)
                return (found[0].occurred_at or found[0].recorded_at) if found else self.caller.at

    async def visible_row(
        self, view: View[Row], key: str, can_see: Callable[[Rights, Row], bool], reading: ReadOptions
    ) -> Row:
        """The row of `key`, unsealed, if there is one that the caller may see. Raises `NotFound`."""
        row, rights = await self.row(view, key, reading), await self.rights()
        if row is None or not can_see(rights, row):
            raise NotFound
        await self.unseal([row])
        return row

    async def page(
        self,
        view: View[Row],
        query: ViewQuery,
        *args: object,
        listing: ListOptions,
        scope: str | None = None,
        can_see: Callable[[Row], bool] = lambda _: True,
    ) -> Page[Row]:
        """A page of a list, unsealed: `part`.

        `can_see`: which rows the caller may see, if the query cannot decide it; such a page may be shorter than its limit.
        """
        part = await self.part(view, query, *args, listing=listing, scope=scope)
        seen = [one for one in part.items if can_see(one)]
        await self.unseal(seen)
        return Page(seen, part.next)

    async def part(
        self, view: View[Row], query: ViewQuery, *args: object, listing: ListOptions, scope: str | None = None
    ) -> Page[Row]:
        """A part of a list. Its query takes the cursor as $1, the limit as $2, `args` from $3 on, and orders by key.

        `scope`: a tag of all events that the query needs, so that it can be read as of an earlier position.
        """
        require_cursor(listing.cursor, key_pattern(view))
        views = await self.views(listing.reading, *(() if scope is None else (scope,)))
        rows = await views.rows(view.row, query, listing.cursor, listing.limit + 1, *args)
        following = view.key_of(rows[listing.limit - 1]) if len(rows) > listing.limit else None
        return Page(rows[: listing.limit], following)

    async def unseal(self, rows: Sequence[Struct]) -> None:
        """Open names and texts, in place."""
        await open_texts(self.kring.log, self.kring.keys, rows)


@cache
def key_pattern(view: View[Any]) -> re.Pattern[str]:
    """The pattern of the keys of a view: the ids that its rows declare, joined by `/`."""
    kinds = {one.encode_name: one for one in structs.fields(view.row)} | {
        one.name: one for one in structs.fields(view.row)
    }
    return re.compile(
        "/".join(json.schema(kinds[one].type)["pattern"].removeprefix("^").removesuffix(END) for one in view.key)
    )
