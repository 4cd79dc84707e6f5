"""The tutorial in a browser, and every command in the README and the how-to pages, on a new Kring with the demo.

The commands of a page run in one shell, in a folder that looks like a checkout after `make run`. They must print the output that
the page shows: words and keys literally; ids, numbers and times may differ, and `…` stands for any text.
"""

import asyncio
import json
import os
import re
import shutil
import sys
import urllib.request
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.browser import NO_BROWSER, chromium, errors_of
from tests.browser import running as running_browser
from tests.docs.examples.in_the_browser import follow

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs" / "tutorial").glob("*.md")),
    *sorted((ROOT / "docs" / "how-to").glob("*.md")),
]
START_TIMEOUT_S, COMMAND_TIMEOUT_S = 240.0, 60.0

NOT_RUN: Mapping[str, str] = {
    "make run": "runs until it is stopped; this test starts the same",
    "make test": "runs this test",
    "kring up": "runs until it is stopped",
    "kring up --data tutorial": "runs until it is stopped",
    "docker compose": "needs a Docker engine",
    "cp -a .kring /backup/": "writes outside the folder",
    "pg_dump": "needs separate servers",
    "pg_restore": "needs separate servers",
    "kring migrate": "needs separate servers",
    "sqlite3": "a command of another program, which may not be installed",
    "kring views retry": "needs a view that stopped: tests/workers/test_one_view_stops.py has some",
    "kring views skip": "likewise",
    "kring reactions retry": "needs a parked event: tests/workers/test_reactor.py has some",
    "export KRING_SMTP_URL": "would make the commands after it use another configuration",
    "export KRING_MAIL_FROM": "likewise",
    "export KRING_PUBLIC_URL": "likewise",
}
"""Prefixes of commands that are not run, with the reason. A prefix that no page uses fails the test."""

TUTORIAL = ROOT / "docs" / "tutorial" / "first-ballot.md"
USE_THE_API = "docs/how-to/use-the-api.md"
NEEDS_SETUP = "docs/how-to/run-a-secret-ballot.md"
"""The page whose commands need the setup of `USE_THE_API` up to its ballot."""


class Shown(NamedTuple):
    """A command of a page with the output that the page shows."""

    command: str
    output: str


class Running(NamedTuple):
    """A running Kring with the demo case: its folder, its address and its tokens by role."""

    folder: Path
    url: str
    tokens: Mapping[str, str]


def commands_of(page: str) -> Iterator[Shown]:
    """The commands of the `console` and `sh` blocks in order; a text block right after an `sh` block is its output."""
    blocks = list(re.finditer(r"^ *```(\w+)\n(.*?)^ *```", page, re.DOTALL | re.MULTILINE))
    for number, block in enumerate(blocks):
        match block[1]:
            case "console":
                yield from _prompted(block[2])
            case "sh":
                following = blocks[number + 1] if number + 1 < len(blocks) else None
                shown = (
                    following is not None
                    and following[1] == "text"
                    and not page[block.end() : following.start()].strip()
                )
                yield Shown(block[2].strip(), following[2].strip() if following and shown else "")
            case _:
                pass


def _prompted(block: str) -> Iterator[Shown]:
    command: list[str] = []
    output: list[str] = []
    for raw in block.splitlines():
        line = raw.strip() if raw.strip().startswith(("$ ", "# ", "> ")) else raw
        if line.startswith(("$ ", "# ")):
            if command:
                yield Shown("\n".join(command), "\n".join(output).strip())
            command, output = [re.sub(r"\s+# .*", "", line[2:]) if "make " in line else line[2:]], []
        elif command and not output and (command[-1].endswith("\\") or line.startswith("> ")):
            command.append(line.removeprefix("> "))
        else:
            output.append(line)
    if command:
        yield Shown("\n".join(command), "\n".join(output).strip())


VARIES = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\d\\?T[\d:\\.]+(?:Z|[+-]\d\d:\d\d)?)"
    r"|(?P<secret>kr_[0-9a-z]+(?:_\S+)?)"
    r"|(?P<id>\b[a-z_]+_0[0-9a-z]{3,}\b)"
    r"|(?P<date>\d{1,2} [A-Z][a-z]+ \d{4}, \d\d:\d\d)"
    r"|(?P<number>\b\d+(?:\.\d+)?\b)"
    r"|(?P<space>\s+)"
)


