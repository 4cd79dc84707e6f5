"""Counting a ballot: pure, exact, the same whatever the order of papers and challenges ('Counting a ballot', rules 1, 6, 7, 22).

`equal_shares/1` is the Method of Equal Shares (Peters & Skowron, 'Proportionality and the Limits of Welfarism', EC 2020) on
approval papers. Every paper that approves something has the same part of a budget of `seats`; a challenge costs 1, paid by the
papers that approve it, as evenly as they can; what asks least of its best paying supporter (`rho`) is elected first. Seats that
nobody can pay for any more go by sequential Phragmén (Brill, Freeman, Janson & Lackner, 'Phragmén's Voting Methods and Justified
Representation', AAAI 2017) in its form with money: all papers earn at one speed, *starting from what they have left*, and a
challenge is elected at the moment when its supporters together own 1; they then pay all that they own.
`approval/1` elects by the number of approvals.

All money is exact. Papers that have the same left stand in one group, as the bits of an integer: a round costs groups times
challenges.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from fractions import Fraction
from hashlib import sha256
from typing import TYPE_CHECKING, Literal, NamedTuple, NewType, TypeAlias

from msgspec import Struct

__all__ = [
    "RULES",
    "Count",
    "CountingError",
    "Draw",
    "MalformedCount",
    "Paper",
    "Ratio",
    "Round",
    "RunnerUp",
    "Share",
    "Tally",
    "UnknownRule",
    "count",
    "default_seats",
    "draw_order",
    "runner_up",
    "seed_commitment",
]

SEED_BYTES = 32  # rule 6

if TYPE_CHECKING:
    Name: TypeAlias = str
else:
    Name = NewType("Name", str)
"""What the caller calls a challenge or a paper: an id, a number, a tracker; never a text."""

Ratio = NewType("Ratio", str)
"""An exact amount of money as `p/q` in lowest terms, or `p` if whole; the price of a challenge is 1."""

Method: TypeAlias = Literal["equal_shares", "phragmen", "approval"]


# Errors
#
# CountingError
#  · UnknownRule
#  · MalformedCount


class CountingError(ValueError):
    """What was handed in cannot be counted."""


class UnknownRule(CountingError):
    """No rule of this name and version; an auditor's 'cannot recount'."""

    def __init__(self, rule: str) -> None:
        super().__init__(f"no counting rule is called {rule!r}; known: {', '.join(sorted(RULES))}")


class MalformedCount(CountingError):
    """Papers, challenges, seats or seed contradict each other; says which."""


# What goes in and what comes out


class Paper(Struct, frozen=True):
    """One current paper: `key` is how its reader may know it (voter, tracker or number); no approvals: blank."""

    key: Name
    approvals: tuple[Name, ...]


class Share(Struct, frozen=True):
    """Papers for each of which the same amount holds, by key in order."""

    amount: Ratio
    papers: tuple[Name, ...]


class Draw(Struct, frozen=True):
    """Several challenges stood equal (rule 6).

    `among`: all of them, by id. `by` is `organisations` if just one of them brought a commissioning organisation that was not
    among the selected yet; else `seed`, and `order` gives those still equal by SHA-256(seed ‖ id): the first one won.
    """

    among: tuple[Name, ...]
    by: Literal["organisations", "seed"]
    order: tuple[Name, ...]


class Round(Struct, frozen=True):
    """How one challenge was elected.

    `rho`: the most that one paper paid. `earned`: what every paper that approves something received before this round (Phragmén
    alone, else 0). `paid`: who paid what, nothing left out. `left`: what each such paper had after it. `approval` knows no money:
    both are empty.
    """

    challenge: Name
    method: Method
    supporters: int
    rho: Ratio
    earned: Ratio
    paid: tuple[Share, ...]
    left: tuple[Share, ...]
    draw: Draw | None


class Tally(Struct, frozen=True):
    """How many papers approve a challenge."""

    challenge: Name
    approvals: int


