"""One run of the bench: its folder, durations and progress."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

ROUNDS = 3


class Run(msgspec.Struct, frozen=True):
    """The settings of a run. `quick`: a trial, whose figures do not count."""

    folder: Path
    """The folder of a row, with the data of its servers on one disk."""
    quick: bool
    progress: Progress
    memory_seconds: float = 120.0
    """The time for which the memory of a service is sampled, in seconds."""

    @property
    def rounds(self) -> int:
        """The number of turns of each contender; the median counts."""
        return 1 if self.quick else ROUNDS

    def seconds(self, full: float) -> float:
        """The duration of a turn in seconds."""
        return min(full, 0.4) if self.quick else full

    def many(self, full: int, quick: int) -> int:
        """A number that is smaller in a quick run."""
        return quick if self.quick else full

    @contextmanager
    def steps(self, name: str, total: int) -> Generator["Steps"]:
        """Show the progress of `total` steps."""
        task = self.progress.add_task(name, total=total)
        yield Steps(self.progress, task, name)
        self.progress.remove_task(task)


class Steps:
    """A progress bar."""

    def __init__(self, progress: Progress, task: int, name: str) -> None:
        self._progress, self._task, self._name = progress, task, name

    def next(self, what: str) -> None:
        """Advance to the next step."""
        self._progress.update(self._task, advance=1, description=f"{self._name}: {what}")  # pyright: ignore[reportArgumentType]  a task's id is an int of its own type


def progress() -> Progress:
    """The progress display."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    return Progress(*columns)
