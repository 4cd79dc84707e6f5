"""What an append must be before it may wait: so that nothing in the queue can spoil a batch."""

from collections.abc import Iterable
from datetime import UTC, datetime

from service.store.log.errors import BadEvent
from service.store.log.types import Append, Envelope, NewEvent

MAX_EVENTS = 1_000  # in one append
MAX_DATA = 1 << 20  # bytes of one event
MAX_WEIGHT = 8 << 20  # bytes of one append, everything in it
ROW, TAG = 512, 256  # bytes that a row and a tag weigh beside their text: in memory, and in time under the lock
MAX_TAGS = 5_000  # of one event
MAX_TEXT = 200  # bytes of a tag, a type or a name: an index entry must hold three of them
MAX_VERSION = 32_767


def weigh(append: Append) -> int:
    """Check an append; its weight in bytes, for bounding what waits. Raises `BadEvent`, which never quotes the content."""
    if not 0 < len(append.events) <= MAX_EVENTS:
        raise BadEvent(f"an append has 1 to {MAX_EVENTS} events")
    _check_envelope(append.envelope)
    _check_moments(append.not_after, append.not_before, append.envelope.occurred_at)
    weight = sum(map(_weigh, append.events)) + _weigh_beside(append)
    if weight > MAX_WEIGHT:
        raise BadEvent(f"an append has at most {MAX_WEIGHT} bytes")
    return weight


def _weigh(event: NewEvent) -> int:
    if not 0 <= event.v <= MAX_VERSION:
        raise BadEvent(f"the version of an event lies between 0 and {MAX_VERSION}")
    if len(event.data) > MAX_DATA:
        raise BadEvent(f"an event has at most {MAX_DATA} bytes")
    if len(event.tags) > MAX_TAGS:
        raise BadEvent(f"an event has at most {MAX_TAGS} tags")
    _check_names((event.type, *event.tags))
    return ROW + len(event.data) + TAG * len(event.tags) + sum(map(len, event.tags))


def _weigh_beside(append: Append) -> int:
    """What stands beside the events."""
    weight = 0
    for claim in (*append.takes, *append.releases):
        _check_names((claim.kind, claim.holder))
        if len(claim.key) > MAX_TEXT:
            raise BadEvent(f"the key of a claim has at most {MAX_TEXT} bytes")
        weight += ROW
    for paper in append.papers:
        _check_names((paper.ballot, paper.voter))
        weight += ROW + len(paper.sealed) + len(paper.commitment)
    for one in append.disclosures:
        _check_names((one.subject,))
        if len(one.digest) > MAX_TEXT:
            raise BadEvent(f"a digest has at most {MAX_TEXT} bytes")
        weight += ROW + len(one.sealed) + len(one.nonce) + len(one.digest)
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
    """PostgreSQL takes neither NUL nor half a surrogate pair, an index no long values."""
    for name in names:
        try:
            size = len(name) if name.isascii() else len(name.encode())
        except UnicodeEncodeError:
            raise BadEvent("a name or tag is not Unicode text") from None
        if not 0 < size <= MAX_TEXT or "\0" in name:
            raise BadEvent(f"a name or tag has 1 to {MAX_TEXT} bytes and no NUL")


def _check_moments(*moments: datetime | None) -> None:
    for moment in moments:
        if moment is None:
            continue
        if moment.tzinfo is None:
            raise BadEvent("a moment says its offset from UTC")
        try:
            moment.astimezone(UTC)
        except OverflowError:
            raise BadEvent("a moment lies outside the calendar") from None
