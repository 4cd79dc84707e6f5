"""The generated reference pages (events, refusals, reports) and tables (rules, roles, states, audiences, views, changes)."""

# Types are used here as values:
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownMemberType=false

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from domain.foundation import Command, Event, Nobody, Reach, Refusal
from projections.derived.changes import ASKS, DECISIONS
from projections.derived.reports import REPORTS, Report
from projections.event_types import events
from service.commands import TooLate
from tests.reference import events_by_view
from tests.reference.events import catalogue
from tests.reference.sources import (
    ROOT,
    Route,
    by_system,
    commands,
    plain,
    refused_outside,
    rights_of,
    routes,
    rules_of,
    rules_tested,
    sets_deadline,
)
from tests.reference.states import table
from tests.reference.who_may import CALLERS, Outcome, rows

FOLDER = ROOT / "docs" / "reference"
EVERYWHERE = frozenset({"NotFound", "NotAllowed", "TokenEnded"})
"""Refusals of nearly every command, which the table of roles explains."""
OUTCOME_WORDS: dict[Outcome, str] = {"allowed": "yes", "forbidden": "403", "hidden": "404"}
CITED = re.compile(r"^Rules? [^:]*: ")
GENERATED = re.compile(r"(<!-- (?P<what>[a-z]+(?: \w+)?) -->\n).*?(<!-- end -->)", re.DOTALL)


def events_in_words() -> str:
    """Every event type, with the commands that record it."""
    return catalogue(causes)


def refusals() -> str:
    """Every refusal of a command, of the HTTP layer and of the store, with code, status, text and rule."""
    known = _by_code({one for effects in commands().values() for one in effects.refuses})
    outside = _by_code(refused_outside())
    return "\n".join([REFUSALS, *map(_refusal, known), OUTSIDE, *map(_refusal_outside, outside), ""])


def rules() -> str:
    """The page of rules, with its tables regenerated."""
    return _filled("rules.md", lambda what: _rule(int(what.removeprefix("rule "))))


def roles() -> str:
    """The page of roles, with its tables regenerated."""
    return _filled("roles.md", lambda what: _rights() if what == "rights" else _who_may())


def states() -> str:
    """The page of states, with its diagrams and tables regenerated."""
    return _filled("states.md", lambda what: table(what.removeprefix("states").strip() or None))


def audience() -> str:
    """The page of audiences, with its tables regenerated."""
    return _filled("audience.md", lambda what: _visible() if what == "visible" else _internal())


def views() -> str:
    """The page of views, with its table of events regenerated."""
    return _filled("views.md", lambda _: events_by_view.table())


def changes() -> str:
    """The page of changes, with its table of events regenerated."""
    return _filled("changes.md", lambda _: _changes())


def reporting() -> str:
    """Every report with its columns."""
    return "\n".join([REPORTING, *map(_report, REPORTS)])


def _report(report: Report) -> str:
    rows = [f"| `{one.name}` | {one.kind} | {one.meaning}. |" for one in report.columns]
    key = _codes(report.key)
    head = [
        f"## `{report.name}`",
        "",
        f"{report.rows} Key: {key}.",
        "",
        "| column | type | |",
        "|---|---|---|",
    ]
    return "\n".join([*head, *rows, ""])


PAGES: dict[str, Callable[[], str]] = {
    "events.md": events_in_words,
    "refusals.md": refusals,
    "rules.md": rules,
    "roles.md": roles,
    "states.md": states,
    "audience.md": audience,
    "views.md": views,
    "changes.md": changes,
    "reporting.md": reporting,
}
"""The function that generates each page or its tables."""


def write() -> None:
    """Write every page."""
    for name, make in PAGES.items():
        (FOLDER / name).write_text(make())


def causes(event: type[Event]) -> str:
    """The commands that record an event, with their operations."""
    return ", ".join(_with_operations(one) for one, effects in commands().items() if event in effects.records)


# Parts

REFUSALS = """# Refusals

Example: a vote arrives after the ballot was closed. The answer has status 409, the code `ballot-not-open` and the text "This
ballot is closed."

`code` is stable, for programs; the text is for people, in English or Dutch, and `{…}` stands for a value. *Rule* is the
[rule](rules.md) that requires the refusal. This page is generated from the code (`python -m tests.reference`).

## Refusals of commands

| code | status | rule | text | refused commands |
|---|---|---|---|---|"""

OUTSIDE = """
## Other refusals

The HTTP layer refuses requests, and the store refuses appends, whatever the command is. [The API](api.md) lists further
status codes of HTTP itself.

| code | status | rule | text | when |
|---|---|---|---|---|"""


REPORTING = """# The reports

Reports are tables for spreadsheets, dashboards and other programs, such as the turnout of every ballot:

```text
GET /api/v1/reporting/turnout.csv
GET /api/v1/reporting/turnout.xlsx?programme=programme_01m8…&at_least=4711
```

A file is CSV (RFC 4180, UTF-8) or XLSX. `programme` selects the rows of one programme, `at_least` waits until the views have
reached a position. A manager gets the rows of their programmes. A token of the role `reporting` gets the rows that its
organisations may see: never attendance, rankings or the costs of trips.

In the database, reports are views in the schema `reporting`. They have all rows, and are readable by the role
`kring_reporting`: see [report in charts](../how-to/report-in-charts.md).

A column keeps its name, type and meaning; new columns are added at the end. Values are ids, codes, counts, times in UTC,
dates, and the public names of programmes and organisations: never a person's name, or a text that somebody typed. A missing
value is an empty cell. This page is generated from the code (`python -m tests.reference`).
"""


