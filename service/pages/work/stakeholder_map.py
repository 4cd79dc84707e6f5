"""The drawing of a stakeholder map: marks by interest (from left to right) and power (from below), and trails of their movement.

Positions follow from the numbers alone, so that a map looks the same for everybody and at every visit.
"""

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from projections.research import Placement, Stakeholder

LEFT, TOP, CELL_WIDTH, CELL_HEIGHT = 56, 40, 172, 128
"""The ground: five cells by five."""
STEPS = 5
LABEL_CHARACTERS, LABEL_LINES, SHORT_LABEL_CHARACTERS = 18, 2, 15
"""The length of a label that fits below a mark, and of one that fits beside it."""
MAX_IN_ROWS = 3
"""Marks in one cell that have labels; more of them stand in a grid, with their numbers only."""
MAX_STEPS_OF_TRAIL = 6
OLD_RADIUS = 6.0
BEND = 0.1
"""The bend of a trail, as a part of its length, so that it passes beside marks that lie in line."""
STEPS_ASIDE = (-64, 32, -32, 64)
"""Offsets of the marks of earlier placements from the middle of their cell, by the number of the stakeholder."""


class Spot(NamedTuple):
    """A point of the drawing."""

    x: float
    y: float


class Step(NamedTuple):
    """An earlier placement: its stance, its spot, and the path from there to the next."""

    stance: int
    x: float
    y: float
    path: str


class Mark(NamedTuple):
    """The mark of one stakeholder. `crowded`: it shares its cell. `lines`: of its label, from the spot (`label`) on."""

    id: str
    number: int
    stance: int
    x: float
    y: float
    radius: float
    crowded: bool
    lines: tuple[str, ...]
    label: Spot
    anchor: str
    trail: tuple[Step, ...]


class Place(NamedTuple):
    """The place of a mark and its label. `length`: of the label's lines, in characters, of which there are `lines`."""

    at: Spot
    radius: float
    label: Spot
    anchor: str = "middle"
    length: int = LABEL_CHARACTERS
    lines: int = LABEL_LINES


class Change(NamedTuple):
    """The movement on a map: since the first placement of each stakeholder, and what is still wished for."""

    towards: int
    away: int
    against: int
    neutral: int
    favourable: int


def marks_of(placed: Sequence[tuple[int, Stakeholder]]) -> list[Mark]:
    """The marks of stakeholders that were placed, with their numbers."""
    cells = dict[tuple[int, int], list[int]]()
    for number, one in placed:
        cells.setdefault(_cell(one.placements[-1]), []).append(number)
    return [_mark(number, one, cells[_cell(one.placements[-1])]) for number, one in placed]


def change_of(stakeholders: Iterable[Stakeholder]) -> Change:
    """The movement of these stakeholders, which were placed."""
    moves = [(one.placements[0].stance, one.placements[-1].stance) for one in stakeholders]
    return Change(
        towards=sum(before < now for before, now in moves),
        away=sum(before > now for before, now in moves),
        against=sum(now < 0 for _, now in moves),
        neutral=sum(now == 0 for _, now in moves),
        favourable=sum(now > 0 for _, now in moves),
    )


def label_of(name: str, length: int = LABEL_CHARACTERS, most: int = LABEL_LINES) -> tuple[str, ...]:
    """A name in at most `most` lines of `length` characters, broken between words and cut if it is longer."""
    lines = [""]
    for word in name.split():
        longer = f"{lines[-1]} {word}".strip()
        if len(longer) > length and lines[-1] and len(lines) < most:
            lines.append(word)
        else:
            lines[-1] = longer
    return tuple(one if len(one) <= length else f"{one[: length - 1].rstrip()}…" for one in lines)


def middle(interest: int, power: int) -> Spot:
    """The middle of a cell."""
    return Spot(LEFT + CELL_WIDTH * (interest - 0.5), TOP + CELL_HEIGHT * (STEPS + 0.5 - power))


def _cell(placement: Placement) -> tuple[int, int]:
    return placement.interest, placement.power


def _mark(number: int, stakeholder: Stakeholder, in_cell: Sequence[int]) -> Mark:
    now = stakeholder.placements[-1]
    place = _place(_cell(now), in_cell.index(number), len(in_cell))
    return Mark(
        stakeholder.id,
        number,
        now.stance,
        place.at.x,
        place.at.y,
        place.radius,
        len(in_cell) > 1,
        label_of(stakeholder.name.text or "…", place.length, place.lines) if place.lines else (),
        place.label,
        place.anchor,
        _trail(number, stakeholder.placements, place.at),
    )


def _place(cell: tuple[int, int], index: int, count: int) -> Place:
    """The place of a mark in its cell: alone, in a row with a short label, or in a grid."""
    x, y = middle(*cell)
    if count == 1:
        return Place(Spot(x, y - 12), 17, Spot(x, y + 26))
    if count <= MAX_IN_ROWS:
        at = y - 4 + (index - (count - 1) / 2) * (44 if count < MAX_IN_ROWS else 34)
        spot = Spot(x - 62, at)
        return Place(spot, 14, Spot(x - 42, at + 5), "start", SHORT_LABEL_CHARACTERS, 1)
    columns = max(4, math.ceil(math.sqrt(count * 1.5)))
    rows = math.ceil(count / columns)
    spot = Spot(
        round(x + (index % columns - (columns - 1) / 2) * 150 / columns, 1),
        round(y + 6 + (index // columns - (rows - 1) / 2) * min(36, 96 / rows), 1),
    )
    return Place(spot, round(min(14.0, 60 / columns), 1), spot, lines=0)


def _trail(number: int, placements: Sequence[Placement], now: Spot) -> tuple[Step, ...]:
    """The way of a stakeholder through the cells of its placements."""
    moves = [before for before, after in pairwise(placements) if _cell(before) != _cell(after)]
    spots = [_aside(number, one) for one in moves[-MAX_STEPS_OF_TRAIL:]]
    ways = pairwise([*spots, now])
    return tuple(
        Step(one.stance, spot.x, spot.y, _bent(*way))
        for one, spot, way in zip(moves[-MAX_STEPS_OF_TRAIL:], spots, ways, strict=True)
    )


def _aside(number: int, placement: Placement) -> Spot:
    x, y = middle(*_cell(placement))
    return Spot(x + STEPS_ASIDE[number % len(STEPS_ASIDE)], y - 50)


def _bent(start: Spot, end: Spot) -> str:
    """A path that bends aside of the straight line (SVG 2 §9.3.7)."""
    x = round((start.x + end.x) / 2 + (end.y - start.y) * BEND, 1)
    y = round((start.y + end.y) / 2 - (end.x - start.x) * BEND, 1)
    return f"M{start.x:g} {start.y:g}Q{x:g} {y:g} {end.x:g} {end.y:g}"
