"""Generate the profiles in `profiles/`, with outcomes counted by independent programs. No test runs this.

    python -m venv counters && counters/bin/pip install abcvoting==2.19.2 gmpy2 votekit==3.5.0
    cd tests/domain/calculations/counting/data && ../../../../../counters/bin/python make_profiles.py profiles

It imports nothing of Kring, so the outcomes are those of the other programs. `../test_counting_profiles.py` counts the same
papers with Kring. A profile is `{"papers": {"ABC": 4, …}, "seats": 3, …}`: how many papers name these challenges, in this order.

- `equal_shares.json`, `approval.json`: abcvoting, exact fractions. `outcomes`: every set that some way of breaking ties elects;
  profiles with more than six are left out. `order` and `amounts` if no tie occurred: the challenges in the order of their
  election, with rho in the equal-shares rounds and the load in Phragmén's; `phragmen`: the number of the latter.
- `stv.json`: VoteKit, exact fractions, Droop quota, surpluses of one round together. `rounds`: challenges elected (`+`) or
  eliminated (`-`), each with the votes of all that stood before it (`A19/3 B2`). Profiles with a tie are left out, and
  those on which VoteKit fails (docs/reference/counting.md says why); the file has their numbers.
"""

# These imports are not requirements of Kring:
# pyright: reportMissingImports=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false, reportPrivateUsage=false

import json
import random
import sys
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

from abcvoting import abcrules
from abcvoting.preferences import Profile
from votekit.ballot import RankBallot
from votekit.elections import STV
from votekit.pref_profile import RankProfile

PROFILES = 520
LETTERS = "ABCDEFGHIJ"


class Tie(Exception):
    """VoteKit broke a tie by lot, which Kring would break differently."""


def approvals(chance: random.Random) -> tuple[str, list[str]]:
    """Papers around a few camps, so that groups agree and share; or without any pattern."""
    names = LETTERS[: chance.randint(3, 9)]
    if chance.random() < 0.3:
        return names, [drawn(chance, names, 0.15 + 0.5 * chance.random()) for _ in range(chance.randint(3, 40))]
    camps = [drawn(chance, names, 0.45) for _ in range(chance.randint(2, 4))]
    return names, [
        "".join(one for one in names if (one in camp) != (chance.random() < 0.12))
        for camp in chance.choices(camps, weights=range(1, len(camps) + 1), k=chance.randint(5, 40))
    ]


def drawn(chance: random.Random, names: str, often: float) -> str:
    return "".join(one for one in names if chance.random() < often)


def rankings(chance: random.Random) -> tuple[str, list[str]]:
    """Papers near a line of challenges, so that votes pass on among neighbours; or without any pattern."""
    names = LETTERS[: chance.randint(3, 9)]
    spread = chance.choice([0.7, 1.5, 3, 100])
    cast: list[str] = []
    for _ in range(chance.randint(5, 40)):
        where = chance.uniform(0, len(names) - 1)
        order = sorted(names, key=lambda one: abs(names.index(one) - where) + chance.gauss(0, spread))
        cast.append("".join(order[: chance.randint(1, len(names))]))
    return names, cast


def counted(papers: list[str]) -> dict[str, int]:
    return dict(sorted(Counter(papers).items()))


def profile_of(names: str, cast: list[str]) -> Profile:
    profile = Profile(num_cand=len(names), cand_names=list(names))
    for one in cast:
        if one:
            profile.add_voter([names.index(letter) for letter in one])
    return profile


def outcomes(rule: str, names: str, cast: list[str], seats: int) -> list[str]:
    found = abcrules.compute(
        rule, profile_of(names, cast), seats, algorithm=exact(rule), resolute=False, max_num_of_committees=20
    )
    return sorted("".join(sorted(names[one] for one in committee)) for committee in found)


def exact(rule: str) -> str:
    return "standard" if rule == "av" else "standard-fractions"


