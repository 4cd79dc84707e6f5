"""The views as they were: the queries of now, asked over rows that are folded in memory. Nothing is written for it."""

from collections.abc import Collection, Sequence
from typing import Any, TypeVar

from msgspec import Struct

from domain.foundation import Fact, Nobody, Selector
from projections.view import Moment, View, replay
from service.store.log import Log
from service.store.mapper import Mapper
from service.store.types import Recorded
from service.store.views import ViewStore, records_of, table

Row = TypeVar("Row", bound=Struct)

TAGS_AT_A_TIME = 100  # in one statement


class PastViews:
    """What the views told at `until` of what stands in a scope; whatever stands outside it is not there.

    `scope`: tags under which every fact stands that touches a row in it: ids of what all of them concern, `to:` whom all were
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

    async def rows(self, shape: type[Row], query: str, *args: object) -> list[Row]:
        """The rows of a query that names views by their plain names, as `shape`: `ViewStore.rows`, as it was."""
        named = self._views.named(query)
        await self._fold([view for view in named if view.name not in self._folded])
        shadows = {
            view.name: f"materialized (select * from jsonb_populate_recordset(null::{table(view)}, ${number}))"
            for number, view in enumerate(named, len(args) + 1)
        }
        folded = [records_of(self._folded[view.name]) for view in named]
        return await self._views.ask(shape, shadows, query, *args, *folded)

    async def _fold(self, views: Sequence[View[Any]]) -> None:
        for view in views:
            rests = self._only is not None or all(within(view, tag) for tag in self._scope)
            assert rests, f"{view.name} rests on facts outside of {self._scope}"
        facts = await self._told(list(dict.fromkeys(fact for view in views for fact in view.takes)))
        self._folded |= {view.name: replay(view, facts, only=self._only) for view in views}

    async def _told(self, types: list[type[Fact]]) -> list[tuple[Fact, Moment]]:
        """The facts of these types in the scope, each once, in order."""
        found = dict[int, Recorded]()
        for first in range(0, len(self._scope) if types else 0, TAGS_AT_A_TIME):
            tags = self._scope[first : first + TAGS_AT_A_TIME]
            query = self._mapper.query([Selector(types=types, tags=[one]) for one in tags])
            read, _ = await self._log.read(query, until=self._until)
            found |= {one.position: one for one in read}
        return [self._mapper.told(found[position]) for position in sorted(found)]


def within(view: View[Any], tag: str) -> bool:
    """Whether every fact that touches a row of the view names something of this tag's kind: concerns it, or is told to it."""
    kind = tag.removeprefix("to:").rpartition("_")[0]

    def names(fact: type[Fact]) -> bool:
        told = () if isinstance(fact.AUDIENCE, Nobody) else fact.AUDIENCE
        return not {kind, f"{kind}s"}.isdisjoint(told if tag.startswith("to:") else fact.CONCERNS)

    return all(map(names, view.takes))
