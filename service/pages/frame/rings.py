"""Geometry of the drawings: arcs, seats around a table, sectors of a ring. Angles in degrees, clockwise from the right."""

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

State = Literal["done", "now", "next"]
TOP = -90.0


class Arc(NamedTuple):
    """One arc of a ring of phases: its state, path, and the direction of its middle as a unit vector."""

    state: State
    path: str
    x: float
    y: float


def point(centre: float, radius: float, degrees: float) -> tuple[float, float]:
    """The point on a circle around (centre, centre), rounded to hundredths."""
    angle = math.radians(degrees)
    return round(centre + radius * math.cos(angle), 2), round(centre + radius * math.sin(angle), 2)


def arc(centre: float, radius: float, start: float, end: float) -> str:
    """The path of an arc (SVG 2 §9.3.8)."""
    (x0, y0), (x1, y1) = point(centre, radius, start), point(centre, radius, end)
    return f"M{x0:g} {y0:g}A{radius:g} {radius:g} 0 {int(end - start > 180)} 1 {x1:g} {y1:g}"  # noqa: PLR2004  half a circle


def sector(centre: float, inner: float, outer: float, start: float, end: float) -> str:
    """The path of a sector of a ring between two radii."""
    large = int(end - start > 180)  # noqa: PLR2004  half a circle
    (x0, y0), (x1, y1) = point(centre, outer, start), point(centre, outer, end)
    (x2, y2), (x3, y3) = point(centre, inner, end), point(centre, inner, start)
    return (
        f"M{x0:g} {y0:g}A{outer:g} {outer:g} 0 {large} 1 {x1:g} {y1:g}"
        f"L{x2:g} {y2:g}A{inner:g} {inner:g} 0 {large} 0 {x3:g} {y3:g}Z"
    )


def phase_arcs(states: Sequence[State], radius: float = 40, gap: float = 5.5, centre: float = 50) -> list[Arc]:
    """The arcs of a ring, clockwise from the top, one per phase."""
    width = 360 / max(len(states), 1)
    found = list[Arc]()
    for number, state in enumerate(states):
        start = TOP + number * width
        x, y = point(0, 1, start + width / 2)
        found.append(Arc(state, arc(centre, radius, start + gap / 2, start + width - gap / 2), x, y))
    return found


def around(count: int, radius: float, centre: float = 50, start: float = TOP) -> list[tuple[float, float]]:
    """The places of `count` things around a table."""
    return [point(centre, radius, start + number * 360 / count) for number in range(count)]
