"""The latest facts in memory, indexed by tag: tells whether anything that matches came after a position."""

from collections import deque
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from eventsourcing.dcb.api import DCBQuery, DCBQueryItem


class Seen(NamedTuple):
    """What of a fact a condition can ask for."""

    position: int
    type: str
    tags: frozenset[str]


class Tail:
    """The facts after `floor` up to `head`, at most `size` of them."""

    def __init__(self, floor: int, size: int) -> None:
        self.floor = floor
        self.head = floor
        self.size = size
        self.facts: deque[Seen] = deque()
        self._by_tag: dict[str, deque[Seen]] = {}

    def add(self, type_: str, tags: Iterable[str]) -> int:
        """Take the next fact; its position."""
        seen = Seen(self.head + 1, type_, frozenset(tags))
        self.head = seen.position
        self.facts.append(seen)
        for tag in seen.tags:
            self._by_tag.setdefault(tag, deque()).append(seen)
        return self.head

    def extend(self, drafted: "Tail") -> None:
        """Take the facts of another tail that begins where this one ends, and let the oldest go."""
        assert drafted.floor == self.head
        for seen in drafted.facts:
            self.add(seen.type, seen.tags)
        self.trim()

    def trim(self) -> None:
        """Let the oldest facts go until `size` are left."""
        while len(self.facts) > self.size:
            oldest = self.facts.popleft()
            self.floor = oldest.position
            for tag in oldest.tags:
                mine = self._by_tag[tag]
                mine.popleft()
                if not mine:
                    del self._by_tag[tag]

    def matches(self, query: DCBQuery, after: int) -> bool:
        """Whether a fact of this tail, later than `after`, matches. A query without items matches every fact."""
        if self.head <= max(after, self.floor):
            return False
        return not query.items or any(self._matches(item, after) for item in query.items)

    def _matches(self, item: DCBQueryItem, after: int) -> bool:
        pool = self._candidates(item.tags)
        wanted = frozenset(item.tags)
        for seen in reversed(pool):
            if seen.position <= after:
                return False
            if (not item.types or seen.type in item.types) and wanted <= seen.tags:
                return True
        return False

    def _candidates(self, tags: Sequence[str]) -> Sequence[Seen]:
        """The facts with the rarest of these tags: what cannot be there cannot match."""
        if not tags:
            return self.facts
        return min((self._by_tag.get(tag, ()) for tag in tags), key=len)
