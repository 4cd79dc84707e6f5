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
        self.index: dict[tuple[str, str], deque[Seen]] = {}
        """By type and tag, in order. By tag alone, every vote would look at all that came before it on its ballot."""
        self.latest: dict[str, int] = {}
        """The position of the last fact with a tag: most conditions name somebody of whom nothing was recorded lately."""

    def add(self, type_: str, tags: Iterable[str]) -> int:
        """Take the next fact; its position."""
        self._take(Seen(self.head + 1, type_, frozenset(tags)))
        return self.head

    def extend(self, drafted: "Tail") -> None:
        """Take the facts of another tail, to which nothing is added any more, behind those of this one, and let the oldest go."""
        if drafted.floor == self.head:
            self._take_over(drafted)
        else:
            for seen in drafted.facts:
                self._take(replace(seen, position=self.head + 1))
        self.trim()

    def trim(self) -> None:
        """Let the oldest facts go until `size` are left."""
        while len(self.facts) > self.size:
            oldest = self.facts.popleft()
            self.floor = oldest.position
            for tag in oldest.tags:
                mine = self.index[oldest.type, tag]
                mine.popleft()
                if not mine:
                    del self.index[oldest.type, tag]
                if self.latest[tag] == oldest.position:
                    del self.latest[tag]

    def matches(self, query: DCBQuery, after: int) -> bool:
        """Whether a fact of this tail, later than `after`, matches. A query without items matches every fact."""
        if self.head <= after or self.head <= self.floor:
            return False
        if not query.items:
            return True
        for item in query.items:  # noqa: SIM110  a generator for every condition takes as long as what it asks
            if self._matches(item, after):
                return True
        return False

    def rarest(self, type_: str, tags: Sequence[str]) -> Sequence[Seen]:
        """The facts of this type with the rarest of the tags: what cannot be there cannot match."""
        rarest: Sequence[Seen] = self.index.get((type_, tags[0]), ())
        for tag in tags[1:]:
            other = self.index.get((type_, tag), ())
            if len(other) < len(rarest):
                rarest = other
        return rarest

    def _take_over(self, later: "Tail") -> None:
        """What `_take` does for each fact, for all at once, where they keep their positions."""
        self.head = later.head
        self.facts.extend(later.facts)
        self.latest.update(later.latest)
        for key, theirs in later.index.items():
            mine = self.index.setdefault(key, theirs)
            if mine is not theirs:
                mine.extend(theirs)

    def _take(self, seen: Seen) -> None:
        self.head = seen.position
        self.facts.append(seen)
        for tag in seen.tags:
            self.latest[tag] = seen.position
            mine = self.index.get((seen.type, tag))
            if mine is None:
                self.index[seen.type, tag] = deque((seen,))
            else:
                mine.append(seen)

    def _matches(self, item: DCBQueryItem, after: int) -> bool:
        types, tags = item.types, item.tags
        for tag in tags:
            if self.latest.get(tag, 0) <= after:
                return False
        if not types or not tags:
            return self._any_of(self.facts, item, after)
        for type_ in types:
            found = self.rarest(type_, tags)
            if found and self._any_of(found, item, after):
                return True
        return False

    @staticmethod
    def _any_of(facts: Sequence[Seen], item: DCBQueryItem, after: int) -> bool:
        for seen in reversed(facts):
            if seen.position <= after:
                break
            if (not item.types or seen.type in item.types) and seen.tags.issuperset(item.tags):
                return True
        return False
