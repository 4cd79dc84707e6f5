"""The catalogue of events: what stands in the log, for everyone who reads it."""

from collections.abc import Callable, Iterable
from typing import Any, Literal, get_args, get_origin, get_type_hints

from msgspec import Struct

from domain.foundation import Event, Nobody
from projections.event_types import events
from tests.reference.sources import plain

HEAD = """# The facts

Everything that Kring knows is a fact in its log. This page is made from the code (`python -m tests.reference`); a test
compares them. `Personal` and `Words` are sealed apart: the fact holds their digest alone. A fact's tags are the ids in the
fields that it concerns, then `to:` each organisation that can see it.
"""

ALIASES = {"bool": "yes or no", "int": "integer", "datetime": "moment", "date": "date"}


def catalogue(causes: Callable[[type[Event]], str]) -> str:
    """The page, as Markdown. `causes` says who records an event."""
    known = events()
    return "\n".join([HEAD, *(_chapter(one, causes(one)) for one in known), *_structs(known)])


def _chapter(event: type[Event], causes: str) -> str:
    hints = get_type_hints(event)
    fields = [f"| `{name}` | {_named(hints[name])} |" for name in event.__struct_fields__]
    audience = (
        f"nobody: {event.AUDIENCE.because}"
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
            f"- concerns {', '.join(f'`{one}`' for one in event.TAGS)}",
            f"- visible to {audience}",
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
    return ["# What stands in facts\n", *(_struct(found[name]) for name in sorted(found))]


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
        return "nothing"
    if get_origin(hint) is Literal:
        return " or ".join(f"`{one}`" for one in get_args(hint))
    if get_origin(hint) is tuple:
        return f"list of {_named(get_args(hint)[0])}"
    if args := get_args(hint):
        return " or ".join(_named(one) for one in args)
    name: str = hint.__name__
    return ALIASES.get(name, f"`{name}`")
