"""The catalogue of event types."""

from collections.abc import Callable, Iterable
from typing import Any, Literal, get_args, get_origin, get_type_hints

from msgspec import Struct

from domain.foundation import Event, Nobody
from projections.event_types import events
from tests.reference.sources import plain

HEAD = """# The events

Everything that Kring knows is an event in its log. Each section below is one event type:

- *recorded by*: the commands that record it, with their operations in [the API](api.md);
- *tags*: the fields whose ids are its tags, by which events are found;
- *visible to*: the fields that name the organisations outside the programme that can read it. Each of these is a tag as well,
  with `to:` in front ([audiences](audience.md));
- *sealed under*: the key of its fields of type `Personal` (about a person) and `Words` (typed by a person). The event contains
  only their digests ([sealing](../explanation/sealing.md));
- *nl*, *en*: its sentence in a trail or a history.

This page is generated from the code (`python -m tests.reference`).
"""

ALIASES = {"bool": "boolean", "int": "integer", "datetime": "time", "date": "date"}


def catalogue(causes: Callable[[type[Event]], str]) -> str:
    """The page in Markdown. `causes` returns the commands that record an event."""
    known = events()
    return "\n".join([HEAD, _index(known), *(_chapter(one, causes(one)) for one in known), *_structs(known)])


def _index(known: Iterable[type[Event]]) -> str:
    """A link to the first event type of each subject; subjects are sorted, as their event types are."""
    first: dict[str, str] = {}
    for event in known:
        first.setdefault(event.TOPIC.partition(".")[0], event.TOPIC)
    links = [f"[{subject}](#{topic.replace('.', '')})" for subject, topic in first.items()]
    return f"Subjects: {', '.join(links)}.\n"


def _chapter(event: type[Event], causes: str) -> str:
    hints = get_type_hints(event)
    fields = [f"| `{name}` | {_named(hints[name])} |" for name in event.__struct_fields__]
    visible_to = (
        f"no organisation: {event.AUDIENCE.because}"
        if isinstance(event.AUDIENCE, Nobody)
        else ", ".join(f"`{one}`" for one in event.AUDIENCE)
    )
    return "\n".join(
        [
            f"## {event.TOPIC}",
            "",
            _meaning(event),
            "",
            f"- version {event.VERSION}",
            f"- recorded by {causes}",
            f"- tags: {', '.join(f'`{one}`' for one in event.TAGS)}",
            f"- visible to {visible_to}",
            f"- sealed under the key of `{event.KEY or event.TAGS[0]}`",
            f"- nl: {plain(event.SUMMARY.nl)}",
            f"- en: {plain(event.SUMMARY.en)}",
            "",
            "| field | type |",
            "|---|---|",
            *fields,
            "",
        ]
    )


def _meaning(kind: type[Struct]) -> str:
    return "\n".join(one.strip() for one in (kind.__doc__ or "").strip().splitlines())


def _structs(known: Iterable[type[Event]]) -> list[str]:
    """The structs inside events, each with its fields."""
    found: dict[str, type[Struct]] = {}
    for event in known:
        for name in event.__struct_fields__:
            _collect(get_type_hints(event)[name], found)
    return ["# Types of fields\n", *(_struct(found[name]) for name in sorted(found))]


def _struct(kind: type[Struct]) -> str:
    hints = get_type_hints(kind)
    fields = [f"| `{name}` | {_named(hints[name])} |" for name in kind.__struct_fields__]
    return "\n".join([f"## {kind.__name__}", "", _meaning(kind), "", "| field | type |", "|---|---|", *fields, ""])


def _collect(hint: Any, found: dict[str, type[Struct]]) -> None:
    if isinstance(hint, type) and issubclass(hint, Struct):
        if hint.__name__ not in found:
            found[hint.__name__] = hint
            for one in get_type_hints(hint).values():
                _collect(one, found)
        return
    for one in get_args(hint):
        _collect(one, found)


def _named(hint: Any) -> str:
    if hint is type(None):
        return "null"
    if get_origin(hint) is Literal:
        return " or ".join(f"`{one}`" for one in get_args(hint))
    if get_origin(hint) is tuple:
        return f"list of {_named(get_args(hint)[0])}"
    if args := get_args(hint):
        return " or ".join(_named(one) for one in args)
    name: str = hint.__name__
    return ALIASES.get(name, f"`{name}`")
