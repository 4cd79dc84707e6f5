"""Challenges: what organisations bring, and what the facilitator admits."""

from collections.abc import Callable
from datetime import datetime
from typing import NoReturn

from msgspec.structs import replace

from domain.challenges.lifecycle import ChallengeStatus, Course, came_to, goes_on, withdrawn
from domain.events.challenge import (
    CHALLENGE_FACTS,
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
    learns,
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

    @learns(PersonRegistered)
    def _(self, person: PersonId) -> None:
        self.known_proposer |= person == self.proposer

    @learns(OrganisationRegistered)
    def _(self, organisation: OrganisationId) -> None:
        self.known_organisation |= organisation == self.organisation

    @learns(PhasePlanned)
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
        """The facts that say what a challenge is."""
        return Selector(types=CHALLENGE_FACTS, tags=[challenge])

    @learns(ChallengeProposed)
    def _(self, fact: ChallengeProposed) -> None:
        self.proposed[fact.challenge], self.commissioner[fact.challenge] = fact, fact.organisation
        self.courses[fact.challenge] = Course()

    @learns(ChallengeRevised)
    def _(self, fact: ChallengeRevised) -> None:
        if before := self.proposed.get(fact.challenge):
            self.proposed[fact.challenge] = replace(
                before,
                title=fact.title or before.title,
                context=fact.context or before.context,
                wish=fact.wish or before.wish,
            )

    @learns(ChallengeAdmitted)
    def _(self, challenge: ChallengeId) -> None:
        self.goes(challenge, lambda course: replace(course, status="admitted"))

    @learns(ChallengeDeclined)
    def _(self, challenge: ChallengeId) -> None:
        self.goes(challenge, lambda course: replace(course, status="declined"))

    @learns(ChallengeWithdrawn)
    def _(self, fact: ChallengeWithdrawn) -> None:
        self.goes(fact.challenge, withdrawn)
        if fact.takes_the_seat is not None and fact.ballot is not None:
            self.seat_of[fact.takes_the_seat] = fact.ballot
            self.goes(fact.takes_the_seat, lambda course: came_to(course, "selected"))

    @learns(ChallengeRecommissioned)
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
        fact = self.proposed.get(self.challenge)
        if fact is None:
            raise NotFound
        return fact

    def require_proposed(self) -> ChallengeProposed:
        """Raises `NotFound`, `NotAllowed`, `ProgrammeOver` or `NotProposed`."""
        fact = self.require_known()
        if not self.facilitates(fact.programme):
            self.refuse_to(fact)
        self.require_working_time(fact.programme)
        if self.status_of(self.challenge) != "proposed":
            raise NotProposed
        return fact

    def is_proposer(self) -> bool:
        """Who brought it in, and is still there."""
        fact = self.proposed[self.challenge]
        there = self.belongs_to(fact.programme) or self.contact_for(fact.organisation, programme=fact.programme)
        return there and fact.proposer is not None and fact.proposer == self.by.person

    def commissions(self) -> bool:
        """A contact who speaks for its organisation about this challenge."""
        programme = self.proposed[self.challenge].programme
        return self.contact_for(self.commissioner[self.challenge], self.challenge, programme=programme)

    def refuse_to(self, fact: ChallengeProposed) -> NoReturn:
        """Raises `NotAllowed` to who is in the programme, or speaks or reads about this challenge; `NotFound` to others."""
        theirs = (self.commissioner[self.challenge],)
        if self.belongs_to(fact.programme) or self.reads_for(theirs, self.challenge, programme=fact.programme):
            raise NotAllowed
        raise NotFound


class AdmitChallenge(JudgingChallenge):
    """Take a challenge up in the programme."""

    def execute(self) -> None:
        fact = self.require_proposed()
        self.record(
            ChallengeAdmitted(challenge=fact.challenge, programme=fact.programme, organisation=fact.organisation)
        )


class DeclineChallenge(JudgingChallenge):
    """Do not take a challenge up, and say why."""

    def execute(self) -> None:
        fact = self.require_proposed()
        self.require_reason()
        self.record(
            ChallengeDeclined(challenge=fact.challenge, programme=fact.programme, organisation=fact.organisation)
        )
