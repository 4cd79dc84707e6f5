"""The context of one request: who makes it, what it states in its headers, and the commands that it carries out."""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from litestar import Request, Response
from msgspec import Struct, json
from msgspec.structs import replace

from domain.foundation import (
    Caller,
    Command,
    NotAllowed,
    NotFound,
    Refusal,
    Text,
    Words,
)
from domain.people.rights import Rights
from projections.view import View
from service.api.http import headers
from service.api.http.bodies import Body, to_utc
from service.api.http.preconditions import precondition
from service.api.requests.repeats import Read, Reads, named_by, shown_by_both
from service.clock_and_ids import new_id
from service.kring import Kring
from service.reading.reader import Reader
from service.store.log.types import OnceOnly, Receipt

Row = TypeVar("Row", bound=Struct)


class StillRunning(Refusal):
    """The same command is being carried out at this moment."""

    CODE = "in-flight"
    TEXT = Text(en="This very request is still being carried out.", nl="Precies dit verzoek wordt nog uitgevoerd.")


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
class RequestContext:
    """One request. `execute` and `create` carry out commands and answer with a row; `reader` reads as its caller."""

    request: Request[Caller, Any, Any]
    reader: Reader
    in_flight: set[UUID]
    """The commands with a key that this process is carrying out now."""
    content: bytes | None = None
    """What the body says, where the bytes of the body are not kept (files): it stands for them in the fingerprint (rule 24)."""
    is_known: "Callable[[RequestContext], Awaitable[bool]] | None" = None
    """Whether the caller reads what the path names: they see it where a command hides it."""

    @property
    def kring(self) -> Kring:
        """The running Kring."""
        return self.reader.kring

    @property
    def caller(self) -> Caller:
        """Who makes the request."""
        return self.reader.caller

    async def execute(
        self, body: Body | None, ask: Callable[[Caller], Command], view: View[Row], key: str, *, status: int = 200
    ) -> Response[Row]:
        """Carry out a command; answers the row of `key` as the log knows it after that."""
        return await self.answer(view, key, await self.submit(body, ask, answered=True), status=status)

    async def create(
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
        receipt = await self.submit(body, lambda by: ask(new, by), resource=new, answered=True)
        return await self.answer(view, key(receipt.resource_id or new), receipt, status=status)

    async def submit(
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

        Raises as the command does; `NotAllowed` for `NotFound` where the caller knows of the thing (`is_known`).
        `of_body` False: nothing that follows from the body is kept, so the same key with another body gets the first answer.

        A repeated command is refused unless the caller reads now, as of its position, what it was answered with (rule 32):
        at the path `read_at`, by default the nearest to that of the command. `answered`: `answer` sees to that.
        """
        by, provided = self.caller_with(body), precondition(self.request, self.reader.wait_for_views)
        try:
            receipt = await self._once(
                resource,
                lambda once: self.kring.commands.execute(lambda: ask(by), once=once, provided=provided),
                of_body=of_body,
            )
        except NotFound:
            if self.is_known is not None and await self.is_known(self):
                raise NotAllowed from None
            raise
        if receipt.repeated:
            rights, _ = await self.kring.commands.load(Rights(by))
            rights.require_standing()
            if not answered:
                await self._read(self._reads.nearest(read_at or self.request.url.path), receipt.last)
        return receipt

    @property
    def has_command_key(self) -> bool:
        """Whether the request names its command (`Idempotency-Key`)."""
        return headers.command_key(self.request.headers) is not None

    def caller_with(self, body: Body | None) -> Caller:
        """The caller with what the request states: reason, when it happened, on whose behalf."""
        if body is not None:
            to_utc(body)
        reason, occurred_at = self._reason(body), body.occurred_at if body else None
        if occurred_at is not None and occurred_at > self.caller.at:
            raise NotInThePast(field="occurred_at")
        return replace(
            self.caller,
            reason=None if reason is None else Words(reason),
            occurred_at=occurred_at,
            on_behalf_of=headers.on_behalf_of(self.request.headers),
        )

    async def answer(self, view: View[Row], key: str, receipt: Receipt, *, status: int) -> Response[Row]:
        """The row of `key` as of this receipt, opened, with `Kring-Position`.

        Of a repeated command as a read shows it to the caller now (rule 32).
        """
        now = await self._read_again(view, key, receipt.last) if receipt.repeated else None
        row = await self.reader.row_from_log(view, key, receipt.last)
        if row is None:
            raise NotFound
        await self.reader.unseal([row])
        row = row if now is None else shown_by_both(row, now)
        return Response(row, status_code=status, headers={"Kring-Position": str(receipt.last)})

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
            return await read.at({"context": self, "reader": self.reader}, named, position)
        except NotFound:
            await self.reader.wait_for_views(position)
            return await read.at({"context": self, "reader": self.reader}, named, position)

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
        if once.id in self.in_flight:
            raise StillRunning
        self.in_flight.add(once.id)
        try:
            receipt = await self.kring.commands.receipt_of(once) or await decide(once)
        finally:
            self.in_flight.discard(once.id)
        self._is_recorded()
        return receipt

    async def command_identity(self) -> OnceOnly | None:
        """The id of the command and its fingerprint, where the request names its command (rule 24)."""
        key = headers.command_key(self.request.headers)
        return None if key is None else OnceOnly(self._command_id(key), await self._fingerprint(of_body=True))

    def _is_recorded(self) -> None:
        """Told to whoever has to say what became of the request (`problems.of_broken`)."""
        self.request.scope["state"]["recorded"] = True

    def _command_id(self, key: str) -> UUID:
        secret = self.kring.keys.secret("store/commands")
        # A limited token has keys of its own: whoever issued it neither meets nor takes those of the person (rule 28).
        principal = " ".join((self.caller.person or self.caller.via, *(self.caller.programmes or ())))
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
