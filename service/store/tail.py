"""The latest facts in memory, indexed by type and tag: tells whether anything that matches came after a position."""

from collections import deque
from collections.abc import Iterable, Sequence

from eventsourcing.dcb.api import DCBQuery, DCBQueryItem
from msgspec import Struct
from msgspec.structs import replace


class Seen(Struct, frozen=True, gc=False):
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
        self._index: dict[tuple[str, str], deque[Seen]] = {}
        """By type and tag, in order. By tag alone, every vote would look at all that came before it on its ballot."""
        self._latest: dict[str, int] = {}
        """The position of the last fact with a tag: most conditions name somebody of whom nothing was recorded lately."""

    def add(self, type_: str, tags: Iterable[str]) -> int:
        """Take the next fact; its position."""
        self._take(Seen(self.head + 1, type_, frozenset(tags)))
        return self.head

    def extend(self, drafted: "Tail") -> None:
        """Take the facts of another tail behind those of this one, and let the oldest go."""
        for seen in drafted.facts:
            position = self.head + 1
            self._take(seen if seen.position == position else replace(seen, position=position))
        self.trim()

    def trim(self) -> None:
        """Let the oldest facts go until `size` are left."""
        while len(self.facts) > self.size:
            oldest = self.facts.popleft()
            self.floor = oldest.position
            for tag in oldest.tags:
                mine = self._index[oldest.type, tag]
                mine.popleft()
                if not mine:
                    del self._index[oldest.type, tag]
                if self._latest[tag] == oldest.position:
                    del self._latest[tag]

    def matches(self, query: DCBQuery, after: int) -> bool:
        """Whether a fact of this tail, later than `after`, matches. A query without items matches every fact."""
        if self.head <= max(after, self.floor):
            return False
        return not query.items or any(self._matches(item, after) for item in query.items)

    def candidates(self, item: DCBQueryItem) -> Iterable[Sequence[Seen]]:
        """For each type the facts with the rarest of the tags: what cannot be there cannot match."""
        if not item.types or not item.tags:
            return (self.facts,)
        return [min((self._index.get((type_, tag), ()) for tag in item.tags), key=len) for type_ in item.types]

    def _take(self, seen: Seen) -> None:
        self.head = seen.position
        self.facts.append(seen)
        for tag in seen.tags:
            self._latest[tag] = seen.position
            mine = self._index.get((seen.type, tag))
            if mine is None:
                self._index[seen.type, tag] = deque((seen,))
            else:
                mine.append(seen)

    def _matches(self, item: DCBQueryItem, after: int) -> bool:
        for tag in item.tags:
            if self._latest.get(tag, 0) <= after:
                return False
        for pool in self.candidates(item):
            for seen in reversed(pool):
                if seen.position <= after:
                    break
                if (not item.types or seen.type in item.types) and seen.tags.issuperset(item.tags):
                    return True
        return False
