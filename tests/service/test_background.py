"""Background tasks and logs: an error neither ends a task for good nor stops the process that logs it."""

import ast
import asyncio
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from service import background
from service.background import BackgroundTask
from service.log_output import LogOutput
from service.store.log.errors import OutcomeUnknown
from service.store.log.log import Log
from service.store.log.writer import Writer
from tests.conftest import Database
from tests.service.store.examples.log import an_append, event, once

PROJECT = Path(__file__).parents[2]

AWAITED = {
    "service/background.py": "the mechanism itself",
    "service/api/http/head.py": "both tasks are waited for and cancelled with the request",
    "service/api/requests/sse.py": "both tasks of a stream are waited for, and cancelled with it",
    "service/cli/up.py": "the command waits for it",
    "service/embedded/child.py": "its end cancels the body, which then raises why",
    "service/reading/reader.py": "whoever asks for what is being read awaits it",
    "service/store/log/log.py": "the next page is awaited before it is yielded",
    "service/store/log/boundary_reads.py": "every error goes to those who asked",
    "service/supervisor/child_processes.py": "its end cancels the body, which then raises why",
    "service/process.py": "the process waits for it",
    "workers/engine.py": "a job's end is noted by a callback, and all that run are cancelled and awaited with their runner",
    "workers/jobs/dispatcher.py": "awaited where it is started",
}
"""Files that start tasks directly, and where their end is noticed."""

LOSES_ITS_SESSION = """
import asyncio, sys
from service.config import load
from service.store.database import connect
from service.store.log.log import Log
from service.process import start_logging
from tests.service.store.examples.log import an_append
from tests.service.store.examples.log_failures import END_WRITERS

async def main():
    output = start_logging(load({}))
    connection = await connect(sys.argv[1])
    async with Log.open(sys.argv[1]) as log:
        for _ in range(3):
            await connection.execute(END_WRITERS)
            async with asyncio.timeout(30):
                print((await log.append(an_append())).last)
    await connection.close()
    print(output.dropped > 0)

asyncio.run(main())
"""


@pytest.fixture(autouse=True)
def restart_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "RESTART_PAUSES_S", (0.0,))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
async def test_a_process_keeps_recording_events_when_its_log_file_is_full(database: Database) -> None:
    with Path("/dev/full").open("w") as full:  # noqa: ASYNC230  a device
        finished = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-c", LOSES_ITS_SESSION, database.url],
            cwd=PROJECT,
            env=os.environ,  # noqa: TID251  passed on
            stdout=subprocess.PIPE,
            stderr=full,
            text=True,
            check=False,
            timeout=120,
        )
    assert finished.stdout.split() == ["1", "2", "3", "True"], finished


class Disk(io.StringIO):
    full = False

    def write(self, text: str) -> int:
        if self.full:
            raise OSError(28, "No space left on device")
        return super().write(text)


def test_lost_log_lines_are_counted_and_reported_once_there_is_room() -> None:
    disk = Disk()
    output = LogOutput(disk)
    output.write("first\n")
    disk.full = True
    for line in ("second\n", "third\n"):
        output.write(line)
    disk.full = False
    for line in ("fourth\n", "fifth\n"):
        output.write(line)
    assert disk.getvalue() == 'first\n{"event": "log_lines_dropped", "number": 2}\nfourth\nfifth\n'
    assert output.dropped == 2


def test_logging_to_a_closed_stream_raises_nothing() -> None:
    closed = io.StringIO()
    closed.close()
    output = LogOutput(closed)
    output.write("lost\n")
    assert output.dropped == 1


async def test_a_failing_task_is_restarted_and_counts_as_failing() -> None:
    ended, runs = asyncio.Event(), 0

    async def work() -> None:
        nonlocal runs
        runs += 1
        if runs < 3:
            raise KeyError("a name that somebody typed")
        ended.set()
        await asyncio.Event().wait()

    task = BackgroundTask("sweeper", work)
    assert task.failure is None
    with capture_logs() as logs:
        task.start()
        await ended.wait()
    assert task.failure == "KeyError"
    assert [(one["event"], one["task"], one["error"]) for one in logs] == [
        ("background_task_failed", "sweeper", "KeyError")
    ] * 2
    assert "typed" not in str(logs)
    await task.cancel()
    assert task.failure == "KeyError"


async def test_a_task_that_ends_without_cancellation_counts_as_failing() -> None:
    async def work() -> None:
        return

    task = BackgroundTask("sweeper", work).start()
    await task.finished()
    assert task.failure == "ended"


async def test_a_failing_writer_answers_its_batch_and_serves_the_next(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    process, failures = Writer.process, 0

    async def fails(self: Writer, batch: object) -> None:
        nonlocal failures
        failures += 1
        if failures == 1:
            raise OSError(28, "No space left on device")
        await process(self, batch)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(Writer, "process", fails)
    command = once()
    async with asyncio.timeout(60), Log.open(database.url) as log:
        with pytest.raises(OutcomeUnknown):
            await log.append(an_append(once=command))
        assert log.failing_tasks == {"writer": "OSError"}
        assert (await log.append(an_append(event(data=b"again"), once=command))).last == 1
        events, _ = await log.read()
    assert [one.data for one in events] == [b"again"]


async def test_no_caller_waits_forever_for_an_answer(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    stuck, go_on = asyncio.Event(), asyncio.Event()
    process = Writer.process

    async def waits(self: Writer, batch: object) -> None:
        stuck.set()
        await go_on.wait()
        await process(self, batch)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(Writer, "process", waits)
    monkeypatch.setattr("service.store.log.writer.ANSWER_TIMEOUT_S", 0.05)
    command = once()
    async with asyncio.timeout(60), Log.open(database.url) as log:
        for _ in range(2):  # the second time it joins the first
            with pytest.raises(OutcomeUnknown):
                await log.append(an_append(once=command))
        assert stuck.is_set()
        go_on.set()
        while await log.head() == 0:  # noqa: ASYNC110  the append continues without its callers
            await asyncio.sleep(0.005)
        assert await log.head() == 1


def test_no_task_can_end_unnoticed() -> None:
    """Outside of these files a task is a `BackgroundTask`, or a child of an `asyncio.TaskGroup`."""
    files = [file for folder in ("service", "workers") for file in (PROJECT / folder).rglob("*.py")]
    starting = {str(one.relative_to(PROJECT)) for one in files if starts_tasks(ast.parse(one.read_text()))}
    assert starting == set(AWAITED)


def starts_tasks(module: ast.Module) -> bool:
    """Whether it calls `asyncio.create_task` or `asyncio.ensure_future`, or the loop's own."""
    calls = [one.func for one in ast.walk(module) if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute)]
    return any(
        one.attr == "ensure_future" or (one.attr == "create_task" and ast.unparse(one.value) in {"asyncio", "loop"})
        for one in calls
    )
