"""What goes into the log and what comes out of it: plain values, no behaviour."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from eventsourcing.dcb.api import DCBAppendCondition
from msgspec import Struct

from service.sealing.disclosure import Disclosure


class Envelope(Struct, frozen=True, kw_only=True):
    """Who did something, through what and for whom. Moments are aware; the log keeps them to the microsecond, in UTC."""

    actor: str
    via: str
    """The session, token or job that acted."""
    command_id: UUID
    correlation_id: UUID
    on_behalf_of: str | None = None
    causation_id: int | None = None
    """The position of the event that caused it, where the system acts by itself."""
    reason_digest: bytes | None = None
    occurred_at: datetime | None = None
    """When it happened, where a person says so; not when it was recorded."""


class NewEvent(Struct, frozen=True):
    """An event to be recorded. `data` is kept verbatim; tags keep their order, a repeated one is kept once."""

    type: str
    v: int
    tags: Sequence[str]
    data: bytes


class Claim(Struct, frozen=True):
    """That `holder` alone has `key` among the keys of this kind; the key is a keyed hash, never the thing itself."""

    kind: str
    key: bytes
    holder: str


class Paper(Struct, frozen=True):
    """The sealed paper of one voter on one ballot."""

    ballot: str
    voter: str
    sealed: bytes
    commitment: bytes


class OnceOnly(Struct, frozen=True):
    """What makes a command that is sent again take effect once: its id, and what tells it from another with that id."""

    id: UUID
    fingerprint: bytes
    resource_id: str | None = None


class Append(Struct, frozen=True, kw_only=True):
    """Events to be recorded together, and everything that must happen in the same transaction, or nothing of it.

    Releases come before takes, dropped papers before papers. A disclosure and a paper get the position of the first
    event.
    """

    events: Sequence[NewEvent]
    envelope: Envelope
    condition: DCBAppendCondition | None = None
    not_after: datetime | None = None
    """Recorded at this moment at the latest, by the store's clock, or refused."""
    not_before: datetime | None = None
    disclosures: Sequence[Disclosure] = ()
    takes: Sequence[Claim] = ()
    releases: Sequence[Claim] = ()
    papers: Sequence[Paper] = ()
    drops_papers_of: str | None = None
    once: OnceOnly | None = None


class Receipt(Struct, frozen=True):
    """Where an append stands. `repeated`: the command had been recorded before, and these are its places of then."""

    first: int
    last: int
    recorded_at: datetime
    resource_id: str | None = None
    repeated: bool = False


class Content(Struct, frozen=True):
    """What a decision learns of an event in the log."""

    position: int
    type: str
    data: bytes


class Recorded(Struct, frozen=True):
    """One row of the log without its blind."""

    position: int
    type: str
    v: int
    tags: list[str]
    data: bytes
    actor: str
    via: str
    on_behalf_of: str | None
    command_id: UUID
    correlation_id: UUID
    causation_id: int | None
    reason_digest: bytes | None
    occurred_at: datetime | None
    recorded_at: datetime
