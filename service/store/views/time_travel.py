"""The views as they were: the queries of now, asked over rows that are folded in memory. Nothing is written for it."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, TypeVar

import structlog
from msgspec import Struct

from domain.foundation import Event, Nobody, Selector
from projections.event_types import by_topic
from projections.query import ViewQuery
from projections.view import CannotFold, EventMetadata, View, keys_of, replay, tags_of
from service.store.log.log import Log
from service.store.log.mapper import CannotDecode, Mapper
from service.store.log.types import RecordedEvent
from service.store.views.skipping import skipped_by_view
from service.store.views.view_store import ViewStore, records_of, table

log = structlog.get_logger(__name__)

Row = TypeVar("Row", bound=Struct)

TAGS_PER_QUERY = 100  # in one statement


class PastViews:
    """What the views told at `until` of what stands in a scope; whatever stands outside it is not there.

    `scope`: tags under which every event stands that touches a row in it: ids of what all of them concern, `to:` whom all were
    told to. `only`: the keys that are wanted, where the tags are ids in these keys, and other rows would not be whole.
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
        self._unread: dict[int, CannotDecode] = {}
        """Events of the scope that this program cannot read: views that take them tell nothing, unless they skip them."""

    async def rows(self, shape: type[Row], query: ViewQuery, *args: object) -> list[Row]:
        """The rows of a query, as `shape`: `ViewStore.rows`, as it was."""
        await self._fold([view for view in query.views if view.name not in self._folded])
        past = ", ".join(
            f"{_past(view)} as materialized (select * from jsonb_populate_recordset(null::{table(view)}, ${number}))"
            for number, view in enumerate(query.views, len(args) + 1)
        )
        folded = [records_of(self._folded[view.name]) for view in query.views]
        return await self._views.fetch(shape, f"with {past} select * from ({query.sql(_past)}) q", *args, *folded)

    async def things(self, views: Iterable[View[Any]]) -> dict[str, dict[str, Any]]:
        """The rows themselves, by view and key, of those among `views` that rest on a scope of one tag alone.

        Without what is not whole in it: what names another thing of the scope's kind, and what an organisation is not told of
        from its beginning (rule 22).
        """
        (tag,) = self._scope
        resting = [view for view in views if within(view, tag)]
        events = await self._told(list(dict.fromkeys(event for view in resting for event in view.takes)))
        found = dict[str, dict[str, Any]]()
        for view in resting:
            try:
                found[view.name] = await self._thing(view, tag, events)
            except CannotFold as stop:  # what can be told of the others is told
                log.warning("view_not_told", view=view.name, position=stop.position, because=stop.because)
        return found

    async def _thing(self, view: View[Any], tag: str, events: Sequence[tuple[Event, EventMetadata]]) -> dict[str, Any]:
        skipped = await skipped_by_view(self._views.pool, view)
        taken = [one for one in events if type(one[0]) in view.takes and one[1].position not in skipped]
        own = {key for key in keys_of(view, taken) if not others(key, tag)}
        begun = await self._begun(view, own, events) if tag.startswith("to:") else own
        return await self._replayed(view, events, begun)

    async def _begun(
        self, view: View[Any], keys: Collection[str], events: Iterable[tuple[Event, EventMetadata]]
    ) -> set[str]:
        """The keys whose first event is one of these."""
        tags = list(dict.fromkeys(tag for key in keys for tag in tags_of(key)))
        first = dict[str, int]()
        for event, at in await self._under(tags, list(view.takes)):
            for key in keys_of(view, [(event, at)]):
                first.setdefault(key, at.position)
        told = {at.position for _, at in events}
        return {key for key in keys if first[key] in told}

    async def _fold(self, views: Sequence[View[Any]]) -> None:
        for view in views:
            rests = self._only is not None or all(within(view, tag) for tag in self._scope)
            assert rests, f"{view.name} rests on facts outside of {self._scope}"
        events = await self._told(list(dict.fromkeys(event for view in views for event in view.takes)))
        for view in views:
            self._folded[view.name] = await self._replayed(view, events, self._only)

    async def _replayed(
        self, view: View[Any], events: Sequence[tuple[Event, EventMetadata]], only: Collection[str] | None
    ) -> dict[str, Any]:
        """The rows of a view, without what it skips where it cannot take all. Raises `CannotFold`."""
        unread = [one for one in self._unread.values() if by_topic().get(one.topic) in view.takes]
        try:
            if not unread:
                return replay(view, events, only=only)
        except CannotFold:
            pass
        skipped = await skipped_by_view(self._views.pool, view)
        for one in unread:
            if one.position not in skipped:
                raise CannotFold(view.name, one.position, one.because)
        return replay(view, [one for one in events if one[1].position not in skipped], only=only)

    async def _told(self, types: list[type[Event]]) -> list[tuple[Event, EventMetadata]]:
        """The events of these types in the scope, each once, in order."""
        return await self._under(self._scope, types)

    async def _under(self, tags: Sequence[str], types: list[type[Event]]) -> list[tuple[Event, EventMetadata]]:
        found = dict[int, RecordedEvent]()
        for first in range(0, len(tags) if types else 0, TAGS_PER_QUERY):
            some = tags[first : first + TAGS_PER_QUERY]
            query = self._mapper.query([Selector(types=types, tags=[one]) for one in some])
            read, _ = await self._log.read(query, until=self._until)
            found |= {one.position: one for one in read}
        told = list[tuple[Event, EventMetadata]]()
        for position in sorted(found):
            try:
                told.append(self._mapper.decode_with_metadata(found[position]))
            except CannotDecode as error:
                self._unread[position] = error
        return told


def _past(view: View[Any]) -> str:
    return f"past_{view.name}"


def others(key: str, tag: str) -> bool:
    """Whether a key names things of this tag's kind, but not the one of the tag."""
    one = tag.removeprefix("to:")
    alike = [named for named in tags_of(key) if named.rpartition("_")[0] == one.rpartition("_")[0]]
    return bool(alike) and one not in alike


def within(view: View[Any], tag: str) -> bool:
    """Whether every event that touches a row of the view names something of this tag's kind: concerns it, or is told to it.

    Where it may be None, rows that it does not name stand outside of the scope: a contact for all challenges is of no programme.
    """
    kind = tag.removeprefix("to:").rpartition("_")[0]

    def names(event: type[Event]) -> bool:
        told = () if isinstance(event.AUDIENCE, Nobody) else event.AUDIENCE
        return not {kind, f"{kind}s"}.isdisjoint(told if tag.startswith("to:") else event.TAGS)

    return all(map(names, view.takes))
