"""Reads views as of an earlier position: the queries of today, over rows that are folded in memory. Nothing is written."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, TypeVar

import structlog
from msgspec import Struct

from domain.foundation import Event, Nobody, Selector
from projections.event_types import by_topic
from projections.query import ViewQuery
from projections.view import CannotFold, EventMetadata, View, fold_events, keys_of, tags_of
from service.store.log.log import Log
from service.store.log.mapper import CannotDecode, Mapper
from service.store.log.types import RecordedEvent
from service.store.views.skipping import skipped_by_view
from service.store.views.view_store import ViewStore, records_of, table

log = structlog.get_logger(__name__)

Row = TypeVar("Row", bound=Struct)

TAGS_PER_QUERY = 100


class PastViews:
    """The views as of position `until`, restricted to a scope: rows outside of it do not exist here.

    `scope`: tags, at least one of which each event has that affects a row in the scope. Either an id that all these events
    concern, or `to:` an organisation to which all are visible. `only`: the keys of the rows to fold, if the tags are ids in
    these keys; other rows would be incomplete.
    """

    def __init__(
        self,
        views: ViewStore,
        log: Log,
        mapper: Mapper,
        scope: Sequence[str],
        until: int,
        *,
        only: Collection[str] | None = None,
    ) -> None:
        assert scope, "without a scope the whole log would be read"
        self._views, self._log, self._mapper = views, log, mapper
        self._scope, self._until, self._only = scope, until, only
        self._folded: dict[str, dict[str, Any]] = {}
        self._undecodable: dict[int, CannotDecode] = {}
        """Events in the scope that this program cannot decode. Views that fold them cannot be read, unless they skip them."""

    async def rows(self, shape: type[Row], query: ViewQuery, *args: object) -> list[Row]:
        """The rows of a query, as `shape`: `ViewStore.rows` as of `until`."""
        await self._fold([view for view in query.views if view.name not in self._folded])
        past = ", ".join(
            f"{_past_name(view)} as materialized (select * from jsonb_populate_recordset(null::{table(view)}, ${number}))"
            for number, view in enumerate(query.views, len(args) + 1)
        )
        folded = [records_of(self._folded[view.name]) for view in query.views]
        return await self._views.fetch(shape, f"with {past} select * from ({query.sql(_past_name)}) q", *args, *folded)

    async def rows_by_view(self, views: Iterable[View[Any]]) -> dict[str, dict[str, Any]]:
        """The rows of those among `views` that are contained in a scope of one tag, by view and key.

        Incomplete rows are left out: those that name another thing of the same kind as the tag, and those of which the first
        event is not visible to the organisation (rule 22).
        """
        (tag,) = self._scope
        contained = [view for view in views if is_within(view, tag)]
        events = await self._events_in_scope(list(dict.fromkeys(event for view in contained for event in view.takes)))
        found = dict[str, dict[str, Any]]()
        for view in contained:
            try:
                found[view.name] = await self._rows_of(view, tag, events)
            except CannotFold as stop:  # the other views are shown
                log.warning("view_not_shown", view=view.name, position=stop.position, because=stop.because)
        return found

    async def _rows_of(
        self, view: View[Any], tag: str, events: Sequence[tuple[Event, EventMetadata]]
    ) -> dict[str, Any]:
        skipped = await skipped_by_view(self._views.pool, view)
        taken = [one for one in events if type(one[0]) in view.takes and one[1].position not in skipped]
        own = {key for key in keys_of(view, taken) if not names_others(key, tag)}
        keys = await self._begun_in_scope(view, own, events) if tag.startswith("to:") else own
        return await self._replayed(view, events, keys)

    async def _begun_in_scope(
        self, view: View[Any], keys: Collection[str], events: Iterable[tuple[Event, EventMetadata]]
    ) -> set[str]:
        """The keys whose first event is one of these."""
        tags = list(dict.fromkeys(tag for key in keys for tag in tags_of(key)))
        first = dict[str, int]()
        for event, metadata in await self._events_under(tags, list(view.takes)):
            for key in keys_of(view, [(event, metadata)]):
                first.setdefault(key, metadata.position)
        positions = {metadata.position for _, metadata in events}
        return {key for key in keys if first[key] in positions}

    async def _fold(self, views: Sequence[View[Any]]) -> None:
        for view in views:
            contained = self._only is not None or all(is_within(view, tag) for tag in self._scope)
            assert contained, f"{view.name} depends on events outside of {self._scope}"
        events = await self._events_in_scope(list(dict.fromkeys(event for view in views for event in view.takes)))
        for view in views:
            self._folded[view.name] = await self._replayed(view, events, await self._complete(view, events))

    async def _complete(self, view: View[Any], events: Sequence[tuple[Event, EventMetadata]]) -> Collection[str] | None:
        """The keys of the rows to fold; None: all. What an organisation can read may name things of others, such as a ballot."""
        if self._only is not None or not any(tag.startswith("to:") for tag in self._scope):
            return self._only
        taken = [one for one in events if type(one[0]) in view.takes]
        return await self._begun_in_scope(view, keys_of(view, taken), events)

    async def _replayed(
        self, view: View[Any], events: Sequence[tuple[Event, EventMetadata]], only: Collection[str] | None
    ) -> dict[str, Any]:
        """The rows of a view. If it cannot fold all events, those that it skips are left out. Raises `CannotFold`."""
        undecodable = [one for one in self._undecodable.values() if by_topic().get(one.topic) in view.takes]
        try:
            if not undecodable:
                return fold_events(view, events, only=only)
        except CannotFold:
            pass
        skipped = await skipped_by_view(self._views.pool, view)
        for one in undecodable:
            if one.position not in skipped:
                raise CannotFold(view.name, one.position, one.because)
        return fold_events(view, [one for one in events if one[1].position not in skipped], only=only)

    async def _events_in_scope(self, types: list[type[Event]]) -> list[tuple[Event, EventMetadata]]:
        """The events of these types in the scope, in order, without duplicates."""
        return await self._events_under(self._scope, types)

    async def _events_under(self, tags: Sequence[str], types: list[type[Event]]) -> list[tuple[Event, EventMetadata]]:
        found = dict[int, RecordedEvent]()
        for first in range(0, len(tags) if types else 0, TAGS_PER_QUERY):
            some = tags[first : first + TAGS_PER_QUERY]
            query = self._mapper.query([Selector(types=types, tags=[one]) for one in some])
            read, _ = await self._log.read(query, until=self._until)
            found |= {one.position: one for one in read}
        decoded = list[tuple[Event, EventMetadata]]()
        for position in sorted(found):
            try:
                decoded.append(self._mapper.decode_with_metadata(found[position]))
            except CannotDecode as error:
                self._undecodable[position] = error
        return decoded


def _past_name(view: View[Any]) -> str:
    return f"past_{view.name}"


def names_others(key: str, tag: str) -> bool:
    """Whether a key names things of this tag's kind, but not the thing of the tag."""
    one = tag.removeprefix("to:")
    alike = [named for named in tags_of(key) if named.rpartition("_")[0] == one.rpartition("_")[0]]
    return bool(alike) and one not in alike


def is_within(view: View[Any], tag: str) -> bool:
    """Whether every event that affects a row of the view concerns something of this tag's kind, or is visible to such a thing.

    If that may be None, rows without it are outside of the scope: a contact for all challenges belongs to no programme.
    """
    kind = tag.removeprefix("to:").rpartition("_")[0]

    def names(event: type[Event]) -> bool:
        audience = () if isinstance(event.AUDIENCE, Nobody) else event.AUDIENCE
        return not {kind, f"{kind}s"}.isdisjoint(audience if tag.startswith("to:") else event.TAGS)

    return all(map(names, view.takes))