def _refusal(one: type[Refusal]) -> str:
    of = [command.__name__ for command, effects in commands().items() if one in effects.refuses]
    refuses = "nearly every command" if one.__name__ in EVERYWHERE else _codes(of)
    said = f"{plain(one.TEXT.en)}<br>{plain(one.TEXT.nl)}"
    return f"| `{one.CODE}` | {one.STATUS} | {_rule_links(one)} | {said} | {refuses} |"


def _refusal_outside(one: type[Refusal]) -> str:
    when = CITED.sub("", " ".join((one.__doc__ or "").partition("\n\n")[0].split()))
    said = f"{plain(one.TEXT.en)}<br>{plain(one.TEXT.nl)}"
    return f"| `{one.CODE}` | {one.STATUS} | {_rule_links(one)} | {said} | {when[:1].upper()}{when[1:]} |"


def _rule_links(one: type[Refusal]) -> str:
    """Links to the rules that the docstring of a refusal cites."""
    headings = {
        int(number): heading
        for heading, number in re.findall(r"^## (Rule (\d+)\. .*)$", (FOLDER / "rules.md").read_text(), re.MULTILINE)
    }
    return ", ".join(f"[{number}](rules.md#{_anchor(headings[number])})" for number in sorted(rules_of(one.__doc__)))


def _anchor(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def _by_code(refusals: Iterable[type[Refusal]]) -> list[type[Refusal]]:
    return sorted(refusals, key=lambda one: (one.CODE, one.__name__))


def _rule(number: int) -> str:
    """The commands that cite a rule or have refusals that cite it, these refusals, and the tests named after the rule."""
    refused = {
        command: sorted(one.CODE for one in (*effects.refuses, *_late(command)) if number in rules_of(one.__doc__))
        for command, effects in commands().items()
    }
    citing = [one for one, by in refused.items() if by or number in rules_of(one.__doc__)]
    lines = ["", "| command | refusals |", "|---|---|"] if citing else [""]
    lines += [f"| {_with_operations(one)} | {_codes(refused[one])} |" for one in citing]
    tests = [f"- `{file}`: {sentence}" for file, sentence in rules_tested().get(number, [])]
    return "\n".join([*lines, "", *tests, "", ""])


def _rights() -> str:
    lines = ["", "| command | operation | roles that it checks |", "|---|---|---|"]
    for one in commands():
        executed_by = _operations(one) or ("Kring itself" if one in by_system() else "")
        lines.append(f"| `{one.__name__}` | {executed_by} | {', '.join(sorted(rights_of(one)))} |")
    return "\n".join([*lines, "", ""])


def _who_may() -> str:
    lines = ["", f"| operation | {' | '.join(CALLERS)} |", f"|---|{'---|' * len(CALLERS)}"]
    for operation, outcomes in rows():
        lines.append(f"| `{operation}` | {' | '.join(OUTCOME_WORDS[outcomes[one]] for one in CALLERS)} |")
    return "\n".join([*lines, "", ""])


REACHES: Mapping[Reach, str] = {
    "programme": "everybody",
    "team": "its teams",
    "guides": "facilitators",
    "own": "the people concerned",
}
"""The readers inside the programme, in words."""


def _visible() -> str:
    rows = [
        f"| `{one.TOPIC}` | {_codes(one.AUDIENCE)} | {REACHES[one.REACH]} |"
        for one in events()
        if not isinstance(one.AUDIENCE, Nobody)
    ]
    return "\n".join(
        ["", "| event | organisations in the field | inside the programme |", "|---|---|---|", *rows, "", ""]
    )


def _internal() -> str:
    rows = [
        f"| `{one.TOPIC}` | {one.AUDIENCE.because} | {REACHES[one.REACH]} |"
        for one in events()
        if isinstance(one.AUDIENCE, Nobody)
    ]
    return "\n".join(["", "| event | why | inside the programme |", "|---|---|---|", *rows, "", ""])


def _changes() -> str:
    rows = [
        f"| `{topic}` | {_codes(ASKS.get(topic, ()))} | {'yes' if topic in DECISIONS else ''} |"
        for topic in sorted(DECISIONS.union(ASKS))
    ]
    return "\n".join(["", "| event | leads to the to-do | decides something |", "|---|---|---|", *rows, "", ""])


def _with_operations(command: type[Command]) -> str:
    by = _operations(command) or "by Kring itself"
    source = command.__module__.replace(".", "/")
    return f"[`{command.__name__}`](../../{source}.py) ({by})"


def _late(command: type[Command]) -> list[type[Refusal]]:
    """The refusal of the store, if the command sets a deadline."""
    return [TooLate] if sets_deadline(command) else []


def _operations(command: type[Command]) -> str:
    return _codes(_label(route) for route, executed in routes().items() if command in executed)


def _label(route: Route) -> str:
    return f"{route.method} {route.path}"


def _codes(words: Iterable[str]) -> str:
    return ", ".join(f"`{one}`" for one in words)


def _filled(page: str, made: Callable[[str], str]) -> str:
    text = Path(FOLDER / page).read_text()
    return GENERATED.sub(lambda found: f"{found[1]}{made(found['what'])}{found[3]}", text)
