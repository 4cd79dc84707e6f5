"""The values that go into the log and come out of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from eventsourcing.dcb.api import DCBAppendCondition
from msgspec import Struct

from service.sealing.disclosure import Disclosure


class Envelope(Struct, frozen=True, kw_only=True):
    """The metadata of an event. Times are aware; the log stores them in UTC, in microseconds."""

    actor: str
    via: str
    """The session, token or job that acted."""
    command_id: UUID
    correlation_id: UUID
    on_behalf_of: str | None = None
    causation_id: int | None = None
    """The position of the event that caused this one, if the system acts by itself."""
    reason_digest: bytes | None = None
    occurred_at: datetime | None = None
    """When it happened, if a person says so. `recorded_at` is the time at which it was recorded."""


class Cause(Protocol):
    """The event that caused a command or requires a job."""

    @property
    def position(self) -> int: ...
    @property
    def correlation_id(self) -> UUID: ...


class NewEvent(Struct, frozen=True):
    """An event to append. `data` is stored verbatim; tags keep their order, without duplicates."""

    type: str
    v: int
    tags: Sequence[str]
    data: bytes


class Claim(Struct, frozen=True):
    """A claim by `holder` to be the only one with `key` among the keys of this kind. The key is a keyed hash of the value."""

    kind: str
    key: bytes
    holder: str


class Paper(Struct, frozen=True):
    """The sealed paper of one voter on one ballot."""

    ballot: str
    voter: str
    sealed: bytes
    commitment: bytes


class IdempotencyKey(Struct, frozen=True):
    """Identifies a command, so that it takes effect once even if it is sent again. The fingerprint is a digest of its content."""

    id: UUID
    fingerprint: bytes
    resource_id: str | None = None


class Append(Struct, frozen=True, kw_only=True):
    """Events to record in one transaction, with everything that belongs to them.

    Releases are applied before takes, and dropped papers before papers. Disclosures and papers get the position of the first
    event.
    """

    events: Sequence[NewEvent]
    envelope: Envelope
    condition: DCBAppendCondition | None = None
    not_after: datetime | None = None
    """The latest `recorded_at`: a later append is refused. `not_before` is the earliest."""
    not_before: datetime | None = None
    disclosures: Sequence[Disclosure] = ()
    takes: Sequence[Claim] = ()
    releases: Sequence[Claim] = ()
    papers: Sequence[Paper] = ()
    drops_papers_of: str | None = None
    once: IdempotencyKey | None = None


class Receipt(Struct, frozen=True):
    """The positions and time of a recorded append. `repeated`: of the same command, which was recorded before."""

    first: int
    last: int
    recorded_at: datetime
    resource_id: str | None = None
    repeated: bool = False


class EventContent(Struct, frozen=True):
    """The part of an event that decisions need."""

    position: int
    type: str
    data: bytes


class RecordedEvent(Struct, frozen=True):
    """An event in the log: its row without the blind."""

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
