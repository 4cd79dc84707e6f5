"""A demo is scenes in the order in which they happened."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import NamedTuple


class Scene(NamedTuple):
    """Something that happened at a local moment of the case, and the line that tells of it, if it is a milestone."""

    at: datetime
    act: Callable[[], Awaitable[None]]
    line: str | None = None


def milestone(at: datetime, line: str) -> Scene:
    """A line that tells of the scenes before it."""
    return Scene(at, _nothing, line)


def in_order(*parts: Iterable[Scene]) -> list[Scene]:
    """All scenes by moment; those of one moment as they were given."""
    return sorted((scene for part in parts for scene in part), key=lambda scene: scene.at)


def milestones(scenes: Iterable[Scene]) -> int:
    """How many lines there will be."""
    return sum(scene.line is not None for scene in scenes)


async def play_scenes(scenes: Iterable[Scene], tell: Callable[[str], None]) -> None:
    """Play them one after the other."""
    for scene in scenes:
        await scene.act()
        if scene.line is not None:
            tell(scene.line)


async def _nothing() -> None:
    pass
