"""The context of one request: its caller, its headers, and the commands that it executes."""

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
from service.api.requests.repeats import ReadRoute, ReadRoutes, named_by, shown_by_both
from service.clock_and_ids import new_id
from service.kring import Kring
from service.reading.reader import Reader
from service.store.log.types import OnceOnly, Receipt

Row = TypeVar("Row", bound=Struct)


class StillRunning(Refusal):
    """The same command is being executed."""

    CODE = "in-flight"
    TEXT = Text(en="This same request is still being carried out.", nl="Ditzelfde verzoek wordt nog uitgevoerd.")


class TwoReasons(Refusal):
    """The body and the header state different reasons."""

    CODE = "two-reasons"
    STATUS = 422
    TEXT = Text(
        en="The header and the body state different reasons.", nl="De kop en het bericht noemen verschillende redenen."
    )


class NotInThePast(Refusal):
    """Rule 26: `occurred_at` is not in the past."""

    CODE = "not-in-the-past"
    STATUS = 422
    TEXT = Text(en="This has not happened yet.", nl="Dit is nog niet gebeurd.")


@dataclass
class RequestContext:
    """One request. `execute` and `create` run commands and answer with a row; `reader` reads as the caller."""

    request: Request[Caller, Any, Any]
    reader: Reader
    in_flight: set[UUID]
    """The commands with an idempotency key that this process is executing."""
    content: bytes | None = None
    """The content of an upload, whose body is not in memory: it replaces the body in the fingerprint (rule 24)."""
    is_known: "Callable[[RequestContext], Awaitable[bool]] | None" = None
    """Whether the caller can read what the path names, although the command hides it."""

    @property
    def kring(self) -> Kring:
        """The running Kring."""
        return self.reader.kring

    @property
    def caller(self) -> Caller:
        """The caller of the request."""
        return self.reader.caller

    async def execute(
        self,
        body: Body | None,
        make_command: Callable[[Caller], Command],
        view: View[Row],
        key: str,
        *,
        status: int = 200,
    ) -> Response[Row]:
        """Execute a command; the answer is the row of `key` as the log has it after the command."""
        return await self.answer(view, key, await self.submit(body, make_command, answered=True), status=status)

    async def create(
        self,
        prefix: str,
        body: Body | None,
        make_command: Callable[[Any, Caller], Command],
        view: View[Row],
        *,
        key: Callable[[str], str] = str,
        status: int = 201,
    ) -> Response[Row]:
        """Execute a command that makes something with a new id of this prefix; a repeated command gets the first id."""
        new = new_id(prefix)
        receipt = await self.submit(body, lambda by: make_command(new, by), resource=new, answered=True)
        return await self.answer(view, key(receipt.resource_id or new), receipt, status=status)

    async def submit(
        self,
        body: Body | None,
        make_command: Callable[[Caller], Command],
        *,
        resource: str | None = None,
        of_body: bool = True,
        answered: bool = False,
        read_at: str | None = None,
    ) -> Receipt:
        """Execute a command and return the receipt of its events. `resource`: the id that it makes.

        Raises the command's refusals, but `NotAllowed` instead of `NotFound` if the caller may know of the resource (`is_known`).
        `of_body` False: leave the body out of the fingerprint, so the same key with another body gets the first answer.

        A repeated command is refused unless the caller can read, as of its position, what the first answer showed (rule 32):
        at the path `read_at`, by default the nearest to that of the command. `answered`: `answer` checks that instead.
        """
        by, required = self.caller_with(body), precondition(self.request, self.reader.wait_for_views)
        try:
            receipt = await self._once(
                resource,
                lambda once: self.kring.commands.execute(lambda: make_command(by), once=once, precondition=required),
                of_body=of_body,
            )
        except NotFound:
            if self.is_known is not None and await self.is_known(self):
                raise NotAllowed from None
            raise
        if receipt.repeated:
            rights, _ = await self.kring.commands.load(Rights(by))
            rights.require_valid_caller()
            if not answered:
                await self._read(self._reads.nearest(read_at or self.request.url.path), receipt.last)
        return receipt

    @property
    def has_command_key(self) -> bool:
        """Whether the request names its command (`Idempotency-Key`)."""
        return headers.command_key(self.request.headers) is not None

    def caller_with(self, body: Body | None) -> Caller:
        """The caller with the reason, time and organisation that the request states."""
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
        """A response with the row of `key` as of this receipt, unsealed, and `Kring-Position`.

        For a repeated command, the row as a read shows it to the caller now (rule 32).
        """
        now = await self._read_again(view, key, receipt.last) if receipt.repeated else None
        row = await self.reader.row_from_log(view, key, receipt.last)
        if row is None:
            raise NotFound
        await self.reader.unseal([row])
        row = row if now is None else shown_by_both(row, now)
        return Response(row, status_code=status, headers={"Kring-Position": str(receipt.last)})

    async def _read_again(self, view: View[Row], key: str, position: int) -> Row | None:
        """The row of `key` as the caller can read it as of this position; None if no route shows such rows.

        Raises `NotFound` or `NotAllowed` if they cannot read it or, if no route shows it, the resource nearest to the path.
        """
        named = named_by(key, self.request.path_params)
        read = self._reads.of_row(view.row, named)
        if read is None:
            await self._read(self._reads.nearest(self.request.url.path), position)
            return None
        found = await self._read(read, position, named)
        assert isinstance(found, view.row), "the route was chosen by what it returns"
        return found

    async def _read(self, read: ReadRoute | None, position: int, named: Mapping[str, object] | None = None) -> object:
        """The answer of this route to the caller as of a position; if it is not found, again after the views have caught up."""
        if read is None:
            return None
        named = self.request.path_params if named is None else named
        try:
            return await read.at({"context": self, "reader": self.reader}, named, position)
        except NotFound:
            await self.reader.wait_for_views(position)
            return await read.at({"context": self, "reader": self.reader}, named, position)

    @property
    def _reads(self) -> ReadRoutes:
        return self.request.app.state.reads

    async def _once(
        self, resource: str | None, decide: Callable[[OnceOnly | None], Awaitable[Receipt]], *, of_body: bool
    ) -> Receipt:
        """Rule 24: with `Idempotency-Key`, a command has one effect, and the same command the same answer."""
        key = headers.command_key(self.request.headers)
        if key is None:
            receipt = await decide(None)
            self._note_recorded()
            return receipt
        once = OnceOnly(self._command_id(key), await self._fingerprint(of_body=of_body), resource)
        if once.id in self.in_flight:
            raise StillRunning
        self.in_flight.add(once.id)
        try:
            receipt = await self.kring.commands.receipt_of(once) or await decide(once)
        finally:
            self.in_flight.discard(once.id)
        self._note_recorded()
        return receipt

    async def command_identity(self) -> OnceOnly | None:
        """The id and fingerprint of the command, if the request has a key (rule 24); else None."""
        key = headers.command_key(self.request.headers)
        return None if key is None else OnceOnly(self._command_id(key), await self._fingerprint(of_body=True))

    def _note_recorded(self) -> None:
        """Note that the command was recorded, for the answer to a later error (`problems.of_broken`)."""
        self.request.scope["state"]["recorded"] = True

    def _command_id(self, key: str) -> UUID:
        secret = self.kring.keys.secret("store/commands")
        # A limited token has its own keys: its issuer can neither find nor occupy those of the person (rule 28).
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
