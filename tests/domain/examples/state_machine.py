"""A log in memory for state machines: commands fold the events of their boundary, and their events are appended.

Like the store, it enforces deadlines by its own clock, and replaces or drops papers.
`test_ballot_machine.py` is an example; give every machine `SETTINGS`.
"""

from datetime import datetime
from typing import Final, TypeVar

from hypothesis import settings

from domain.foundation import BallotId, Command, Event, PersonId, Refusal, SealedPaper, Selector, Text
from domain.people.rights import CallerCommand

SETTINGS: Final = settings.get_profile("machine")
"""The numbers of examples and steps of a state machine; `--examples` sets the former (`tests/conftest.py`)."""

Kind = TypeVar("Kind", bound=Event)


class Untimely(Refusal):
    """The log's clock is past `not_after`, or before `not_before`."""

    CODE = "untimely"
    TEXT = Text(en="This is not the time.", nl="Dit is niet het moment.")


class Recorded:
    """An event in the log, with its position, its time and its tags."""

    __slots__ = ("at", "event", "position", "tags")

    def __init__(self, position: int, at: datetime, event: Event, tags: frozenset[str]) -> None:
        self.position, self.at, self.event, self.tags = position, at, event, tags


class MemoryLog:
    """Events in order. `now` is the clock, which the state machine sets."""

    def __init__(self, now: datetime, *events: Event) -> None:
        self.now = now
        self.recorded: list[Recorded] = []
        self.papers: dict[tuple[BallotId, PersonId], SealedPaper] = {}
        self._tagged: dict[str, list[Recorded]] = {}
        for one in events:
            self.add(one)

    def execute(self, command: Command) -> list[Event]:
        """Execute a command like the command handler; return its events. Raises the refusal, and then records nothing."""
        boundary = command.consistency_boundary()
        assert boundary, f"{type(command).__name__} would read everything and conflict with everything"
        command.load(one.event for one in self.read(*boundary, *command.background()))
        if isinstance(command, CallerCommand):
            command.rights.require_valid_caller()
        command.execute()
        decided = [tagged.decision for tagged in command.collect_events()]
        assert decided, f"{type(command).__name__} decided nothing and refused nothing"
        if command.not_after is not None and self.now > command.not_after:
            raise Untimely
        if command.not_before is not None and self.now < command.not_before:
            raise Untimely
        self._keep_papers(command)
        for one in decided:
            self.add(one)
        return decided

    def refusal(self, command: Command) -> type[Refusal] | None:
        """Execute a command; return the type of the refusal, or None."""
        try:
            self.execute(command)
        except Refusal as refused:
            return type(refused)
        return None

    def add(self, event: Event) -> None:
        """Append an event without a command."""
        one = Recorded(len(self.recorded) + 1, self.now, event, frozenset(event.tags()))
        self.recorded.append(one)
        for tag in one.tags:
            self._tagged.setdefault(tag, []).append(one)

    def read(self, *selectors: Selector) -> list[Recorded]:
        """The events that any of the selectors selects, in order."""
        found = {one.position: one for selector in selectors for one in self._selected(selector)}
        return [found[position] for position in sorted(found)]

    def of(self, kind: type[Kind]) -> list[Kind]:
        """All events of a type, in order."""
        return [one.event for one in self.recorded if isinstance(one.event, kind)]

    def _selected(self, selector: Selector) -> list[Recorded]:
        tags, types = set(selector.tags), tuple(selector.types)
        among = (
            self._tagged.get(min(tags, key=lambda tag: len(self._tagged.get(tag, ()))), []) if tags else self.recorded
        )
        return [one for one in among if tags <= one.tags and (not types or isinstance(one.event, types))]

    def _keep_papers(self, command: Command) -> None:
        if command.drops_papers_of is not None:
            self.papers = {name: one for name, one in self.papers.items() if name[0] != command.drops_papers_of}
        if command.paper is not None:
            self.papers[command.paper.ballot, command.paper.voter] = command.paper
