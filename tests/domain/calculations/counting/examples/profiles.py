"""Random ballots with the outcomes of independent programs, which `data/make_profiles.py` names."""

from itertools import chain
from pathlib import Path

import msgspec
from msgspec import Struct

from domain.calculations.counting import Count, Paper, count

FOLDER = Path(__file__).parents[1] / "data" / "profiles"
SEED = bytes(32)


class Profile(Struct, frozen=True, kw_only=True):
    """Papers with the outcome of another program; fields that do not belong to the rule are empty."""

    challenges: str
    seats: int
    papers: dict[str, int]
    outcomes: tuple[str, ...] = ()
    order: str = ""
    amounts: tuple[str, ...] = ()
    phragmen: int = 0
    elected: str = ""
    rounds: tuple[tuple[str, str], ...] = ()

    def choices(self) -> list[tuple[str, ...]]:
        """The choices of each paper."""
        return [tuple(one) for one in chain.from_iterable([names] * times for names, times in self.papers.items())]

    def count(self, rule: str) -> Count:
        """The papers counted by a rule, without organisations."""
        papers = [Paper(str(number), choices) for number, choices in enumerate(self.choices())]
        return count(rule, papers, self.challenges, self.seats, SEED, {})


class Profiles(Struct, frozen=True):
    """A file of profiles."""

    by: str
    profiles: tuple[Profile, ...]


def profiles(rule: str) -> tuple[Profile, ...]:
    """The profiles for a rule without its version."""
    found = msgspec.json.decode((FOLDER / f"{rule}.json").read_bytes(), type=Profiles).profiles
    assert len(found) >= 500
    return found
