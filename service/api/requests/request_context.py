"""One request of somebody known: do what they ask, and show them what they may see."""

import hmac
import re
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from litestar import Request, Response
from msgspec import Struct, json, structs
from msgspec.structs import replace

from domain.events.programme import ProgrammeOpened
from domain.foundation import (
    END,
    Caller,
    Command,
    NotAllowed,
    NotFound,
    OrganisationId,
    PersonId,
    ProgrammeId,
    Refusal,
    Selector,
    Text,
    Words,
)
from domain.people.rights import Rights
from projections.query import ViewQuery
from projections.view import View
from service.api.http import headers
from service.api.http.bodies import BadText, Body, Page, to_utc
from service.api.http.preconditions import precondition
from service.api.http.read_parameters import Listing, Reading, require_place
from service.api.requests.repeats import Read, Reads, named_by, shown_by_both
from service.clock_and_ids import new_id
from service.kring import Kring
from service.store.log.types import OnceOnly, Receipt
from service.store.unsealing import open_texts
from service.store.views.time_travel import PastViews
from service.store.views.view_store import Lagging, ViewStore

Row = TypeVar("Row", bound=Struct)

WAIT = 5.0  # seconds for the views to come as far as `at_least`
IN_FLIGHT: set[UUID] = set()
"""Commands with a key that this process is carrying out now."""


class StillRunning(Refusal):
    """The same command is being carried out at this moment."""

    CODE = "in-flight"
    TEXT = Text(en="This very request is still being carried out.", nl="Precies dit verzoek wordt nog uitgevoerd.")


class ViewsLag(Refusal):
    """The views did not come as far as `at_least` within five seconds."""

    CODE = "views-lag"
    STATUS = 504
    TEXT = Text(
        en="What you ask for is not visible yet. Try again.", nl="Dit is nog niet zichtbaar. Probeer het opnieuw."
    )


class TwoReasons(Refusal):
    """A reason is stated in the body or in the header, not differently in both."""

    CODE = "two-reasons"
    STATUS = 422
    TEXT = Text(en="Header and body state different reasons.", nl="Kop en bericht noemen verschillende redenen.")


class NotInThePast(Refusal):
    """Rule 26: `occurred_at` is stated in the past only."""

    CODE = "not-in-the-past"
    STATUS = 422
    TEXT = Text(en="This has not happened yet.", nl="Dit is nog niet gebeurd.")