class Count(Struct, frozen=True):
    """A result and how it came about; JSON without floats.

    `selected` in order of election, fewer than `seats` if nobody approves more. `papers`: all, blank ones included;
    `counted`: those that approve something that was not struck. `tallies` by challenge id, struck ones left out.
    """

    rule: Name
    seats: int
    selected: tuple[Name, ...]
    trace: tuple[Round, ...]
    tallies: tuple[Tally, ...]
    papers: int
    counted: int


class RunnerUp(Struct, frozen=True):
    """Who takes the place of what was struck (`None`: nobody approves anything else), and the count that says so."""

    challenge: Name | None
    count: Count


# The questions


def count(
    rule: str,
    papers: Sequence[Paper],
    challenges: Collection[Name],
    seats: int,
    seed: bytes,
    organisations: Mapping[Name, str],
    struck: Collection[Name] = frozenset(),
) -> Count:
    """Count `papers` by `rule` (`name/version`).

    `organisations`: who commissions each challenge; one without brings no organisation in a draw. `struck` challenges count as if
    they had never been on a paper (rule 22). Raises `UnknownRule` and `MalformedCount`.
    """
    return _elect(rule, papers, challenges, seats, seed, organisations, struck, frozenset(), seats)


def runner_up(
    rule: str,
    papers: Sequence[Paper],
    challenges: Collection[Name],
    seats: int,
    seed: bytes,
    organisations: Mapping[Name, str],
    *,
    selected: Collection[Name],
    withdrawn: Name,
    struck: Collection[Name] = frozenset(),
) -> RunnerUp:
    """What the same count elects with `withdrawn` struck and the rest of `selected` kept (rule 22).

    A seat is reserved for each that is kept; the one seat left goes to the first other challenge that the count comes to.
    `seats` of the first count give the budget. Raises as `count`, and `MalformedCount` if `withdrawn` was not selected.
    """
    if withdrawn not in selected:
        raise MalformedCount(f"{withdrawn} was not selected")
    kept = frozenset(selected) - {withdrawn}
    found = _elect(rule, papers, challenges, len(kept) + 1, seed, organisations, {*struck, withdrawn}, kept, seats)
    return RunnerUp(next((one for one in found.selected if one not in kept), None), found)


