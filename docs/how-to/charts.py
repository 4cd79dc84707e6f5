"""Three charts from the reports of Kring, as SVG. Usage: charts.py URL FOLDER, with a token on standard input."""

import csv
import io
import sys
from collections import Counter, defaultdict
from html import escape
from pathlib import Path
from statistics import mean
from urllib.request import Request, urlopen

WIDTH, BAR, LEFT = 640, 24, 220


def report(url: str, token: str, name: str) -> list[dict[str, str]]:
    """The rows of a report, by the names of its columns."""
    asked = Request(f"{url}/api/v1/reporting/{name}.csv", headers={"Authorization": f"Bearer {token}"})  # noqa: S310
    with urlopen(asked, timeout=300) as answer:  # noqa: S310  the Kring that was named
        return list(csv.DictReader(io.TextIOWrapper(answer, "utf-8", newline="")))


def chart(title: str, unit: str, values: list[tuple[str, float]]) -> str:
    """A chart with a bar for each value; the longest bar has the full width."""
    scale = (WIDTH - LEFT - 80) / (max((value for _, value in values), default=0) or 1)
    bars = [
        f'<text x="{LEFT - 8}" y="{n * BAR + 56}" text-anchor="end">{escape(label)}</text>'
        f'<rect x="{LEFT}" y="{n * BAR + 42}" width="{value * scale:.1f}" height="{BAR - 6}" fill="#1f6f78"/>'
        f'<text x="{LEFT + value * scale + 6:.1f}" y="{n * BAR + 56}">{value:g} {unit}</text>'
        for n, (label, value) in enumerate(values)
    ]
    size = f'width="{WIDTH}" height="{len(values) * BAR + 60}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="13">'
    return "\n".join([head, f'<text x="8" y="22" font-size="16">{escape(title)}</text>', *bars, "</svg>"])


def main(url: str, folder: Path) -> None:
    """Download three reports, and draw a chart of each."""
    token = sys.stdin.read().strip()
    turnout = [
        (f"{row['programme']} {row['edition']}, {row['opened_at'][:10]}", float(row["turnout_percent"] or 0))
        for row in report(url, token, "turnout")
    ]
    days = defaultdict[str, list[float]](list)
    for row in report(url, token, "phases"):
        if row["days"]:
            days[row["phase"]].append(float(row["days"]))
    kept = Counter(row["status"] for row in report(url, token, "commitments_kept"))
    charts = {
        "turnout": chart("Turnout of ballots", "%", turnout),
        "phases": chart(
            "Days per phase, on average", "days", [(one, round(mean(all_), 1)) for one, all_ in days.items()]
        ),
        "commitments": chart("What became of commitments", "commitments", list(kept.items())),
    }
    for name, svg in charts.items():
        (folder / f"{name}.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
