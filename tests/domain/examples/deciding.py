"""Given events, when a command, then events: what every test of a rule says."""

from datetime import UTC, datetime

from domain.foundation import Caller, Command, Event, PersonId, Role, Words

NOW = datetime(2016, 10, 1, 12, tzinfo=UTC)


def decide(command: Command, *given: Event) -> list[Event]:
    """What `command` records once it has learnt what was given."""
    command.load(given)
    command.execute()
    return [tagged.decision for tagged in command.collect_events()]


def caller(role: Role, person: PersonId | None = None, *, reason: str | None = None, at: datetime = NOW) -> Caller:
    """Somebody with a token of this role."""
    return Caller(role=role, person=person, via="token_1", at=at, reason=None if reason is None else Words(reason))
