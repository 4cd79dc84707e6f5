"""Plans a batch: judges its appends in order and in memory, against what is known of the log. No IO."""

import asyncio
from collections.abc import Iterable
from datetime import datetime
from os import urandom
from uuid import UUID

from eventsourcing.dcb.api import DCBAppendCondition
from msgspec import Struct

from service.store.log.errors import ClaimTaken, Conflict, DeadlinePassed, IdempotencyKeyReused, LogError, NotYetDue
from service.store.log.tail import Tail
from service.store.log.types import Append, Claim, IdempotencyKey, Paper, Receipt

BLIND_BYTES = 32

Checks = tuple[list[str], list[str], list[int]] | tuple[None, None, None]
"""Conditions as `append_events` checks them: types, tags, and the positions after which there may be no such event."""
NO_CHECKS: Checks = (None, None, None)


class Request(Struct, eq=False):
    """An append that waits for its answer. Errors are values too: asyncio reports an exception that is not awaited."""

    append: Append
    weight: int
    future: asyncio.Future[Receipt | LogError]
    """Awaited by the caller; cancelled if the caller stopped waiting."""
    other_waiters: list[asyncio.Future[Receipt | LogError]] | None = None
    """Of callers that sent the same command meanwhile."""

    def join(self) -> asyncio.Future[Receipt | LogError]:
        """Return another future for the same answer."""
        self.other_waiters = self.other_waiters or []
        self.other_waiters.append(asyncio.get_running_loop().create_future())
        return self.other_waiters[-1]

    def answer(self, answer: Receipt | LogError) -> None:
        """Answer all callers that still wait."""
        if not self.future.done():
            self.future.set_result(answer)
        for future in self.other_waiters or ():
            if not future.done():
                future.set_result(answer)


class RecordedCommand(Struct, frozen=True):
    """A command that was recorded earlier."""

    fingerprint: bytes
    receipt: Receipt


class Lookup(Struct):
    """Results of queries about a batch; empty if none were made.

    `clock`: the store's clock shows this time or a later one. `conflicting`: requests whose condition fails because of events
    before the tail.
    """

    clock: datetime | None = None
    commands: dict[UUID, RecordedCommand] = {}
    holders: dict[tuple[str, bytes], str] = {}
    conflicting: frozenset[Request] = frozenset()