@dataclass
class Asking:
    """A request with who makes it. `do` and `make` carry out commands, `one` and `page` read views, as far as they may."""

    kring: Kring
    request: Request[Caller, Any, Any]
    by: Caller
    content: bytes | None = None
    """What the body says, where the bytes of the body are not kept (files): it stands for them in the fingerprint (rule 24)."""
    known: "Callable[[Asking], Awaitable[bool]] | None" = None
    """Whether the caller reads what the path names (`known.is_known`): they see it where a command hides it."""
    _rights: Rights | None = None

    # Commands

    async def do(
        self, body: Body | None, ask: Callable[[Caller], Command], view: View[Row], key: str, *, status: int = 200
    ) -> Response[Row]:
        """Carry out a command; answers the row of `key` as the log knows it after that."""
        return await self.answer(view, key, await self.record(body, ask, answered=True), status=status)

    async def make(
        self,
        prefix: str,
        body: Body | None,
        ask: Callable[[Any, Caller], Command],
        view: View[Row],
        *,
        key: Callable[[str], str] = str,
        status: int = 201,
    ) -> Response[Row]:
        """Carry out a command that makes something with a new id of this prefix; sent again, it is the first one's id."""
        new = new_id(prefix)
        receipt = await self.record(body, lambda by: ask(new, by), resource=new, answered=True)
        return await self.answer(view, key(receipt.resource_id or new), receipt, status=status)

    async def person(self, named: PersonId | None = None) -> PersonId:
        """The person who is named, else who asks. Raises `NotAllowed` where that is nobody, `TokenEnded`."""
        found = named or self.by.person
        if found is None:
            (await self.rights()).require_token()
            raise NotAllowed
        return found

    async def record(
        self,
        body: Body | None,
        ask: Callable[[Caller], Command],
        *,
        resource: str | None = None,
        of_body: bool = True,
        answered: bool = False,
        read_at: str | None = None,
    ) -> Receipt:
        """Carry out a command and say where what it decided stands. `resource`: the id that it makes.

        Raises as the command does; `NotAllowed` for `NotFound` where the thing is `known` to the caller.
        `of_body` False: nothing that follows from the body is kept, so the same key with another body gets the first answer.

        A repeated command is refused unless the caller reads now, as of its position, what it was answered with (rule 32):
        at the path `read_at`, by default the nearest to that of the command. `answered`: `answer` sees to that.
        """
        by, provided = self.stating(body), precondition(self.request, self.ready)
        try:
            receipt = await self._once(
                resource,
                lambda once: self.kring.desk.decide(lambda: ask(by), once=once, provided=provided),
                of_body=of_body,
            )
        except NotFound:
            if self.known is not None and await self.known(self):
                raise NotAllowed from None
            raise
        if receipt.repeated:
            rights, _ = await self.kring.desk.learn(Rights(by))
            rights.require_standing()
            if not answered:
                await self._read(self._reads.nearest(read_at or self.request.url.path), receipt.last)
        return receipt

    @property
    def keyed(self) -> bool:
        """Whether the request names its command (`Idempotency-Key`)."""
        return headers.command_key(self.request.headers) is not None

    def stating(self, body: Body | None) -> Caller:
        """The caller with what the request states: reason, when it happened, on whose behalf."""
        if body is not None:
            to_utc(body)
        reason, occurred_at = self._reason(body), body.occurred_at if body else None
        if occurred_at is not None and occurred_at > self.by.at:
            raise NotInThePast(field="occurred_at")
        return replace(
            self.by,
            reason=None if reason is None else Words(reason),
            occurred_at=occurred_at,
            on_behalf_of=headers.on_behalf_of(self.request.headers),
        )

    async def answer(self, view: View[Row], key: str, receipt: Receipt, *, status: int) -> Response[Row]:
        """The row of `key` as of this receipt, opened, with `Kring-Position`.

        Of a repeated command as a read shows it to the caller now (rule 32).
        """
        now = await self._read_again(view, key, receipt.last) if receipt.repeated else None
        row = await self.as_of(view, key, receipt.last)
        if row is None:
            raise NotFound
        await self.open([row])
        row = row if now is None else shown_by_both(row, now)
        return Response(row, status_code=status, headers={"Kring-Position": str(receipt.last)})

    async def as_of(self, view: View[Row], key: str, position: int | None = None) -> Row | None:
        """The row of `key` as it was at `position`, or is now: the view's folds over the facts under its tags."""
        return await self.kring.desk.row(view, key, until=position)

    async def _read_again(self, view: View[Row], key: str, position: int) -> Row | None:
        """The row of `key` as the caller reads it as of this position; None where no route shows such rows.

        Raises `NotFound` or `NotAllowed` where they do not read it, or, of other rows, what is nearest to the command's path.
        """
        named = named_by(key, self.request.path_params)
        read = self._reads.of_row(view.row, named)
        if read is None:
            await self._read(self._reads.nearest(self.request.url.path), position)
            return None
        found = await self._read(read, position, named)
        assert isinstance(found, view.row), "the route was chosen by what it returns"
        return found

    async def _read(self, read: Read | None, position: int, named: Mapping[str, object] | None = None) -> object:
        """The answer of this route to the caller as of a position; if it finds nothing, again once the views have come there."""
        if read is None:
            return None
        named = self.request.path_params if named is None else named
        try:
            return await read.at(self, named, position)
        except NotFound:
            await self.ready(position)
            return await read.at(self, named, position)

    @property
    def _reads(self) -> Reads:
        return self.request.app.state.reads

    async def _once(
        self, resource: str | None, decide: Callable[[OnceOnly | None], Awaitable[Receipt]], *, of_body: bool
    ) -> Receipt:
        """Rule 24: with `Idempotency-Key`, one effect; the same answer to the same command."""
        key = headers.command_key(self.request.headers)
        if key is None:
            receipt = await decide(None)
            self._is_recorded()
            return receipt
        once = OnceOnly(self._command_id(key), await self._fingerprint(of_body=of_body), resource)
        if once.id in IN_FLIGHT:
            raise StillRunning
        IN_FLIGHT.add(once.id)
        try:
            receipt = await self.kring.desk.recorded(once) or await decide(once)
        finally:
            IN_FLIGHT.discard(once.id)
        self._is_recorded()
        return receipt

    async def command(self) -> OnceOnly | None:
        """The id of the command and its fingerprint, where the request names its command (rule 24)."""
        key = headers.command_key(self.request.headers)
        return None if key is None else OnceOnly(self._command_id(key), await self._fingerprint(of_body=True))

    def _is_recorded(self) -> None:
        """Told to whoever has to say what became of the request (`problems.of_broken`)."""
        self.request.scope["state"]["recorded"] = True

    def _command_id(self, key: str) -> UUID:
        secret = self.kring.keys.secret("store/commands")
        # A limited token has keys of its own: whoever issued it neither meets nor takes those of the person (rule 28).
        principal = " ".join((self.by.person or self.by.via, *(self.by.programmes or ())))
        return UUID(bytes=hmac.digest(secret, f"{principal}\n{key}".encode(), "sha256")[:16])

    async def _fingerprint(self, *, of_body: bool) -> bytes:
        secret = self.kring.keys.secret("store/commands")
        stated = headers.reason(self.request.headers), headers.on_behalf_of(self.request.headers)
        line = json.encode((self.request.method, self.request.url.path, *stated)) + b"\n"
        return hmac.digest(secret, line + (await self._body() if of_body else b""), "sha256")

    async def _body(self) -> bytes:
        return await self.request.body() if self.content is None else self.content

    def _reason(self, body: Body | None) -> str | None:
        header, stated = headers.reason(self.request.headers), body.reason if body else None
        if stated is not None and header is not None and stated != header:
            raise TwoReasons(field="reason")
        return stated if stated is not None else header

    # Reading

    async def rights(self) -> Rights:
        """The caller's roles as the log knows them now, learnt once a request."""
        if self._rights is None:
            self._rights, _ = await self.kring.desk.learn(Rights(self.by))
        return self._rights

    async def audience(self, programme: ProgrammeId, reading: Reading) -> tuple[bool, list[OrganisationId]]:
        """Whether the caller is inside this programme, and for which organisations they read of it.

        Raises `NotFound` where it is neither, or there is, or was, no such programme.
        """
        rights, until = await self.rights(), await self.until(reading)
        inside, organisations = rights.belongs_to(programme), rights.organisations_served(in_=programme)
        if inside:
            known = await self.recorded([Selector(types=[ProgrammeOpened], tags=[programme])], until)
        else:
            known = await self.told(organisations, [programme], until)
        if not known:
            raise NotFound
        return inside, organisations

    async def told(
        self, organisations: Iterable[OrganisationId], programmes: Collection[ProgrammeId], until: int | None = None
    ) -> bool:
        """Whether one of these organisations was told anything of one of these programmes."""
        return await self.recorded(
            [Selector(types=[], tags=[f"to:{one}", programme]) for one in organisations for programme in programmes],
            until,
        )

    async def recorded(self, selectors: Sequence[Selector], until: int | None = None) -> bool:
        """Whether there is any such fact, or was at `until`."""
        query = self.kring.desk.mapper.query(selectors)
        return bool(selectors) and bool((await self.kring.log.read(query, until=until, limit=1))[0])

    async def ready(self, at_least: int | None) -> ViewStore:
        """The views, come to `at_least`. Raises `ViewsLag`."""
        if at_least is not None:
            try:
                await self.kring.views.wait(at_least, WAIT)
            except Lagging:
                raise ViewsLag(field="at_least") from None
        return self.kring.views

    async def views(self, reading: Reading, *scope: str) -> ViewStore | PastViews:
        """The views as they are, or as they were of what stands under these tags. Raises `ViewsLag`, `BadText`."""
        views, until = await self.ready(reading.at_least), await self.until(reading)
        return views if until is None else self.kring.past(scope, until)

    async def row(self, view: View[Row], key: str, reading: Reading) -> Row | None:
        """The row of `key`, closed: from the views, or as it was. Raises `ViewsLag`, `BadText`."""
        views, until = await self.ready(reading.at_least), await self.until(reading)
        return await views.one(view, key) if until is None else await self.as_of(view, key, until)

    async def until(self, reading: Reading) -> int | None:
        """The position as of which to read; None: now. Raises `BadText` for what lies ahead, since it may still change."""
        match reading.as_of:
            case None:
                return None
            case datetime() as moment if moment <= self.by.at:
                return await self.kring.log.position_at(moment)
            case int() as position if position <= await self.kring.log.head():
                return position
            case _:
                raise BadText("as_of", Text(en="lies in the future", nl="ligt in de toekomst"))

    async def moment(self, reading: Reading) -> datetime:
        """The moment as of which to read: for a position, when its fact was recorded."""
        match reading.as_of:
            case None:
                return self.by.at
            case datetime() as moment:
                return moment
            case position:
                found, _ = await self.kring.log.read(after=position - 1, until=position)
                return found[0].recorded_at if found else self.by.at

    async def one(self, view: View[Row], key: str, sees: Callable[[Rights, Row], bool], reading: Reading) -> Row:
        """The row of `key`, opened, if there is one that the caller may see. Raises `NotFound`."""
        row, rights = await self.row(view, key, reading), await self.rights()
        if row is None or not sees(rights, row):
            raise NotFound
        await self.open([row])
        return row

    async def page(
        self,
        view: View[Row],
        query: ViewQuery,
        *args: object,
        listing: Listing,
        scope: str | None = None,
        sees: Callable[[Row], bool] = lambda _: True,
    ) -> Page[Row]:
        """A page of a list, opened: `part`.

        `sees`: what of it the caller may see, where the query cannot tell; such a page may be shorter than asked for.
        """
        part = await self.part(view, query, *args, listing=listing, scope=scope)
        seen = [one for one in part.items if sees(one)]
        await self.open(seen)
        return Page(seen, part.next)

    async def part(
        self, view: View[Row], query: ViewQuery, *args: object, listing: Listing, scope: str | None = None
    ) -> Page[Row]:
        """A part of a list, closed. Its query takes the cursor as $1, the limit as $2, `args` from $3 on, and orders by key.

        `scope`: the tag under which all stands that the query asks for, so that it can be asked as of any moment.
        """
        require_place(listing.cursor, shape_of(view))
        views = await self.views(listing.reading, *(() if scope is None else (scope,)))
        rows = await views.rows(view.row, query, listing.cursor, listing.limit + 1, *args)
        following = view.key_of(rows[listing.limit - 1]) if len(rows) > listing.limit else None
        return Page(rows[: listing.limit], following)

    async def open(self, rows: Sequence[Struct]) -> None:
        """Open names and texts, in place."""
        await open_texts(self.kring.log, self.kring.keys, rows)


@cache
def shape_of(view: View[Any]) -> re.Pattern[str]:
    """The shape of the keys of a view: the ids that its rows declare, joined by `/`."""
    kinds = {one.encode_name: one for one in structs.fields(view.row)} | {
        one.name: one for one in structs.fields(view.row)
    }
    return re.compile(
        "/".join(json.schema(kinds[one].type)["pattern"].removeprefix("^").removesuffix(END) for one in view.key)
    )
