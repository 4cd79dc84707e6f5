"""The input of all rules: papers in a fixed order, the challenges that can still be elected, and the draw (rule 6)."""

from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256
from itertools import compress
from typing import NamedTuple

from domain.calculations.counting.record import Draw, Name, Round, Stage

_AS_TRUTHS = bytes.maketrans(b"01", bytes([False, True]))


class Race(NamedTuple):
    """The input of a rule: papers by number, in order of their keys, and the supporters of challenges as the bits of an integer.

    `rankings`: the approvals of each paper, in its own order, struck challenges included. `budget`: the seats of the first count;
    `seats` differs from it in the search for a runner-up. `reserved`: challenges with a reserved seat (rule 22).
    """

    keys: tuple[Name, ...]
    rankings: tuple[tuple[Name, ...], ...]
    supporters: Mapping[Name, int]
    seats: int
    budget: int
    reserved: frozenset[Name]
    seed: bytes
    organisations: Mapping[Name, str]

    @property
    def everybody(self) -> int:
        return (1 << len(self.keys)) - 1

    def open(self, selected: Sequence[Name]) -> list[Name]:
        """The challenges that can still be elected: approved by somebody, with a seat that is not reserved for another."""
        elected = {*selected}
        free = self.seats - len(selected) - len(self.reserved.difference(selected))
        return [one for one in self.supporters if one not in elected and (free > 0 or one in self.reserved)]

    def draw(self, equal: Sequence[Name], selected: Sequence[Name]) -> tuple[Name, Draw | None]:
        """The one of `equal` that rule 6 prefers, and the draw, if there was one."""
        if len(equal) == 1:
            return equal[0], None
        order = draw_order(self.seed, self._bringing(equal, selected) or equal)
        return order[0], _drawn(equal, order)

    def draw_out(self, equal: Sequence[Name], selected: Sequence[Name]) -> tuple[Name, Draw | None]:
        """The one of `equal` that rule 6 prefers least: without a new organisation, then the highest SHA-256."""
        if len(equal) == 1:
            return equal[0], None
        bringing = self._bringing(equal, selected)
        order = draw_order(self.seed, [one for one in equal if one not in bringing] or equal)
        return order[-1], _drawn(equal, order)

    def _bringing(self, equal: Sequence[Name], selected: Sequence[Name]) -> list[Name]:
        """The challenges of `equal` whose organisation is not yet among the selected."""
        present = {self.organisations.get(one) for one in selected} | {None}
        return [one for one in equal if self.organisations.get(one) not in present]

    def names(self, papers: int) -> tuple[Name, ...]:
        """The keys of `papers`, in order."""
        return tuple(compress(self.keys, f"{papers:b}"[::-1].encode().translate(_AS_TRUTHS)))


class Course(NamedTuple):
    """The outcome of a rule: the challenges elected, in order, and its trace or stages."""

    selected: tuple[Name, ...]
    trace: tuple[Round, ...] = ()
    stages: tuple[Stage, ...] = ()


def draw_order(seed: bytes, ids: Collection[Name]) -> tuple[Name, ...]:
    """`ids` by SHA-256(seed ‖ id in UTF-8), lowest first (rule 6)."""
    return tuple(sorted(ids, key=lambda one: (sha256(seed + one.encode()).digest(), one)))


def _drawn(equal: Sequence[Name], order: tuple[Name, ...]) -> Draw:
    return Draw(tuple(sorted(equal)), "organisations" if len(order) == 1 else "seed", order)
