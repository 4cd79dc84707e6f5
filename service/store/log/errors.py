"""Errors of an append.

LogError
├── InvalidAppend         cannot be stored: too large, or not text
├── Conflict              an event that the condition excludes has been recorded: read and decide again
│   └── LogRestored       the log was restored, so events that were read may be gone
├── DeadlinePassed        after `not_after`: retrying is useless
├── NotYetDue             before `not_before`
├── ClaimTaken            another holder has the claim
├── IdempotencyKeyReused  the command id was used for another command
├── Unavailable           nothing was recorded, for a reason that does not lie with the caller
│   ├── QueueFull         too many appends are waiting
│   ├── ClockBehind       the database's clock is behind the last event
│   └── OtherLog          the database holds another log than the one that was opened
└── OutcomeUnknown        the connection was lost, and it is not known whether the append was recorded
"""

from datetime import datetime

from eventsourcing.persistence import IntegrityError


class LogError(Exception):
    """The log did not record the append, or it is not known whether it did."""


class InvalidAppend(LogError, ValueError):
    """The append cannot be stored; the message says why, without quoting the content."""


class Conflict(LogError, IntegrityError):
    """An event that the condition excludes has been recorded."""


class LogRestored(Conflict):
    """The log was restored to an earlier state: events that this process has read are gone."""

    def __init__(self) -> None:
        super().__init__("the log was restored to an earlier state")


class DeadlinePassed(LogError):
    """By the store's clock it is later than `not_after` (rule 4)."""


class NotYetDue(LogError):
    """By the store's clock it is earlier than `not_before`."""


class ClaimTaken(LogError):
    """Another holder has the claim."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"another holder has this {kind}")
        self.kind = kind


class IdempotencyKeyReused(LogError):
    """The id of this command was used before, for a command with other content."""


class Unavailable(LogError):
    """The store cannot record at the moment. This append was not recorded; try again after `retry_after` seconds."""

    def __init__(self, reason: str, retry_after: float = 1.0) -> None:
        super().__init__(f"{reason}; nothing was recorded")
        self.retry_after = retry_after


class QueueFull(Unavailable):
    """Too many appends are waiting, or another command kept the turn for too long."""

    def __init__(self, retry_after: float) -> None:
        super().__init__("too many appends are waiting", retry_after)


class ClockBehind(Unavailable):
    """The database's clock is more than a second behind the last event; the operator must correct it."""

    def __init__(self, clock: datetime) -> None:
        super().__init__(f"the database's clock was set back to {clock.isoformat()}")
        self.clock = clock


class OtherLog(Unavailable):
    """The database holds another log than the one that was opened. A process that is started now opens that one."""

    def __init__(self) -> None:
        super().__init__("the database holds another log than when this process started")


class OutcomeUnknown(LogError):
    """The connection was lost, and it is not known whether the append was recorded. Retrying with the same command id is safe."""
