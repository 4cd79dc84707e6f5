"""Challenges: what organisations bring, and what the facilitator admits."""

from collections.abc import Callable
from datetime import datetime
from typing import NoReturn

from msgspec.structs import replace

from domain.challenges.lifecycle import ChallengeStatus, Course, came_to, goes_on, withdrawn
from domain.events.challenge import (
    CHALLENGE_EVENTS,
    ChallengeAdmitted,
    ChallengeDeclined,
    ChallengeProposed,
    ChallengeRecommissioned,
    ChallengeRevised,
    ChallengeWithdrawn,
)
from domain.events.people import OrganisationRegistered, PersonRegistered
from domain.events.programme import PhasePlanned, ProgrammeConcluded
from domain.foundation import (
    BallotId,
    Caller,
    ChallengeId,
    Command,
    NotAllowed,
    NotFound,
    OrganisationId,
    PersonId,
    ProgrammeId,
    Refusal,
    Selector,
    Text,
    Words,
    applies,
)
from domain.people.people import UnknownOrganisation, UnknownPerson
from domain.programmes.programme import InProgramme, KnowingConclusions

# Refusals


class NotProposed(Refusal):
    """Only a proposed challenge is admitted or declined."""

    CODE = "not-proposed"
    TEXT = Text(en="This challenge was decided on before.", nl="Over dit vraagstuk is al eerder besloten.")


# Commands


class ProposeChallenge(InProgramme):
    """Bring in a challenge: a participant their own, a facilitator for others, a commissioner their organisation's."""

    known_organisation: bool = False
    known_proposer: bool = False
    intake_closes_at: datetime | None = None

    def __init__(
        self,
        challenge: ChallengeId,
        *,
        programme: ProgrammeId,
        organisation: OrganisationId,
        proposer: PersonId | None,
        title: Words,
        context: Words,
        wish: Words | None = None,
        by: Caller,
    ) -> None:
        super().__init__()
        self.challenge, self.programme, self.organisation, self.proposer = challenge, programme, organisation, proposer
        self.title, self.context, self.wish, self.by = title, context, wish, by

    def consistency_boundary(self) -> list[Selector]:
        return [
            *super().consistency_boundary(),
            Selector(types=[PhasePlanned], tags=[self.programme]),
            Selector(types=[OrganisationRegistered], tags=[self.organisation]),
            *([] if self.proposer is None else [Selector(types=[PersonRegistered], tags=[self.proposer])]),
        ]

    @applies(PersonRegistered)
    def _(self, person: PersonId) -> None:
        self.known_proposer |= person == self.proposer

    @applies(OrganisationRegistered)
    def _(self, organisation: OrganisationId) -> None:
        self.known_organisation |= organisation == self.organisation

    @applies(PhasePlanned)
    def _(self, intake_closes_at: datetime | None) -> None:
        self.intake_closes_at = intake_closes_at or self.intake_closes_at

    def execute(self) -> None:
        self.require_programme()
        enters_for_others = self.facilitates(self.programme)
        if not enters_for_others:
            own = self.proposer in {None, self.by.person}
            speaks = self.contact_for(self.organisation, programme=self.programme)
            if not (own and (self.participates(self.programme) or speaks)):
                self.refuse(self.programme)
            self.not_after = self.intake_closes_at  # rule 4
        self.require_not_concluded()
        if not self.known_organisation:
            raise UnknownOrganisation(field="organisation_id")
        if self.proposer not in {None, self.by.person} and not self.known_proposer:
            raise UnknownPerson(field="proposer_id")
        self.record(
            ChallengeProposed(
                challenge=self.challenge,
                programme=self.programme,
                organisation=self.organisation,
                proposer=self.proposer or self.by.person,
                title=self.title,
                context=self.context,
                wish=self.wish,
            )
        )


