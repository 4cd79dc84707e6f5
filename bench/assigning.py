"""Team assignment at several sizes: the time of the answer, which has a limit, and of its explanations."""

import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from domain.calculations.assignment import Candidate, Problem, Seat, Solved
from workers.solving.solver import SOLVE_TIMEOUT_S, explanations, solve


class Size(NamedTuple):
    """The size of a problem, the number of problems, and the limit in seconds for each."""

    people: int
    challenges: int
    organisations: int
    ranked: int
    questions: int
    limit: float


SIZES = {
    "24 people, 4 challenges": Size(24, 4, 5, 3, 10, 0.1),
    "120 people, 24 challenges": Size(120, 24, 20, 5, 5, 2.0),
    "60 people, 4 challenges, 8 teams": Size(60, 4, 12, 3, 5, 2.0),
    "400 people, 60 challenges": Size(400, 60, 60, 5, 3, SOLVE_TIMEOUT_S),
    "400 people, 20 challenges, 50 teams": Size(400, 20, 60, 5, 3, SOLVE_TIMEOUT_S),
    "420 people, 20 challenges, 60 teams of 7": Size(420, 20, 60, 5, 3, SOLVE_TIMEOUT_S),
}


async def rows(_: Path) -> list[dict[str, Any]]:
    """A row for each size: the slowest of several problems, in seconds of CPU time."""
    return [row(name, size) for name, size in SIZES.items()]


def row(name: str, size: Size) -> dict[str, Any]:
    answers: list[float] = []
    reasons: list[float] = []
    unproven: set[str] = set()
    unknown = 0
    for chance in range(size.questions):
        problem = question(size, chance, high=7 if "of 7" in name else 8)
        found, took = timed(lambda problem=problem: solve(problem))
        assert isinstance(found, Solved), found
        answers.append(took)
        unproven |= set(found.unproven)
        explained, took = timed(lambda problem=problem, found=found: explanations(problem, found.assignment))
        reasons.append(took)
        unknown = max(unknown, sum(one.better is not None and one.better.decided_by == "unknown" for one in explained))
    slowest = max(answers)
    return {
        "id": f"assigning {name}",
        "unit": "s",
        "kring": round(slowest, 3),
        "peers": {"limit": size.limit},
        "ratios": {"limit": round(size.limit / slowest, 1)},
        "required": {"limit": 1.0},
        "holds": slowest <= size.limit and not unproven,
        "detail": {
            "questions": size.questions,
            "fastest": round(min(answers), 3),
            "explanations": round(max(reasons), 2),
            "unknown prices": unknown,
            "unproven": sorted(unproven),
        },
    }


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    begin = time.process_time()
    return work(), time.process_time() - begin


def question(size: Size, chance: int, *, high: int) -> Problem:
    """A random problem in which the first challenges are the most popular, each proposed by one of the people."""
    pick = Random(chance)
    names = [f"challenge_{n:02}" for n in range(size.challenges)]
    weights = [1 / (n + 1) for n in range(size.challenges)]

    def ranking() -> tuple[str, ...]:
        wishes: dict[str, None] = {}
        while len(wishes) < size.ranked:
            wishes.setdefault(pick.choices(names, weights)[0])
        return tuple(wishes)

    people = tuple(
        Candidate(
            f"person_{pick.getrandbits(40):010x}", f"organisation_{pick.randrange(size.organisations)}", ranking()
        )
        for _ in range(size.people)
    )
    return Problem(people, tuple(Seat(name, people[n].person) for n, name in enumerate(names)), 4, high)
