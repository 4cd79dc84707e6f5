"""What becomes of the appends of one batch: judged in order, in memory, against what is known. No IO."""

import asyncio
from collections.abc import Iterable
from datetime import datetime
from os import urandom
from uuid import UUID

from eventsourcing.dcb.api import DCBAppendCondition
from msgspec import Struct

from service.store.log.errors import Conflict, DeadlinePassed, LogError, NotYetDue, OtherBody, Taken
from service.store.log.tail import Tail
from service.store.log.types import Append, Claim, OnceOnly, Paper, Receipt

BLIND = 32  # bytes

Stated = tuple[list[str], list[str], list[int]] | tuple[None, None, None]
"""What conditions ask, as `append_events` takes it: type, tag, and the position after which no such event may stand."""
UNSTATED: Stated = (None, None, None)


class Request(Struct, eq=False):
    """An append that waits, and where its answer goes. The answer is a value, so that nobody has to be there to take it."""

    append: Append
    weight: int
    done: asyncio.Future[Receipt | LogError]
    """Of whoever handed it in: cancelled, if they left."""
    others: list[asyncio.Future[Receipt | LogError]] | None = None
    """Who waits for the same answer."""

    def also(self) -> asyncio.Future[Receipt | LogError]:
        """Another place where the answer goes."""
        self.others = self.others or []
        self.others.append(asyncio.get_running_loop().create_future())
        return self.others[-1]

    def answer(self, answer: Receipt | LogError) -> None:
        """Tell everybody who still waits."""
        if not self.done.done():
            self.done.set_result(answer)
        for done in self.others or ():
            if not done.done():
                done.set_result(answer)


class Earlier(Struct, frozen=True):
    """A command that was recorded before."""

    fingerprint: bytes
    receipt: Receipt


class Known(Struct):
    """What the database told about a batch, as far as it has been asked.

    `moment`: the store's clock stands there or later. `spoilt`: requests whose condition fails by events that are older
    than the tail.
    """

    moment: datetime | None = None
    commands: dict[UUID, Earlier] = {}
    holders: dict[tuple[str, bytes], str] = {}
    spoilt: frozenset[Request] = frozenset()