def course(names: str, cast: list[str], seats: int) -> dict[str, Any] | None:
    """The rounds of equal shares and of Phragmén after it, or None if a tie occurred."""
    # abcrules.compute() does not give the details; the function it calls does
    _, info = abcrules._equal_shares_algorithm(
        profile_of(names, cast), seats, algorithm="standard-fractions", resolute=True, completion="seqphragmen"
    )
    rounds = list(zip(info["next_cand"], info["cost"], info["tied_cands"], strict=True))
    phragmen = info.get("phragmen_phase")
    if phragmen:
        rounds += zip(phragmen["next_cand"], phragmen["max_load"], phragmen["tied_cands"], strict=True)
    if any(len(tied) > 1 for _, _, tied in rounds):
        return None
    return {
        "order": "".join(names[one] for one, _, _ in rounds),
        "amounts": [str(Fraction(amount)) for _, amount, _ in rounds],
        "phragmen": len(phragmen["next_cand"]) if phragmen else 0,
    }


def approval_profiles(rule: str, seed: int) -> dict[str, Any]:
    chance, ties = random.Random(seed), 0
    found: list[dict[str, Any]] = []
    while len(found) < PROFILES:
        names, cast = approvals(chance)
        approved = set("".join(cast))
        seats = chance.randint(1, 6)
        if len(approved) <= seats:  # the others fill seats with unapproved challenges; Kring leaves them empty
            continue
        sets = outcomes("av" if rule == "approval" else "equal-shares", names, cast, seats)
        if len(sets) > 6:
            ties += 1
            continue
        one: dict[str, Any] = {"challenges": names, "seats": seats, "papers": counted(cast), "outcomes": sets}
        if rule == "equal_shares" and (rounds := course(names, cast, seats)):
            one |= rounds
        found.append(one)
    return {"by": "abcvoting 2.19.2", "left_out": {"more than six outcomes": ties}, "profiles": found}


def stv_rounds(cast: list[str], seats: int) -> tuple[str, list[tuple[str, str]]]:
    profile = RankProfile(
        ballots=tuple(
            RankBallot(ranking=[{letter} for letter in ranking], weight=times)
            for ranking, times in counted(cast).items()
        )
    )
    election = STV(profile, n_seats=seats, quota="droop", simultaneous=True, exact=True)
    rounds: list[tuple[str, str]] = []
    for before, after in zip(election.election_states, election.election_states[1:], strict=False):
        gone = [one for some in after.elected for one in some]
        lost = [one for some in after.eliminated for one in some]
        if after.tiebreaks:
            raise Tie
        votes = " ".join(f"{one}{Fraction(many)}" for one, many in sorted(before.scores.items()))
        rounds.append(("+" + "".join(sorted(gone)) if gone else "-" + "".join(lost), votes))
    elected = "".join(sorted(one for some in election.get_elected() for one in some))
    if len(elected) != seats:
        raise ValueError("not all seats are filled")
    return elected, rounds


def stv_profiles(seed: int) -> dict[str, Any]:
    chance, ties, broken = random.Random(seed), 0, 0
    found: list[dict[str, Any]] = []
    while len(found) < PROFILES:
        names, cast = rankings(chance)
        ranked = set("".join(cast))
        seats = chance.randint(1, 5)
        if len(ranked) <= seats:
            continue
        try:
            elected, rounds = stv_rounds(cast, seats)
        except Tie:
            ties += 1
        except IndexError:
            broken += 1
        else:
            found.append(
                {"challenges": names, "seats": seats, "papers": counted(cast), "elected": elected, "rounds": rounds}
            )
    return {"by": "votekit 3.5.0", "left_out": {"a tie": ties, "VoteKit breaks off": broken}, "profiles": found}


def write(path: Path, found: dict[str, Any]) -> None:
    head = {name: value for name, value in found.items() if name != "profiles"}
    lines = ",\n".join(json.dumps(one, separators=(",", ":")) for one in found["profiles"])
    path.write_text(f'{json.dumps(head)[:-1]}, "profiles": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    write(folder / "approval.json", approval_profiles("approval", 1))
    write(folder / "equal_shares.json", approval_profiles("equal_shares", 2))
    write(folder / "stv.json", stv_profiles(3))