def is_shaped(printed: str, shown: str) -> bool:
    """Whether the printed text contains the parts of the shown output between `…`, in order."""
    place = 0
    for piece in shown.split("…"):
        found = re.compile(_shape(piece.strip())).search(printed, place)
        if found is None:
            return False
        place = found.end()
    return True


def _shape(text: str) -> str:
    found, end = "", 0
    for varying in VARIES.finditer(text):
        found += re.escape(text[end : varying.start()])
        match varying.lastgroup:
            case "time" | "secret":
                found += r"[^\s\"]+"
            case "id":
                found += r"[a-z_]+_\w+"
            case "date":
                found += r"\d{1,2} \w+ \d{4}, \d\d:\d\d"
            case "number":
                found += r"\d+(?:\.\d+)?"
            case _:
                found += r"\s+"
        end = varying.end()
    return found + re.escape(text[end:])


@asynccontextmanager
async def running(folder: Path) -> AsyncGenerator[Running]:
    """`kring up --demo` in a folder that looks like a checkout."""
    (folder / ".venv").symlink_to(Path(sys.executable).parent.parent)
    (folder / "docs").symlink_to(ROOT / "docs")
    kring = await asyncio.create_subprocess_exec(
        ".venv/bin/kring", "up", "--demo", "--port", "0", cwd=folder, env=_environ(folder), stdout=-1, stderr=-2
    )
    said: list[str] = []
    tokens: dict[str, str] = {}
    try:
        assert kring.stdout is not None
        async with asyncio.timeout(START_TIMEOUT_S):
            while len(tokens) < 5 and (line := (await kring.stdout.readline()).decode()):
                said.append(line)
                if role := re.match(r"  (\w+) +(kr_\S+)", line):
                    tokens[role[1]] = role[2]
        ready = [line.split()[1] for line in said if line.startswith("ready ")]
        assert ready, "".join(said)
        yield Running(folder, ready[0], tokens)
    finally:
        if kring.returncode is None:
            kring.terminate()
        await kring.communicate()


def _environ(folder: Path) -> dict[str, str]:
    return {
        "PATH": f"{folder}/.venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": str(folder),
        "LANG": "C.UTF-8",
    }


async def example_ids(kring: Running) -> dict[str, str]:
    """An id of each kind that pages use, by its prefix."""
    api = f"{kring.url}/api/v1"

    async def first(path: str, role: str, pick: str = "id") -> str:
        request = urllib.request.Request(f"{api}{path}", headers={"Authorization": f"Bearer {kring.tokens[role]}"})
        body: dict[str, Any] = json.loads(await asyncio.to_thread(lambda: urllib.request.urlopen(request).read()))
        return body["items"][0][pick]

    programme = await first("/programmes", "facilitator")
    return {
        "programme": programme,
        "organisation": await first("/organisations", "commissioner"),
        "team": await first(f"/programmes/{programme}/teams", "commissioner"),
        "ballot": await first(f"/programmes/{programme}/ballots", "participant"),
        "person": await first(f"/programmes/{programme}/participants", "manager", "person_id"),
        "token": "token_" + kring.tokens["auditor"].split("_")[1],
    }


def with_real_values(command: str, kring: Running, ids: Mapping[str, str]) -> str:
    """The command with real tokens, ids, times and address instead of the examples on the page."""
    command = re.sub(r"\b([A-Z]+)=kr_\w*…", lambda found: f"{found[1]}={kring.tokens[found[1].lower()]}", command)
    command = command.replace("http://127.0.0.1:8016", kring.url)
    now = datetime.now(UTC).isoformat(timespec="seconds")  # noqa: TID251  what a reader would type
    command = command.replace("2026-11-23T21:05:40+01:00", now).replace(
        "2026-11-23T21:05:40%2B01:00", now.replace("+", "%2B")
    )
    return re.sub(r"\b([a-z]+)_0\w+…", lambda found: ids.get(found[1], found[0]), command)


