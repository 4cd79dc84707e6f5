"""Given events, when a command is executed, then events: the form of every test of a rule."""

from datetime import UTC, datetime

from domain.foundation import Caller, Command, Event, PersonId, Role, Words

NOW = datetime(2016, 10, 1, 12, tzinfo=UTC)


def decide(command: Command, *given: Event) -> list[Event]:
    """Load the given events into `command`, execute it, and return the events that it records."""
    command.load(given)
    command.execute()
    return [tagged.decision for tagged in command.collect_events()]


def caller(role: Role, person: PersonId | None = None, *, reason: str | None = None, at: datetime = NOW) -> Caller:
    """A caller with a token of this role."""
    return Caller(role=role, person=person, via="token_1", at=at, reason=None if reason is None else Words(reason))
