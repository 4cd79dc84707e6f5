"""The drawing of a result: rings of seats that people filled, and the part of everybody's share that went to each."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from domain.calculations.counting import Share
from domain.foundation import ChallengeId
from service.pages.frame.people import Names
from service.pages.frame.rings import TOP, point, sector
from service.reading.ballot_results import ShownPaper, ShownResult, ShownRound
from service.reading.ballot_texts import BallotTexts

MAX_SEGMENTS = 24
"""Segments of a ring that still can be told apart; with more payers, those who paid the same are one segment."""
WHOLE, GAP = 360.0, 1.5
CENTRE, INNER, OUTER, MIDDLE = 50.0, 28.5, 46.0, 37.0
TONES = 3
"""Tones of seats; later seats repeat them, with their number beside it."""


class Segment(NamedTuple):
    """A part of a ring: the name of the payer (or "" for several), their number, the percentage, its path and its middle."""

    name: str
    payers: int
    percent: int
    path: str
    x: float
    y: float


class Seat(NamedTuple):
    """A seat, and the challenge that the count gave it to."""

    number: int
    challenge: ChallengeId
    round: ShownRound
    tone: int
    segments: tuple[Segment, ...]


class Bar(NamedTuple):
    """A part of a share: the seat it paid for, and its place in percent."""

    seat: int
    tone: int
    x: float
    width: float


class Purse(NamedTuple):
    """The share of one paper. `spent`: in percent of all that it ever had."""

    number: int
    name: str
    voter: str | None
    bars: tuple[Bar, ...]
    spent: float

    @property
    def seats(self) -> list[str]:
        """The numbers of the seats that it paid for."""
        return [str(one.seat) for one in self.bars]


class Unfilled(NamedTuple):
    """A challenge that was not chosen: the approvals, and the percentage that its voters had left together."""

    challenge: ChallengeId
    approvals: int
    percent: int
    angle: float


class Tallied(NamedTuple):
    """The approvals of a challenge, and those by its own people."""

    challenge: ChallengeId
    approvals: int
    own: int


class Drawing(NamedTuple):
    """The drawing of a result. `mark`: the percentage of a share that everybody had from the beginning."""

    seats: tuple[Seat, ...]
    purses: tuple[Purse, ...]
    unfilled: tuple[Unfilled, ...]
    tallies: tuple[Tallied, ...]
    mark: float
    satisfied: int
    counted: int


def titles_of(texts: BallotTexts) -> Mapping[str, str]:
    """The short titles of the challenges on a ballot, else their titles; those redacted since are absent."""
    found = {one.challenge: one.short_title or one.title for one in texts.challenges}
    return {one: title.text for one, title in found.items() if title.text}


def shown(result: ShownResult, names: Names) -> Drawing:
    """The drawing of this result, with the payers as far as its reader may see them."""
    papers = {one.number: one for one in result.papers}
    left = _amounts(result.trace[-1].left) if result.trace else {}
    paid = [_amounts(one.paid) for one in result.trace]
    earned = sum((Fraction(one.earned) for one in result.trace), Fraction())
    whole = max((left[one] + _spent(one, paid) for one in left), default=Fraction())
    own = {one.challenge: one.approvals for one in result.own_approvals}
    tallies = sorted(result.tallies, key=lambda one: (-one.approvals, one.challenge))
    elected = {one.challenge for one in result.trace}
    return Drawing(
        seats=tuple(_seat(number, one, papers, names) for number, one in enumerate(result.trace, 1)),
        purses=tuple(_purse(papers[one], paid, whole, names) for one in sorted(left) if one in papers and whole),
        unfilled=tuple(
            _unfilled(one.challenge, one.approvals, result.papers, left)
            for one in tallies
            if left and one.challenge not in elected
        ),
        tallies=tuple(Tallied(one.challenge, one.approvals, own.get(one.challenge, 0)) for one in tallies),
        mark=float(100 * (whole - earned) / whole) if whole else 100.0,
        satisfied=sum(1 for one in result.papers if not {*choices_of(one)}.isdisjoint(result.selected)),
        counted=sum(1 for one in result.papers if choices_of(one)),
    )


def choices_of(paper: ShownPaper) -> tuple[ChallengeId, ...]:
    """The approvals or the ranking of a paper."""
    return paper.approvals or paper.ranking or ()


def name_of(paper: ShownPaper, names: Names) -> str:
    """The name of a paper: that of its voter, else its tracker or number."""
    return names.of(paper.voter) if paper.voter else paper.tracker or str(paper.number)


def _amounts(shares: Sequence[Share]) -> dict[int, Fraction]:
    """The amounts by number of the paper."""
    return {int(paper): Fraction(one.amount) for one in shares for paper in one.papers}


def _spent(paper: int, paid: Sequence[Mapping[int, Fraction]]) -> Fraction:
    return sum((one.get(paper, Fraction()) for one in paid), Fraction())


def _seat(number: int, elected: ShownRound, papers: Mapping[int, ShownPaper], names: Names) -> Seat:
    groups = [
        (Fraction(one.amount), [papers[int(each)] for each in one.papers if int(each) in papers])
        for one in elected.paid
    ]
    if sum(len(found) for _, found in groups) <= MAX_SEGMENTS:
        parts = [(amount, name_of(one, names), 1) for amount, found in groups for one in found]
    else:
        parts = [(amount * len(found), "", len(found)) for amount, found in groups]
    return Seat(number, elected.challenge, elected, _tone(number), tuple(_segments(parts)))


def _segments(parts: Sequence[tuple[Fraction, str, int]]) -> Iterator[Segment]:
    whole = sum((part for part, _, _ in parts), Fraction())
    start = TOP
    for part, name, payers in parts:
        end = start + float(part / whole) * WHOLE
        gap = min(GAP, (end - start) / 4) if len(parts) > 1 else 0.01  # a full circle has no arc
        path = sector(CENTRE, INNER, OUTER, start + gap / 2, end - gap / 2)
        yield Segment(name, payers, round(100 * part / whole), path, *point(CENTRE, MIDDLE, (start + end) / 2))
        start = end


def _purse(paper: ShownPaper, paid: Sequence[Mapping[int, Fraction]], whole: Fraction, names: Names) -> Purse:
    bars, at = list[Bar](), 0.0
    for number, amounts in enumerate(paid, 1):
        if amount := amounts.get(paper.number):
            width = float(100 * amount / whole)
            bars.append(Bar(number, _tone(number), round(at, 2), round(width, 2)))
            at += width
    return Purse(paper.number, name_of(paper, names), paper.voter, tuple(bars), round(at, 2))


def _unfilled(
    challenge: ChallengeId, approvals: int, papers: Sequence[ShownPaper], left: Mapping[int, Fraction]
) -> Unfilled:
    part = sum((left.get(one.number, Fraction()) for one in papers if challenge in choices_of(one)), Fraction())
    return Unfilled(challenge, approvals, round(100 * part), TOP + float(min(part, Fraction(99, 100))) * WHOLE)


def _tone(number: int) -> int:
    return (number - 1) % TONES + 1
