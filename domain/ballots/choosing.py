"""Choosing challenges without a ballot: too few for one, chosen in the room, or after two void ballots (rules 1 and 8)."""

from typing import Literal

from domain.ballots.opening import NotAdmitted
from domain.calculations import counting
from domain.challenges.board import Board
from domain.challenges.lifecycle import FREE
from domain.events.ballot import ChallengesChosen
from domain.events.roles import ENROLMENT_EVENTS
from domain.foundation import Caller, ChallengeId, Code, ProgrammeId, Refusal, Selector, Text
from domain.programmes.programme import InProgramme
from domain.teams.forming import TeamsAdopted

How = Literal["few", "in_the_room", "after_void"]

# Refusals


class EnoughForABallot(Refusal):
    """Rule 1: challenges are chosen as being too few where there are no more of them than places."""

    CODE = "enough-for-a-ballot"
    TEXT = Text(
        en="There {challenges:is # challenge|are # challenges} for {seats:# place|# places}: let the participants vote.",
        nl="Er {challenges:is # vraagstuk|zijn # vraagstukken} voor {seats:# plaats|# plaatsen}: laat de deelnemers stemmen.",
    )


class RerunFirst(Refusal):
    """Rule 8: the manager decides once a ballot and its rerun are void."""

    CODE = "rerun-first"
    TEXT = Text(
        en="This is chosen once a ballot and its rerun are both void.",
        nl="Dit kan pas als een stemming en de herhaling ervan allebei ongeldig zijn.",
    )


# Commands


class ChooseChallenges(InProgramme, Board):
    """Choose without a ballot, and say how and why (rules 1, 8): the facilitator; after a void rerun the manager alone."""

    how: How

    def __init__(self, programme: ProgrammeId, *, challenges: tuple[ChallengeId, ...], how: How, by: Caller) -> None:
        super().__init__()
        self.programme, self.challenges, self.how, self.by = programme, challenges, how, by

    def consistency_boundary(self) -> list[Selector]:
        return [
            *super().consistency_boundary(),
            Selector(types=ENROLMENT_EVENTS, tags=[self.programme]),
            self.of_programme(self.programme),
        ]

    def execute(self) -> None:
        programme = self.require_programme()
        if self.how == "after_void":
            self.require_manager(self.programme)
        else:
            self.require_facilitator(self.programme)
        self.require_not_concluded()
        self.require_reason()
        if any(course.teams for course in self.courses.values()):
            raise TeamsAdopted
        for one in self.challenges:
            if self.status_of(one) not in FREE or self.proposed[one].programme != self.programme:
                raise NotAdmitted(field="challenge_ids")
        if self.how == "few":
            self._require_few(programme.policies.min_team, programme.policies.max_team)
        if self.how == "after_void" and not self._twice_void():
            raise RerunFirst(field="how")
        told = (self.commissioner[one] for one in self.challenges)
        self.record(
            ChallengesChosen(
                programme=self.programme,
                organisations=tuple(sorted({one for one in told if one is not None})),
                challenges=self.challenges,
                how=Code(self.how),
            )
        )

    def _require_few(self, min_team: int, max_team: int) -> None:
        electors = sum(where == self.programme for _, where in self.participants)
        seats = counting.default_seats(electors, min_team, max_team)
        known = sum(one.status not in {"proposed", "declined", "withdrawn"} for one in self.courses.values())
        if known > seats:
            raise EnoughForABallot(field="how", challenges=known, seats=seats)

    def _twice_void(self) -> bool:
        """A rerun is void, so the ballot before it was."""
        return any(one.rerun_of is not None and ballot in self.void for ballot, one in self.ballots.items())
