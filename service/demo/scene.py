"""Scenes: the steps of a demo, in the order in which they happened."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import NamedTuple


class Scene(NamedTuple):
    """A step of the case at a local time, with a progress line if it is a milestone."""

    at: datetime
    act: Callable[[], Awaitable[None]]
    line: str | None = None


def milestone(at: datetime, line: str) -> Scene:
    """A progress line about the scenes before it."""
    return Scene(at, _nothing, line)


def in_order(*parts: Iterable[Scene]) -> list[Scene]:
    """All scenes by time; scenes at the same time keep their order."""
    return sorted((scene for part in parts for scene in part), key=lambda scene: scene.at)


def milestones(scenes: Iterable[Scene]) -> int:
    """The number of progress lines."""
    return sum(scene.line is not None for scene in scenes)


async def play_scenes(scenes: Iterable[Scene], progress: Callable[[str], None]) -> None:
    """Play scenes one after the other."""
    for scene in scenes:
        await scene.act()
        if scene.line is not None:
            progress(scene.line)


async def _nothing() -> None:
    pass
