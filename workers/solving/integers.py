"""Integer programmes on HiGHS, deterministically: one thread, one seed, one order, no gap.

Yes-or-no columns, rows that sums of them must keep, and sums to be made as small as they can be, one after the other.
"""

import contextlib
import os
import time
from collections.abc import Mapping, Sequence
from math import inf, prod

import highspy
import numpy as np
from highspy import HighsModelStatus
from numpy.typing import NDArray

__all__ = ["SOLVER", "VERSION", "Integers", "Terms", "Unsolved"]

SOLVER = "highs"
VERSION = f"{highspy.HIGHS_VERSION_MAJOR}.{highspy.HIGHS_VERSION_MINOR}.{highspy.HIGHS_VERSION_PATCH}"

SEED = 0
TIE_BLOCK = 10_000  # ways to choose in a block of groups; beyond this, coefficients lose exactness in floating point
WHOLE = 1e-6  # how far from a whole number the solver may leave one

Terms = Mapping[int, int]  # column → coefficient
Solution = NDArray[np.float64]


class Unsolved(Exception):
    """HiGHS stopped without an answer; the message says why. Nothing was decided, trying again is harmless."""


class Integers:
    """An integer programme, and what is held of it so far. `until`: by the monotonic clock, when to stop proving.

    `proven` turns false when time ran out before a sum was known to be the least: what is held then is the least found.
    """

    def __init__(self, *, until: float) -> None:
        self.until, self.proven = until, True
        self.lower: list[int] = []
        self.upper: list[int] = []
        self.values: Solution | None = None
        self._whole: list[bool] = []
        self._rows: list[tuple[float, Terms, float]] = []
        self._given = 0  # columns that HiGHS knows of
        self._highs = _highs()

    # What must hold

    def column(self, most: int = 1, *, whole: bool = True) -> int:
        """A new column from 0 to `most`; one that is a whole number in every best solution need not be said to be `whole`."""
        self.lower.append(0)
        self.upper.append(most)
        self._whole.append(whole)
        return len(self.upper) - 1

    def row(self, least: float, terms: Terms, most: float) -> None:
        """Keep the sum between these."""
        self._rows.append((least, terms, most))

    # Solving

    def begin(self, values: Terms) -> None:
        """Begin with a solution that is known: these columns have these values, the others 0."""
        self.values = np.zeros(len(self.upper))
        self.values[list(values)] = list(values.values())

    def possible(self) -> bool:
        """Whether fractions could keep all rows: false says that whole numbers cannot either."""
        return self._run({}, whole=False) is not HighsModelStatus.kInfeasible

    def hold_least(self, *sums: Terms) -> bool:
        """Make the first sum as small as it can be, then the next …, and keep them so; false if the rows allow nothing.

        The sums are weighed into one, so they must be small: below 2⁵³ together, with room to spare.
        """
        costs = self._weighed(sums)
        before = self.values
        status = self._run(costs, whole=False)
        if status == HighsModelStatus.kInfeasible:
            return False
        bound, reduced = self._highs.getInfo().objective_function_value, np.array(self._highs.getSolution().col_dual)
        values = np.array(self._highs.getSolution().col_value)
        if status == HighsModelStatus.kOptimal and self._is_whole(values):
            self.values = values
        elif not self._improve(costs, before):
            return False
        best = self.total(costs)
        if status == HighsModelStatus.kOptimal:
            self._close_dearer(reduced, best - bound)
        for one in sums:
            self.row(-inf, one, self.total(one))
        return True

    def _improve(self, costs: Terms, before: Solution | None) -> bool:
        """Find the best whole solution, or the best in time; false if there is none. Raises `Unsolved` where none was found."""
        status = self._run(costs, whole=True)
        if status == HighsModelStatus.kInfeasible:
            return False
        found = self._highs.getInfo().primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        self.proven &= status == HighsModelStatus.kOptimal
        if found:
            self.values = np.array(self._highs.getSolution().col_value)
        if before is not None and (not found or self._sum(costs, before) < self.total(costs)):
            self.values = before
        if self.values is None:
            raise Unsolved(self._highs.modelStatusToString(status))
        return True

    def _weighed(self, sums: Sequence[Terms]) -> Terms:
        """One sum that orders solutions as these do, the first that differs deciding."""
        weight, costs = 1, dict[int, int]()
        for one in reversed(sums):
            for column, cost in one.items():
                costs[column] = costs.get(column, 0) + cost * weight
            weight *= 1 + sum(abs(cost) * self.upper[column] for column, cost in one.items())
        return costs

    def _close_dearer(self, reduced: Solution, room: float) -> None:
        """Close what no solution as good as the best can use: reduced costs say what a unit of it costs at least."""
        for column, cost in enumerate(reduced):
            if self.lower[column] < self.upper[column] and self._whole[column]:
                if cost > room + 0.5:
                    self.upper[column] = self.lower[column]
                elif cost < -room - 0.5:
                    self.lower[column] = self.upper[column]

    def hold_first(self, groups: Sequence[Sequence[int]]) -> None:
        """Of each group one column is 1: let it be the first that the groups before leave possible."""
        groups = [[column for column in group if self.upper[column]] for group in groups]
        rest = self._settled(groups)
        while rest:
            block = _block(rest)
            weight, costs = 1, dict[int, int]()
            for group in reversed(block):
                costs |= {column: place * weight for place, column in enumerate(group)}
                weight *= len(group)
            possible = self._improve(costs, self.values)
            assert possible, "what is held was reached before"
            if not self.proven:
                return
            for group in block:
                self._settle(group)
            rest = self._settled(rest[len(block) :])

    def _settled(self, groups: Sequence[Sequence[int]]) -> Sequence[Sequence[int]]:
        """The groups from the first on that might do better than in the last solution; those before are settled as they are."""
        for number, group in enumerate(groups):
            if not self.chosen(group[0]):
                return groups[number:]
            self._settle(group)
        return []

    def _settle(self, group: Sequence[int]) -> None:
        for column in group:
            self.lower[column] = self.upper[column] = int(self.chosen(column))

    # The last solution

    def chosen(self, column: int) -> bool:
        """Whether a yes-or-no column is 1."""
        assert self.values is not None, "asked of what was solved"
        return bool(self.values[column] > 0.5)  # noqa: PLR2004  0 or 1 but for the solver's tolerance

    def total(self, terms: Terms) -> int:
        """The sum."""
        assert self.values is not None, "asked of what was solved"
        return self._sum(terms, self.values)

    @staticmethod
    def _sum(terms: Terms, values: Solution) -> int:
        return round(sum(cost * values[column] for column, cost in terms.items()))

    # HiGHS

    def _is_whole(self, values: Solution) -> bool:
        mine = values[np.array(self._whole)]
        return bool(np.all(np.abs(mine - np.round(mine)) < WHOLE))

    def _run(self, costs: Terms, *, whole: bool) -> HighsModelStatus:
        """Minimise the sum in whole numbers or fractions. Raises `Unsolved` on what is neither an answer nor want of time."""
        left = self.until - time.monotonic()
        if left <= 0:
            self._highs.clearSolver()  # what it found before is no answer to this
            return HighsModelStatus.kTimeLimit
        self._tell(costs)
        self._highs.setOptionValue("solve_relaxation", not whole)
        self._highs.setOptionValue("time_limit", left)
        status = self._solved()
        if status == HighsModelStatus.kInfeasible:  # presolve says so of some that are not (HiGHS 1.16)
            self._highs.clearSolver()
            self._highs.setOptionValue("presolve", "off")
            status = self._solved()
            self._highs.setOptionValue("presolve", "choose")
        if status not in {HighsModelStatus.kInfeasible, HighsModelStatus.kOptimal, HighsModelStatus.kTimeLimit}:
            raise Unsolved(self._highs.modelStatusToString(status))
        return status

    def _solved(self) -> HighsModelStatus:
        self._highs.run()
        return self._highs.getModelStatus()

    def _tell(self, costs: Terms) -> None:
        """Let HiGHS know what is new."""
        columns = len(self.upper)
        every = np.arange(columns, dtype=np.int32)
        if new := columns - self._given:
            self._highs.addVars(new, np.zeros(new), np.ones(new))
            kinds = [
                int(highspy.HighsVarType.kInteger if one else highspy.HighsVarType.kContinuous) for one in self._whole
            ]
            self._highs.changeColsIntegrality(columns, every, np.array(kinds, dtype=np.uint8))
            self._given = columns
        wanted = np.zeros(columns)
        wanted[list(costs)] = list(costs.values())
        self._highs.changeColsCost(columns, every, wanted)
        self._highs.changeColsBounds(
            columns, every, np.array(self.lower, dtype=float), np.array(self.upper, dtype=float)
        )
        if self._rows:
            terms = [one for _, one, _ in self._rows]
            starts = np.cumsum([0, *map(len, terms[:-1])], dtype=np.int32)
            self._highs.addRows(
                len(terms),
                np.array([least for least, _, _ in self._rows], dtype=float),
                np.array([most for _, _, most in self._rows], dtype=float),
                sum(map(len, terms)),
                starts,
                np.array([column for one in terms for column in one], dtype=np.int32),
                np.array([value for one in terms for value in one.values()], dtype=float),
            )
            self._rows.clear()


def _block(groups: Sequence[Sequence[int]]) -> Sequence[Sequence[int]]:
    """The first groups that together have at most `TIE_BLOCK` ways to be chosen from; at least one."""
    size = 1
    while size < len(groups) and prod(len(group) for group in groups[: size + 1]) <= TIE_BLOCK:
        size += 1
    return groups[:size]


def _highs() -> highspy.Highs:
    """A silent, deterministic HiGHS."""
    highs = highspy.Highs()
    settings: dict[str, bool | int | float | str] = {
        "output_flag": False,
        "threads": 1,
        "parallel": "off",
        "random_seed": SEED,
        "mip_rel_gap": 0.0,
        "mip_abs_gap": 0.5,  # every sum is a whole number
    }
    for name, value in settings.items():
        highs.setOptionValue(name, value)
    return highs


def _greet_nobody() -> None:
    """Let HiGHS print the two lines about itself, which it does once in a process and whatever its settings, to nowhere."""
    with contextlib.suppress(OSError):  # no standard output, nothing to keep clean
        kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        highspy.Highs()
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


_greet_nobody()
