"""The results as a picture: curves on logarithmic scales, in SVG with its own background, light or dark."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 1180, 400
TOP, BOTTOM, SIDE = 64, 352, 60
PANELS = ((SIDE, 380), (610, 790), (980, 1110))
"""The horizontal range of each panel's curves; the names of the lines are to the right of it."""
APART = 15  # pixels between two names at least
COLOURS = ("#d1495b", "#2e86ab", "#7b6d8d", "#c98a1b", "#3d9970", "#8d6e63", "#5c7cfa")

STYLE = """\
text { font-family: sans-serif; font-size: 12px; fill: #223; }
.title { font-size: 14px; font-weight: bold; }
.ground { fill: #fdfdfb; }
.grid { stroke: #ccd; stroke-width: 1; }
@media (prefers-color-scheme: dark) {
  text { fill: #dde; }
  .ground { fill: #16181d; }
  .grid { stroke: #3a3f4a; }
}"""

Line = Mapping[int, float]
"""Figures by number in flight, or by size."""


class Panel(NamedTuple):
    """One of the three panels: lines by name over a common axis."""

    title: str
    axis: str
    lines: Mapping[str, Line]


def picture(results: Mapping[str, Any]) -> str:
    """The SVG; the same results give the same bytes."""
    parts = [
        part
        for place, panel in zip(PANELS, panels({row["id"]: row for row in results["rows"]}), strict=True)
        for part in _panel(place, panel)
    ]
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="title">',
        '<title id="title">Appends per second by number in flight and by size of the log; a slice by size of the ballot</title>',
        f"<style>\n{STYLE}\n</style>",
        f'<rect class="ground" width="{WIDTH}" height="{HEIGHT}" rx="8"/>',
        *parts,
        "</svg>\n",
    ])  # fmt: skip


def panels(rows: Mapping[str, Any]) -> Sequence[Panel]:
    """The panels to draw; the panel of a row that was not measured is empty."""
    everybody = {name: _line(one["in flight"], "per_second") for name, one in contenders(rows).items()}
    growth = rows.get("growth", {"detail": {"by events in the log": {}}})["detail"]["by events in the log"]
    slices = rows.get("slices", {"detail": {"by papers on the ballot": {}}})["detail"]["by papers on the ballot"]
    return [
        Panel("Durable appends per second", "in flight", everybody),
        Panel(
            "Appends per second",
            "events in the log",
            {name: _line(curve, "per_second") for name, curve in growth.items()},
        ),
        Panel("A voter's slice, ms", "papers on the ballot", {"p50": _line(slices, "p50_ms")} if slices else {}),
    ]


def contenders(rows: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """All contenders of P1, by name."""
    return rows["P1"]["detail"]["contenders"] if "P1" in rows else {}


def _line(curve: Mapping[str, Mapping[str, float]], figure: str) -> Line:
    return {int(number): one[figure] for number, one in curve.items()}


def _panel(place: tuple[int, int], panel: Panel) -> list[str]:
    left, right = place
    parts = [f'<text class="title" x="{left}" y="32">{escape(panel.title)}</text>']
    if not panel.lines:
        return [*parts, f'<text x="{left}" y="{TOP + 20}">not measured</text>']
    numbers = sorted({number for line in panel.lines.values() for number in line})
    figures = [figure for line in panel.lines.values() for figure in line.values()]
    low, high = math.floor(math.log10(min(figures))), math.ceil(math.log10(max(figures)))
    high = max(high, low + 1)

    def across(number: int) -> float:
        return left + (right - left) * numbers.index(number) / max(1, len(numbers) - 1)

    def up(figure: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * (math.log10(figure) - low) / (high - low)

    for power in range(low, high + 1):
        y = up(10**power)
        parts += [
            f'<path class="grid" d="M{left} {y:.1f}H{right}"/>',
            f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{counted(10**power)}</text>',
        ]
    parts += [
        f'<text x="{across(one):.1f}" y="{BOTTOM + 18}" text-anchor="middle">{counted(one)}</text>' for one in numbers
    ]
    parts.append(
        f'<text x="{(left + right) / 2:.0f}" y="{BOTTOM + 36}" text-anchor="middle">{escape(panel.axis)}</text>'
    )
    ends = _spread({name: up(line[max(line)]) for name, line in panel.lines.items()})
    for colour, (name, line) in zip(COLOURS, panel.lines.items(), strict=False):
        points = [f"{across(number):.1f} {up(figure):.1f}" for number, figure in sorted(line.items())]
        parts += [
            f'<path d="M{"L".join(points)}" fill="none" stroke="{colour}" stroke-width="2"/>',
            f'<text x="{right + 8}" y="{ends[name] + 4:.1f}"><tspan style="fill:{colour}">●</tspan> {escape(name)}</text>',
        ]
    return parts


def _spread(ends: Mapping[str, float]) -> dict[str, float]:
    """The positions of the names: beside the ends of their lines, moved apart where they would overlap."""
    places: dict[str, float] = {}
    last = -math.inf
    for name in sorted(ends, key=ends.__getitem__):
        last = max(ends[name], last + APART)
        places[name] = last
    return places


def counted(number: float) -> str:
    """`3 000 000` as `3M`."""
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if number >= size:
            return f"{number / size:g}{letter}"
    return f"{number:g}"
