"""`kring` as a process on the test's servers."""

import asyncio
import json
import re
from collections.abc import Callable, Coroutine
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

PROJECT = Path(__file__).parents[3]
COMMAND_TIMEOUT_S = 60.0

Finished = CompletedProcess[str]
Kring = Callable[..., Coroutine[Any, Any, Finished]]


class Prepared:
    """A process that has imported Kring and forks into one command at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process, self.turn = process, asyncio.Lock()

    async def run(self, arguments: tuple[str, ...], environ: dict[str, str], folder: Path) -> Finished:
        """Run a command to its end, with its output collected in a folder."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        async with self.turn, asyncio.timeout(COMMAND_TIMEOUT_S):
            self.process.stdin.write(json.dumps([arguments, environ, str(folder)]).encode() + b"\n")
            code = int(await self.process.stdout.readline())
        written = [(folder / name).read_text() for name in ("stdout", "stderr")]
        return Finished(arguments, code, *written)


def stderr_of(finished: Finished) -> str:
    """Text on stderr, without frames and line ends."""
    return " ".join(re.sub(r"[│╭╮╰╯─]", " ", finished.stderr).split())
