"""`python -m bench.page [RESULTS]`: update the page of performance and its picture from results, by default the latest.

Rows that were not measured again on the same machine stay as they are.

The text between the marks of that page is generated from the figures stored beside it; a test compares them.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.picture import contenders, picture

REFERENCE = Path(__file__).parents[1] / "docs" / "reference"
PAGE, FIGURES, PICTURE = (REFERENCE / f"performance.{one}" for one in ("md", "json", "svg"))
RESULTS = Path(__file__).parent / "results"
BEGIN, END = "<!-- made by python -m bench.page -->", "<!-- until here -->"

WORK = {
    "P1": "durable conditional appends, 128 in flight, one process",
    "P2": "the same, two processes",
    "P3": "one append at a time",
    "P4": "load a slice, decide and vote, on a ballot of 100 000 papers",
    "P5": "votes over HTTP, 64 connections",
    "P6": "p99 of a vote at a quarter of that load",
    "P7": "a rebuild of all views from a million events",
    "P7 rows": "a rebuild of twenty wide views, by how often an event touches a row",
    "P8": "from acknowledgement to visible in every view, p99 at 1 000 events/s",
    "P9": "a page of a programme of 2 000 events as it was, over HTTP",
    "P13": "memory of one service process under P5",
    "P13 mixed": "memory of one service process under P14",
    "P14": "p99 of writes, 64 connections, three reads to a write, on shared trips and one ballot",
    "P15 home": "the home page, of 60 people",
    "P15": "the slowest other page, of 60 people",
    "P16": "the HTML of the heaviest page, of 14 to 400 people",
    "P16 first load": "the same with all files that a browser loads",
    "P19": "a search in 2 000 sealed texts of a programme, over HTTP",
    "reads": "the whole log as a stream",
    "slices": "a slice by two tags, on a ballot of 100 000 papers",
    "growth": "appends to a log of 3 million events, 128 in flight",
}


def main() -> int:
    """Write the page, its picture, and the figures that they are generated from."""
    latest = sorted(one for one in RESULTS.glob("*.json") if not one.stem.endswith("quick"))
    if not (sys.argv[1:] or latest):
        print("no results: run `make bench` first", file=sys.stderr)
        return 1
    results = json.loads(Path(sys.argv[1] if sys.argv[1:] else latest[-1]).read_text())
    results = merged(json.loads(FIGURES.read_text()), results)
    FIGURES.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    PICTURE.write_text(picture(results))
    PAGE.write_text(with_figures(PAGE.read_text(), results))
    return 0


def merged(before: Mapping[str, Any], results: Mapping[str, Any]) -> dict[str, Any]:
    """These results, with the rows of before that they do not replace, if those are of the same machine.

    The facts about the machine that vary, such as the time of a sync, are then those of before.
    """
    same = all(before["machine"][one] == results["machine"][one] for one in ("cores", "processor", "memory_gib"))
    kept: list[Any] = before["rows"] if same and before["quick"] == results["quick"] else []
    rows: dict[str, Any] = {row["id"]: row for row in (*kept, *results["rows"])}
    machine = before["machine"] if kept else results["machine"]
    return {**results, "machine": machine, "rows": [rows[name] for name in WORK if name in rows]}


def with_figures(page: str, results: Mapping[str, Any]) -> str:
    """The page with the tables of these results."""
    made = "\n".join(tables(results))
    return re.sub(
        f"{re.escape(BEGIN)}.*{re.escape(END)}", lambda _: f"{BEGIN}\n\n{made}\n\n{END}", page, flags=re.DOTALL
    )


def tables(results: Mapping[str, Any]) -> Iterator[str]:
    """Every row with its peers, P1 by number in flight, P15 by page, and the machine."""
    rows: dict[str, Any] = {row["id"]: row for row in results["rows"]}
    yield "| | work | Kring | beside | its figure | ratio | at least | holds |"
    yield "|---|---|---|---|---|---|---|---|"
    for name, work in WORK.items():
        if name in rows:
            yield from _lines(name, work, rows[name])
    if "P1" in rows:
        yield ""
        yield from _in_flight(contenders(rows), rows["P1"]["detail"]["not measured"])
    if "P15 home" in rows:
        yield ""
        yield from _by_page(rows["P15 home"]["detail"]["pages"])
    yield ""
    machine = results["machine"]
    if results["quick"]:
        yield "**Tried out with short turns on little data: these figures only show the form of the page.**"
        yield ""
    yield (
        f"Measured on {', '.join(sorted({row.get('measured', '?')[:10] for row in results['rows']}))}: {machine['cores']} cores "
        f"({machine['processor']}), {machine['memory_gib']} GiB, {machine['system']}, Python {machine['python']}, "
        f"{machine['postgresql']}; a sync of 8 kB to this disk takes {machine['fdatasync_ms']} ms."
    )


def _lines(name: str, work: str, row: Mapping[str, Any]) -> Iterator[str]:
    first = (name, work, f"{_figure(row['kring'])} {row['unit']}")
    holds = "yes" if row["holds"] else "**no**"
    for peer in [*row["peers"], *(one for one in row["required"] if one not in row["peers"])]:
        theirs = _figure(row["peers"][peer]) if peer in row["peers"] else "not measured"
        ratio, least = row["ratios"].get(peer, "–"), row["required"].get(peer, "–")
        yield f"| {' | '.join((*first, peer, theirs, str(ratio), str(least), holds))} |"
        first, holds = ("", "", ""), ""


def _in_flight(measured: Mapping[str, Mapping[str, Any]], missing: Mapping[str, str]) -> Iterator[str]:
    """Appends per second, and in brackets the median and the 99th percentile in milliseconds."""
    numbers = sorted({int(many) for one in measured.values() for many in one["in flight"]})
    yield f"| appends/s (p50, p99 in ms) | {' | '.join(f'{many} in flight' for many in numbers)} | settings |"
    yield f"|---|{'---|' * len(numbers)}---|"
    for name, one in measured.items():
        cells: list[dict[str, float] | None] = [one["in flight"].get(str(many)) for many in numbers]
        shown = [
            "–" if cell is None else f"{_figure(cell['per_second'])} ({cell['p50_ms']:g}, {cell['p99_ms']:g})"
            for cell in cells
        ]
        yield f"| {' | '.join((name, *shown, one['settings']))} |"
    for name, why in missing.items():
        yield f"| {name} | {'– | ' * len(numbers)}not measured: {why} |"


def _by_page(measured: Mapping[str, Mapping[str, Mapping[str, float]]]) -> Iterator[str]:
    """The time and the HTML of each page, by number of people."""
    sizes = list(next(iter(measured.values())))
    yield f"| median in ms, HTML in kB | {' | '.join(f'{one} people' for one in sizes)} |"
    yield f"|---|{'---|' * len(sizes)}"
    for name, by_size in measured.items():
        yield f"| {name} | {' | '.join(_time_and_weight(one) for one in by_size.values())} |"


def _time_and_weight(figures: Mapping[str, float]) -> str:
    return f"{figures['p50_ms']:g}, {figures['html_kb']:g}"


def _figure(number: float) -> str:
    return f"{number:,.0f}".replace(",", " ") if number >= 100 else f"{number:g}"


if __name__ == "__main__":
    sys.exit(main())
