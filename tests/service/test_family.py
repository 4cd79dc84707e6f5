"""Our children: kept running, given up when they keep ending, and never left behind."""

import asyncio
import time
from pathlib import Path

import psutil
import pytest

from service.up import family as families
from service.up.family import Failed, Part, family


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(families, "PAUSES", (0.01,) * families.CRASHES)


def part(folder: Path, name: str, program: str) -> Part:
    return Part(name, ("-c", program), folder / f"{name}.log", {})


async def test_a_part_that_keeps_ending_ends_the_rest_and_says_what_it_wrote_last(tmp_path: Path) -> None:
    broken = part(tmp_path, "worker", "raise SystemExit('no queue here')")
    sound = part(tmp_path, "service", "import os, time; print(os.getpid(), flush=True); time.sleep(600)")
    with pytest.raises(Failed, match="The worker keeps ending by itself") as failed:
        async with family((broken, sound)):
            await asyncio.Event().wait()
    assert "no queue here" in str(failed.value)
    assert (tmp_path / "worker.log").read_text().count("no queue here") == families.CRASHES + 1
    assert not psutil.pid_exists(int((tmp_path / "service.log").read_text()))


async def test_a_part_that_does_not_heed_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(families, "STOPPING", 0.3)
    deaf = (
        "import signal, os, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
        "print(os.getpid(), flush=True); time.sleep(600)"
    )
    log = tmp_path / "worker.log"
    async with family((part(tmp_path, "worker", deaf),)):
        limit = time.monotonic() + 30
        while not (log.exists() and log.read_text().strip()):
            assert time.monotonic() < limit
            await asyncio.sleep(0.01)
    assert not psutil.pid_exists(int(log.read_text()))


async def test_what_lies_in_the_present_folder_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "workers.py").write_text("print('not ours')")
    monkeypatch.chdir(tmp_path)
    one = Part("worker", ("-m", "workers", "nothing"), tmp_path / "worker.log", {})
    with pytest.raises(Failed, match="one of project, work"):
        async with family((one,)):
            await asyncio.Event().wait()
