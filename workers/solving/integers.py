"""Integer programming with HiGHS, deterministic: one thread, fixed seed and order, no optimality gap.

A programme has integer columns (variables), rows (constraints: bounds on sums of columns), and objectives, which are minimised
one after the other.
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
MAX_CHOICES_PER_BLOCK = (
    10_000  # combinations in a block of groups; with more, floating-point coefficients become inexact
)
INTEGER_TOLERANCE = 1e-6  # of the solver

Terms = Mapping[int, int]  # column → coefficient
Solution = NDArray[np.float64]


class Unsolved(Exception):
    """HiGHS stopped without an answer; the message says why. Retrying is harmless."""


class Integers:
    """An integer programme and its current solution. `until`: the deadline, by the monotonic clock.

    `proven` becomes false if time runs out before a solution is known to be optimal; the solution is then the best found.
    """

    def __init__(self, *, until: float) -> None:
        self.until, self.proven = until, True
        self.lower: list[int] = []
        self.upper: list[int] = []
        self.values: Solution | None = None
        self._integral: list[bool] = []
        self._rows: list[tuple[float, Terms, float]] = []
        self._passed = 0  # columns that HiGHS has received
        self._highs = _highs()

    # Constraints

    def column(self, most: int = 1, *, integral: bool = True) -> int:
        """Add a column from 0 to `most`. `integral` may be False for one that is an integer in every optimal solution anyway."""
        self.lower.append(0)
        self.upper.append(most)
        self._integral.append(integral)
        return len(self.upper) - 1

    def row(self, least: float, terms: Terms, most: float) -> None:
        """Require the sum of `terms` to be between `least` and `most`."""
        self._rows.append((least, terms, most))

    # Solving

    def begin(self, values: Terms) -> None:
        """Start from a known solution: these columns have these values, all others 0."""
        self.values = np.zeros(len(self.upper))
        self.values[list(values)] = list(values.values())

    def possible(self) -> bool:
        """Whether a fractional solution exists. If not, no integer solution exists either."""
        return self._run({}, integral=False) is not HighsModelStatus.kInfeasible

    def hold_least(self, *sums: Terms) -> bool:
        """Minimise the first sum, then the next, and so on, and fix each at its minimum. Returns False if it is infeasible.

        The sums are weighted into one, so their product of ranges must stay well below 2⁵³.
        """
        costs = self._weighted(sums)
        before = self.values
        status = self._run(costs, integral=False)
        if status == HighsModelStatus.kInfeasible:
            return False
        bound, reduced = self._highs.getInfo().objective_function_value, np.array(self._highs.getSolution().col_dual)
        values = np.array(self._highs.getSolution().col_value)
        if status == HighsModelStatus.kOptimal and self._is_integral(values):
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
        """Find the optimal integer solution, or the best one in time. Returns False if infeasible. Raises `Unsolved`."""
        status = self._run(costs, integral=True)
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

    def _weighted(self, sums: Sequence[Terms]) -> Terms:
        """One sum that orders solutions lexicographically by these sums."""
        weight, costs = 1, dict[int, int]()
        for one in reversed(sums):
            for column, cost in one.items():
                costs[column] = costs.get(column, 0) + cost * weight
            weight *= 1 + sum(abs(cost) * self.upper[column] for column, cost in one.items())
        return costs

    def _close_dearer(self, reduced: Solution, room: float) -> None:
        """Fix columns that no optimal solution changes, by reduced costs: the minimum cost of changing a column by one unit."""
        for column, cost in enumerate(reduced):
            if self.lower[column] < self.upper[column] and self._integral[column]:
                if cost > room + 0.5:
                    self.upper[column] = self.lower[column]
                elif cost < -room - 0.5:
                    self.lower[column] = self.upper[column]

    def hold_first(self, groups: Sequence[Sequence[int]]) -> None:
        """Break ties: one column of each group is 1; choose the first that the choices of earlier groups allow."""
        groups = [[column for column in group if self.upper[column]] for group in groups]
        open_groups = self._fix_settled(groups)
        while open_groups:
            block = _block(open_groups)
            weight, costs = 1, dict[int, int]()
            for group in reversed(block):
                costs |= {column: place * weight for place, column in enumerate(group)}
                weight *= len(group)
            possible = self._improve(costs, self.values)
            assert possible, "the current solution satisfies all constraints"
            if not self.proven:
                return
            for group in block:
                self._fix(group)
            open_groups = self._fix_settled(open_groups[len(block) :])

    def _fix_settled(self, groups: Sequence[Sequence[int]]) -> Sequence[Sequence[int]]:
        """Fix the leading groups whose first column is chosen already. Returns the groups that remain."""
        for number, group in enumerate(groups):
            if not self.chosen(group[0]):
                return groups[number:]
            self._fix(group)
        return []

    def _fix(self, group: Sequence[int]) -> None:
        for column in group:
            self.lower[column] = self.upper[column] = int(self.chosen(column))

    # The last solution

    def chosen(self, column: int) -> bool:
        """Whether a binary column is 1."""
        assert self.values is not None, "only after solving"
        return bool(self.values[column] > 0.5)  # noqa: PLR2004  0 or 1 within the solver's tolerance

    def total(self, terms: Terms) -> int:
        """The value of a sum."""
        assert self.values is not None, "only after solving"
        return self._sum(terms, self.values)

    @staticmethod
    def _sum(terms: Terms, values: Solution) -> int:
        return round(sum(cost * values[column] for column, cost in terms.items()))

    # HiGHS

    def _is_integral(self, values: Solution) -> bool:
        integers = values[np.array(self._integral)]
        return bool(np.all(np.abs(integers - np.round(integers)) < INTEGER_TOLERANCE))

    def _run(self, costs: Terms, *, integral: bool) -> HighsModelStatus:
        """Minimise a sum in integers or fractions. Raises `Unsolved` on any status but optimal, infeasible or out of time."""
        remaining = self.until - time.monotonic()
        if remaining <= 0:
            self._highs.clearSolver()  # its earlier solution does not answer this question
            return HighsModelStatus.kTimeLimit
        self._update(costs)
        self._highs.setOptionValue("solve_relaxation", not integral)
        self._highs.setOptionValue("time_limit", remaining)
        status = self._solve()
        if status == HighsModelStatus.kInfeasible:  # presolve wrongly reports some as infeasible (HiGHS 1.16)
            self._highs.clearSolver()
            self._highs.setOptionValue("presolve", "off")
            status = self._solve()
            self._highs.setOptionValue("presolve", "choose")
        if status not in {HighsModelStatus.kInfeasible, HighsModelStatus.kOptimal, HighsModelStatus.kTimeLimit}:
            raise Unsolved(self._highs.modelStatusToString(status))
        return status

    def _solve(self) -> HighsModelStatus:
        self._highs.run()
        return self._highs.getModelStatus()

    def _update(self, costs: Terms) -> None:
        """Pass new columns, rows, bounds and costs to HiGHS."""
        columns = len(self.upper)
        every = np.arange(columns, dtype=np.int32)
        if new := columns - self._passed:
            self._highs.addVars(new, np.zeros(new), np.ones(new))
            kinds = [
                int(highspy.HighsVarType.kInteger if one else highspy.HighsVarType.kContinuous)
                for one in self._integral
            ]
            self._highs.changeColsIntegrality(columns, every, np.array(kinds, dtype=np.uint8))
            self._passed = columns
        objective = np.zeros(columns)
        objective[list(costs)] = list(costs.values())
        self._highs.changeColsCost(columns, every, objective)
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
    """The first groups that together have at most `MAX_CHOICES_PER_BLOCK` combinations; at least one group."""
    size = 1
    while size < len(groups) and prod(len(group) for group in groups[: size + 1]) <= MAX_CHOICES_PER_BLOCK:
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


def _suppress_banner() -> None:
    """Discard the banner that HiGHS prints to standard output once per process, whatever its settings."""
    with contextlib.suppress(OSError):  # there may be no standard output
        saved, devnull = os.dup(1), os.open(os.devnull, os.O_WRONLY)
        os.dup2(devnull, 1)
        highspy.Highs()
        os.dup2(saved, 1)
        os.close(saved)
        os.close(devnull)


_suppress_banner()
