"""`kring up`: everything starts, keeps running, stops cleanly, refuses a second start, and recovers from crashes."""

import asyncio
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import psutil
import pytest

from service.config import load
from service.embedded.lock import locked
from service.supervisor.supervisor import CannotListen, NotRunning, listen, running_url

PROJECT = Path(__file__).parents[3]
KRING = [sys.executable, "-m", "service.cli"]
TIMEOUT_S = 90.0


class Up(NamedTuple):
    """A running `kring up`."""

    process: subprocess.Popen[str]
    url: str
    data: Path

    def everybody(self) -> list[psutil.Process]:
        """The process and all its descendants."""
        head = psutil.Process(self.process.pid)
        return [head, *head.children(recursive=True)]

    def part(self, name: str) -> psutil.Process:
        """Child with this in its command line."""
        return next(one for one in self.everybody()[1:] if name in _command(one))

    def has(self, name: str) -> bool:
        """Whether there is such a child."""
        return any(name in _command(one) for one in self.everybody()[1:])


@pytest.fixture
def data() -> Generator[Path]:
    with tempfile.TemporaryDirectory(prefix="kring-up-") as made:
        Path(made).chmod(0o711)
        yield Path(made) / "data"


@pytest.fixture
def start(data: Path) -> Generator[Callable[[], Up]]:
    """Start `kring up` and wait for `ready`; everything it started is gone afterwards."""
    running: list[Up] = []

    def go() -> Up:
        running.append(started(data))
        return running[-1]

    yield go
    for up in running:
        stop(up)


@pytest.fixture(scope="module")
def shared() -> Generator[Up]:
    """One Kring for all tests that only read from it."""
    with tempfile.TemporaryDirectory(prefix="kring-up-") as made:
        Path(made).chmod(0o711)
        up = started(Path(made) / "data")
        yield up
        stop(up)


def started(data: Path) -> Up:
    command = [*KRING, "up", "--port", "0", "--data", str(data), "--no-demo"]
    process = subprocess.Popen(command, cwd=PROJECT, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("ready http://127.0.0.1:"), (line, process.wait(TIMEOUT_S))
    return Up(process, line.removeprefix("ready ").strip(), data)


def stop(up: Up) -> None:
    up.process.terminate()
    up.process.wait(TIMEOUT_S)
    assert up.process.stdout is not None
    up.process.stdout.close()


def kring(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*KRING, *arguments], cwd=PROJECT, text=True, capture_output=True, check=False, timeout=TIMEOUT_S
    )


def as_manager(up: Up) -> httpx.Client:
    issued = kring("token", "issue", "--role", "manager", "--data", str(up.data))
    assert issued.returncode == 0, issued.stderr
    assert len(issued.stdout.split()) == 1, "the token alone"
    return httpx.Client(base_url=f"{up.url}/api/v1", headers={"Authorization": f"Bearer {issued.stdout.strip()}"})


def until(true: Callable[[], bool]) -> None:
    limit = time.monotonic() + TIMEOUT_S
    while not true():
        assert time.monotonic() < limit
        time.sleep(0.05)


def health(up: Up) -> dict[str, Any]:
    try:
        return httpx.get(f"{up.url}/health/ready", timeout=10).json()
    except httpx.HTTPError:
        return {"status": "silent"}


def test_all_data_survives_any_way_of_ending(start: Callable[[], Up]) -> None:
    up = start()
    with as_manager(up) as manager:
        made = manager.post("/organisations", json={"name": "Waterschap De Brug"})
        assert made.status_code == 201, made.text
    found = f"/organisations/{made.json()['id']}"
    for ended in (stop_by_ctrl_c, kill_supervisor, kill_all_processes):
        ended(up)
        up = start()  # which also ends the servers that were left
        with as_manager(up) as manager:
            assert manager.get(found).json()["name"] == "Waterschap De Brug", ended.__name__


def stop_by_ctrl_c(up: Up) -> None:
    everybody = up.everybody()
    up.process.send_signal(signal.SIGINT)
    assert up.process.wait(TIMEOUT_S) == 0
    assert [one for one in everybody if one.is_running()] == []


def kill_supervisor(up: Up) -> None:
    """Kill the supervisor, after which the parts end by themselves."""
    ours = [up.part("serve"), up.part("project"), up.part("work")]
    up.process.kill()
    up.process.wait(TIMEOUT_S)
    _, left = psutil.wait_procs(ours, timeout=30)
    assert left == []


def kill_all_processes(up: Up) -> None:
    for one in up.everybody():
        one.kill()
    up.process.wait(TIMEOUT_S)


def test_all_parts_are_running(shared: Up) -> None:
    parts = {"service", "key store", "database", "clock", "projector", "valkey", "worker"}
    assert {part["name"] for part in health(shared)["parts"] if part["ok"]} == parts


def test_a_second_start_on_the_same_data_is_refused_and_changes_nothing(shared: Up) -> None:
    up = shared
    before = {one.pid for one in up.everybody()}
    second = kring("up", "--port", "0", "--data", str(up.data), "--no-demo")
    assert second.returncode == 1
    assert f"process {up.process.pid}" in " ".join(second.stderr.split()).replace("│ ", "")
    assert {one.pid for one in up.everybody()} == before
    assert health(up)["status"] == "ready"


def test_a_killed_part_is_restarted(shared: Up) -> None:
    up = shared
    for name in ("serve", "project", "work"):
        killed = up.part(name)
        killed.kill()
        until(lambda killed=killed, name=name: not killed.is_running() and up.has(name))
    until(lambda: health(up)["status"] == "ready")


