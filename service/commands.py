"""How every command runs: learn, decide, append; again, for a while, if someone was quicker."""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, TypeVar
from uuid import UUID

from eventsourcing.dcb.api import DCBAppendCondition, DCBQuery
from msgspec import Struct

from domain.foundation import Caller, Claim, Command, Event, Refusal, Selector, Text
from domain.people.people import EmailTaken
from domain.people.rights import Acting
from projections.view import CannotFold, EventMetadata, View, replay, tags_of
from service.clock_and_ids import new_uuid
from service.sealing.keys import KeyStore
from service.sealing.sealed_fields import digest_bytes, email_key
from service.store.database import BROKEN
from service.store.log import errors, types
from service.store.log.log import Log
from service.store.log.mapper import CannotDecode, Mapper
from service.store.views.skipping import skipped_by_view

PAUSES = (0.001, 0.002, 0.004)  # seconds, after each conflict; after the last a command runs alone
PATIENCE = 2.0  # seconds that it may then keep trying

Learnt = TypeVar("Learnt", bound=Command)
Row = TypeVar("Row", bound=Struct)

# Refusals of the store, told in the words of a rule


class TooBusy(Refusal):
    """Others kept changing what this command depends on, or more is waiting than can be written."""

    CODE = "too-busy"
    STATUS = 503
    TEXT = Text(en="Many people are changing this. Try again.", nl="Veel mensen wijzigen dit. Probeer het opnieuw.")


class Unavailable(Refusal):
    """The database does not answer, or cannot record: its disk is full, its clock ran back, it holds another log."""

    CODE = "unavailable"
    STATUS = 503
    TEXT = Text(
        en="Nothing can be recorded at the moment, and nothing was. Try again later.",
        nl="Er kan nu niets worden vastgelegd, en dat is ook niet gebeurd. Probeer het later opnieuw.",
    )


class TooLate(Refusal):
    """Rule 4: the deadline passed before the store could record it."""

    CODE = "too-late"
    TEXT = Text(en="The deadline has passed.", nl="De termijn is verstreken.")


class TooEarly(Refusal):
    """What a timer does is done when its moment has come by the store's clock, not before."""

    CODE = "too-early"
    TEXT = Text(en="It is too early for this.", nl="Het is hiervoor te vroeg.")


class OutcomeUnknown(Refusal):
    """The connection broke in the middle; sending the same command again, with the same key, tells."""

    CODE = "outcome-unknown"
    STATUS = 503
    TEXT = Text(
        en="We cannot say yet whether this was recorded. Send it again with the same Idempotency-Key.",
        nl="We weten nog niet of dit is vastgelegd. Stuur het opnieuw met dezelfde Idempotency-Key.",
    )


class Unstorable(Refusal):
    """What was asked passed the bounds of its fields and is too large, or not text, as a whole."""

    CODE = "unstorable"
    STATUS = 422
    TEXT = Text(
        en="This cannot be kept as it is: it is too large.", nl="Dit kan zo niet worden bewaard: het is te groot."
    )


class OtherCommand(Refusal):
    """Rule 24: the id of a command stands for one command."""

    CODE = "idempotency-key-reused"
    STATUS = 422
    TEXT = Text(
        en="This Idempotency-Key was used for another request.", nl="Deze Idempotency-Key hoort bij een ander verzoek."
    )


class Provided(NamedTuple):
    """What must hold beside the rules of a command: `check`, at the head on which it decided, and the events on which that rests.

    `check` raises a refusal. If any event that `selectors` choose is appended after that head, the command is tried again.
    """

    selectors: Sequence[Selector]
    check: Callable[[int], Awaitable[None]]


class FairScheduler:
    """Commands run side by side; one that keeps losing to others runs alone, so that none starves.

    Alone in this process, and alone among those that kept losing in any process. Of other processes, only commands that
    have not lost that often run beside it.
    """

    def __init__(self, log: Log) -> None:
        self._log = log
        self._losers = asyncio.Lock()
        self._door = asyncio.Lock()
        self._running = 0
        self._empty = asyncio.Event()
        self._empty.set()

    async def __aenter__(self) -> None:
        """Run beside others; wait at the door while somebody is alone, or about to be."""
        async with self._door:
            self._running += 1
            self._empty.clear()

    async def __aexit__(self, *_: object) -> None:
        """Leave; whoever waits to be alone hears of the last."""
        self._running -= 1
        if self._running == 0:
            self._empty.set()

    @asynccontextmanager
    async def alone(self) -> AsyncGenerator[None]:
        """Wait for the turn; then let nobody in, wait until those who are inside are done, and run."""
        async with self._losers, self._log.turn(), self._door:
            await self._empty.wait()
            yield