class KnowingChallenges(Command):
    """What a command knows that depends on challenges: their texts as they are now, whose they are, how far they have come.

    `commissioner`: for whom each goes on; None in the public interest. `seat_of`: the ballots that gave challenges their places.
    """

    def __init__(self) -> None:
        super().__init__()
        self.proposed: dict[ChallengeId, ChallengeProposed] = {}
        self.commissioner: dict[ChallengeId, OrganisationId | None] = {}
        self.courses: dict[ChallengeId, Course] = {}
        self.seat_of: dict[ChallengeId, BallotId] = {}

    @staticmethod
    def about(challenge: ChallengeId) -> Selector:
        """The events that say what a challenge is."""
        return Selector(types=CHALLENGE_EVENTS, tags=[challenge])

    @applies(ChallengeProposed)
    def _(self, event: ChallengeProposed) -> None:
        self.proposed[event.challenge], self.commissioner[event.challenge] = event, event.organisation
        self.courses[event.challenge] = Course()

    @applies(ChallengeRevised)
    def _(self, event: ChallengeRevised) -> None:
        if before := self.proposed.get(event.challenge):
            self.proposed[event.challenge] = replace(
                before,
                title=event.title or before.title,
                context=event.context or before.context,
                wish=event.wish or before.wish,
            )

    @applies(ChallengeAdmitted)
    def _(self, challenge: ChallengeId) -> None:
        self.goes(challenge, lambda course: replace(course, status="admitted"))

    @applies(ChallengeDeclined)
    def _(self, challenge: ChallengeId) -> None:
        self.goes(challenge, lambda course: replace(course, status="declined"))

    @applies(ChallengeWithdrawn)
    def _(self, event: ChallengeWithdrawn) -> None:
        self.goes(event.challenge, withdrawn)
        if event.takes_the_seat is not None and event.ballot is not None:
            self.seat_of[event.takes_the_seat] = event.ballot
            self.goes(event.takes_the_seat, lambda course: came_to(course, "selected"))

    @applies(ChallengeRecommissioned)
    def _(self, challenge: ChallengeId, organisation: OrganisationId | None) -> None:
        self.commissioner[challenge] = organisation
        self.goes(challenge, goes_on)

    def goes(self, challenge: ChallengeId, step: Callable[[Course], Course]) -> None:
        """A challenge takes a step on its course; one that nobody proposed has none."""
        if challenge in self.courses:
            self.courses[challenge] = step(self.courses[challenge])

    def status_of(self, challenge: ChallengeId) -> ChallengeStatus | None:
        """The status of a challenge; None where there is none."""
        course = self.courses.get(challenge)
        return None if course is None else course.status


class JudgingChallenge(KnowingConclusions, KnowingChallenges):
    """What must be known to decide on one challenge."""

    def __init__(self, challenge: ChallengeId, *, by: Caller) -> None:
        super().__init__()
        self.challenge, self.by = challenge, by

    def consistency_boundary(self) -> list[Selector]:
        over = Selector(types=[ProgrammeConcluded], tags=[self.challenge])
        return [*super().consistency_boundary(), self.about(self.challenge), over]

    def require_known(self) -> ChallengeProposed:
        """Raises `NotFound`."""
        event = self.proposed.get(self.challenge)
        if event is None:
            raise NotFound
        return event

    def require_proposed(self) -> ChallengeProposed:
        """Raises `NotFound`, `NotAllowed`, `ProgrammeOver` or `NotProposed`."""
        event = self.require_known()
        if not self.facilitates(event.programme):
            self.refuse_to(event)
        self.require_working_time(event.programme)
        if self.status_of(self.challenge) != "proposed":
            raise NotProposed
        return event

    def is_proposer(self) -> bool:
        """Who brought it in, and is still there."""
        event = self.proposed[self.challenge]
        there = self.belongs_to(event.programme) or self.contact_for(event.organisation, programme=event.programme)
        return there and event.proposer is not None and event.proposer == self.by.person

    def commissions(self) -> bool:
        """A contact who speaks for its organisation about this challenge."""
        programme = self.proposed[self.challenge].programme
        return self.contact_for(self.commissioner[self.challenge], self.challenge, programme=programme)

    def refuse_to(self, event: ChallengeProposed) -> NoReturn:
        """Raises `NotAllowed` to who is in the programme, or speaks or reads about this challenge; `NotFound` to others."""
        theirs = (self.commissioner[self.challenge],)
        if self.belongs_to(event.programme) or self.reads_for(theirs, self.challenge, programme=event.programme):
            raise NotAllowed
        raise NotFound


class AdmitChallenge(JudgingChallenge):
    """Take a challenge up in the programme."""

    def execute(self) -> None:
        event = self.require_proposed()
        self.record(
            ChallengeAdmitted(challenge=event.challenge, programme=event.programme, organisation=event.organisation)
        )


class DeclineChallenge(JudgingChallenge):
    """Do not take a challenge up, and say why."""

    def execute(self) -> None:
        event = self.require_proposed()
        self.require_reason()
        self.record(
            ChallengeDeclined(challenge=event.challenge, programme=event.programme, organisation=event.organisation)
        )
