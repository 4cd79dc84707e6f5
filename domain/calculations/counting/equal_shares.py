"""`equal_shares/1`: the Method of Equal Shares, left seats by sequential Phragmén.

Equal shares (Peters & Skowron, 'Proportionality and the Limits of Welfarism', EC 2020): every paper that approves something has
the same part of a budget of `seats`; a challenge costs 1, paid by the papers that approve it, as evenly as they can; what asks
least of its best paying supporter (`rho`) is elected first. Seats that nobody can pay for any more go by sequential Phragmén
(Brill, Freeman, Janson & Lackner, 'Phragmén's Voting Methods and Justified Representation', AAAI 2017) in its form with money:
all papers earn at one speed, *starting from what they have left*, and a challenge is elected at the moment when its supporters
together own 1; they then pay all that they own.

All money is exact. Papers that have the same left stand in one group, as the bits of an integer, and a group that a round leaves
as it was keeps its place in the trace: what takes time is writing down what became of the others.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache
from itertools import starmap
from math import gcd
from operator import attrgetter

from msgspec import Struct

from domain.calculations.counting.race import Course, Race
from domain.calculations.counting.record import Draw, Method, Name, Ratio, Round, Share, as_ratio

_CRUMBS = 10**12
"""Into how many parts the price is cut to put in order what is asked; what is elected is compared exactly."""


class _Group(Struct, gc=False):
    """Papers that have the same left, as the bits of an integer; `share`: how the trace says so, once it did."""

    coins: int
    papers: int
    share: Share | None = None


class _Purse:
    """What the papers own: `groups`, the richest first, in coins, `price` of which buy a challenge.

    `earned`: what each paper received after the first budget.
    """

    def __init__(self, race: Race) -> None:
        self.price = len(race.keys)
        self.groups = [_Group(race.budget, race.everybody)]  # budget / papers of the price each
        self.earned = 0
        self.names = cache(race.names)

    def rho(self, supporters: int) -> Fraction | None:
        """The least most, in prices, that one of `supporters` must pay so that together they pay the price; `None`: they cannot.

        From the poorest up: who has less than an even part of what is still to be paid pays all they have.
        """
        due, heads = self.price, supporters.bit_count()
        for group in reversed(self.groups):
            if payers := group.papers & supporters:
                if group.coins * heads >= due:
                    return Fraction(due, heads * self.price)
                due -= group.coins * payers.bit_count()
                heads -= payers.bit_count()
        return None

    def moment(self, supporters: int) -> Fraction:
        """What each paper will have earned, in prices, when `supporters` own the price."""
        owned = sum([one.coins * who.bit_count() for one in self.groups if (who := one.papers & supporters)])
        heads = supporters.bit_count()
        return Fraction(self.earned * heads + self.price - owned, heads * self.price)

    def refine(self, factor: int) -> None:
        """Make every coin into `factor` smaller ones."""
        self.price *= factor
        self.earned *= factor
        for group in self.groups:
            group.coins *= factor

    def earn(self, coins: int) -> None:
        self.earned += coins
        for group in self.groups:
            group.coins += coins
            group.share = None

    def pay(self, supporters: int, most: int) -> list[_Group]:
        """Each of `supporters` pays `most` coins, or all they have; who paid how much, the largest amount first."""
        paid: dict[int, int] = {}
        left: dict[int, int] = {}
        others: list[_Group] = []
        for group in self.groups:
            coins, papers = group.coins, group.papers
            payers = papers & supporters
            if payers:
                part = min(coins, most)
                paid[part] = paid.get(part, 0) | payers
                left[coins - part] = left.get(coins - part, 0) | payers
                if payers != papers:
                    left[coins] = left.get(coins, 0) | papers ^ payers
            elif coins in left:
                left[coins] |= papers
            else:
                others.append(group)
        self.groups = sorted([*others, *starmap(_Group, left.items())], key=attrgetter("coins"), reverse=True)
        return [*starmap(_Group, paid.items())]

    def ratio(self, coins: int) -> Ratio:
        return as_ratio(coins, self.price)

    def shares(self, groups: Sequence[_Group]) -> tuple[Share, ...]:
        """What the trace says of these groups; of those that are as they were, what it said before."""
        new = [one for one in groups if one.share is None]
        price, names = self.price, self.names
        common = [gcd(one.coins, price) for one in new]
        of = {one: f"/{price // one}" for one in {*common}} | {price: ""}
        for one, its in zip(new, common, strict=True):
            one.share = Share(Ratio(f"{one.coins // its}{of[its]}"), names(one.papers))
        return tuple([one.share for one in groups if one.share is not None])


_PHASES: tuple[tuple[Method, Callable[[_Purse, int], Fraction | None]], ...] = (
    ("equal_shares", _Purse.rho),
    ("phragmen", _Purse.moment),
)


def equal_shares(race: Race) -> Course:
    """Equal shares while anybody can pay for anything, then Phragmén from what is left."""
    purse = _Purse(race)
    rounds: list[Round] = []
    selected: list[Name] = []
    for method, ask in _PHASES:
        asked = dict.fromkeys(race.supporters, 0)
        while found := _least(race, lambda one, ask=ask: ask(purse, race.supporters[one]), asked, selected):
            amount, equal = found
            winner, draw = race.draw(equal, selected)
            selected.append(winner)
            rounds.append(_buy(race, purse, winner, method, amount, draw))
    return Course(tuple(selected), tuple(rounds))


def _least(
    race: Race, ask: Callable[[Name], Fraction | None], asked: dict[Name, int], selected: Sequence[Name]
) -> tuple[Fraction, list[Name]] | None:
    """The least that anything asks, and what asks it; `None`: nothing is left, or nothing can be had any more.

    `asked`: what each asked when it was looked at last, in whole crumbs, rounded down. As others are paid it never asks less, so
    nobody looks further once all the rest asked more than what was found.
    """
    least: Fraction | None = None
    found: list[Name] = []
    for one in sorted([one for one in race.open(selected) if one in asked], key=asked.__getitem__):
        if found and asked[one] > asked[found[0]]:
            break
        now = ask(one)
        if now is None:
            del asked[one]
            continue
        asked[one] = now.numerator * _CRUMBS // now.denominator
        if least is None or now < least:
            least, found = now, [one]
        elif now == least:
            found.append(one)
    return None if least is None else (least, found)


def _buy(race: Race, purse: _Purse, winner: Name, method: Method, amount: Fraction, draw: Draw | None) -> Round:
    """Let the supporters of `winner` pay; `amount`, in prices, is rho, or what everybody has earned by then."""
    purse.refine((amount * purse.price).denominator)
    supporters, coins = race.supporters[winner], int(amount * purse.price)
    earned = coins - purse.earned if method == "phragmen" else 0
    assert earned >= 0, "what is affordable goes by equal shares, so nothing is left to buy at a moment that has passed"
    if earned:
        purse.earn(earned)
    paid = purse.pay(supporters, purse.groups[0].coins if method == "phragmen" else coins)
    assert sum(one.coins * one.papers.bit_count() for one in paid) == purse.price, "a challenge costs 1"
    return Round(
        challenge=winner,
        method=method,
        supporters=supporters.bit_count(),
        rho=purse.ratio(paid[0].coins),
        earned=purse.ratio(earned),
        paid=purse.shares(paid),
        left=purse.shares(purse.groups),
        draw=draw,
    )
