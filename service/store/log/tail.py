"""The latest events in memory: tells whether anything that matches came after a position."""

from collections import deque
from collections.abc import Collection, Sequence

from eventsourcing.dcb.api import DCBQuery, DCBQueryItem

BLOCK_EVENTS = 256  # events


class Block:
    """Events that follow one another, and which tags those of each type have: what no event has, no look at the events finds."""

    def __init__(self, first: int) -> None:
        self.first = first
        """The position of its first event."""
        self.events: list[tuple[str, Collection[str]]] = []
        self.tags: dict[str, set[str]] = {}

    @property
    def last(self) -> int:
        """The position of its last event."""
        return self.first + len(self.events) - 1

    def add(self, type_: str, tags: Collection[str]) -> None:
        """Take the next event."""
        self.events.append((type_, tags))
        known = self.tags.get(type_)
        if known is None:
            self.tags[type_] = set(tags)
        else:
            known.update(tags)

    def extend(self, later: "Block") -> None:
        """Take the events of another block behind those of this one."""
        self.events += later.events
        for type_, tags in later.tags.items():
            known = self.tags.get(type_)
            if known is None:
                self.tags[type_] = tags.copy()
            else:
                known |= tags

    def matches(self, item: DCBQueryItem, after: int) -> bool:
        """Whether an event later than `after` matches."""
        wanted = item.tags
        for type_ in item.types or self.tags:
            known = self.tags.get(type_)
            if known is not None and known.issuperset(wanted) and self._has(type_, wanted, after):
                return True
        return False

    def _has(self, type_: str, wanted: Sequence[str], after: int) -> bool:
        for there, tags in reversed(self.events[max(0, after + 1 - self.first) :]):
            if there == type_ and all(tag in tags for tag in wanted):
                return True
        return False


class Tail:
    """The events after `floor` up to `head`: the last `size` of them, and as many before as fill up a block."""

    def __init__(self, floor: int, size: int, block: int = BLOCK_EVENTS) -> None:
        self.floor = floor
        self.head = floor
        self.size = size
        self.block = block
        self.blocks: deque[Block] = deque()

    def add(self, type_: str, tags: Collection[str]) -> int:
        """Take the next event; its position."""
        self._open().add(type_, tags)
        self.head += 1
        return self.head

    def extend(self, drafted: "Tail") -> None:
        """Take the events of another tail behind those of this one, wherever that began, and let the oldest go."""
        for block in drafted.blocks:
            self._open().extend(block)
            self.head += len(block.events)
        self.trim()

    def trim(self) -> None:
        """Let the oldest blocks go, while `size` events are left."""
        while self.blocks and self.head - self.blocks[0].last >= self.size:
            self.floor = self.blocks.popleft().last

    def matches(self, query: DCBQuery, after: int) -> bool:
        """Whether an event of this tail, later than `after`, matches. A query without items matches every event."""
        if self.head <= after or self.head <= self.floor:
            return False
        if not query.items:
            return True
        for block in reversed(self.blocks):
            if block.last <= after:
                break
            for item in query.items:
                if block.matches(item, after):
                    return True
        return False

    def _open(self) -> Block:
        """The block that takes the next event."""
        if not self.blocks or len(self.blocks[-1].events) >= self.block:
            self.blocks.append(Block(self.head + 1))
        return self.blocks[-1]
