"""Limits of an append, checked before it is queued so that a single append cannot make its batch fail."""

from collections.abc import Iterable
from datetime import UTC, datetime

from service.store.log.errors import InvalidAppend
from service.store.log.types import Append, Envelope, NewEvent

MAX_APPEND_EVENTS = 1_000  # in one append
MAX_EVENT_BYTES = 1 << 20  # of its data
MAX_APPEND_BYTES = 8 << 20  # with everything in it
ROW_BYTES, TAG_BYTES = 512, 256  # overhead of a row and of a tag, for memory and for time under the lock
MAX_EVENT_TAGS = 5_000
MAX_NAME_BYTES = 200  # of a tag, a type or a name: an index entry must hold three of them
MAX_VERSION = 32_767


def weigh(append: Append) -> int:
    """Check an append and return its weight in bytes, which bounds the queue. Raises InvalidAppend, which quotes no content."""
    if not 0 < len(append.events) <= MAX_APPEND_EVENTS:
        raise InvalidAppend(f"an append has 1 to {MAX_APPEND_EVENTS} events")
    _check_envelope(append.envelope)
    _check_times(append.not_after, append.not_before, append.envelope.occurred_at)
    weight = sum(map(_weigh_event, append.events)) + _weigh_beside(append)
    if weight > MAX_APPEND_BYTES:
        raise InvalidAppend(f"an append has at most {MAX_APPEND_BYTES} bytes")
    return weight


def _weigh_event(event: NewEvent) -> int:
    if not 0 <= event.v <= MAX_VERSION:
        raise InvalidAppend(f"the version of an event lies between 0 and {MAX_VERSION}")
    if len(event.data) > MAX_EVENT_BYTES:
        raise InvalidAppend(f"an event has at most {MAX_EVENT_BYTES} bytes")
    if len(event.tags) > MAX_EVENT_TAGS:
        raise InvalidAppend(f"an event has at most {MAX_EVENT_TAGS} tags")
    _check_names((event.type, *event.tags))
    return ROW_BYTES + len(event.data) + TAG_BYTES * len(event.tags) + sum(map(len, event.tags))


def _weigh_beside(append: Append) -> int:
    """Check and weigh what is recorded beside the events."""
    weight = 0
    for claim in (*append.takes, *append.releases):
        _check_names((claim.kind, claim.holder))
        if len(claim.key) > MAX_NAME_BYTES:
            raise InvalidAppend(f"the key of a claim has at most {MAX_NAME_BYTES} bytes")
        weight += ROW_BYTES
    for paper in append.papers:
        _check_names((paper.ballot, paper.voter))
        weight += ROW_BYTES + len(paper.sealed) + len(paper.commitment)
    for one in append.disclosures:
        _check_names((one.subject,))
        if len(one.digest) > MAX_NAME_BYTES:
            raise InvalidAppend(f"a digest has at most {MAX_NAME_BYTES} bytes")
        weight += ROW_BYTES + len(one.sealed) + len(one.nonce) + len(one.digest)
    if append.drops_papers_of is not None:
        _check_names((append.drops_papers_of,))
    if append.once is not None and append.once.resource_id is not None:
        _check_names((append.once.resource_id,))
    return weight


def _check_envelope(envelope: Envelope) -> None:
    _check_names((envelope.actor, envelope.via))
    if envelope.on_behalf_of is not None:
        _check_names((envelope.on_behalf_of,))


def _check_names(names: Iterable[str]) -> None:
    """Check that PostgreSQL can store and index these names: no NUL, no lone surrogate, not too long."""
    for name in names:
        try:
            size = len(name) if name.isascii() else len(name.encode())
        except UnicodeEncodeError:
            raise InvalidAppend("a name or tag is not Unicode text") from None
        if not 0 < size <= MAX_NAME_BYTES or "\0" in name:
            raise InvalidAppend(f"a name or tag has 1 to {MAX_NAME_BYTES} bytes and no NUL")


def _check_times(*times: datetime | None) -> None:
    for time in times:
        if time is None:
            continue
        if time.tzinfo is None:
            raise InvalidAppend("a time has an offset from UTC")
        try:
            time.astimezone(UTC)
        except OverflowError:
            raise InvalidAppend("a time lies outside the calendar") from None