def default_seats(electors: int, min_team: int, max_team: int) -> int:
    """How many challenges `electors` people choose if nobody says otherwise (rule 1); at least 1."""
    if electors > 4 * max_team:
        return -(-electors // max_team)
    if electors >= 4 * min_team:
        return 4
    if electors >= 3 * min_team:
        return 3
    return max(1, electors // min_team)


def draw_order(seed: bytes, ids: Collection[Name]) -> tuple[Name, ...]:
    """`ids` by SHA-256(seed ‖ id in UTF-8), the lowest first (rule 6)."""
    return tuple(sorted(ids, key=lambda one: (sha256(seed + one.encode()).digest(), one)))


def seed_commitment(seed: bytes) -> str:
    """What is published of the seed before the first vote (rule 6): its SHA-256 in hex."""
    return sha256(seed).hexdigest()


# The count


class _Ballot(NamedTuple):
    """Papers by number, in order of their keys, and who supports what as the bits of an integer."""

    keys: tuple[Name, ...]
    supporters: Mapping[Name, int]
    seats: int
    budget: int
    kept: frozenset[Name]
    seed: bytes
    organisations: Mapping[Name, str]

    @property
    def everybody(self) -> int:
        return (1 << len(self.keys)) - 1

    def open(self, selected: Sequence[Name]) -> list[Name]:
        """What may still be elected: approved by somebody, and no seat that is reserved for another."""
        free = self.seats - len(selected) - len(self.kept.difference(selected))
        return [one for one in self.supporters if one not in selected and (free > 0 or one in self.kept)]

    def draw(self, equal: Sequence[Name], selected: Sequence[Name]) -> tuple[Name, Draw | None]:
        """The one of `equal` that rule 6 prefers, and how, if there was anything to decide."""
        if len(equal) == 1:
            return equal[0], None
        present = {self.organisations.get(one) for one in selected} | {None}
        fresh = [one for one in equal if self.organisations.get(one) not in present]
        order = draw_order(self.seed, fresh or equal)
        return order[0], Draw(tuple(sorted(equal)), "organisations" if len(order) == 1 else "seed", order)

    def names(self, papers: int) -> tuple[Name, ...]:
        names: list[Name] = []
        while papers:
            lowest = papers & -papers
            names.append(self.keys[lowest.bit_length() - 1])
            papers ^= lowest
        return tuple(names)


def _elect(
    rule: str,
    papers: Sequence[Paper],
    challenges: Collection[Name],
    seats: int,
    seed: bytes,
    organisations: Mapping[Name, str],
    struck: Collection[Name],
    kept: frozenset[Name],
    budget: int,
) -> Count:
    if rule not in RULES:
        raise UnknownRule(rule)
    _check(papers, challenges, seats, seed)
    standing = {one: 0 for one in sorted(challenges) if one not in struck}
    valid = sorted((p for p in papers if not standing.keys().isdisjoint(p.approvals)), key=lambda paper: paper.key)
    for number, paper in enumerate(valid):
        for one in standing.keys() & set(paper.approvals):
            standing[one] |= 1 << number
    approved = {one: bits for one, bits in standing.items() if bits}
    keys = tuple(paper.key for paper in valid)
    ballot = _Ballot(keys, approved, seats, budget, kept, seed, organisations)
    rounds = RULES[rule](ballot) if valid else []
    tallies = tuple(Tally(one, bits.bit_count()) for one, bits in standing.items())
    elected = tuple(one.challenge for one in rounds)
    return Count(rule, seats, elected, tuple(rounds), tallies, len(papers), len(valid))


def _check(papers: Sequence[Paper], challenges: Collection[Name], seats: int, seed: bytes) -> None:
    if seats < 1:
        raise MalformedCount(f"{seats} seats")
    if len(seed) != SEED_BYTES:
        raise MalformedCount(f"a seed of {len(seed)} bytes, not {SEED_BYTES}")
    if len(set(challenges)) != len(challenges):
        raise MalformedCount("a challenge stands on the ballot twice")
    if len({paper.key for paper in papers}) != len(papers):
        raise MalformedCount("two papers have the same key")
    if strays := {one for paper in papers for one in paper.approvals}.difference(challenges):
        raise MalformedCount(f"approved but not on the ballot: {', '.join(sorted(strays))}")


# Plain approval


def _approval(ballot: _Ballot) -> list[Round]:
    """The most approved first, one by one, so that a draw sees which organisations are in already."""
    rounds: list[Round] = []
    selected: list[Name] = []
    while len(selected) < ballot.seats and (still := ballot.open(selected)):
        most = max(ballot.supporters[one].bit_count() for one in still)
        equal = [one for one in still if ballot.supporters[one].bit_count() == most]
        winner, draw = ballot.draw(equal, selected)
        selected.append(winner)
        rounds.append(Round(winner, "approval", most, Ratio("0"), Ratio("0"), (), (), draw))
    return rounds


# Equal shares


class _Purse:
    """What the papers own: `groups` says how many coins each paper of a group has; `price` coins buy a challenge."""

    def __init__(self, papers: int, everybody: int, seats: int) -> None:
        self.price = papers
        self.groups: dict[int, int] = {seats: everybody}  # seats / papers of the price each

    def owned(self, supporters: int) -> int:
        return sum(coins * (papers & supporters).bit_count() for coins, papers in self.groups.items())

    def asked(self, supporters: int) -> Fraction | None:
        """The least most, in coins, that one of `supporters` must pay so that together they pay the price; `None`: they cannot.

        From the poorest up: who has less than an even part of what is still to be paid pays all they have.
        """
        due, heads = self.price, supporters.bit_count()
        for coins in sorted(self.groups):
            payers = (self.groups[coins] & supporters).bit_count()
            if payers and coins * heads >= due:
                return Fraction(due, heads)
            due -= coins * payers
            heads -= payers
        return None

    def refine(self, factor: int) -> None:
        """Make every coin into `factor` smaller ones."""
        self.price *= factor
        self.groups = {coins * factor: papers for coins, papers in self.groups.items()}

    def earn(self, coins: int) -> None:
        self.groups = {owned + coins: papers for owned, papers in self.groups.items()}

    def pay(self, supporters: int, most: int) -> dict[int, int]:
        """Each of `supporters` pays `most` coins, or all they have; who paid how much."""
        paid: dict[int, int] = {}
        left: dict[int, int] = {}
        for coins, papers in self.groups.items():
            payers, part = papers & supporters, min(coins, most)
            for amount, who, where in (
                (part, payers, paid),
                (coins - part, payers, left),
                (coins, papers ^ payers, left),
            ):
                if who:
                    where[amount] = where.get(amount, 0) | who
        self.groups = left
        return paid

    def ratio(self, coins: int) -> Ratio:
        return Ratio(str(Fraction(coins, self.price)))


def _equal_shares(ballot: _Ballot) -> list[Round]:
    """Equal shares while anybody can pay for anything, then Phragmén from what is left."""
    purse = _Purse(len(ballot.keys), ballot.everybody, ballot.budget)
    rounds: list[Round] = []
    selected: list[Name] = []
    for method, cheapest in _STAGES:
        while len(selected) < ballot.seats and (found := cheapest(ballot, purse, selected)):
            amount, equal = found
            winner, draw = ballot.draw(equal, selected)
            selected.append(winner)
            rounds.append(_buy(ballot, purse, winner, method, amount, draw))
    return rounds


def _affordable(ballot: _Ballot, purse: _Purse, selected: Sequence[Name]) -> tuple[Fraction, list[Name]] | None:
    """Lowest rho in coins, and what can be had for it; `None`: no supporters together own the price any more."""
    asked = {one: purse.asked(ballot.supporters[one]) for one in ballot.open(selected)}
    payable = {one: rho for one, rho in asked.items() if rho is not None}
    return _least(payable)


def _soonest(ballot: _Ballot, purse: _Purse, selected: Sequence[Name]) -> tuple[Fraction, list[Name]] | None:
    """How many coins every paper must still earn before something can be bought, and what that is."""
    still = {one: ballot.supporters[one] for one in ballot.open(selected)}
    return _least({one: Fraction(purse.price - purse.owned(who), who.bit_count()) for one, who in still.items()})


_STAGES: tuple[tuple[Method, Callable[[_Ballot, _Purse, Sequence[Name]], tuple[Fraction, list[Name]] | None]], ...] = (
    ("equal_shares", _affordable),
    ("phragmen", _soonest),
)


def _least(asked: Mapping[Name, Fraction]) -> tuple[Fraction, list[Name]] | None:
    if not asked:
        return None
    least = min(asked.values())
    return least, [one for one, amount in asked.items() if amount == least]


def _buy(ballot: _Ballot, purse: _Purse, winner: Name, method: Method, amount: Fraction, draw: Draw | None) -> Round:
    """Let the supporters of `winner` pay; `amount` in coins is rho, or what everybody earns first."""
    purse.refine(amount.denominator)
    supporters, coins = ballot.supporters[winner], amount.numerator
    earned = coins if method == "phragmen" else 0
    assert earned >= 0, "what is affordable goes by equal shares, so nothing is left to buy at a negative moment"
    purse.earn(earned)
    paid = purse.pay(supporters, max(purse.groups) if method == "phragmen" else coins)
    assert sum(part * who.bit_count() for part, who in paid.items()) == purse.price, "a challenge costs 1"
    return Round(
        challenge=winner,
        method=method,
        supporters=supporters.bit_count(),
        rho=purse.ratio(max(paid)),
        earned=purse.ratio(earned),
        paid=_shares(ballot, purse, paid),
        left=_shares(ballot, purse, purse.groups),
        draw=draw,
    )


def _shares(ballot: _Ballot, purse: _Purse, groups: Mapping[int, int]) -> tuple[Share, ...]:
    """Groups for the trace, the largest amount first."""
    return tuple(Share(purse.ratio(coins), ballot.names(groups[coins])) for coins in sorted(groups, reverse=True))


RULES: Mapping[str, Callable[[_Ballot], list[Round]]] = {"equal_shares/1": _equal_shares, "approval/1": _approval}
"""Every rule that was ever used: a version stays for ever, so that its ballots can be recounted."""
