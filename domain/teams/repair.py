"""Repairs: what can be done about a CoP below its smallest size (rule 10), best first.

Pure, and in plain ids like `assignment.py`. Nothing is decided here: whoever composes the teams chooses, commands carry it out.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from math import comb
from typing import Literal, NamedTuple, TypeAlias

from msgspec import Struct

from domain.calculations.assignment import Problem, kin, organisation_cap, organisation_sizes, rank
from domain.events.team import TEAM_EVENTS
from domain.foundation import Selector
from domain.teams.forming import Question
from domain.teams.team import TeamWork

__all__ = ["Crew", "Kind", "Move", "OverCap", "Repair", "Staff", "Staffing", "repairs"]

Kind: TypeAlias = Literal["late_joiner", "transfer", "merge", "waiver"]
AT_MOST: Mapping[Kind, int] = {"late_joiner": 5, "transfer": 8, "merge": 6, "waiver": 1}
SETS = 20_000  # sets of people to compare at most; beyond that, of the best for each place alone


class Crew(Struct, frozen=True):
    """A CoP that goes on, as it is now."""

    team: str
    challenge: str
    members: tuple[str, ...]


class Staff(Struct, frozen=True):
    """Who is where in a programme. `question.people`: all its participants; who is in no team may join one."""

    question: Problem
    crews: tuple[Crew, ...]


class Move(Struct, frozen=True):
    """A person goes to another team; `from_team` None: they were in none."""

    person: str
    from_team: str | None
    to_team: str


class OverCap(Struct, frozen=True):
    """A team that would have more `members` of an organisation than its `cap`."""

    team: str
    organisation: str
    members: int
    cap: int


class Repair(Struct, frozen=True):
    """A way to bring a team within its bounds, or to let it be; the numbers are what it is ranked by.

    `moved`: how many leave a team for another. `places_lost`: by how many places those who move, or join, would stand lower
    than now, added; negative: higher. Who joins from no team counts from their first choice. `closes`: the team that goes up
    in `into`, whose challenge goes on. `sets_aside`: bounds that are not kept.
    """

    kind: Kind
    moves: tuple[Move, ...]
    into: str | None
    closes: str | None
    moved: int
    places_lost: int
    over_cap: tuple[OverCap, ...]
    sets_aside: tuple[Literal["team_size", "organisation_cap"], ...]

    def key(self) -> tuple[bool, bool, int, int, int, list[tuple[str, str]]]:
        """The least is the best: team sizes kept, no team closed, few moves, small losses, caps kept, then ids."""
        return (
            "team_size" in self.sets_aside,
            self.closes is not None,
            self.moved,
            self.places_lost,
            sum(one.members - one.cap for one in self.over_cap),
            [(one.person, one.to_team) for one in self.moves],
        )


def repairs(staff: Staff, team: str) -> list[Repair]:
    """Ways to repair `team`, best first, at most 20; none where it is large enough, or is no team that goes on."""
    here = next((one for one in staff.crews if one.team == team), None)
    if here is None or len(here.members) >= staff.question.min_team:
        return []
    programme = _Programme(staff, here)
    ways: dict[Kind, Iterable[Repair]] = {
        "late_joiner": programme.joining(),
        "transfer": programme.transferring(),
        "merge": programme.merging(),
        "waiver": [programme.repair("waiver", ())],
    }
    best = (one for kind, some in ways.items() for one in sorted(some, key=Repair.key)[: AT_MOST[kind]])
    return sorted(best, key=Repair.key)


class _Mover(NamedTuple):
    """Somebody who could come, and by how many places they would stand lower."""

    lost: int
    person: str
    team: str | None


class _Programme:
    """The teams of a programme, looked at from one that is too small."""

    def __init__(self, staff: Staff, here: Crew) -> None:
        self.question, self.here = staff.question, here
        self.people = {one.person: one for one in staff.question.people}
        self.sizes = organisation_sizes(staff.question)
        self.crews = {one.team: one for one in sorted(staff.crews, key=lambda one: one.team)}
        self.need = staff.question.min_team - len(here.members)
        placed = {person for one in staff.crews for person in one.members}
        self.unplaced = sorted(self._mover(one, None) for one in self.people if one not in placed)

    def _mover(self, person: str, team: str | None) -> _Mover:
        now = 1 if team is None else self._rank(person, team)
        return _Mover(self._rank(person, self.here.team) - now, person, team)

    def _rank(self, person: str, team: str) -> int:
        return rank(self.people[person], self.crews[team].challenge)

    # The ways

    def joining(self) -> Iterator[Repair]:
        """As many as are needed from among those who are in no team."""
        for some in self._sets(self.unplaced, self.need):
            yield self._coming("late_joiner", some)

    def transferring(self) -> Iterator[Repair]:
        """As few as are needed from teams that can spare them, after all who are in no team."""
        missing = self.need - len(self.unplaced)
        if missing <= 0:
            return
        spare = {one.team: len(one.members) - self.question.min_team for one in self.crews.values()}
        movers: list[_Mover] = []
        others: list[_Mover] = []
        for crew in self.crews.values():
            if crew.team != self.here.team and spare[crew.team] > 0:
                theirs = sorted(self._mover(one, crew.team) for one in crew.members)
                movers += theirs[: spare[crew.team]]
                others += theirs[spare[crew.team] :]
        # The first of each team that it can spare come first: the least that can be lost is lost by some of them.
        for some in self._sets([*sorted(movers), *sorted(others)], missing):
            if all(times <= spare[team] for team, times in Counter(one.team for one in some).items() if team):
                yield self._coming("transfer", (*self.unplaced, *some))

    def merging(self) -> Iterator[Repair]:
        """Together with another team, on the challenge of either."""
        for crew in self.crews.values():
            together = len(crew.members) + len(self.here.members)
            fits = self.question.min_team <= together <= self.question.max_team
            if crew.team != self.here.team and fits:
                for closing, into in ((self.here, crew), (crew, self.here)):
                    moves = tuple(Move(one, closing.team, into.team) for one in sorted(closing.members))
                    yield self.repair("merge", moves, into=into.team, closes=closing.team)

    @staticmethod
    def _sets(movers: Sequence[_Mover], count: int) -> Iterator[tuple[_Mover, ...]]:
        """Each set of `count`, of as many of the first as give no more than `SETS`."""
        many = len(movers)
        while many > count and comb(many, count) > SETS:
            many -= 1
        return combinations(movers[:many], count)

    def _coming(self, kind: Kind, some: Iterable[_Mover]) -> Repair:
        ordered = sorted(some, key=lambda one: one.person)
        return self.repair(kind, tuple(Move(one.person, one.team, self.here.team) for one in ordered))

    # What a way comes to

    def repair(
        self, kind: Kind, moves: tuple[Move, ...], *, into: str | None = None, closes: str | None = None
    ) -> Repair:
        """These moves with their numbers."""
        over = tuple(self._over_cap(moves, closes))
        lost = sum(
            self._rank(one.person, one.to_team)
            - (1 if one.from_team is None else self._rank(one.person, one.from_team))
            for one in moves
        )
        small: tuple[Literal["team_size"], ...] = ("team_size",) if kind == "waiver" else ()
        return Repair(
            kind=kind,
            moves=moves,
            into=into,
            closes=closes,
            moved=sum(one.from_team is not None for one in moves),
            places_lost=lost,
            over_cap=over,
            sets_aside=(*small, "organisation_cap") if over else small,
        )

    def _over_cap(self, moves: Sequence[Move], closes: str | None) -> Iterator[OverCap]:
        """Caps that are not kept after these moves, in the teams that change."""
        changed = {team for one in moves for team in (one.from_team, one.to_team)} - {closes, None}
        for team, crew in self.crews.items():
            if team in changed:
                gone = {one.person for one in moves if one.from_team == team}
                come = [one.person for one in moves if one.to_team == team]
                members = [*(one for one in crew.members if one not in gone), *come]
                inside = Counter(kin(self.people[one]) for one in members)
                for organisation, count in sorted(inside.items()):
                    cap = organisation_cap(len(members), self.sizes[organisation], len(self.people))
                    if count > cap:
                        yield OverCap(team, organisation, count, cap)


class Staffing(Question, TeamWork):
    """Who is where in a programme, learnt for reading."""

    def consistency_boundary(self) -> list[Selector]:
        return [*super().consistency_boundary(), Selector(types=TEAM_EVENTS, tags=[self.programme])]

    def staff(self) -> Staff:
        """The teams that go on, with their members who are participants still."""
        question = self.problem()
        known = {one.person for one in question.people}
        going = [one for one in self.teams.values() if one.programme == self.programme and one.team not in self.over]
        return Staff(
            question,
            tuple(Crew(one.team, one.challenge, tuple(sorted(self.members[one.team] & known))) for one in going),
        )
