"""The command handler: reads the events that a command depends on, decides and appends. After a conflict it starts again."""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar
from uuid import UUID

from eventsourcing.dcb.api import DCBAppendCondition, DCBQuery
from msgspec import Struct

from domain.foundation import Caller, Claim, Command, Event, Knowledge, Refusal, Selector, Text
from domain.people.people import EmailTaken
from domain.people.rights import CallerCommand
from projections.view import CannotFold, EventMetadata, View, fold_events, tags_of
from service.clock_and_ids import new_uuid
from service.sealing.keys import KeyStore
from service.sealing.sealed_fields import digest_bytes, email_key
from service.store.database import DATABASE_ERRORS
from service.store.log import errors, types
from service.store.log.log import Log
from service.store.log.mapper import CannotDecode, Mapper
from service.store.views.skipping import skipped_by_view

RETRY_PAUSES_S = (0.001, 0.002, 0.004)
"""The maximum pause after each conflict. After the last one, the command runs alone."""
ALONE_TIMEOUT_S = 2.0
"""Time for which a command that runs alone keeps trying."""

Loaded = TypeVar("Loaded", bound=Knowledge)
Row = TypeVar("Row", bound=Struct)

# Errors of the store, as refusals


class TooBusy(Refusal):
    """Others kept changing what this command depends on, or too many appends are waiting to be written."""

    CODE = "too-busy"
    STATUS = 503
    TEXT = Text(en="Many people are changing this. Try again.", nl="Veel mensen wijzigen dit. Probeer het opnieuw.")


class Unavailable(Refusal):
    """The database does not answer, or cannot record: its disk is full, its clock was set back, or it holds another log."""

    CODE = "unavailable"
    STATUS = 503
    TEXT = Text(
        en="Nothing can be recorded at the moment, so your change was not recorded. Try again later.",
        nl="Er kan nu niets worden vastgelegd; je wijziging is niet opgeslagen. Probeer het later opnieuw.",
    )


class TooLate(Refusal):
    """Rule 4: the deadline passed before the command was recorded."""

    CODE = "too-late"
    TEXT = Text(en="The deadline has passed.", nl="De termijn is verstreken.")


class TooEarly(Refusal):
    """A scheduled command was sent before its time by the store's clock."""

    CODE = "too-early"
    TEXT = Text(en="It is too early for this.", nl="Het is hiervoor te vroeg.")


class OutcomeUnknown(Refusal):
    """The connection broke while the command was being recorded; the same command with the same key gives the outcome."""

    CODE = "outcome-unknown"
    STATUS = 503
    TEXT = Text(
        en="It is not known yet whether this was recorded. Send it again with the same Idempotency-Key.",
        nl="Het is nog niet bekend of dit is vastgelegd. Stuur het opnieuw met dezelfde Idempotency-Key.",
    )


class Unstorable(Refusal):
    """The command respects the limits of its fields, but as a whole it is too large, or is not text."""

    CODE = "unstorable"
    STATUS = 422
    TEXT = Text(en="This cannot be stored: it is too large.", nl="Dit kan niet worden opgeslagen: het is te groot.")


class OtherCommand(Refusal):
    """Rule 24: a command id names one command."""

    CODE = "idempotency-key-reused"
    STATUS = 422
    TEXT = Text(
        en="This Idempotency-Key was used for another request.", nl="Deze Idempotency-Key hoort bij een ander verzoek."
    )


class Precondition(NamedTuple):
    """A condition beside the rules of a command: `check`, called with the head at which the command decided, raises a refusal.

    `selectors`: the events that it depends on. If one of them is appended after that head, the command is tried again.
    """

    selectors: Sequence[Selector]
    check: Callable[[int], Awaitable[None]]


class FairScheduler:
    """Runs commands concurrently; one that keeps losing to others runs alone, so that none starves.

    It runs alone in this process, and alone among the losing commands of all processes. In other processes, only commands
    that have not lost that often run at the same time.
    """

    def __init__(self, log: Log) -> None:
        self._log = log
        self._losers = asyncio.Lock()
        self._entrance = asyncio.Lock()
        self._running = 0
        self._empty = asyncio.Event()
        self._empty.set()

    async def __aenter__(self) -> None:
        """Run concurrently with others; wait while a command runs alone or is about to."""
        async with self._entrance:
            self._running += 1
            self._empty.clear()

    async def __aexit__(self, *_: object) -> None:
        """Leave, and wake the command that waits to run alone if this was the last."""
        self._running -= 1
        if self._running == 0:
            self._empty.set()

    @asynccontextmanager
    async def alone(self) -> AsyncGenerator[None]:
        """Wait for the turn, admit no other command, wait until the running ones are done, and run."""
        async with self._losers, self._log.turn(), self._entrance:
            await self._empty.wait()
            yield


