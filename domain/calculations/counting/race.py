"""What every rule starts from: the papers in an order of their own, what may still be elected, and the draw (rule 6)."""

from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256
from itertools import compress
from typing import NamedTuple

from domain.calculations.counting.record import Draw, Name, Round, Stage

_AS_TRUTHS = bytes.maketrans(b"01", bytes([False, True]))


class Race(NamedTuple):
    """What a rule counts: papers by number, in order of their keys, and who supports what as the bits of an integer.

    `rankings`: what each paper approves, in its own order, struck ones included. `budget`: the seats of the first count; `seats`
    differ from it where a runner-up is sought. `kept` have a seat reserved each (rule 22).
    """

    keys: tuple[Name, ...]
    rankings: tuple[tuple[Name, ...], ...]
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
        gone = {*selected}
        free = self.seats - len(selected) - len(self.kept.difference(selected))
        return [one for one in self.supporters if one not in gone and (free > 0 or one in self.kept)]

    def draw(self, equal: Sequence[Name], selected: Sequence[Name]) -> tuple[Name, Draw | None]:
        """The one of `equal` that rule 6 prefers, and how, if there was anything to decide."""
        if len(equal) == 1:
            return equal[0], None
        order = draw_order(self.seed, self._bringing(equal, selected) or equal)
        return order[0], _drawn(equal, order)

    def draw_out(self, equal: Sequence[Name], selected: Sequence[Name]) -> tuple[Name, Draw | None]:
        """The one of `equal` that rule 6 prefers least: brings no organisation, then the highest SHA-256."""
        if len(equal) == 1:
            return equal[0], None
        bringing = self._bringing(equal, selected)
        order = draw_order(self.seed, [one for one in equal if one not in bringing] or equal)
        return order[-1], _drawn(equal, order)

    def _bringing(self, equal: Sequence[Name], selected: Sequence[Name]) -> list[Name]:
        """Those whose organisation is not among the selected yet."""
        present = {self.organisations.get(one) for one in selected} | {None}
        return [one for one in equal if self.organisations.get(one) not in present]

    def names(self, papers: int) -> tuple[Name, ...]:
        """The keys of `papers`, in order."""
        return tuple(compress(self.keys, f"{papers:b}"[::-1].encode().translate(_AS_TRUTHS)))


class Course(NamedTuple):
    """How a count went: what it elected, in order, and its trace in the words of its rule."""

    selected: tuple[Name, ...]
    trace: tuple[Round, ...] = ()
    stages: tuple[Stage, ...] = ()


def draw_order(seed: bytes, ids: Collection[Name]) -> tuple[Name, ...]:
    """`ids` by SHA-256(seed ‖ id in UTF-8), the lowest first (rule 6)."""
    return tuple(sorted(ids, key=lambda one: (sha256(seed + one.encode()).digest(), one)))


def _drawn(equal: Sequence[Name], order: tuple[Name, ...]) -> Draw:
    return Draw(tuple(sorted(equal)), "organisations" if len(order) == 1 else "seed", order)
