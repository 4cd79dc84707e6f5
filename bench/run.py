"""One run of the bench: where it works, how long it measures, and what it tells meanwhile."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

ROUNDS = 3


class Run(msgspec.Struct, frozen=True):
    """`quick`: for trying out; its figures mean nothing."""

    folder: Path
    """A row's own folder: servers keep what they have here, on one disk."""
    quick: bool
    progress: Progress
    memory_seconds: float = 120.0
    """How long the memory of a service is watched."""

    @property
    def rounds(self) -> int:
        """How often each of those that are compared has its turn; the median counts."""
        return 1 if self.quick else ROUNDS

    def seconds(self, whole: float) -> float:
        """How long a turn lasts."""
        return min(whole, 0.4) if self.quick else whole

    def many(self, whole: int, quick: int) -> int:
        """How many of something."""
        return quick if self.quick else whole

    @contextmanager
    def steps(self, name: str, total: int) -> Generator["Steps"]:
        """Show how far this is."""
        task = self.progress.add_task(name, total=total)
        yield Steps(self.progress, task, name)
        self.progress.remove_task(task)


class Steps:
    """How far something is, for who waits."""

    def __init__(self, progress: Progress, task: int, name: str) -> None:
        self._progress, self._task, self._name = progress, task, name

    def next(self, what: str) -> None:
        """Begin the next step."""
        self._progress.update(self._task, advance=1, description=f"{self._name}: {what}")  # pyright: ignore[reportArgumentType]  a task's id is an int of its own type


def progress() -> Progress:
    """Shown on standard error, so that standard output has the table alone."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    return Progress(*columns)
