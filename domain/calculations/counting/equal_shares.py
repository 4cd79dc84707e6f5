"""`equal_shares/1`: the Method of Equal Shares, with sequential Phragmén for the remaining seats.

Equal shares (Peters & Skowron, 'Proportionality and the Limits of Welfarism', EC 2020): every paper that approves something has
the same part of a budget of `seats`; a challenge costs 1, paid by the papers that approve it, as evenly as they can; the
challenge with the lowest maximum payment (`rho`) is elected first. Seats for which nobody can pay any more go by sequential
Phragmén (Brill, Freeman, Janson & Lackner, 'Phragmén's Voting Methods and Justified Representation', AAAI 2017) in its form with
money: all papers earn at the same speed, *starting from their remaining money*, and a challenge is elected as soon as its
supporters together own 1; they then pay all that they own.

All money is exact. Papers with the same remaining money form one group, as the bits of an integer, and a group that a round does
not change reuses its entry in the trace, since writing the trace takes most of the time.
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

_PARTS = 10**12
"""Parts of the price by which candidates are sorted; the decision compares exactly."""


class _Group(Struct, gc=False):
    """Papers with the same remaining money, as the bits of an integer. `share`: its entry in the trace, once it has one."""

    coins: int
    papers: int
    share: Share | None = None


class _Purse:
    """The money of the papers: `groups`, richest first, in coins; a challenge costs `price` coins.

    `earned`: the coins that each paper received after the first budget.
    """

    def __init__(self, race: Race) -> None:
        self.price = len(race.keys)
        self.groups = [_Group(race.budget, race.everybody)]  # budget / papers of the price each
        self.earned = 0
        self.names = cache(race.names)

    def rho(self, supporters: int) -> Fraction | None:
        """The lowest maximum payment, in prices, with which `supporters` can pay the price together; None: they cannot.

        From the poorest up: a paper that has less than an even part of the remaining price pays all it has.
        """
        due, heads = self.price, supporters.bit_count()
        for group in reversed(self.groups):
            if payers := group.papers & supporters:
                if group.coins * heads >= due:
                    return Fraction(due, heads * self.price)
                due -= group.coins * payers.bit_count()
                heads -= payers.bit_count()
        return None

    def earned_when_affordable(self, supporters: int) -> Fraction:
        """The earnings of each paper, in prices, at the time when `supporters` own the price."""
        owned = sum([one.coins * who.bit_count() for one in self.groups if (who := one.papers & supporters)])
        heads = supporters.bit_count()
        return Fraction(self.earned * heads + self.price - owned, heads * self.price)

    def refine(self, factor: int) -> None:
        """Split every coin into `factor` smaller ones."""
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
        """Take `most` coins from each of `supporters`, or all that it has. Returns the payments, largest first."""
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
        """The entries of these groups in the trace; unchanged groups reuse theirs."""
        new = [one for one in groups if one.share is None]
        price, names = self.price, self.names
        common = [gcd(one.coins, price) for one in new]
        of = {one: f"/{price // one}" for one in {*common}} | {price: ""}
        for one, its in zip(new, common, strict=True):
            one.share = Share(Ratio(f"{one.coins // its}{of[its]}"), names(one.papers))
        return tuple([one.share for one in groups if one.share is not None])


_PHASES: tuple[tuple[Method, Callable[[_Purse, int], Fraction | None]], ...] = (
    ("equal_shares", _Purse.rho),
    ("phragmen", _Purse.earned_when_affordable),
)


def equal_shares(race: Race) -> Course:
    """Elect by equal shares while any challenge can be paid for, then by Phragmén with the remaining money."""
    purse = _Purse(race)
    rounds: list[Round] = []
    selected: list[Name] = []
    for method, amount_for in _PHASES:
        needed = dict.fromkeys(race.supporters, 0)
        while found := _least(
            race, lambda one, amount_for=amount_for: amount_for(purse, race.supporters[one]), needed, selected
        ):
            amount, equal = found
            winner, draw = race.draw(equal, selected)
            selected.append(winner)
            rounds.append(_buy(race, purse, winner, method, amount, draw))
    return Course(tuple(selected), tuple(rounds))


def _least(
    race: Race, amount_for: Callable[[Name], Fraction | None], needed: dict[Name, int], selected: Sequence[Name]
) -> tuple[Fraction, list[Name]] | None:
    """The lowest amount that a challenge needs, and the challenges that need it; None: no challenge can be paid for.

    `needed`: the amount that each needed when it was last computed, in `_PARTS` of the price, rounded down. Payments for others
    never lower it, so the search ends once all others needed more than the lowest found.
    """
    least: Fraction | None = None
    found: list[Name] = []
    for one in sorted([one for one in race.open(selected) if one in needed], key=needed.__getitem__):
        if found and needed[one] > needed[found[0]]:
            break
        now = amount_for(one)
        if now is None:
            del needed[one]
            continue
        needed[one] = now.numerator * _PARTS // now.denominator
        if least is None or now < least:
            least, found = now, [one]
        elif now == least:
            found.append(one)
    return None if least is None else (least, found)


def _buy(race: Race, purse: _Purse, winner: Name, method: Method, amount: Fraction, draw: Draw | None) -> Round:
    """Take the price of `winner` from its supporters. `amount`, in prices: rho, or the earnings of each paper by then."""
    purse.refine((amount * purse.price).denominator)
    supporters, coins = race.supporters[winner], int(amount * purse.price)
    earned = coins - purse.earned if method == "phragmen" else 0
    assert earned >= 0, "equal shares buys all that is affordable, so nothing could have been bought earlier"
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