class BatchPlan:
    """The rows of a batch that follows the events of some tails, latest tail first, and the answers if the batch is recorded."""

    def __init__(self, *bases: Tail) -> None:
        self.head = bases[0].head
        self.tail = Tail(self.head, bases[0].size)
        self.batch: list[Request] = []
        """The requests that have been judged."""
        self._bases = bases
        self.events: list[tuple[object, ...]] = []
        self.disclosures: list[tuple[object, ...]] = []
        self.commands: list[tuple[object, ...]] = []
        self.command_ids: list[UUID] = []
        self.not_before: datetime | None = None
        self.not_after: datetime | None = None
        self.blinds: list[bytes] = []
        """Of the events. The first one identifies this attempt."""
        self.needs_lock = False
        """A condition concerns events after one that the tail does not hold yet, so it must be judged under the lock."""
        self._conditions: list[DCBAppendCondition] = []
        self._claimed: dict[tuple[str, bytes], str] = {}
        self._released: dict[tuple[str, bytes, str], None] = {}
        self._papers: dict[tuple[str, str], tuple[Paper, int]] = {}
        self._dropped: dict[str, None] = {}
        self._answers: list[tuple[Request, LogError | Receipt | tuple[int, int]]] = []

    @property
    def is_all_refused(self) -> bool:
        """Whether every request is refused already, so that there is nothing to send to the database."""
        return not self.events and not self.command_ids

    def arguments(self, blind: bytes | None, checks: Checks) -> tuple[object, ...]:
        """The arguments of `append_events`, in order. `blind`: of the event at `head`. `checks`: what the database must check."""
        return (
            self.head,
            blind,
            *checks,
            self.events,
            self.not_before,
            self.not_after,
            self.command_ids,
            self.commands,
            self.disclosures,
            list(self._released),
            [(kind, key, holder) for (kind, key), holder in self._claimed.items()],
            list(self._dropped),
            [(p.ballot, p.voter, p.sealed, p.commitment, position) for p, position in self._papers.values()],
        )

    def reaches_back_to(self, floor: int) -> bool:
        """Whether a condition concerns the event at position `floor`, or an earlier one."""
        return any((condition.after or 0) < floor for condition in self._conditions)

    def checks(self, judged_after: int) -> Checks:
        """The conditions as checks, each once; NO_CHECKS if a condition lacks types or tags, so that events must be compared.

        Events after `judged_after` up to the head were judged in memory. So a condition that begins before `judged_after` is
        checked from its own position on, any other from the head on. Of the tags only the first is checked: a check may
        find an event that does not match the condition.
        """
        checks: dict[tuple[str, str, int], None] = {}
        for condition in self._conditions:
            after, items = condition.after or 0, condition.fail_if_events_match.items
            since = after if after < judged_after else max(after, self.head)
            if not items:
                return NO_CHECKS
            for one in items:
                types, tags = one.types, one.tags
                if not types or not tags:
                    return NO_CHECKS
                for type_ in types:
                    checks[type_, tags[0], since] = None
        types, tags, since = zip(*checks, strict=True) if checks else ((), (), ())
        return list(types), list(tags), list(since)

    def refusals(self) -> Iterable[tuple[Request, Receipt | LogError]]:
        """Each request with its answer, if nothing is to be recorded."""
        assert not self.events
        return self.answers(self.head, None)

    def answers(self, head: int, recorded_at: datetime | None) -> Iterable[tuple[Request, Receipt | LogError]]:
        """Each request with its answer, once the batch has been recorded up to `head`."""
        growth = head - len(self.events) - self.head
        for request, answer in self._answers:
            if isinstance(answer, tuple):
                assert recorded_at is not None
                once, (first, last) = request.append.once, answer
                resource = once.resource_id if once else None
                yield request, Receipt(first + growth, last + growth, recorded_at, resource)
            else:
                yield request, answer

    def judge(self, request: Request, lookup: Lookup) -> None:
        """Add one more request, or its refusal. The requests before it count as recorded."""
        self.batch.append(request)
        once = request.append.once
        # A command that was looked up already need not be checked again.
        if once is not None and once.id not in lookup.commands:
            self.command_ids.append(once.id)
        if (answer := _earlier_answer(once, lookup) or self._refused(request, lookup)) is not None:
            self._answers.append((request, answer))
        else:
            self._accept(request)

    def matches(self, condition: DCBAppendCondition) -> bool:
        """Whether an event of this plan matches, or one of the tails before it."""
        query, after = condition.fail_if_events_match, condition.after or 0
        if self.tail.matches(query, after):
            return True
        for tail in self._bases:  # a generator expression would take as long as the search
            if tail.matches(query, after):
                return True
        self.needs_lock = self.needs_lock or (after > self.head and self.tail.matches(query, self.head))
        return False

    def _refused(self, request: Request, lookup: Lookup) -> LogError | None:
        append, clock = request.append, lookup.clock
        if clock is not None and append.not_after is not None and clock > append.not_after:
            return DeadlinePassed()
        if clock is not None and append.not_before is not None and clock < append.not_before:
            return NotYetDue()
        if request in lookup.conflicting or (append.condition is not None and self.matches(append.condition)):
            return Conflict()
        return _claim_taken(append, self, lookup)

    def _accept(self, request: Request) -> None:
        append = request.append
        first = self.tail.head + 1
        if append.condition is not None:
            self._conditions.append(append.condition)
        self._add_events(append)
        last = self.tail.head
        self.disclosures += [(d.digest, d.subject, d.nonce, d.sealed, first) for d in append.disclosures]
        self._add_claims(append)
        self._add_papers(append, first)
        self._add_deadlines(append)
        if append.once is not None:
            once = append.once
            self.commands.append((once.id, once.fingerprint, first, last, once.resource_id))
        self._answers.append((request, (first, last)))

    def holder(self, claim: Claim, lookup: Lookup) -> str | None:
        """The holder of the claim after this plan, as far as it is known."""
        if (taken := self._claimed.get((claim.kind, claim.key))) is not None:
            return taken
        holder = lookup.holders.get((claim.kind, claim.key))
        return None if (claim.kind, claim.key, holder) in self._released else holder

    def _add_events(self, append: Append) -> None:
        envelope = append.envelope
        for event in append.events:
            tags, blind = list(dict.fromkeys(event.tags)), urandom(BLIND_BYTES)
            self.blinds.append(blind)
            self.tail.add(event.type, tags)
            self.events.append((
                event.type, event.v, tags, event.data, blind, envelope.actor, envelope.via, envelope.on_behalf_of,
                envelope.command_id, envelope.correlation_id, envelope.causation_id, envelope.reason_digest,
                envelope.occurred_at,
            ))  # fmt: skip

    def _add_claims(self, append: Append) -> None:
        for one in append.releases:
            if self._claimed.get((one.kind, one.key)) == one.holder:
                del self._claimed[one.kind, one.key]
            self._released[one.kind, one.key, one.holder] = None
        for one in append.takes:
            self._released.pop((one.kind, one.key, one.holder), None)
            self._claimed[one.kind, one.key] = one.holder

    def _add_papers(self, append: Append, position: int) -> None:
        if append.drops_papers_of is not None:
            self._dropped[append.drops_papers_of] = None
            for name in [name for name in self._papers if name[0] == append.drops_papers_of]:
                del self._papers[name]
        for paper in append.papers:
            self._papers[paper.ballot, paper.voter] = (paper, position)

    def _add_deadlines(self, append: Append) -> None:
        if append.not_after is not None:
            self.not_after = append.not_after if self.not_after is None else min(self.not_after, append.not_after)
        if append.not_before is not None:
            self.not_before = append.not_before if self.not_before is None else max(self.not_before, append.not_before)


def judge(batch: Iterable[Request], tail: Tail, lookup: Lookup) -> BatchPlan:
    """Plan a batch that follows the events of `tail`."""
    plan = BatchPlan(tail)
    for request in batch:
        plan.judge(request, lookup)
    return plan


def _earlier_answer(once: IdempotencyKey | None, lookup: Lookup) -> Receipt | IdempotencyKeyReused | None:
    if once is None or (recorded := lookup.commands.get(once.id)) is None:
        return None
    return recorded.receipt if recorded.fingerprint == once.fingerprint else IdempotencyKeyReused()


def _claim_taken(append: Append, plan: BatchPlan, lookup: Lookup) -> ClaimTaken | None:
    taken_here: dict[tuple[str, bytes], str] = {}
    for claim in append.takes:
        holder = taken_here.get((claim.kind, claim.key)) or plan.holder(claim, lookup)
        freed = any((r.kind, r.key, r.holder) == (claim.kind, claim.key, holder) for r in append.releases)
        if holder not in {None, claim.holder} and (not freed or (claim.kind, claim.key) in taken_here):
            return ClaimTaken(claim.kind)
        taken_here[claim.kind, claim.key] = claim.holder
    return None
