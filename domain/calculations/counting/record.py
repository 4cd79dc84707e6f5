"""What goes into a count and what comes out: papers, the record of how they elected, the result."""

from math import gcd
from typing import TYPE_CHECKING, Literal, NewType, TypeAlias

from msgspec import Struct

if TYPE_CHECKING:
    Name: TypeAlias = str
else:
    Name = NewType("Name", str)
"""What the caller calls a challenge or a paper: an id, a number, a tracker; never a text."""

Ratio = NewType("Ratio", str)
"""An exact amount of money as `p/q` in lowest terms, or `p` if whole; the price of a challenge is 1."""

Method: TypeAlias = Literal["equal_shares", "phragmen", "approval"]


def as_ratio(amount: int, of: int = 1) -> Ratio:
    """An exact amount, `amount / of`, as it is written down."""
    common = gcd(amount, of)
    return Ratio(str(amount // common) if common == of else f"{amount // common}/{of // common}")


class Paper(Struct, frozen=True):
    """One current paper: `key` is how its reader may know it (voter, tracker or number); no approvals: blank.

    Under `stv` the order of `approvals` is the voter's, the best first; elsewhere it says nothing.
    """

    key: Name
    approvals: tuple[Name, ...]


class Share(Struct, frozen=True, gc=False):
    """Papers for each of which the same amount holds, by key in order."""

    amount: Ratio
    papers: tuple[Name, ...]


class Draw(Struct, frozen=True):
    """Several challenges stood equal (rule 6).

    `among`: all of them, by id. `by` is `organisations` if just one of them brought a commissioning organisation that was not
    among the selected yet; else `seed`, and `order` gives those still equal by SHA-256(seed ‖ id): the first one won.
    Where `stv` excludes, the other way round: `organisations` if just one of them brought none, and the last of `order` went.
    """

    among: tuple[Name, ...]
    by: Literal["organisations", "seed"]
    order: tuple[Name, ...]


class Round(Struct, frozen=True):
    """How one challenge was elected.

    `rho`: the most that one paper paid. `earned`: what every paper that approves something received before this round (Phragmén
    alone, else 0). `paid`: who paid what, nothing left out. `left`: what each such paper had after it. `approval` knows no money:
    both are empty. `stv` has stages instead.
    """

    challenge: Name
    method: Method
    supporters: int
    rho: Ratio
    earned: Ratio
    paid: tuple[Share, ...]
    left: tuple[Share, ...]
    draw: Draw | None


class Votes(Struct, frozen=True):
    """What a challenge has at a stage; a whole paper is worth 1."""

    challenge: Name
    votes: Ratio


class Transfer(Struct, frozen=True):
    """A surplus passes on: every paper with `challenge` keeps `value` of what it was worth, and goes to its next choice."""

    challenge: Name
    value: Ratio


class Stage(Struct, frozen=True):
    """One stage of `stv`: it elects or it excludes.

    `standing`: the votes of everything that was neither elected nor excluded before, by id. `held`: what stays with those
    elected at earlier stages, a quota each. `exhausted`: the worth of papers that name nothing standing any more. So `standing`,
    `held` and `exhausted` add up to the papers counted, at every stage. `elected` in order of their votes; `transfers`: their
    surpluses, none once nothing is left to elect. `draws`: where several stood equal, in the order in which it was decided.
    """

    quota: Ratio
    standing: tuple[Votes, ...]
    held: Ratio
    exhausted: Ratio
    elected: tuple[Name, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    excluded: Name | None = None
    draws: tuple[Draw, ...] = ()


class Tally(Struct, frozen=True):
    """How many papers approve a challenge; under `stv`: rank it, wherever."""

    challenge: Name
    approvals: int


class Count(Struct, frozen=True):
    """A result and how it came about; JSON without floats.

    `selected` in order of election, fewer than `seats` if nobody approves more. `trace`, or under `stv` `stages`, says how.
    `papers`: all, blank ones included; `counted`: those that approve something that was not struck. `tallies` by challenge id,
    struck ones left out.
    """

    rule: Name
    seats: int
    selected: tuple[Name, ...]
    trace: tuple[Round, ...]
    tallies: tuple[Tally, ...]
    papers: int
    counted: int
    stages: tuple[Stage, ...] = ()


class RunnerUp(Struct, frozen=True):
    """Who takes the place of what was struck (`None`: nobody approves anything else), and the count that says so."""

    challenge: Name | None
    count: Count
