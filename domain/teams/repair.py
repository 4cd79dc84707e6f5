"""Repairs of a CoP below its smallest size (rule 10), best first.

Pure, and with plain ids like `calculations/assignment.py`. The facilitator chooses a repair, and commands carry it out.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from math import comb
from typing import Literal, NamedTuple, TypeAlias

from msgspec import Struct

from domain.calculations.assignment import Problem, kin, organisation_cap, organisation_sizes, rank
from domain.events.team import TEAM_EVENTS
from domain.foundation import Knowledge, ProgrammeId, Selector
from domain.teams.forming import Question
from domain.teams.team import Teams

__all__ = ["Crew", "Kind", "Move", "OverCap", "Repair", "Staff", "Staffing", "repairs"]

Kind: TypeAlias = Literal["late_joiner", "transfer", "merge", "waiver"]
MAX_REPAIRS: Mapping[Kind, int] = {"late_joiner": 5, "transfer": 8, "merge": 6, "waiver": 1}
"""The number of repairs of each kind that are proposed, at most."""
MAX_SETS = 20_000
"""The number of sets of people that are compared, at most. If there are more, only sets of the best candidates are."""


class Crew(Struct, frozen=True):
    """An active CoP as it is now."""

    team: str
    challenge: str
    members: tuple[str, ...]


class Staff(Struct, frozen=True):
    """The active CoPs of a programme. `question.people`: all its participants, of whom those in no team can join one."""

    question: Problem
    crews: tuple[Crew, ...]


class Move(Struct, frozen=True):
    """A person joins another team. `from_team`: None if they were in none."""

    person: str
    from_team: str | None
    to_team: str


class OverCap(Struct, frozen=True):
    """A team that would have more `members` from an organisation than its `cap`."""

    team: str
    organisation: str
    members: int
    cap: int


class Repair(Struct, frozen=True):
    """A way to bring a team within its bounds, or to leave it as it is. Repairs are ranked by the numbers.

    `moved`: how many people change teams. `places_lost`: how many places lower in their rankings those who move or join would be,
    summed; negative: higher. People who are in no team count from their first choice. `closes`: the team that merges into
    `into`, whose challenge continues. `sets_aside`: bounds that the repair breaks.
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
        """The sort key, best first: sizes within bounds, no team closed, few moves, small losses, caps respected, then ids."""
        return (
            "team_size" in self.sets_aside,
            self.closes is not None,
            self.moved,
            self.places_lost,
            sum(one.members - one.cap for one in self.over_cap),
            [(one.person, one.to_team) for one in self.moves],
        )


def repairs(staff: Staff, team: str) -> list[Repair]:
    """Ways to repair `team`, best first, at most 20; none if it is large enough or not an active team."""
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
    best = (one for kind, some in ways.items() for one in sorted(some, key=Repair.key)[: MAX_REPAIRS[kind]])
    return sorted(best, key=Repair.key)


class _Mover(NamedTuple):
    """A person who could join, and how many places lower in their ranking they would be."""

    lost: int
    person: str
    team: str | None


class _Programme:
    """The teams of a programme, one of which, `here`, is too small."""

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

    # Kinds of repair

    def joining(self) -> Iterator[Repair]:
        """Add as many people as are needed from those who are in no team."""
        for some in self._sets(self.unplaced, self.need):
            yield self._additions("late_joiner", some)

    def transferring(self) -> Iterator[Repair]:
        """Add everybody who is in no team, and as few others as are needed from teams that can spare them."""
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
        # The members that a team can spare with the least loss are first, so that the best set is among those compared.
        for some in self._sets([*sorted(movers), *sorted(others)], missing):
            if all(times <= spare[team] for team, times in Counter(one.team for one in some).items() if team):
                yield self._additions("transfer", (*self.unplaced, *some))

    def merging(self) -> Iterator[Repair]:
        """Merge with another team, on the challenge of either."""
        for crew in self.crews.values():
            together = len(crew.members) + len(self.here.members)
            fits = self.question.min_team <= together <= self.question.max_team
            if crew.team != self.here.team and fits:
                for closing, into in ((self.here, crew), (crew, self.here)):
                    moves = tuple(Move(one, closing.team, into.team) for one in sorted(closing.members))
                    yield self.repair("merge", moves, into=into.team, closes=closing.team)

    @staticmethod
    def _sets(movers: Sequence[_Mover], count: int) -> Iterator[tuple[_Mover, ...]]:
        """The sets of `count` movers, among as many of the first as give no more than `MAX_SETS`."""
        many = len(movers)
        while many > count and comb(many, count) > MAX_SETS:
            many -= 1
        return combinations(movers[:many], count)

    def _additions(self, kind: Kind, some: Iterable[_Mover]) -> Repair:
        ordered = sorted(some, key=lambda one: one.person)
        return self.repair(kind, tuple(Move(one.person, one.team, self.here.team) for one in ordered))

    # The numbers of a repair

    def repair(
        self, kind: Kind, moves: tuple[Move, ...], *, into: str | None = None, closes: str | None = None
    ) -> Repair:
        """Make a repair of these moves, with its numbers."""
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
        """The caps that these moves exceed, in the teams that change."""
        changed = {team for one in moves for team in (one.from_team, one.to_team)} - {closes, None}
        for team, crew in self.crews.items():
            if team in changed:
                leaving = {one.person for one in moves if one.from_team == team}
                joining = [one.person for one in moves if one.to_team == team]
                members = [*(one for one in crew.members if one not in leaving), *joining]
                inside = Counter(kin(self.people[one]) for one in members)
                for organisation, count in sorted(inside.items()):
                    cap = organisation_cap(len(members), self.sizes[organisation], len(self.people))
                    if count > cap:
                        yield OverCap(team, organisation, count, cap)


class Staffing(Knowledge):
    """The teams of a programme and their members, and the question of its assignment."""

    def __init__(self, programme: ProgrammeId) -> None:
        super().__init__(Selector(types=TEAM_EVENTS, tags=[programme]))
        self.programme = programme
        self.question = Question(programme)
        self.teams = Teams()

    def staff(self) -> Staff:
        """The active teams, with those of their members who still take part."""
        question = self.question.problem()
        participants = {one.person for one in question.people}
        active = [
            one
            for one in self.teams.formed.values()
            if one.programme == self.programme and one.team not in self.teams.ended
        ]
        crews = (
            Crew(one.team, one.challenge, tuple(sorted(self.teams.members[one.team] & participants))) for one in active
        )
        return Staff(question, tuple(crews))
