"""`equal_shares/1`: the Method of Equal Shares, left seats by sequential Phragmén.

Equal shares (Peters & Skowron, 'Proportionality and the Limits of Welfarism', EC 2020): every paper that approves something has
the same part of a budget of `seats`; a challenge costs 1, paid by the papers that approve it, as evenly as they can; what asks
least of its best paying supporter (`rho`) is elected first. Seats that nobody can pay for any more go by sequential Phragmén
(Brill, Freeman, Janson & Lackner, 'Phragmén's Voting Methods and Justified Representation', AAAI 2017) in its form with money:
all papers earn at one speed, *starting from what they have left*, and a challenge is elected at the moment when its supporters
together own 1; they then pay all that they own.

All money is exact. Papers that have the same left stand in one group, as the bits of an integer: a round costs groups times
challenges.
"""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from domain.counting.race import Course, Race
from domain.counting.record import Draw, Method, Name, Ratio, Round, Share, as_ratio


class _Purse:
    """What the papers own: `groups` says how many coins each paper of a group has; `price` coins buy a challenge.

    `earned`: what each paper received after the first budget. `named`: the keys of groups that were asked for before.
    """

    def __init__(self, race: Race) -> None:
        self.price = len(race.keys)
        self.groups: dict[int, int] = {race.budget: race.everybody}  # budget / papers of the price each
        self.earned = 0
        self.named: dict[int, tuple[Name, ...]] = {}

    def rho(self, supporters: int) -> Fraction | None:
        """The least most, in prices, that one of `supporters` must pay so that together they pay the price; `None`: they cannot.

        From the poorest up: who has less than an even part of what is still to be paid pays all they have.
        """
        due, heads = self.price, supporters.bit_count()
        for coins in sorted(self.groups):
            payers = (self.groups[coins] & supporters).bit_count()
            if payers and coins * heads >= due:
                return Fraction(due, heads * self.price)
            due -= coins * payers
            heads -= payers
        return None

    def moment(self, supporters: int) -> Fraction:
        """What each paper will have earned, in prices, when `supporters` own the price."""
        owned = sum(coins * (papers & supporters).bit_count() for coins, papers in self.groups.items())
        heads = supporters.bit_count()
        return Fraction(self.earned * heads + self.price - owned, heads * self.price)

    def refine(self, factor: int) -> None:
        """Make every coin into `factor` smaller ones."""
        self.price *= factor
        self.earned *= factor
        self.groups = {coins * factor: papers for coins, papers in self.groups.items()}

    def earn(self, coins: int) -> None:
        self.earned += coins
        self.groups = {owned + coins: papers for owned, papers in self.groups.items()}

    def pay(self, supporters: int, most: int) -> dict[int, int]:
        """Each of `supporters` pays `most` coins, or all they have; who paid how much."""
        paid: dict[int, int] = {}
        left: dict[int, int] = {}
        for coins, papers in self.groups.items():
            if payers := papers & supporters:
                part = min(coins, most)
                paid[part] = paid.get(part, 0) | payers
                left[coins - part] = left.get(coins - part, 0) | payers
            if others := papers ^ payers:
                left[coins] = left.get(coins, 0) | others
        self.groups = left
        return paid

    def ratio(self, coins: int) -> Ratio:
        return as_ratio(coins, self.price)

    def shares(self, race: Race, groups: Mapping[int, int]) -> tuple[Share, ...]:
        """Groups for the trace, the largest amount first; most are those of the round before."""
        for papers in groups.values():
            if papers not in self.named:
                self.named[papers] = race.names(papers)
        price, named = self.price, self.named
        return tuple([Share(as_ratio(coins, price), named[groups[coins]]) for coins in sorted(groups, reverse=True)])


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
        asked = dict.fromkeys(race.supporters, Fraction(0))
        while found := _least(race, lambda one, ask=ask: ask(purse, race.supporters[one]), asked, selected):
            amount, equal = found
            winner, draw = race.draw(equal, selected)
            selected.append(winner)
            rounds.append(_buy(race, purse, winner, method, amount, draw))
    return Course(tuple(selected), tuple(rounds))


def _least(
    race: Race, ask: Callable[[Name], Fraction | None], asked: dict[Name, Fraction], selected: Sequence[Name]
) -> tuple[Fraction, list[Name]] | None:
    """The least that anything asks, and what asks it; `None`: nothing is left, or nothing can be had any more.

    `asked`: what each asked when it was looked at last. As others are paid it never asks less, so nobody looks further once all
    the rest asked more than what was found.
    """
    least: Fraction | None = None
    found: list[Name] = []
    for one in sorted((one for one in race.open(selected) if one in asked), key=asked.__getitem__):
        if least is not None and asked[one] > least:
            break
        now = ask(one)
        if now is None:
            del asked[one]
            continue
        asked[one] = now
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
    purse.earn(earned)
    paid = purse.pay(supporters, max(purse.groups) if method == "phragmen" else coins)
    assert sum(part * who.bit_count() for part, who in paid.items()) == purse.price, "a challenge costs 1"
    return Round(
        challenge=winner,
        method=method,
        supporters=supporters.bit_count(),
        rho=purse.ratio(max(paid)),
        earned=purse.ratio(earned),
        paid=purse.shares(race, paid),
        left=purse.shares(race, purse.groups),
        draw=draw,
    )
