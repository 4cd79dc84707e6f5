"""`stv/1`: the single transferable vote on ranked papers: weighted inclusive Gregory, Droop quota, exact fractions.

The quota is Droop's whole number, ⌊papers / (seats + 1)⌋ + 1 (H. R. Droop, 'On Methods of Electing Representatives', 1881): the
least number of whole papers that one challenge too many cannot have. It is fixed at the first stage, from the papers that rank
something, as in the law that made this method known (The Scottish Local Government Elections Order 2007, schedule 1, rules
46 to 51).

A challenge is continuing if somebody ranks it and it was neither elected nor excluded. A stage counts each paper for the first
continuing challenge on it. All challenges that reach the quota are elected at once. Each surplus is transferred at its *transfer
value*, surplus / votes, by all papers of the challenge, not only those received last (weighted inclusive), to the next continuing
choice on each. Surpluses of one stage are transferred together (the order transfers them one by one, the largest first), so that
their order cannot matter. If no challenge reaches the quota, the one with the fewest votes is excluded, and its papers are
transferred at their worth. Once there are no more continuing challenges than free seats, all of them are elected.

Equal votes at an exclusion: the reverse of rule 6; the one that it would prefer least is excluded. Among those elected at one
stage equal votes only concern their order, by rule 6.

All votes are exact. But the exact fractions of this method double in length with every surplus that depends on another: a count
of 29 seats would write numbers of thousands of digits. A transfer value whose denominator is longer than 18 digits is therefore
cut to 18 decimals (the order cuts each to 5), and the difference stays with the elected challenge. Four seats never come close.

A runner-up (rule 22) is counted in the same way, its quota by the seats of the first count, but challenges with a reserved
seat are never excluded, and others are elected only while a seat is free for them: the 'guarded' and 'doomed' candidates of
I. D. Hill, 'STV with constraints', Voting matters 9 (1998).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from fractions import Fraction
from math import lcm

from msgspec.structs import replace

from domain.calculations.counting.race import Course, Race
from domain.calculations.counting.record import Draw, Name, Ratio, Stage, Transfer, Votes, as_ratio

MAX_DENOMINATOR = 10**18
"""The largest denominator of a transfer value: the product of 200 of them stays below the 4300 digits that Python writes."""


class _Piles:
    """The papers of each continuing challenge, by their worth, and the votes that they add up to.

    All worth is in integer parts; a paper begins with `unit` of them. `held`: the worth that stays with the elected; `exhausted`:
    that of papers without a next choice. `entries`: the last entries in the trace of votes that have not changed since.
    """

    def __init__(self, race: Race) -> None:
        everybody = range(len(race.rankings))
        self.rankings = race.rankings
        self.places = [0 for _ in everybody]
        self.unit = 1
        self.piles: dict[Name, dict[int, list[int]]] = {one: {} for one in race.supporters}
        self.votes = dict.fromkeys(race.supporters, 0)
        self.held = self.exhausted = 0
        self.entries: dict[Name, Votes] = {}
        self._deal(self.unit, everybody)

    def elect(self, values: Mapping[Name, Fraction]) -> None:
        """Elect these: transfer each of their papers at that part of its worth."""
        self._refine(lcm(*[value.denominator for value in values.values()]))
        papers_of = {one: self.piles.pop(one) for one in values}
        for one, value in values.items():
            part, of = value.as_integer_ratio()
            self.held += self.votes.pop(one) // of * (of - part)
            for worth, papers in papers_of[one].items() if value else ():
                self._deal(worth // of * part, papers)

    def exclude(self, one: Name) -> None:
        """Exclude this: transfer its papers at their worth."""
        del self.votes[one]
        for worth, papers in self.piles.pop(one).items():
            self._deal(worth, papers)

    def standing(self) -> tuple[Votes, ...]:
        """The votes of all continuing challenges, by id."""
        for one, votes in self.votes.items():
            if one not in self.entries:
                self.entries[one] = Votes(one, self.ratio(votes))
        return tuple([self.entries[one] for one in sorted(self.votes)])

    def ratio(self, worth: int) -> Ratio:
        return as_ratio(worth, self.unit)

    def _refine(self, factor: int) -> None:
        """Split every part into `factor` smaller ones."""
        self.unit *= factor
        self.held *= factor
        self.exhausted *= factor
        self.votes = {one: votes * factor for one, votes in self.votes.items()}
        self.piles = {
            one: {worth * factor: papers for worth, papers in pile.items()} for one, pile in self.piles.items()
        }

    def _deal(self, worth: int, papers: Iterable[int]) -> None:
        """Give papers of one worth to the first continuing challenge on each."""
        dealt: dict[Name | None, list[int]] = {}
        for paper in papers:
            ranking, place = self.rankings[paper], self.places[paper]
            while place < len(ranking) and ranking[place] not in self.piles:
                place += 1
            self.places[paper] = place
            dealt.setdefault(ranking[place] if place < len(ranking) else None, []).append(paper)
        for one, its in dealt.items():
            if one is None:
                self.exhausted += worth * len(its)
            else:
                self.votes[one] += worth * len(its)
                self.piles[one].setdefault(worth, []).extend(its)
                self.entries.pop(one, None)


def stv(race: Race) -> Course:
    """Elect or exclude, stage by stage, until the seats are filled or no challenge is continuing."""
    quota = len(race.keys) // (race.budget + 1) + 1
    piles = _Piles(race)
    selected: list[Name] = []
    stages: list[Stage] = []
    while still := [one for one in race.open(selected) if one in piles.votes]:
        stage = Stage(
            quota=as_ratio(quota),
            standing=piles.standing(),
            held=piles.ratio(piles.held),
            exhausted=piles.ratio(piles.exhausted),
        )
        reached = [one for one in still if piles.votes[one] >= quota * piles.unit]
        if reached or len(still) <= race.seats - len(selected):
            elected, draws = _elected(race, piles.votes, reached or still, selected)
            selected += elected
            values = {
                one: _transfer_value(piles.votes[one], quota * piles.unit) for one in elected if race.open(selected)
            }
            transfers = tuple(Transfer(one, as_ratio(*value.as_integer_ratio())) for one, value in values.items())
            stages.append(replace(stage, elected=elected, transfers=transfers, draws=draws))
            piles.elect(values)
        else:
            excluded, draws = _excluded(race, piles.votes, still, selected)
            stages.append(replace(stage, excluded=excluded, draws=draws))
            piles.exclude(excluded)
    return Course(tuple(selected), stages=tuple(stages))


def _transfer_value(votes: int, quota: int) -> Fraction:
    value = Fraction(max(votes - quota, 0), votes or 1)
    return value if value.denominator <= MAX_DENOMINATOR else Fraction(int(value * MAX_DENOMINATOR), MAX_DENOMINATOR)


def _elected(
    race: Race, votes: Mapping[Name, int], reached: Collection[Name], selected: Sequence[Name]
) -> tuple[tuple[Name, ...], tuple[Draw, ...]]:
    """The challenges of `reached` for which a seat is free, most votes first, and the draws among equals."""
    elected: list[Name] = []
    draws: list[Draw] = []
    while still := [one for one in race.open([*selected, *elected]) if one in reached]:
        most = max(votes[one] for one in still)
        winner, draw = race.draw([one for one in still if votes[one] == most], [*selected, *elected])
        elected.append(winner)
        draws += [draw] if draw else []
    return tuple(elected), tuple(draws)


def _excluded(
    race: Race, votes: Mapping[Name, int], still: Collection[Name], selected: Sequence[Name]
) -> tuple[Name, tuple[Draw, ...]]:
    """The one with the fewest votes among those without a reserved seat, and the draw if there was one."""
    free = [one for one in still if one not in race.reserved]
    fewest = min(votes[one] for one in free)
    loser, draw = race.draw_out([one for one in free if votes[one] == fewest], selected)
    return loser, (draw,) if draw else ()
