"""`kring` commands, each in a process forked from this one, which has imported everything.

A line of JSON on stdin requests a command with its environment and output files; a line on stdout is its exit code.
"""

import gc
import json
import os
import sys
from pathlib import Path

from service.cli.commands import main
from service.store.views.view_store import definition
from service.views import VIEWS

STDOUT, STDERR = 1, 2


def wait(child: int) -> int:
    """Exit code of a child, once it has ended."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def become(arguments: list[str], environ: dict[str, str], folder: str) -> None:
    """Turn this process into the command."""
    os.environ.clear()  # noqa: TID251  as if it had been started with another one
    os.environ.update(environ)  # noqa: TID251  the same
    for name, number in (("stdout", STDOUT), ("stderr", STDERR)):
        with (Path(folder) / name).open("wb") as file:
            os.dup2(file.fileno(), number)
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), sys.stdin.fileno())
    sys.argv = ["kring", *arguments]
    main()


def answer() -> None:
    """Run requested commands until there are no more."""
    for view in VIEWS:
        definition(view)  # remembered from here on
    gc.freeze()  # no command looks through what it has in common with all
    for line in sys.stdin:
        if child := os.fork():
            print(wait(child), flush=True)  # noqa: T201  the answer
        else:
            become(*json.loads(line))


if __name__ == "__main__":
    answer()
