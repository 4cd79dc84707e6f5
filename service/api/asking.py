"""One request of somebody known: do what they ask, and show them what they may see."""

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import unquote
from uuid import UUID

from litestar import Request, Response
from msgspec import Struct
from msgspec.structs import replace

from domain.foundation import Caller, Command, NotFound, OrganisationId, ProgrammeId, Refusal, Selector, Text, Words
from domain.programme import ProgrammeOpened
from domain.roles import Rights
from projections.view import View
from service.api.bodies import BadText, Body, Page, check, to_utc
from service.edge import new_id
from service.kring import Kring
from service.store.opener import open_texts
from service.store.types import OnceOnly, Receipt
from service.store.views import Lagging, ViewStore

Row = TypeVar("Row", bound=Struct)

WAIT = 5.0  # seconds for the views to come as far as `at_least`
KEY_LENGTH = 200
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
    _rights: Rights | None = None

    # Commands

    async def do(
        self, body: Body | None, ask: Callable[[Caller], Command], view: View[Row], key: str, *, status: int = 200
    ) -> Response[Row]:
        """Carry out a command; answers the row of `key` as the log knows it after that."""
        by = self.stating(body)
        receipt = await self._once(None, lambda once: self._decide(lambda: ask(by), once))
        return await self.answer(view, key, receipt, status=status)

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
        by, new = self.stating(body), new_id(prefix)
        receipt = await self._once(new, lambda once: self._decide(lambda: ask(new, by), once))
        return await self.answer(view, key(receipt.resource_id or new), receipt, status=status)

    async def record(
        self, body: Body | None, ask: Callable[[Caller], Command], *, resource: str | None = None
    ) -> Receipt:
        """Carry out a command whose answer is more than the row of a view. `resource`: the id that it makes."""
        by = self.stating(body)
        return await self._once(resource, lambda once: self._decide(lambda: ask(by), once))

    def stating(self, body: Body | None) -> Caller:
        """The caller with what the request states: reason, when it happened, on whose behalf."""
        if body is not None:
            check(body)
            to_utc(body)
        reason, occurred_at = self._reason(body), body.occurred_at if body else None
        if occurred_at is not None and occurred_at > self.by.at:
            raise NotInThePast(field="occurred_at")
        behalf = self.request.headers.get("Kring-On-Behalf-Of")
        return replace(
            self.by,
            reason=None if reason is None else Words(reason),
            occurred_at=occurred_at,
            on_behalf_of=None if behalf is None else OrganisationId(behalf),
        )

    async def answer(self, view: View[Row], key: str, receipt: Receipt, *, status: int) -> Response[Row]:
        """The row of `key` as of this receipt, opened, with `Kring-Position`."""
        row = await self.as_of(view, key, receipt.last)
        if row is None:
            raise NotFound
        await self.open([row])
        return Response(row, status_code=status, headers={"Kring-Position": str(receipt.last)})

    async def as_of(self, view: View[Row], key: str, position: int | None = None) -> Row | None:
        """The row of `key` as it was at `position`, or is now: the view's folds over the facts under its tags."""
        return await self.kring.desk.row(view, key, until=position)

    async def _decide(self, ask: Callable[[], Command], once: OnceOnly | None) -> Receipt:
        return await self.kring.desk.decide(ask, once=once)

    async def _once(self, resource: str | None, decide: Callable[[OnceOnly | None], Any]) -> Receipt:
        """Rule 24: with `Idempotency-Key`, one effect; the same answer to the same command."""
        key = self.request.headers.get("Idempotency-Key")
        if key is None:
            return await decide(None)
        if not 1 <= len(key) <= KEY_LENGTH:
            raise BadText("Idempotency-Key", f"is 1 to {KEY_LENGTH} characters long")
        once = OnceOnly(self._command_id(key), await self._fingerprint(), resource)
        if once.id in IN_FLIGHT:
            raise StillRunning
        IN_FLIGHT.add(once.id)
        try:
            return await self.kring.desk.recorded(once) or await decide(once)
        finally:
            IN_FLIGHT.discard(once.id)

    def _command_id(self, key: str) -> UUID:
        secret = self.kring.keys.secret("store/commands")
        principal = self.by.person or self.by.via
        return UUID(bytes=hmac.digest(secret, f"{principal}\n{key}".encode(), "sha256")[:16])

    async def _fingerprint(self) -> bytes:
        secret = self.kring.keys.secret("store/commands")
        line = f"{self.request.method} {self.request.url.path}\n".encode()
        return hmac.digest(secret, line + await self.request.body(), "sha256")

    def _reason(self, body: Body | None) -> str | None:
        header = self.request.headers.get("Kring-Reason")
        if header is not None and header.upper().startswith("UTF-8''"):  # RFC 8187 §3.2
            header = unquote(header[7:], errors="strict")
        stated = body.reason if body else None
        if stated is not None and header is not None and stated != header:
            raise TwoReasons(field="reason")
        return stated if stated is not None else header

    # Reading

    async def rights(self) -> Rights:
        """The caller's roles as the log knows them now, learnt once a request."""
        if self._rights is None:
            self._rights, _ = await self.kring.desk.learn(Rights(self.by))
        return self._rights

    async def audience(self, programme: ProgrammeId) -> tuple[bool, list[OrganisationId]]:
        """Whether the caller is inside this programme, and for which organisations they read of it.

        Raises `NotFound` where it is neither, or there is no such programme.
        """
        rights = await self.rights()
        inside, organisations = rights.belongs_to(programme), rights.organisations_served()
        opened = Selector(types=[ProgrammeOpened], tags=[programme])
        known, _ = await self.kring.log.read(self.kring.desk.mapper.query([opened]), limit=1)
        if not known or not (inside or organisations):
            raise NotFound
        return inside, organisations

    async def ready(self, at_least: int | None) -> ViewStore:
        """The views, come to `at_least`. Raises `ViewsLag`."""
        if at_least is not None:
            try:
                await self.kring.views.wait(at_least, WAIT)
            except Lagging:
                raise ViewsLag(field="at_least") from None
        return self.kring.views

    async def one(
        self, view: View[Row], key: str, sees: Callable[[Rights, Row], bool], at_least: int | None = None
    ) -> Row:
        """The row of `key` if there is one that the caller may see. Raises `NotFound`."""
        row = await (await self.ready(at_least)).one(view, key)
        if row is None or not sees(await self.rights(), row):
            raise NotFound
        await self.open([row])
        return row

    async def page(
        self, view: View[Row], query: str, *args: object, cursor: str | None, limit: int, at_least: int | None = None
    ) -> Page[Row]:
        """A page of a list whose query takes the cursor as $1 and the limit as $2, `args` from $3 on, and orders by key."""
        views = await self.ready(at_least)
        rows = await views.rows(view.row, query, cursor or "", limit + 1, *args)
        await self.open(rows[:limit])
        return Page(rows[:limit], view.key_of(rows[limit - 1]) if len(rows) > limit else None)

    async def open(self, rows: Sequence[Struct]) -> None:
        """Open names and texts, in place."""
        await open_texts(self.kring.log, self.kring.keys, rows)
