"""The context of one request: its caller, its headers, and the commands that it executes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from litestar import Request, Response
from msgspec import Struct

from domain.foundation import (
    Caller,
    Command,
    NotAllowed,
    NotFound,
)
from domain.people.rights import Rights
from projections.view import View
from service.api.http import headers
from service.api.http.bodies import Body
from service.api.http.preconditions import precondition
from service.api.requests.idempotency import command_identity, running
from service.api.requests.repeats import ReadRoutes, RepeatedReads, shown_by_both
from service.api.requests.statements import caller_stating
from service.clock_and_ids import new_id
from service.kring import Kring
from service.reading.existence import is_known
from service.reading.reader import Reader
from service.store.log.types import IdempotencyKey, Receipt

Row = TypeVar("Row", bound=Struct)


@dataclass
class RequestContext:
    """One request. `execute` and `create` run commands and answer with a row; `reader` reads as the caller."""

    request: Request[Caller, Any, Any]
    reader: Reader
    in_flight: set[UUID]
    """The commands with an idempotency key that this process is executing."""
    content: bytes | None = None
    """The content of an upload, whose body is not in memory: it replaces the body in the fingerprint (rule 24)."""

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
        self.reader.forget()  # what is read from here on is read after the command
        try:
            receipt = await self._once(
                resource,
                lambda once: self.kring.commands.execute(lambda: make_command(by), once=once, precondition=required),
                of_body=of_body,
            )
        except NotFound:
            if await is_known(self.reader, self.request.path_params):
                raise NotAllowed from None
            raise
        if receipt.repeated:
            rights, _ = await self.kring.commands.load(Rights(by))
            rights.require_valid_caller()
            if not answered:
                await self._repeats.nearest(read_at or self.request.url.path, receipt.last)
        return receipt

    @property
    def has_command_key(self) -> bool:
        """Whether the request names its command (`Idempotency-Key`)."""
        return headers.command_key(self.request.headers) is not None

    def caller_with(self, body: Body | None) -> Caller:
        """The caller with the reason, time and organisation that the request states."""
        return caller_stating(self.caller, self.request.headers, body)

    async def answer(self, view: View[Row], key: str, receipt: Receipt, *, status: int) -> Response[Row]:
        """A response with the row of `key` as of this receipt, unsealed, and `Kring-Position`.

        For a repeated command, the row as a read shows it to the caller now (rule 32).
        """
        now = await self._repeats.row(view, key, receipt.last) if receipt.repeated else None
        row = await self.reader.existing_row(view, key, receipt.last)
        await self.reader.unseal([row])
        row = row if now is None else shown_by_both(row, now)
        return Response(row, status_code=status, headers={"Kring-Position": str(receipt.last)})

    @property
    def _repeats(self) -> RepeatedReads:
        """The reads that decide what a repeated command is answered with."""
        routes: ReadRoutes = self.request.app.state.reads
        return RepeatedReads(routes, {"context": self, "reader": self.reader}, self.request, self.reader.wait_for_views)

    async def _once(
        self, resource: str | None, decide: Callable[[IdempotencyKey | None], Awaitable[Receipt]], *, of_body: bool
    ) -> Receipt:
        """Rule 24: with `Idempotency-Key`, a command has one effect, and the same command the same answer."""
        once = await command_identity(self.request, self.kring.keys, resource, self._body if of_body else None)
        if once is None:
            receipt = await decide(None)
        else:
            with running(self.in_flight, once.id):
                receipt = await self.kring.commands.receipt_of(once) or await decide(once)
        self.request.scope["state"]["recorded"] = True  # for the answer to a later error (`problems.of_broken`)
        return receipt

    async def command_identity(self) -> IdempotencyKey | None:
        """The id and fingerprint of the command, if the request has a key (rule 24); else None."""
        return await command_identity(self.request, self.kring.keys, body=self._body)

    async def _body(self) -> bytes:
        return await self.request.body() if self.content is None else self.content
