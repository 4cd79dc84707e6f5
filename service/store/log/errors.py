"""What the log refuses, and what can go wrong with it.

LogError
├── BadEvent            never queued: the append cannot be stored as it is
├── Conflict            something that the condition excludes has been recorded; read again and decide again
│   └── WentBack        events that were read are not in the log any more: it was restored
├── DeadlinePassed      after `not_after`; never worth another try
├── NotYetDue           before `not_before`
├── Taken               another holder has the claim
├── OtherBody           the command id was used for something else
├── Unavailable         not recorded, for no fault of the caller
│   ├── QueueFull       too many appends are waiting
│   ├── ClockRanBack    the database's clock stands behind the last event
│   └── OtherLog        the database holds another log than the one that was opened
└── OutcomeUnknown      the connection broke and nobody can say yet whether it was recorded
"""

from datetime import datetime

from eventsourcing.persistence import IntegrityError


class LogError(Exception):
    """Base of everything that the log says no with."""


class BadEvent(LogError, ValueError):
    """The append cannot be stored as it is; the message says why, without the content."""


class Conflict(LogError, IntegrityError):
    """An event that the condition excludes has been recorded."""


class WentBack(Conflict):
    """Events that this process knew are not in the log any more: it was restored to an earlier state."""

    def __init__(self) -> None:
        super().__init__("the log was restored to an earlier state")


class DeadlinePassed(LogError):
    """The moment of recording, by the store's clock, lay after `not_after` (rule 4)."""


class NotYetDue(LogError):
    """The moment of recording, by the store's clock, lay before `not_before`."""


class Taken(LogError):
    """Another holder has the claim."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"another holder has this {kind}")
        self.kind = kind


class OtherBody(LogError):
    """The id of this command was used before, with another content."""


class Unavailable(LogError):
    """The store cannot record at the moment; this append was not recorded. Try again after `retry_after` seconds."""

    def __init__(self, reason: str, retry_after: float = 1.0) -> None:
        super().__init__(f"{reason}; nothing was recorded")
        self.retry_after = retry_after


class QueueFull(Unavailable):
    """Too many appends are waiting, or somebody keeps the turn of those that kept losing."""

    def __init__(self, retry_after: float) -> None:
        super().__init__("too many appends are waiting", retry_after)


class ClockRanBack(Unavailable):
    """The database's clock stands more than a second behind the last event: an alarm for whoever runs the server."""

    def __init__(self, clock: datetime) -> None:
        super().__init__(f"the database's clock ran back to {clock.isoformat()}")
        self.clock = clock


class OtherLog(Unavailable):
    """The database holds another log than the one that was opened; a process that starts now opens that one."""

    def __init__(self) -> None:
        super().__init__("the database holds another log than when this process started")


class OutcomeUnknown(LogError):
    """The connection broke and nobody can say yet whether the append was recorded; the same command id will tell."""
