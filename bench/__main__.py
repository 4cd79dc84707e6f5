"""`make bench`, `make bench ROWS="P1 P3"`: measure, print a table, store the figures. With `--quick` they do not count."""

import argparse
import json
import sys
import tempfile
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import uvloop
from rich.console import Console
from rich.table import Table

from bench import (
    appending,
    assigning,
    counting,
    growth,
    memory,
    mixed,
    pages,
    projecting,
    reading,
    searching,
    travelling,
    votes,
)
from bench.machine import machine
from bench.run import Run, progress
from service.clock_and_ids import now

ROWS: dict[str, Callable[[Run], Awaitable[list[dict[str, Any]]]]] = {
    "P1": appending.one_process,
    "P2": appending.two_processes,
    "P3": appending.one_at_a_time,
    "P4": reading.votes,
    "P5": votes.rows,
    "P7": projecting.rebuild,
    "P8": projecting.lag,
    "P9": travelling.rows,
    "P13": memory.rows,
    "P13 mixed": mixed.memory_rows,
    "P14": mixed.rows,
    "P15": pages.rows,
    "P19": searching.rows,
    "reads": reading.reads,
    "slices": reading.slices,
    "growth": growth.rows,
    "assigning": lambda run: assigning.rows(run.folder),
    "counting": lambda run: counting.rows(run.folder),
}
RESULTS = Path(__file__).parent / "results"

console = Console()


async def measure(names: list[str], *, quick: bool, watch: float) -> tuple[list[dict[str, Any]], list[str]]:
    """Measure rows one after the other, each in its own folder. Returns the results, and the names of rows that failed."""
    found: list[dict[str, Any]] = []
    failed: list[str] = []
    with progress() as shown:
        for name in names:
            shown.console.print(f"measuring {name} …")
            began = now()
            with tempfile.TemporaryDirectory(prefix="kring-bench-") as folder:
                Path(folder).chmod(0o711)  # noqa: ASYNC240  once, before anything is measured
                try:
                    rows = await ROWS[name](Run(Path(folder), quick, shown, watch))
                except Exception:  # noqa: BLE001  shown, and the next row follows
                    shown.console.print(traceback.format_exc(), markup=False)
                    failed.append(name)
                    continue
            took = round((now() - began).total_seconds())
            found += [row | {"measured": f"{began:%Y-%m-%d %H:%M}", "took_s": took} for row in rows]
    return found, failed


def store(found: list[dict[str, Any]], *, quick: bool) -> Path:
    """Write the day's file, replacing rows that were measured again."""
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{now():%Y-%m-%d}{'-quick' if quick else ''}.json"
    rows = {row["id"]: row for row in json.loads(file.read_text())["rows"]} if file.exists() else {}
    rows |= {row["id"]: row for row in found}
    file.write_text(json.dumps({"machine": machine(), "quick": quick, "rows": list(rows.values())}, indent=1) + "\n")
    return file


def show(found: list[dict[str, Any]]) -> None:
    """Print a line for each peer of each row."""
    table = Table("row", "kring", "peer", "peer's", "ratio", "required", "holds")
    for row in found:
        for peer in row["peers"].keys() | row["required"].keys():
            required = row["required"].get(peer)
            missed = peer not in row["ratios"] or (required is not None and row["ratios"][peer] < required)
            table.add_row(
                row["id"],
                f"{row['kring']} {row['unit']}",
                peer,
                str(row["peers"].get(peer, "not measured")),
                str(row["ratios"].get(peer, "–")),
                "–" if required is None else f"≥ {required}",
                "no" if missed else "yes" if required is not None else "–",
            )
        if not row["holds"]:
            table.add_row(row["id"], "", "", "", "", "", "[bold]does not hold[/bold]")
    console.print(table)


def main() -> int:
    """Measure the rows named on the command line, or all. Returns 1 if a row failed or misses its requirement."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"one or more of: {', '.join(ROWS)} (all)")
    parser.add_argument("--quick", action="store_true", help="a trial with short turns")
    parser.add_argument("--watch", type=float, metavar="SECONDS", help="how long to watch a service's memory (120)")
    arguments = parser.parse_args()
    if unknown := set(arguments.rows) - set(ROWS):
        parser.error(f"no such row: {', '.join(sorted(unknown))}")
    watch = arguments.watch or (10.0 if arguments.quick else 120.0)
    found, failed = uvloop.run(measure(arguments.rows or list(ROWS), quick=arguments.quick, watch=watch))
    show(found)
    console.print(f"stored in {store(found, quick=arguments.quick)}")
    if failed:
        console.print(f"failed: {', '.join(failed)}")
    return 0 if not failed and all(row["holds"] for row in found) else 1


if __name__ == "__main__":
    sys.exit(main())
