"""`make bench`, `make bench ROWS="P5"`: measure, print a table, keep the figures."""

import asyncio
import json
import os
import platform
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench import assigning, counting, votes
from service.edge import now

ROWS: dict[str, Callable[[Path], Awaitable[list[dict[str, Any]]]]] = {
    "P5": votes.rows,
    "assigning": assigning.rows,
    "counting": counting.rows,
}
RESULTS = Path(__file__).parent / "results"


async def measure(asked: list[str]) -> list[dict[str, Any]]:
    """Every row asked for, one after the other, each on a folder of its own."""
    found: list[dict[str, Any]] = []
    for name in asked:
        Console().print(f"measuring {name} …")
        with tempfile.TemporaryDirectory(prefix="kring-bench-") as folder:
            Path(folder).chmod(0o711)  # noqa: ASYNC240  once, before anything is measured
            found += await ROWS[name](Path(folder))
    return found


def main() -> int:
    """Measure the rows named on the command line, or all; 1 if one does not hold."""
    found = asyncio.run(measure(sys.argv[1:] or list(ROWS)))
    table = Table("row", "kring", "peer", "peer's", "ratio", "required", "holds")
    for row in found:
        for peer, figure in row["peers"].items():
            unit, ratio, required = row["unit"], row["ratios"][peer], row["required"][peer]
            table.add_row(
                row["id"], f"{row['kring']} {unit}", peer, str(figure), str(ratio), str(required), str(row["holds"])
            )
    Console().print(table)
    RESULTS.mkdir(exist_ok=True)
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()}
    (RESULTS / f"{now():%Y-%m-%d}.json").write_text(json.dumps({"machine": machine, "rows": found}, indent=1))
    return 0 if all(row["holds"] for row in found) else 1


if __name__ == "__main__":
    sys.exit(main())
