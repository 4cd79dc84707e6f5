"""Child processes: kept running, given up if they fail to start, and never left behind."""

import asyncio
import time
from pathlib import Path

import psutil
import pytest

from service.supervisor import child_processes as families
from service.supervisor.child_processes import Part, PartFailed, run_parts


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(families, "RESTART_PAUSES_S", (0.01,) * families.MAX_CRASHES)


def part(folder: Path, name: str, program: str) -> Part:
    return Part(name, ("-c", program), folder / f"{name}.log", {})


async def test_a_child_that_fails_to_start_stops_the_others_and_shows_its_last_output(tmp_path: Path) -> None:
    broken = part(tmp_path, "worker", "raise SystemExit('no queue here')")
    sound = part(tmp_path, "service", "import os, time; print(os.getpid(), flush=True); time.sleep(600)")
    why = "The worker does not start: it ended 6 times within a minute, the last time with exit code 1"
    with pytest.raises(PartFailed, match=why) as failed:
        async with run_parts((broken, sound), print):
            await asyncio.Event().wait()
    assert "no queue here" in str(failed.value)
    assert (tmp_path / "worker.log").read_text().count("no queue here") == families.MAX_CRASHES + 1
    assert not psutil.pid_exists(int((tmp_path / "service.log").read_text()))


async def test_a_child_that_keeps_crashing_later_is_reported_once_and_harms_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(families, "LONG_PAUSE_S", 0.01)
    broken = part(
        tmp_path, "worker", "import os, signal; print('here', flush=True); os.kill(os.getpid(), signal.SIGSEGV)"
    )
    sound = part(tmp_path, "service", "import os, time; print(os.getpid(), flush=True); time.sleep(600)")
    messages: list[str] = []
    log = tmp_path / "worker.log"
    async with run_parts((broken, sound), messages.append) as all_up:
        all_up.set()
        async with asyncio.timeout(60):
            while not log.exists() or log.read_text().count("here") < families.MAX_CRASHES + 4:  # noqa: ASYNC110  a file
                await asyncio.sleep(0.01)
        (service,) = (tmp_path / "service.log").read_text().split()
        assert psutil.pid_exists(int(service)), "it was not even started again"
    (once,) = messages
    assert "The worker is down: it ended 6 times within a minute, the last time with signal SIGSEGV." in once
    assert "The other parts continue" in once
    assert str(log) in once


async def test_a_child_that_the_system_cannot_start_counts_as_crashed(tmp_path: Path) -> None:
    nowhere = part(tmp_path / "missing", "worker", "")
    with pytest.raises(PartFailed, match=r"no start at all \(No such file or directory\)"):
        async with run_parts((nowhere,), print):
            await asyncio.Event().wait()


async def test_a_child_that_ignores_signals_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(families, "STOP_TIMEOUT_S", 0.3)
    deaf = (
        "import signal, os, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
        "print(os.getpid(), flush=True); time.sleep(600)"
    )
    log = tmp_path / "worker.log"
    async with run_parts((part(tmp_path, "worker", deaf),), print):
        limit = time.monotonic() + 30
        while not (log.exists() and log.read_text().strip()):
            assert time.monotonic() < limit
            await asyncio.sleep(0.01)
    assert not psutil.pid_exists(int(log.read_text()))


async def test_modules_in_the_current_directory_are_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "workers.py").write_text("print('not ours')")
    monkeypatch.chdir(tmp_path)
    one = Part("worker", ("-m", "workers", "nothing"), tmp_path / "worker.log", {})
    with pytest.raises(PartFailed, match="one of project, work"):
        async with run_parts((one,), print):
            await asyncio.Event().wait()
