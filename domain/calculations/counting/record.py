"""The input and output of a count: papers, the record of its steps, the result."""

from math import gcd
from typing import TYPE_CHECKING, Literal, NewType, TypeAlias

from msgspec import Struct

if TYPE_CHECKING:
    Name: TypeAlias = str
else:
    Name = NewType("Name", str)
"""The caller's name of a challenge or paper: an id, a number, a tracker; never a text."""

Ratio = NewType("Ratio", str)
"""An exact amount of money as `p/q` in lowest terms, or `p` if whole; the price of a challenge is 1."""

Method: TypeAlias = Literal["equal_shares", "phragmen", "approval"]


def as_ratio(amount: int, of: int = 1) -> Ratio:
    """The exact amount `amount / of` as text."""
    common = gcd(amount, of)
    return Ratio(str(amount // common) if common == of else f"{amount // common}/{of // common}")


class Paper(Struct, frozen=True):
    """A current paper. `key`: its voter, tracker or number. No approvals: it is blank.

    Under `stv` the order of `approvals` is the voter's, best first; otherwise it has no meaning.
    """

    key: Name
    approvals: tuple[Name, ...]


class Share(Struct, frozen=True, gc=False):
    """Papers with the same amount each, by key in order."""

    amount: Ratio
    papers: tuple[Name, ...]


class Draw(Struct, frozen=True):
    """A draw among equal challenges (rule 6).

    `among`: all of them, by id. `by`: `organisations` if only one of them has a commissioner that is not yet among the selected;
    else `seed`, and `order` has those still equal by SHA-256(seed ‖ id): the first one won.
    If `stv` excludes, it is reversed: `organisations` if only one of them has no such commissioner, and the last of `order` was
    excluded.
    """

    among: tuple[Name, ...]
    by: Literal["organisations", "seed"]
    order: tuple[Name, ...]


class Round(Struct, frozen=True):
    """The election of one challenge.

    `rho`: the highest payment of one paper. `earned`: the amount that every paper that approves something received before this
    round (only Phragmén, else 0). `paid`: all payments. `left`: the remaining money of each such paper. Under `approval`, which
    has no money, both are empty. `stv` has stages instead.
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
    """The votes of a challenge at a stage; a full paper is worth 1."""

    challenge: Name
    votes: Ratio


class Transfer(Struct, frozen=True):
    """A transfer of a surplus: every paper of `challenge` passes to its next choice with `value` times its worth."""

    challenge: Name
    value: Ratio


class Stage(Struct, frozen=True):
    """One stage of `stv`, which elects or excludes.

    `standing`: the votes of the challenges that were neither elected nor excluded before, by id. `held`: the votes that stay with
    those elected at earlier stages, a quota each. `exhausted`: the worth of papers that name no such challenge any more. At every
    stage `standing`, `held` and `exhausted` add up to the papers counted. `elected`: in order of their votes. `transfers`: their
    surpluses; none if nothing is left to elect. `draws`: among equals, in the order in which they were decided.
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
    """The number of papers that approve a challenge; under `stv`: that rank it anywhere."""

    challenge: Name
    approvals: int


class Count(Struct, frozen=True):
    """The result of a count, with its steps; JSON without floats.

    `selected`: in order of election; fewer than `seats` if no more were approved. `trace`, or `stages` under `stv`: the steps.
    `papers`: all of them, blank ones included; `counted`: those that approve a challenge that was not struck. `tallies`: by
    challenge id, without struck ones.
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
    """The challenge that replaces a struck one (None: no other was approved), and the count that elected it."""

    challenge: Name | None
    count: Count