@dataclass(frozen=True)
class CommandHandler:
    """Runs commands, with the log, the mapper and the keys that they need."""

    log: Log
    mapper: Mapper
    keys: KeyStore
    scheduler: FairScheduler = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "scheduler", FairScheduler(self.log))

    async def load(self, command: Loaded, *, until: int | None = None) -> tuple[Loaded, int]:
        """The command with the events that it depends on loaded, as of `until` or now; and the head of the log then."""
        return await self._load(command, self._boundary(command), until)

    async def events(self, *selectors: Selector, until: int | None = None) -> list[tuple[Event, EventMetadata]]:
        """The events that any of these selectors chooses, in order, each with its metadata."""
        found, _ = await self.log.read(self.mapper.query(selectors), until=until)
        return [self.mapper.decode_with_metadata(one) for one in found]

    async def events_each(
        self, selectors: Sequence[Selector], *, until: int | None = None
    ) -> list[list[tuple[Event, EventMetadata]]]:
        """The events that each selector chooses by its tags, read in one query."""
        if not selectors:
            return []
        found, _ = await self.log.read(self.mapper.query(selectors), until=until)
        by_tag: dict[str, list[tuple[frozenset[str], tuple[Event, EventMetadata]]]] = {}
        for one in found:
            tags, event = frozenset(one.tags), self.mapper.decode_with_metadata(one)
            for tag in tags:
                by_tag.setdefault(tag, []).append((tags, event))
        return [
            [
                event
                for tags, event in by_tag.get(one.tags[0], ())
                if type(event[0]) in one.types and tags >= {*one.tags}
            ]
            for one in selectors
        ]

    async def row(
        self, view: View[Row], key: str, *, until: int | None = None, without: Collection[int] = ()
    ) -> Row | None:
        """The row of `key` as of `until`, or as it is now: the view folded over the events under its tags. Texts stay sealed.

        `without`: positions to leave out. If the view cannot fold all events, those that it skips are left out as well.
        Raises `CannotFold`, `CannotDecode`.
        """
        query = self.mapper.query([Selector(types=list(view.takes), tags=tags_of(key))])
        found, _ = await self.log.read(query, until=until)

        def folded(without: Collection[int]) -> Row | None:
            events = (self.mapper.decode_with_metadata(one) for one in found if one.position not in without)
            return fold_events(view, events, only=(key,)).get(key)

        try:
            return folded(without)
        except (CannotFold, CannotDecode):
            skipped = await skipped_by_view(self.log.pool, view)
            if skipped.isdisjoint(one.position for one in found):
                raise
            return folded(skipped.union(without))

    async def execute(
        self,
        make_command: Callable[[], Command],
        *,
        cause: types.Cause | None = None,
        once: types.IdempotencyKey | None = None,
        precondition: Precondition | None = None,
    ) -> types.Receipt:
        """Run the command that `make_command` makes, and return the receipt of its events. Raises the refusals of its rules.

        `cause`: the event that caused the command. None: it starts a chain, and its own id is the correlation id.
        `once`: a command that was recorded before gets its first receipt, whatever its rules would say now (rule 24).
        `precondition`: must hold as well for the command to be recorded.
        """
        try:
            command_id = once.id if once else new_uuid()
            ids = _Ids(command_id, command_id, None)
            if cause is not None:
                ids = _Ids(command_id, cause.correlation_id, cause.position)
            return await self._execute(make_command, ids, once, precondition)
        except Refusal:
            if once is not None and (first := await self._first_receipt(once)):
                return first
            raise

    async def _first_receipt(self, once: types.IdempotencyKey) -> types.Receipt | None:
        """The first receipt of a command that is refused now, if any. Raises `OutcomeUnknown` if that cannot be determined."""
        try:
            return await self.receipt_of(once, wait_for_writers=True)
        except (errors.OutcomeUnknown, *DATABASE_ERRORS) as error:
            raise OutcomeUnknown from error

    async def receipt_of(self, once: types.IdempotencyKey, *, wait_for_writers: bool = False) -> types.Receipt | None:
        """The receipt of a command that was recorded before. Raises `OtherCommand` if its id named another command.

        `wait_for_writers`: wait for a command that is being recorded now, because its session may outlive its sender.
        """
        found = await self.log.command(once.id, wait_for_writers=wait_for_writers)
        if found is None:
            return None
        fingerprint, receipt = found
        if fingerprint != once.fingerprint:
            raise OtherCommand(field="Idempotency-Key")
        return receipt

    async def _execute(
        self,
        make_command: Callable[[], Command],
        ids: "_Ids",
        once: types.IdempotencyKey | None,
        precondition: Precondition | None,
    ) -> types.Receipt:
        try:
            for pause in RETRY_PAUSES_S:
                try:
                    async with self.scheduler:
                        return await self._try(make_command(), ids, once, precondition)
                except errors.Conflict:
                    await asyncio.sleep(random.uniform(0, pause))  # noqa: S311  jitter, not a secret
            async with self.scheduler.alone():
                until = time.monotonic() + ALONE_TIMEOUT_S
                while time.monotonic() < until:
                    with contextlib.suppress(errors.Conflict):
                        return await self._try(make_command(), ids, once, precondition)
        except errors.LogError as error:
            raise _as_refusal(error) from error
        raise TooBusy

    async def _load(self, command: Loaded, boundary: DCBQuery, until: int | None = None) -> tuple[Loaded, int]:
        """Load the events of a command's boundary and background."""
        background = command.background()
        query = DCBQuery([*boundary.items, *self.mapper.query(background).items]) if background else boundary
        found, head = await (self.log.read_boundary(query) if until is None else self.log.read(query, until=until))
        return command.load(map(self.mapper.decode, found)), head

    async def _try(
        self, command: Command, ids: "_Ids", once: types.IdempotencyKey | None, precondition: Precondition | None
    ) -> types.Receipt:
        boundary = self._boundary(command)
        command, head = await self._load(command, boundary)
        if isinstance(command, CallerCommand):
            command.rights.require_valid_caller()
        command.execute()
        if isinstance(command, CallerCommand):
            command.require_concerned()
        if precondition is not None:
            await precondition.check(head)
            boundary = DCBQuery([*boundary.items, *self.mapper.query(precondition.selectors).items])
        condition = DCBAppendCondition(boundary, after=head)
        return await self.log.append(self._append(command, condition, ids, once))

    def _append(
        self,
        command: Command,
        condition: DCBAppendCondition,
        ids: "_Ids",
        once: types.IdempotencyKey | None,
    ) -> types.Append:
        decisions = command.collect_events()
        assert decisions, f"{type(command).__name__} neither produced events nor refused"
        rows, disclosures = self.mapper.rows(decisions)
        reason = command.by.reason
        if reason is not None:
            disclosures.append(self.mapper.seal("reason", reason, under=decisions[0].decision.key()))
        return types.Append(
            events=rows,
            envelope=_envelope(command.by, ids),
            condition=condition,
            not_after=command.not_after,
            not_before=command.not_before,
            disclosures=disclosures,
            takes=[self._claim(one) for one in command.takes],
            releases=[self._claim(one) for one in command.releases],
            papers=[] if command.paper is None else [_paper(command)],
            drops_papers_of=command.drops_papers_of,
            once=once,
        )

    async def holder(self, kind: str, value: str) -> str | None:
        """The id of the current holder of the claim on this value, looked up by its keyed hash. Raises `BadEmail`."""
        return await self.log.claim(kind, self._claim_key(kind, value))

    def _boundary(self, command: Knowledge) -> DCBQuery:
        boundary = command.consistency_boundary()
        assert boundary, f"{type(command).__name__} has no boundary: it would conflict with every event"
        return self.mapper.query(boundary)

    def _claim(self, claim: Claim) -> types.Claim:
        return types.Claim(claim.kind, self._claim_key(claim.kind, claim.value), claim.holder)

    def _claim_key(self, kind: str, value: str) -> bytes:
        return email_key(self.keys.secret(f"store/{kind}"), value)


