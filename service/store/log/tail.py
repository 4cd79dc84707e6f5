"""The latest events of the log in memory, to decide whether an event that matches a condition came after a position."""

from collections import deque
from collections.abc import Collection, Sequence

from eventsourcing.dcb.api import DCBQuery, DCBQueryItem

BLOCK_EVENTS = 256  # events


class Block:
    """Consecutive events, with the set of their tags per type. It rules out most conditions without a look at the events."""

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
        """Add the next event."""
        self.events.append((type_, tags))
        known = self.tags.get(type_)
        if known is None:
            self.tags[type_] = set(tags)
        else:
            known.update(tags)

    def extend(self, later: "Block") -> None:
        """Append the events of another block."""
        self.events += later.events
        for type_, tags in later.tags.items():
            known = self.tags.get(type_)
            if known is None:
                self.tags[type_] = tags.copy()
            else:
                known |= tags

    def matches(self, item: DCBQueryItem, after: int) -> bool:
        """Whether an event after position `after` matches."""
        wanted = item.tags
        for type_ in item.types or self.tags:
            known = self.tags.get(type_)
            if known is not None and known.issuperset(wanted) and self._has(type_, wanted, after):
                return True
        return False

    def _has(self, type_: str, wanted: Sequence[str], after: int) -> bool:
        for type_there, tags in reversed(self.events[max(0, after + 1 - self.first) :]):
            if type_there == type_ and all(tag in tags for tag in wanted):
                return True
        return False


class Tail:
    """The events after `floor` up to `head`: the last `size` of them, and the earlier ones of the same block."""

    def __init__(self, floor: int, size: int, block_size: int = BLOCK_EVENTS) -> None:
        self.floor = floor
        self.head = floor
        self.size = size
        self.block_size = block_size
        self.blocks: deque[Block] = deque()

    def add(self, type_: str, tags: Collection[str]) -> int:
        """Add the next event and return its position."""
        self._current_block().add(type_, tags)
        self.head += 1
        return self.head

    def extend(self, later: "Tail") -> None:
        """Append the events of another tail, whatever their positions were there, and drop the oldest blocks."""
        for block in later.blocks:
            self._current_block().extend(block)
            self.head += len(block.events)
        self.trim()

    def trim(self) -> None:
        """Drop the oldest blocks, as long as `size` events remain."""
        while self.blocks and self.head - self.blocks[0].last >= self.size:
            self.floor = self.blocks.popleft().last

    def matches(self, query: DCBQuery, after: int) -> bool:
        """Whether an event of this tail after position `after` matches. A query without items matches every event."""
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

    def _current_block(self) -> Block:
        """The block to which the next event is added."""
        if not self.blocks or len(self.blocks[-1].events) >= self.block_size:
            self.blocks.append(Block(self.head + 1))
        return self.blocks[-1]
