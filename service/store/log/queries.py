"""Selections of events as SQL: the positions that may match a query.

The index of tags holds an 8-byte hash of a tag and a type, and different ones may collide. So an index search finds
candidates: every match is among them, and the type and tags of the event itself decide whether it matches.
"""

from collections.abc import Collection, Sequence

from eventsourcing.dcb.api import DCBQuery, DCBQueryItem

TYPE_MASK = 0xFFFFFF
"""The bits of a key that hash the type: see `type_bits` in 0001_schema.sql."""


class Arguments:
    """The values of `$1, $2, …`, in order."""

    def __init__(self, *values: object) -> None:
        self.values = list(values)

    def add(self, value: object) -> str:
        """Add a value and return its placeholder."""
        self.values.append(value)
        return f"${len(self.values)}"


def matches(query: DCBQuery | None, type_: str, tags: Collection[str]) -> bool:
    """Whether an event with this type and these tags matches any item. A query without items matches every event."""
    return query is None or not query.items or any(_matches(item, type_, tags) for item in query.items)


def _matches(item: DCBQueryItem, type_: str, tags: Collection[str]) -> bool:
    return (not item.types or type_ in item.types) and all(tag in tags for tag in item.tags)


def candidates(
    query: DCBQuery | None, args: Arguments, *, limit: str | None = None, newest: bool = False
) -> str | None:
    """SQL that selects the positions after `$1` up to `$2` that may match any item; None if every position matches.

    `limit`: the placeholder of the number of rows per item, for a page of a long selection: the first ones, or the `newest`.
    """
    if query is None or not query.items or any(not item.tags and not item.types for item in query.items):
        return None
    page = f" order by 1{' desc' if newest else ''} limit {limit}" if limit else ""
    return " union ".join(f"({_candidates(item, args, page)}{page})" for item in query.items)


def _candidates(item: DCBQueryItem, args: Arguments, page: str = "") -> str:
    """SQL that searches by the first tag, type by type, and probes the other tags: callers put the most specific tag first."""
    if not item.tags:
        types = f"(select distinct type from unnest({args.add(list(item.types))}::text[]) as i (type))"
        found = f"select e.position from events e where e.type = k.type and e.position > $1 and e.position <= $2{page}"
        return f"select f.position from {types} as k (type) cross join lateral ({found} offset 0) f"
    tag = args.add(item.tags[0])
    keys = f"keys_under({tag})"
    if item.types:
        types = args.add(list(item.types))
        keys = f"(select distinct tag_key({tag}, type) from unnest({types}::text[]) as i (type))"
    clauses = ["t.key = k.key", "t.position > $1", "t.position <= $2"]
    clauses += [_probe(one, args) for one in item.tags[1:]]
    found = f"select t.position from event_tags t where {' and '.join(clauses)}{page}"
    return f"select f.position from {keys} as k (key) cross join lateral ({found} offset 0) f"


def _probe(tag: str, args: Arguments) -> str:
    """SQL that probes one tag. `offset 0` forces one lookup per position; a join could begin with the bigger tag."""
    same_type = f"(select tag_bits({args.add(tag)})) | (k.key & {TYPE_MASK})"
    return f"exists (select from event_tags u where u.key = {same_type} and u.position = t.position offset 0)"


def any_match(query: DCBQuery, after: int, until: int) -> tuple[str, Sequence[object]]:
    """A statement, with its values, that tells whether any event after `after` up to `until` matches."""
    args = Arguments(after, until)
    if not query.items:
        return "select exists (select from events e where e.position > $1 and e.position <= $2)", args.values
    return "select " + " or ".join(f"exists ({_exact(item, args)})" for item in query.items), args.values


def _exact(item: DCBQueryItem, args: Arguments) -> str:
    """SQL that compares the candidate events themselves, one by one, until one matches."""
    if not item.types and not item.tags:
        return "select from events e where e.position > $1 and e.position <= $2"
    clauses = ["e.position = c.position", f"e.tags @> {args.add(list(item.tags))}::text[]"]
    if item.types:
        clauses.append(f"e.type = any({args.add(list(item.types))}::text[])")
    return f"""
    select from ({_candidates(item, args)}) c
    cross join lateral (select from events e where {" and ".join(clauses)} offset 0) e
    """
