"""Background tasks: each runs as long as its owner, and is restarted after an error.

A task that ends unnoticed leaves its callers waiting for ever. So nothing in Kring starts a lasting task by
`asyncio.create_task`: it is a `BackgroundTask`, a child of an `asyncio.TaskGroup` that ends with it, or a task that its creator
awaits.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from traceback import extract_tb
from typing import Self

import structlog

RESTART_PAUSES_S = (0.05, 0.5, 2.0, 5.0)
"""Before each restart; the last one for all further restarts."""
FAILING_FOR_S = 60.0
"""Time for which a task counts as failing after an error. A later error starts with the shortest pause again."""

log = structlog.get_logger(__name__)


class BackgroundTask:
    """Runs `work` until it returns or `cancel` is called. Calls `on_error` before each restart."""

    def __init__(
        self, name: str, work: Callable[[], Awaitable[None]], on_error: Callable[[Exception], None] | None = None
    ) -> None:
        self.name = name
        self._work, self._on_error = work, on_error
        self._error: str | None = None
        self._failed_at = 0.0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> Self:
        """Start the task."""
        self._task = asyncio.create_task(self._run(), name=f"kring {self.name}")
        return self

    @property
    def failure(self) -> str | None:
        """The class of the last error, if it was recent; `ended` if the task has ended."""
        if self._task is not None and self._task.done():
            return self._error or "ended"
        is_recent = asyncio.get_running_loop().time() - self._failed_at < FAILING_FOR_S
        return self._error if is_recent else None

    async def finished(self) -> None:
        """Wait until `work` has returned."""
        if self._task is not None:
            await self._task

    async def cancel(self) -> None:
        """Cancel the task and wait for its end."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        failures = 0
        while True:
            try:
                await self._work()
            except Exception as error:  # noqa: BLE001  the task must survive every error
                failures = 1 if self.failure is None else failures + 1
                self._error, self._failed_at = type(error).__name__, asyncio.get_running_loop().time()
                places = [f"{frame.filename}:{frame.lineno}" for frame in extract_tb(error.__traceback__)]
                log.error("background_task_failed", task=self.name, error=self._error, places=places)  # noqa: TRY400  a traceback could show values
                if self._on_error is not None:
                    self._on_error(error)
            else:
                return
            await asyncio.sleep(RESTART_PAUSES_S[min(failures, len(RESTART_PAUSES_S)) - 1])
