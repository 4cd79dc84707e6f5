"""Choice of challenges without a ballot: too few for one, chosen in a meeting, or after two void ballots (rules 1 and 8)."""

from typing import Literal

from domain.ballots.opening import NotAdmitted
from domain.calculations import counting
from domain.challenges.board import Board
from domain.challenges.lifecycle import FREE
from domain.events.ballot import ChallengesChosen
from domain.foundation import Caller, ChallengeId, Code, ProgrammeId, Refusal, Text
from domain.people.rights import CallerCommand, Participants
from domain.programmes.programme import ProgrammeState
from domain.teams.forming import TeamsAdopted

How = Literal["few", "in_the_room", "after_void"]

# Refusals


class EnoughForABallot(Refusal):
    """Rule 1: challenges are chosen without a ballot if there are no more of them than places."""

    CODE = "enough-for-a-ballot"
    TEXT = Text(
        en="There {challenges:is # challenge|are # challenges} for {seats:# place|# places}: hold a ballot.",
        nl="Er {challenges:is # vraagstuk|zijn # vraagstukken} voor {seats:# plaats|# plaatsen}: houd een stemming.",
    )


class RerunFirst(Refusal):
    """Rule 8: the manager decides once a ballot and its rerun are void."""

    CODE = "rerun-first"
    TEXT = Text(
        en="This is possible once a ballot and its rerun are both void.",
        nl="Dit kan pas als een stemming en de herhaling ervan allebei ongeldig zijn.",
    )


# Commands


class ChooseChallenges(CallerCommand):
    """Choose challenges without a ballot, with the way and the reason (rules 1, 8); after a void rerun only a manager may."""

    def __init__(self, programme: ProgrammeId, *, challenges: tuple[ChallengeId, ...], how: How, by: Caller) -> None:
        super().__init__(by)
        self.programme, self.challenges = programme, challenges
        self.how: How = how
        self.programme_state = ProgrammeState(programme)
        self.participants = Participants(programme)
        self.board = Board(programme=programme)

    def execute(self) -> None:
        programme = self.programme_state.require_programme()
        if self.how == "after_void":
            self.rights.require_manager(self.programme)
        else:
            self.rights.require_facilitator(self.programme)
        self.programme_state.require_not_concluded(self.programme)
        self.require_reason()
        if any(course.teams for course in self.board.courses.values()):
            raise TeamsAdopted
        for one in self.challenges:
            if self.board.status_of(one) not in FREE or self.board.proposed[one].programme != self.programme:
                raise NotAdmitted(field="challenge_ids")
        if self.how == "few":
            self._require_few(programme.policies.min_team, programme.policies.max_team)
        if self.how == "after_void" and not self._twice_void():
            raise RerunFirst(field="how")
        commissioners = (self.board.commissioner[one] for one in self.challenges)
        self.record(
            ChallengesChosen(
                programme=self.programme,
                organisations=tuple(sorted({one for one in commissioners if one is not None})),
                challenges=self.challenges,
                how=Code(self.how),
            )
        )

    def _require_few(self, min_team: int, max_team: int) -> None:
        seats = counting.default_seats(len(self.participants), min_team, max_team)
        known = sum(one.status not in {"proposed", "declined", "withdrawn"} for one in self.board.courses.values())
        if known > seats:
            raise EnoughForABallot(field="how", challenges=known, seats=seats)

    def _twice_void(self) -> bool:
        """Whether a rerun is void; then the ballot before it was too."""
        return any(one.rerun_of is not None and ballot in self.board.void for ballot, one in self.board.ballots.items())
