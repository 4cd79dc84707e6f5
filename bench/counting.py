"""Counting 200 papers on 30 challenges: at most 5 ms by every rule, compared with plain implementations of the same rule.

The plain ones keep a fraction for every paper and look at every challenge in every round, as in the definitions. If
abcvoting is installed (it is no dependency), it is a peer too, with its own exact fractions. Neither records a trace.
"""

# abcvoting is not a dependency:
# pyright: reportMissingImports=false, reportUnknownVariableType=false, reportUnknownMemberType=false

import importlib.util
import time
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

from domain.calculations.counting import RULES, Paper, count, draw_order

PAPERS, CHALLENGES, SEATS, LIMIT_MS = 200, 30, 8, 5.0
MORE_SEATS = (3, 15, 25, 29)
SEED = bytes(32)
NAMES = [f"challenge_{n:02}" for n in range(CHALLENGES)]
DRAWN = {name: place for place, name in enumerate(draw_order(SEED, NAMES))}
"""The order that breaks ties (rule 6), so that all elect the same."""


async def rows(_: Path) -> list[dict[str, Any]]:
    """A row per rule, for the slowest of three kinds of papers."""
    return [row(rule) for rule in sorted(RULES)]


def row(rule: str) -> dict[str, Any]:
    """The CPU time of counting in milliseconds, the best of twenty runs, for the slowest of several kinds of papers."""
    kinds = kinds_of_papers(Random(1))
    ours = {kind: milliseconds(lambda cast=cast: run(rule, cast, SEATS)) for kind, cast in kinds.items()}
    slowest = max(ours, key=ours.__getitem__)
    cast = kinds[slowest]
    peers = {"limit": LIMIT_MS}
    required = {"limit": 1.0}
    for peer, counting in peers_of(rule).items():
        assert set(counting(cast, SEATS)) == set(run(rule, cast, SEATS)), f"{peer} elects others"
        peers[peer] = round(milliseconds(lambda counting=counting: counting(cast, SEATS), times=3), 2)
        required[peer] = 1.0
    ratios = {peer: round(figure / ours[slowest], 2) for peer, figure in peers.items()}
    more = {
        f"{seats} seats": round(max(milliseconds(lambda c=c, s=seats: run(rule, c, s)) for c in kinds.values()), 2)
        for seats in MORE_SEATS
    }
    return {
        "id": f"counting by {rule}",
        "unit": "ms",
        "kring": round(ours[slowest], 2),
        "peers": peers,
        "ratios": ratios,
        "required": required,
        "holds": all(ratios[peer] >= required[peer] for peer in peers),
        "detail": {"papers": PAPERS, "challenges": CHALLENGES, "seats": SEATS, "slowest": slowest, **ours, **more},
    }


def kinds_of_papers(chance: Random) -> dict[str, list[Paper]]:
    """Short papers, papers that name a third of the challenges, and nearly full ones; earlier challenges are more popular."""
    kinds = {"short": (1, 5), "a third": (5, 12), "nearly all": (20, CHALLENGES)}
    return {kind: [paper(chance, n, chance.randint(*many)) for n in range(PAPERS)] for kind, many in kinds.items()}


def paper(chance: Random, number: int, many: int) -> Paper:
    order = sorted(NAMES, key=lambda one: int(one[-2:]) + chance.gauss(0, 10))
    return Paper(f"{number:03}", tuple(order[:many]))


def run(rule: str, cast: Sequence[Paper], seats: int) -> tuple[str, ...]:
    return count(rule, cast, NAMES, seats, SEED, {}).selected


def milliseconds(work: Callable[[], object], times: int = 20) -> float:
    best = float("inf")
    for _ in range(times):
        begin = time.process_time()
        work()
        best = min(best, time.process_time() - begin)
    return best * 1000


# Plain implementations

Counting = Callable[[Sequence[Paper], int], Sequence[str]]


def peers_of(rule: str) -> dict[str, Counting]:
    peers: dict[str, Counting] = {}
    if rule == "equal_shares/1":
        peers["plain"] = plain_equal_shares
    if rule == "stv/1":
        peers["plain"] = plain_stv
    if rule != "stv/1" and importlib.util.find_spec("abcvoting"):
        peers["abcvoting"] = lambda cast, seats: abcvoting(rule, cast, seats)
    return peers


def plain_equal_shares(cast: Sequence[Paper], seats: int) -> Sequence[str]:
    money = {one: Fraction(seats, len(cast)) for one in cast}
    selected: list[str] = []
    while len(selected) < seats:
        supporters = {name: [one for one in cast if name in one.approvals] for name in NAMES if name not in selected}
        prices = {name: rho for name, some in supporters.items() if (rho := asks([money[one] for one in some]))}
        if prices:
            winner = min(prices, key=lambda name: (prices[name], DRAWN[name]))
            for one in supporters[winner]:
                money[one] -= min(money[one], prices[winner])
        else:
            wait = {
                name: (1 - sum((money[one] for one in some), Fraction(0))) / len(some)
                for name, some in supporters.items()
                if some
            }
            winner = min(wait, key=lambda name: (wait[name], DRAWN[name]))
            for one in cast:
                money[one] = Fraction(0) if one in supporters[winner] else money[one] + wait[winner]
        selected.append(winner)
    return selected


def asks(money: Sequence[Fraction]) -> Fraction | None:
    due, heads = Fraction(1), len(money)
    for owned in sorted(money):
        if owned * heads >= due:
            return due / heads
        due, heads = due - owned, heads - 1
    return None


def plain_stv(cast: Sequence[Paper], seats: int) -> Sequence[str]:
    quota = len(cast) // (seats + 1) + 1
    worth = dict.fromkeys(cast, Fraction(1))
    standing, selected = set(NAMES), list[str]()
    while len(selected) < seats and len(standing) > seats - len(selected):
        first = {one: next((name for name in one.approvals if name in standing), None) for one in cast}
        votes = {name: sum((worth[one] for one in cast if first[one] == name), Fraction(0)) for name in standing}
        reached = [name for name in standing if votes[name] >= quota]
        for one in cast:
            if first[one] in reached:
                worth[one] *= 1 - quota / votes[first[one] or ""]
        selected += reached
        standing -= {*reached} or {min(standing, key=lambda name: (votes[name], -DRAWN[name]))}
    return selected if len(selected) == seats else [*selected, *standing]


def abcvoting(rule: str, cast: Sequence[Paper], seats: int) -> Sequence[str]:
    from abcvoting import abcrules  # noqa: PLC0415  optional
    from abcvoting.preferences import Profile  # noqa: PLC0415

    profile = Profile(num_cand=len(NAMES))
    profile.add_voters([[DRAWN[name] for name in one.approvals] for one in cast])
    name, algorithm = ("av", "standard") if rule == "approval/1" else ("equal-shares", "standard-fractions")
    (committee,) = abcrules.compute(name, profile, seats, algorithm=algorithm, resolute=True)
    return [name for name in NAMES if DRAWN[name] in committee]
