"""A selection of events, as SQL: which positions match any item of a query."""

from collections.abc import Sequence

from eventsourcing.dcb.api import DCBQuery, DCBQueryItem


class Arguments:
    """Values for `$1, $2, …` in the order in which they were named."""

    def __init__(self, *values: object) -> None:
        self.values = list(values)

    def name(self, value: object) -> str:
        """Take a value; what stands for it in the statement."""
        self.values.append(value)
        return f"${len(self.values)}"


def positions(query: DCBQuery | None, args: Arguments, *, limit: str | None = None, newest: bool = False) -> str | None:
    """Select the positions after `$1` up to `$2` that match any item; None where every position matches.

    `limit` names the argument that bounds each item, for a page of a long selection: its first ones, or the `newest`.
    """
    if query is None or not query.items or any(not item.tags and not item.types for item in query.items):
        return None
    page = f" order by 1{' desc' if newest else ''} limit {limit}" if limit else ""
    return " union ".join(f"({_item(item, args, page)}{page})" for item in query.items)


def _item(item: DCBQueryItem, args: Arguments, page: str) -> str:
    """The first tag drives, type by type, the others are probed: callers put the most specific first."""
    if not item.tags:
        types = args.name(list(item.types))
        return f"select e.position from events e where e.type = any({types}) and e.position > $1 and e.position <= $2"
    tag = args.name(item.tags[0])
    types = f"unnest({args.name(list(dict.fromkeys(item.types)))}::text[])" if item.types else f"types_under({tag})"
    clauses = [f"t.tag = {tag}", "t.type = k.type", "t.position > $1", "t.position <= $2"]
    clauses += [_probe(one, args) for one in item.tags[1:]]
    found = f"select t.position from event_tags t where {' and '.join(clauses)}{page}"
    return f"select f.position from {types} as k (type) cross join lateral ({found} offset 0) f"


def _probe(tag: str, args: Arguments) -> str:
    """`offset 0` keeps it a probe, one look per position, where a join could begin with the bigger tag."""
    same = f"u.tag = {args.name(tag)} and u.type = t.type and u.position = t.position"
    return f"exists (select from event_tags u where {same} offset 0)"


def any_match(query: DCBQuery, after: int, until: int) -> tuple[str, Sequence[object]]:
    """Statement and values: whether any event after `after` up to `until` matches."""
    args = Arguments(after, until)
    selected = positions(query, args)
    if selected is None:
        selected = "select e.position from events e where e.position > $1 and e.position <= $2"
    return f"select exists ({selected})", args.values