class Draft:
    """A batch as it would be recorded on top of some tails, the latest events first: the rows, and the answers if it is."""

    def __init__(self, *under: Tail) -> None:
        self.head = under[0].head
        self.tail = Tail(self.head, under[0].size)
        self.batch: list[Request] = []
        """Who has been judged."""
        self._under = under
        self.events: list[tuple[object, ...]] = []
        self.disclosures: list[tuple[object, ...]] = []
        self.commands: list[tuple[object, ...]] = []
        self.asked: list[UUID] = []
        self.not_before: datetime | None = None
        self.not_after: datetime | None = None
        self.blinds: list[bytes] = []
        """Of the events. The first tells this try from every other."""
        self.doubtful = False
        """A condition asks for what comes after an event that the tail does not hold yet: under the lock it will."""
        self._conditions: list[DCBAppendCondition] = []
        self._taken: dict[tuple[str, bytes], str] = {}
        self._released: dict[tuple[str, bytes, str], None] = {}
        self._papers: dict[tuple[str, str], tuple[Paper, int]] = {}
        self._dropped: dict[str, None] = {}
        self._answers: list[tuple[Request, LogError | Receipt | tuple[int, int]]] = []

    @property
    def says_nothing(self) -> bool:
        """Everything is refused for good, without asking the database."""
        return not self.events and not self.asked

    def arguments(self, blind: bytes | None, stated: Stated) -> tuple[object, ...]:
        """For `append_events`, in its order. `blind`: of the event at `head`. `stated`: what it is to check."""
        return (
            self.head,
            blind,
            *stated,
            self.events,
            self.not_before,
            self.not_after,
            self.asked,
            self.commands,
            self.disclosures,
            list(self._released),
            [(kind, key, holder) for (kind, key), holder in self._taken.items()],
            list(self._dropped),
            [(p.ballot, p.voter, p.sealed, p.commitment, position) for p, position in self._papers.values()],
        )

    def goes_back_before(self, floor: int) -> bool:
        """Whether a condition asks about events up to `floor`."""
        return any((condition.after or 0) < floor for condition in self._conditions)

    def stated(self, judged_from: int) -> Stated:
        """What the conditions ask of events after the head, or if they go back before `judged_from`, of all; each question once.

        By first tags alone: an event that answers one need not be what is asked about. UNSTATED if that would not do.
        """
        stated: dict[tuple[str, str, int], None] = {}
        for condition in self._conditions:
            after, items = condition.after or 0, condition.fail_if_events_match.items
            since = after if after < judged_from else max(after, self.head)
            # Who asks for all events of a type, or for all there are, has them looked at one by one.
            if not items:
                return UNSTATED
            for one in items:
                types, tags = one.types, one.tags
                if not types or not tags:
                    return UNSTATED
                for type_ in types:
                    stated[type_, tags[0], since] = None
        types, tags, since = zip(*stated, strict=True) if stated else ((), (), ())
        return list(types), list(tags), list(since)

    def refusals(self) -> Iterable[tuple[Request, Receipt | LogError]]:
        """Who is told what where nothing is to be recorded."""
        assert not self.events
        return self.answers(self.head, None)

    def answers(self, head: int, recorded_at: datetime | None) -> Iterable[tuple[Request, Receipt | LogError]]:
        """Who is told what, once the draft has been recorded up to `head`."""
        grown = head - len(self.events) - self.head
        for request, answer in self._answers:
            if isinstance(answer, tuple):
                assert recorded_at is not None
                once, (first, last) = request.append.once, answer
                resource = once.resource_id if once else None
                yield request, Receipt(first + grown, last + grown, recorded_at, resource)
            else:
                yield request, answer

    def judge(self, request: Request, known: Known) -> None:
        """Draft what one more request asks for, or its refusal; it sees those before it."""
        self.batch.append(request)
        once = request.append.once
        # Those that are answered by what was looked up need not be asked about again.
        if once is not None and once.id not in known.commands:
            self.asked.append(once.id)
        if (answer := _repeated(once, known) or self._refused(request, known)) is not None:
            self._answers.append((request, answer))
        else:
            self._accept(request)

    def matches(self, condition: DCBAppendCondition) -> bool:
        """Whether an event matches that is drafted here, or stands under it."""
        query, after = condition.fail_if_events_match, condition.after or 0
        if self.tail.matches(query, after):
            return True
        for tail in self._under:  # a generator takes as long as what it asks
            if tail.matches(query, after):
                return True
        self.doubtful = self.doubtful or (after > self.head and self.tail.matches(query, self.head))
        return False

    def _refused(self, request: Request, known: Known) -> LogError | None:
        append, moment = request.append, known.moment
        if moment is not None and append.not_after is not None and moment > append.not_after:
            return DeadlinePassed()
        if moment is not None and append.not_before is not None and moment < append.not_before:
            return NotYetDue()
        if request in known.spoilt or (append.condition is not None and self.matches(append.condition)):
            return Conflict()
        return _taken(append, self, known)

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

    def holder(self, claim: Claim, known: Known) -> str | None:
        """Who has the claim when this draft has been recorded, as far as is known."""
        if (taken := self._taken.get((claim.kind, claim.key))) is not None:
            return taken
        holder = known.holders.get((claim.kind, claim.key))
        return None if (claim.kind, claim.key, holder) in self._released else holder

    def _add_events(self, append: Append) -> None:
        who = append.envelope
        for event in append.events:
            tags, blind = list(dict.fromkeys(event.tags)), urandom(BLIND)
            self.blinds.append(blind)
            self.tail.add(event.type, tags)
            self.events.append((
                event.type, event.v, tags, event.data, blind, who.actor, who.via, who.on_behalf_of,
                who.command_id, who.correlation_id, who.causation_id, who.reason_digest, who.occurred_at,
            ))  # fmt: skip

    def _add_claims(self, append: Append) -> None:
        for one in append.releases:
            if self._taken.get((one.kind, one.key)) == one.holder:
                del self._taken[one.kind, one.key]
            self._released[one.kind, one.key, one.holder] = None
        for one in append.takes:
            self._released.pop((one.kind, one.key, one.holder), None)
            self._taken[one.kind, one.key] = one.holder

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


def judge(batch: Iterable[Request], tail: Tail, known: Known) -> Draft:
    """Draft the batch on top of `tail`."""
    draft = Draft(tail)
    for request in batch:
        draft.judge(request, known)
    return draft


def _repeated(once: OnceOnly | None, known: Known) -> Receipt | OtherBody | None:
    if once is None or (earlier := known.commands.get(once.id)) is None:
        return None
    return earlier.receipt if earlier.fingerprint == once.fingerprint else OtherBody()


def _taken(append: Append, draft: Draft, known: Known) -> Taken | None:
    mine: dict[tuple[str, bytes], str] = {}
    for claim in append.takes:
        holder = mine.get((claim.kind, claim.key)) or draft.holder(claim, known)
        freed = any((r.kind, r.key, r.holder) == (claim.kind, claim.key, holder) for r in append.releases)
        if holder not in {None, claim.holder} and (not freed or (claim.kind, claim.key) in mine):
            return Taken(claim.kind)
        mine[claim.kind, claim.key] = claim.holder
    return None
