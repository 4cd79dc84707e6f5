"""States, read from the code, and transitions between them, read from the stories."""

# Types are used here as values:
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownMemberType=false

import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from pkgutil import walk_packages
from typing import Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

from msgspec import Struct

import projections
import service.api
import service.reading
from projections.ballots import Paper, Result
from projections.derived.attendance import AttendanceOf
from projections.derived.dashboard import Dashboard
from projections.derived.to_dos import ToDo
from projections.people import Token
from projections.programmes import Participant, Programme
from projections.teams import Assignment
from service.api.history.feed import Redaction
from service.api.operations.health import Health
from service.api.own.calendar import CalendarLink
from service.api.people.tokens import IssuedToken
from service.reading.assignments import ShownAssignment
from service.reading.ballot_results import ShownResult
from service.reading.ballots import OwnPaper
from service.reading.invitations import Invitation
from service.reading.me import Me, MyProgramme
from tests.reference.sources import ROOT
from tests.reference.state_stories import STORIES, Story

PAGE = ROOT / "docs" / "reference" / "states.md"

SHOWN_ROWS: dict[type[Struct], type[Struct]] = {
    ShownAssignment: Assignment,
    OwnPaper: Paper,
    ShownResult: Result,
    MyProgramme: Programme,
    Dashboard: Programme,
    AttendanceOf: Participant,
    IssuedToken: Token,
}
"""API resources that show a row of a view: their states are those of the row, and derived ones."""

WITHOUT_TRANSITIONS: dict[type[Struct], str] = {
    Health: "describes the service, not the log",
    Me: "is the caller, whose token is valid",
    CalendarLink: "is shown once, while it is valid",
    Redaction: "answers the request that redacts",
    Invitation: "follows from the jobs of its mails, which are not in the log",
    ToDo: "is shown only while it is open",
}
"""Resources with a status but without transitions, with the reason."""


class Transition(NamedTuple):
    """A transition between states by an event type or by passing time. `start` None: creation."""

    start: str | None
    cause: str
    end: str


@cache
def states() -> dict[type[Struct], tuple[str, ...]]:
    """Every resource with its states: each struct with a `status`, in the views or the API."""
    found: dict[type[Struct], dict[str, None]] = {}
    for kind in sorted(_structs(), key=lambda one: (one in SHOWN_ROWS, one.__module__, one.__name__)):
        if kind not in WITHOUT_TRANSITIONS and (known := _statuses(kind)):
            found.setdefault(SHOWN_ROWS.get(kind, kind), {}).update(dict.fromkeys(known))
    return {kind: tuple(known) for kind, known in found.items()}


def _structs() -> set[type[Struct]]:
    """The structs of the views, of reading and of the API."""
    for package in (projections, service.api, service.reading):
        for module in walk_packages(package.__path__, f"{package.__name__}."):
            import_module(module.name)
    return {
        one for one in _below(Struct) if one.__module__.startswith(("projections.", "service.api.", "service.reading."))
    }


def _below(kind: type[Any]) -> Iterator[type[Any]]:
    for one in kind.__subclasses__():
        yield one
        yield from _below(one)


def _statuses(kind: type[Struct]) -> tuple[str, ...]:
    """The values of `status`, if it is declared as a literal."""
    hint = get_type_hints(kind).get("status") if "status" in kind.__struct_fields__ else None
    return get_args(hint) if get_origin(hint) is Literal else ()


def transitions(kind: type[Struct]) -> list[Transition]:
    """Every transition in the stories of this kind, in their order."""
    return list(dict.fromkeys(one for story in STORIES if story.of is kind for one in _transitions(story)))


def _transitions(story: Story) -> Iterator[Transition]:
    before: str | None = None
    for step in story.steps:
        if step.status not in {None, before}:
            assert step.status is not None, "a step with a new status"
            yield Transition(before, step.cause, step.status)
        before = step.status


# The page


def table(name: str | None) -> str:
    """The diagram and table of transitions of a resource, by the name of its struct; None: resources with one state."""
    if name is None:
        return _of_one_state()
    (kind,) = (one for one in states() if one.__name__ == name)
    known, found = states()[kind], transitions(kind)
    causes = {
        pair: [one.cause for one in found if one[::2] == pair] for pair in dict.fromkeys(one[::2] for one in found)
    }
    arrows = [f"    {start or '[*]'} --> {end}: {', '.join(by)}" for (start, end), by in causes.items()]
    drawn = ["", "```mermaid", "stateDiagram-v2", *arrows, "```", ""]
    return "\n".join([*drawn, "| state | reached by | from |", "|---|---|---|", *_rows(known, found), "", ""])


def _rows(known: Iterable[str], found: list[Transition]) -> Iterator[str]:
    """For each state, the causes that lead to it and the states from which they do."""
    for end in known:
        for cause in dict.fromkeys(one.cause for one in found if one.end == end):
            starts = [one.start for one in found if (one.cause, one.end) == (cause, end) and one.start is not None]
            yield f"| `{end}` | {_listed([cause])} | {_listed(starts)} |"


def _of_one_state() -> str:
    """The table of resources with one state."""
    rows = [
        f"| {_words(kind.__name__)} | `{one}` | {_listed(way.cause for way in transitions(kind))} |"
        for kind, (one, *others) in states().items()
        if not others
    ]
    return "\n".join(["", "| resource | state | event |", "|---|---|---|", *sorted(rows), "", ""])


def _words(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()


def _listed(words: Iterable[str]) -> str:
    """States and event types as code; passing time in words."""
    return ", ".join(one if " " in one else f"`{one}`" for one in words)


def described() -> dict[str, list[str]]:
    """The states that the page describes, by the name of the struct whose table follows."""
    chapters = re.findall(r"^## (.*?)<!-- states (\w+) -->", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    return {name: re.findall(r"^- `(\w+)`: ", text, re.MULTILINE) for text, name in chapters}