def test_a_token_can_be_issued_while_nothing_runs(data: Path) -> None:
    data.mkdir()
    issued = kring("token", "issue", "--role", "manager", "--data", str(data))
    assert issued.returncode == 0, issued.stderr
    assert issued.stdout.startswith("kr_")


def test_kring_does_not_start_without_its_keys_and_the_doctor_says_why(data: Path) -> None:
    data.mkdir()
    assert kring("token", "issue", "--role", "manager", "--data", str(data)).returncode == 0
    (data / "keys").rename(data.with_name("put-away"))
    refused = kring("up", "--port", "0", "--data", str(data))
    assert refused.returncode == 1
    assert "There is no key store in" in refused.stderr
    assert not (data / "keys").exists()
    examined = kring("doctor", "--data", str(data))
    assert (examined.returncode, "✗ keys: There is no key store in" in examined.stdout) == (1, True), examined
    assert not (data / "keys").exists()
    (data / "passwords").write_text("damaged")
    examined = kring("doctor", "--data", str(data))
    assert (examined.returncode, "✗ start: Kring cannot be opened" in examined.stdout) == (1, True), examined


def test_no_command_line_contains_a_secret(shared: Up) -> None:
    up = shared
    passwords = json.loads((up.data / "servers").read_bytes())
    secrets = [url.split("@")[0].rsplit(":", 1)[1] for url in passwords.values()]
    lines = " ".join(" ".join(one.cmdline()) for one in up.everybody())
    assert not [one for one in secrets if one in lines]


def test_a_taken_port_is_reported_and_nothing_is_left_behind(shared: Up) -> None:
    up = shared
    with tempfile.TemporaryDirectory(prefix="kring-up-") as other:
        Path(other).chmod(0o711)
        second = kring("up", "--port", up.url.rsplit(":", 1)[1], "--data", f"{other}/data")
        assert second.returncode == 1
        assert "--port 0" in second.stderr
        mine = [one for one in psutil.process_iter() if other in " ".join(_command(one))]
        assert mine == []


async def test_an_address_of_another_machine_is_not_reported_as_a_taken_port() -> None:
    with pytest.raises(CannotListen, match="Cannot assign requested address"):
        await listen("192.0.2.1", 0)


def test_a_starting_kring_is_not_reported_as_absent(data: Path) -> None:
    config = load({}, data=data)
    with pytest.raises(NotRunning, match="Kring does not run on"):
        running_url(config)
    data.mkdir()
    with locked(data), pytest.raises(NotRunning, match=r"\(process \d+\) is starting or stopping"):
        running_url(config)


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


async def test_pages_are_served_only_to_the_local_machine(shared: Up) -> None:
    with await asyncio.to_thread(as_manager, shared) as manager:
        home = (await asyncio.to_thread(manager.post, "/organisations", json={"name": "Gemeente <b>Vloed</b>"})).json()
        path = f"/organisations/{home['id']}"
        await asyncio.to_thread(manager.get, path, params={"at_least": health(shared)["head"]})
    async with httpx.AsyncClient(base_url=shared.url) as browser:
        story = await browser.get(f"/stories/{home['id']}?language=en")
        assert "Gemeente &lt;b&gt;Vloed" in story.text, "told, and as text"
        assert (await browser.get("/stories/organisation_unknown")).status_code == 404
        first = await browser.get("/")
        assert "one log, which anyone can replay" in first.text
        assert 'href="/mailbox"' in first.text
        assert f"/stories/{home['id']}" in first.text
        assert (await browser.get("/mailbox")).status_code == 200
        assert (await browser.get("/mailbox", headers={"Host": "elsewhere.example"})).status_code == 404
        assert "/mailbox" not in (await browser.get("/", headers={"Host": "elsewhere.example"})).text
        docs = await browser.get("/api/v1/docs")
        assert "/api/v1/programmes" in docs.text
        assert "//" not in docs.text.replace("https://json-schema.org", "").split("<body>")[0], "nothing from elsewhere"


async def test_health_reports_which_part_is_missing(shared: Up) -> None:
    up = shared
    hung = up.part("work")
    hung.suspend()
    async with httpx.AsyncClient(base_url=up.url, timeout=10) as watcher:
        assert (await watcher.get("/health/live")).status_code == 200
        try:
            async with asyncio.timeout(TIMEOUT_S):
                while (answer := await watcher.get("/health/ready")).status_code == 200:  # noqa: ASYNC110  polled as a monitor does
                    await asyncio.sleep(0.1)
        finally:
            hung.resume()
        async with asyncio.timeout(TIMEOUT_S):
            while (await watcher.get("/health/ready")).status_code != 200:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    wrong = {part["name"] for part in answer.json()["parts"] if not part["ok"]}
    assert wrong == {"worker"}
    assert answer.status_code == 503


def test_commands_find_the_address_of_the_running_kring(shared: Up) -> None:
    finished = kring("doctor", "--data", str(shared.data))
    assert f"✓ service: answers at {shared.url}" in finished.stdout
    assert finished.stdout.endswith("No problems found.\n"), finished.stdout
    assert finished.returncode == 0


def test_the_demo_reports_immediately_that_it_needs_a_running_kring(data: Path) -> None:
    finished = kring("demo", "--data", str(data))
    assert finished.returncode == 1
    assert "`kring up`" in finished.stderr
    assert not data.exists(), "nothing was started for it"