async def run_in(shell: asyncio.subprocess.Process, command: str) -> tuple[str, int]:
    """Run a command in the shell; return its output and its exit code."""
    assert shell.stdin is not None
    assert shell.stdout is not None
    shell.stdin.write(f"{command}\nprintf '\\n:end:%s\\n' $?\n".encode())
    await shell.stdin.drain()
    lines: list[str] = []
    async with asyncio.timeout(COMMAND_TIMEOUT_S):
        while line := (await shell.stdout.readline()).decode():
            if line.startswith(":end:"):
                return "".join(lines).strip(), int(line.removeprefix(":end:"))
            lines.append(line)
    return "".join(lines), -1


async def problems_on(page: Path, kring: Running, ids: Mapping[str, str], unused: set[str]) -> list[str]:
    """The problems with the commands of a page."""
    shell = await asyncio.create_subprocess_exec(
        "bash", cwd=kring.folder, env=_environ(kring.folder) | variables(kring, ids), stdin=-1, stdout=-1, stderr=-2
    )
    name, found, shown = str(page.relative_to(ROOT)), list[str](), [*commands_of(page.read_text())]  # noqa: ASYNC240  a small file
    given = [*commands_of((ROOT / USE_THE_API).read_text())] if name == NEEDS_SETUP else []
    try:
        for one in takewhile(lambda one: "BALLOT=" not in one.command, given):
            if not _skipped(one.command, unused):
                command = one.command.replace(
                    "@example.org", "@secret.example.org"
                )  # the other page has claimed the other addresses
                await run_in(shell, with_real_values(command, kring, ids))
        for one in shown:
            if _skipped(one.command, unused):
                continue
            command = with_real_values(one.command, kring, ids)
            printed, code = await run_in(shell, command)
            if code != 0:
                found.append(f"{name}: exit code {code}\n$ {command}\n{printed[:1500]}")
            elif one.output and not is_shaped(printed, one.output):
                found.append(
                    f"{name}: prints something else\n$ {command}\n{printed[:1500]}\n--- the page shows\n{one.output}"
                )
    finally:
        shell.kill()
        await shell.communicate()
    return found


def variables(kring: Running, ids: Mapping[str, str]) -> dict[str, str]:
    """The variables that pages assume: the address, a token per role, and the ids of the demo case."""
    tokens = {role.upper(): token for role, token in kring.tokens.items()}
    of_demo = {kind.upper(): one for kind, one in ids.items()}
    return {"API": f"{kring.url}/api/v1", **tokens, **of_demo}


def _skipped(command: str, unused: set[str]) -> bool:
    for beginning in NOT_RUN:
        if command == beginning or (
            command.startswith(beginning) and beginning not in {"kring up", "make run", "make test"}
        ):
            unused.discard(beginning)
            return True
    return False


async def test_every_documented_command_works_and_prints_what_the_page_shows(tmp_path: Path) -> None:
    for needed in ("bash", "curl", "jq"):
        if shutil.which(needed) is None:
            pytest.skip(f"the documentation uses {needed}, which is not installed: no command was run")
    if os.geteuid() == 0:  # then PostgreSQL runs as another user, who needs access
        for one in (tmp_path, *tmp_path.parents[:2]):
            one.chmod(0o711)
    unused = set(NOT_RUN)
    async with running(tmp_path) as kring:
        ids = await example_ids(kring)
        problems = await problems_in_the_browser(kring)
        problems += [one for page in PAGES for one in await problems_on(page, kring, ids, unused)]
    assert not problems, "\n\n".join(problems)
    assert not unused, "no page uses these prefixes"
    if chromium() is None:
        pytest.skip(NO_BROWSER)


async def problems_in_the_browser(kring: Running) -> list[str]:
    """The problems with the tutorial; none if there is no browser."""
    if (path := chromium()) is None:
        return []
    async with running_browser(path) as browser:
        context = await browser.new_context(locale="en-GB")
        errors = errors_of(context)
        return [*await follow(await context.new_page(), TUTORIAL, kring.url), *errors]