@dataclass(frozen=True)
class CommandHandler:
    """Where commands are handed in: the log, the mapper and the keys that they need."""

    log: Log
    mapper: Mapper
    keys: KeyStore
    turns: FairScheduler = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "turns", FairScheduler(self.log))

    async def load(self, command: Learnt, *, until: int | None = None) -> tuple[Learnt, int]:
        """What `command` must know, learnt; and the head of the log at that moment."""
        return await self._learn(command, self._to_learn(command), until)

    async def events(self, selector: Selector, *, until: int | None = None) -> list[tuple[Event, EventMetadata]]:
        """The events of one selection, each with where it stands in the log."""
        found, _ = await self.log.read(self.mapper.query([selector]), until=until)
        return [self.mapper.told(one) for one in found]

    async def events_each(
        self, selectors: Sequence[Selector], *, until: int | None = None
    ) -> list[list[tuple[Event, EventMetadata]]]:
        """The events of each of several selections by tags, read at once."""
        if not selectors:
            return []
        found, _ = await self.log.read(self.mapper.query(selectors), until=until)
        stories = [(frozenset(one.tags), self.mapper.told(one)) for one in found]
        under: dict[str, list[tuple[frozenset[str], tuple[Event, EventMetadata]]]] = {}
        for tags, story in stories:
            for tag in tags:
                under.setdefault(tag, []).append((tags, story))
        return [
            [story for tags, story in under.get(one.tags[0], ()) if type(story[0]) in one.types and tags >= {*one.tags}]
            for one in selectors
        ]

    async def row(
        self, view: View[Row], key: str, *, until: int | None = None, without: Collection[int] = ()
    ) -> Row | None:
        """The row of `key` as it was at `until`, or is now: the view's folds over the events under its tags. Texts stay closed.

        `without` these positions, and without what the view skips where it cannot take all. Raises `CannotFold`, `CannotDecode`.
        """
        query = self.mapper.query([Selector(types=list(view.takes), tags=tags_of(key))])
        found, _ = await self.log.read(query, until=until)

        def folded(without: Collection[int]) -> Row | None:
            events = (self.mapper.told(one) for one in found if one.position not in without)
            return replay(view, events, only=(key,)).get(key)

        try:
            return folded(without)
        except (CannotFold, CannotDecode):
            skipped = await skipped_by_view(self.log.pool, view)
            if skipped.isdisjoint(one.position for one in found):
                raise
            return folded(skipped.union(without))

    async def execute(
        self,
        ask: Callable[[], Command],
        *,
        cause: "Cause | None" = None,
        once: types.OnceOnly | None = None,
        provided: Provided | None = None,
    ) -> types.Receipt:
        """Run the command that `ask` makes and say where what it decided stands. Raises what its rules refuse.

        `cause`: the event that brought it about; without one, it is the first of what it brings about, and its own id says so.
        With `once`, a command that was recorded before gets its receipt of then, whatever its rules would say now (rule 24).
        With `provided`, a command that its rules allow is recorded only if that holds too.
        """
        try:
            command_id = once.id if once else new_uuid()
            ids = _Ids(command_id, command_id, None)
            if cause is not None:
                ids = _Ids(command_id, cause.correlation_id, cause.position)
            return await self._execute(ask, ids, once, provided)
        except Refusal:
            if once is not None and (before := await self._sent_before(once)):
                return before
            raise

    async def _sent_before(self, once: types.OnceOnly) -> types.Receipt | None:
        """The receipt of a command that is refused now. Raises `OutcomeUnknown` where nobody can say whether there is one."""
        try:
            return await self.receipt_of(once, settled=True)
        except (errors.OutcomeUnknown, *BROKEN) as error:
            raise OutcomeUnknown from error

    async def receipt_of(self, once: types.OnceOnly, *, settled: bool = False) -> types.Receipt | None:
        """The receipt of a command that was recorded before. Raises `OtherCommand` where its id stood for something else.

        `settled`: of one that is being recorded at this moment as well, for its session may have outlived its sender.
        """
        found = await self.log.command(once.id, settled=settled)
        if found is None:
            return None
        fingerprint, receipt = found
        if fingerprint != once.fingerprint:
            raise OtherCommand(field="Idempotency-Key")
        return receipt

    async def _execute(
        self,
        ask: Callable[[], Command],
        ids: "_Ids",
        once: types.OnceOnly | None,
        provided: Provided | None,
    ) -> types.Receipt:
        try:
            for pause in PAUSES:
                try:
                    async with self.turns:
                        return await self._try(ask(), ids, once, provided)
                except errors.Conflict:
                    await asyncio.sleep(random.uniform(0, pause))  # noqa: S311  jitter, not a secret
            async with self.turns.alone():
                until = time.monotonic() + PATIENCE
                while time.monotonic() < until:
                    with contextlib.suppress(errors.Conflict):
                        return await self._try(ask(), ids, once, provided)
        except errors.LogError as error:
            raise _in_words(error) from error
        raise TooBusy

    async def _learn(self, command: Learnt, query: DCBQuery, until: int | None = None) -> tuple[Learnt, int]:
        known, head = await (self.log.slice(query) if until is None else self.log.read(query, until=until))
        return command.load(map(self.mapper.event, known)), head

    async def _try(
        self, asked: Command, ids: "_Ids", once: types.OnceOnly | None, provided: Provided | None
    ) -> types.Receipt:
        command, head = await self._learn(asked, self._to_learn(asked))
        if isinstance(command, Acting):
            command.require_standing()
        command.execute()
        if isinstance(command, Acting):
            command.require_concerned()
        boundary = self._boundary(command)
        if provided is not None:
            await provided.check(head)
            boundary = DCBQuery([*boundary.items, *self.mapper.query(provided.selectors).items])
        condition = DCBAppendCondition(boundary, after=head)
        return await self.log.append(self._append(command, condition, ids, once))

    def _append(
        self,
        command: Command,
        condition: DCBAppendCondition,
        ids: "_Ids",
        once: types.OnceOnly | None,
    ) -> types.Append:
        decisions = command.collect_events()
        assert decisions, f"{type(command).__name__} decided nothing and refused nothing"
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
        """Who holds the claim on this value now: looked up by its keyed hash. Raises `BadEmail`."""
        return await self.log.claim(kind, self._claim_key(kind, value))

    def _boundary(self, command: Command) -> DCBQuery:
        boundary = command.consistency_boundary()
        assert boundary, f"{type(command).__name__} would read everything and conflict with everything"
        return self.mapper.query(boundary)

    def _to_learn(self, command: Command) -> DCBQuery:
        """The boundary and the background of a command: all that it learns."""
        boundary = self._boundary(command)
        background = command.background()
        return DCBQuery([*boundary.items, *self.mapper.query(background).items]) if background else boundary

    def _claim(self, claim: Claim) -> types.Claim:
        return types.Claim(claim.kind, self._claim_key(claim.kind, claim.value), claim.holder)

    def _claim_key(self, kind: str, value: str) -> bytes:
        return email_key(self.keys.secret(f"store/{kind}"), value)


class Cause(Protocol):
    """An event that brings something about by itself, as it stands in the log."""

    @property
    def position(self) -> int: ...
    @property
    def correlation_id(self) -> UUID: ...


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
    assert command.paper is not None, "asked for the paper of a command that has one"
    ballot, voter, sealed, commitment = command.paper
    return types.Paper(ballot, voter, sealed, digest_bytes(commitment))


def _in_words(error: errors.LogError) -> Exception:
    match error:
        case errors.TooLate():
            return TooLate()
        case errors.TooEarly():
            return TooEarly()
        case errors.Taken():
            return EmailTaken(field="email")
        case errors.OtherBody():
            return OtherCommand(field="Idempotency-Key")
        case errors.BadEvent():
            return Unstorable()
        case errors.OutcomeUnknown():
            return OutcomeUnknown()
        case errors.QueueFull():
            return TooBusy()
        case errors.Unavailable():
            return Unavailable()
        case _:
            return error