class _Ids(NamedTuple):
    """The ids by which a command is traced: its own, that of the first command of its chain, and the event that caused it."""

    command: UUID
    correlation: UUID
    causation: int | None


def _envelope(by: Caller, ids: _Ids) -> types.Envelope:
    return types.Envelope(
        actor=by.actor,
        via=by.via,
        on_behalf_of=by.on_behalf_of,
        command_id=ids.command,
        correlation_id=ids.correlation,
        causation_id=ids.causation,
        reason_digest=digest_bytes(by.reason.digest) if by.reason and by.reason.digest else None,
        occurred_at=by.occurred_at,
    )


def _paper(command: Command) -> types.Paper:
    assert command.paper is not None, "called for a command with a paper only"
    ballot, voter, sealed, commitment = command.paper
    return types.Paper(ballot, voter, sealed, digest_bytes(commitment))


def _as_refusal(error: errors.LogError) -> Exception:
    match error:
        case errors.DeadlinePassed():
            return TooLate()
        case errors.NotYetDue():
            return TooEarly()
        case errors.ClaimTaken():
            return EmailTaken(field="email")
        case errors.IdempotencyKeyReused():
            return OtherCommand(field="Idempotency-Key")
        case errors.InvalidAppend():
            return Unstorable()
        case errors.OutcomeUnknown():
            return OutcomeUnknown()
        case errors.QueueFull():
            return TooBusy()
        case errors.Unavailable():
            return Unavailable()
        case _:
            return error
