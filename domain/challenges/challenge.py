"""Challenges: how they are proposed, admitted and declined."""

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar, NoReturn

from msgspec.structs import replace

from domain.challenges.lifecycle import ChallengeStatus, Course, resumed, with_status, withdrawn
from domain.events.challenge import (
    CHALLENGE_EVENTS,
    ChallengeAdmitted,
    ChallengeDeclined,
    ChallengeProposed,
    ChallengeRecommissioned,
    ChallengeRevised,
    ChallengeWithdrawn,
)
from domain.events.programme import PhasePlanned, ProgrammeConcluded
from domain.foundation import (
    BallotId,
    Caller,
    ChallengeId,
    Event,
    Knowledge,
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
from domain.people.people import KnownOrganisations, KnownPeople, UnknownOrganisation, UnknownPerson
from domain.people.rights import CallerCommand
from domain.programmes.programme import Conclusions, ProgrammeState

# Refusals


class NotProposed(Refusal):
    """Only a proposed challenge is admitted or declined."""

    CODE = "not-proposed"
    TEXT = Text(en="This challenge has already been decided on.", nl="Over dit vraagstuk is al eerder besloten.")


# Knowledge


class Challenges(Knowledge):
    """The state of challenges: texts, commissioner and course as they are now; of those named, or of a programme.

    `commissioner`: the organisation for which each goes on; None in the public interest. `seat_of`: the ballots that selected
    challenges.
    """

    EVENTS: ClassVar[list[type[Event]]] = CHALLENGE_EVENTS

    def __init__(self, *challenges: ChallengeId, programme: ProgrammeId | None = None) -> None:
        ids = challenges if programme is None else (*challenges, programme)
        super().__init__(*(Selector(types=self.EVENTS, tags=[one]) for one in ids))
        self.proposed: dict[ChallengeId, ChallengeProposed] = {}
        self.commissioner: dict[ChallengeId, OrganisationId | None] = {}
        self.courses: dict[ChallengeId, Course] = {}
        self.seat_of: dict[ChallengeId, BallotId] = {}

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
                short_title=event.short_title or before.short_title,
            )

    @applies(ChallengeAdmitted)
    def _(self, challenge: ChallengeId) -> None:
        self.advance(challenge, lambda course: replace(course, status="admitted"))

    @applies(ChallengeDeclined)
    def _(self, challenge: ChallengeId) -> None:
        self.advance(challenge, lambda course: replace(course, status="declined"))

    @applies(ChallengeWithdrawn)
    def _(self, event: ChallengeWithdrawn) -> None:
        self.advance(event.challenge, withdrawn)
        if event.takes_the_seat is not None and event.ballot is not None:
            self.seat_of[event.takes_the_seat] = event.ballot
            self.advance(event.takes_the_seat, lambda course: with_status(course, "selected"))

    @applies(ChallengeRecommissioned)
    def _(self, challenge: ChallengeId, organisation: OrganisationId | None) -> None:
        self.commissioner[challenge] = organisation
        self.advance(challenge, resumed)

    def advance(self, challenge: ChallengeId, step: Callable[[Course], Course]) -> None:
        """Move a challenge on its course; ignore one that nobody proposed."""
        if challenge in self.courses:
            self.courses[challenge] = step(self.courses[challenge])

    def status_of(self, challenge: ChallengeId) -> ChallengeStatus | None:
        """The status of a challenge; None if there is none."""
        course = self.courses.get(challenge)
        return None if course is None else course.status


# Commands


class ProposeChallenge(CallerCommand):
    """Propose a challenge: participants for themselves, facilitators for others, commissioners for their organisation."""

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
        short_title: Words | None = None,
        by: Caller,
    ) -> None:
        super().__init__(by, boundary=[Selector(types=[PhasePlanned], tags=[programme])])
        self.challenge, self.programme, self.organisation, self.proposer = challenge, programme, organisation, proposer
        self.title, self.context, self.wish, self.short_title = title, context, wish, short_title
        self.programme_state = ProgrammeState(programme)
        self.known_organisations = KnownOrganisations(organisation)
        self.known_people = KnownPeople(proposer)
        self.intake_closes_at: datetime | None = None

    @applies(PhasePlanned)
    def _(self, intake_closes_at: datetime | None) -> None:
        self.intake_closes_at = intake_closes_at or self.intake_closes_at

    def execute(self) -> None:
        self.programme_state.require_programme()
        enters_for_others = self.rights.facilitates(self.programme)
        if not enters_for_others:
            own = self.proposer in {None, self.by.person}
            speaks = self.rights.contact_for(self.organisation, programme=self.programme)
            if not (own and (self.rights.participates(self.programme) or speaks)):
                self.rights.refuse(self.programme)
            self.not_after = self.intake_closes_at  # rule 4
        self.programme_state.require_not_concluded(self.programme)
        if self.organisation not in self.known_organisations:
            raise UnknownOrganisation(field="organisation_id")
        if self.proposer not in {None, self.by.person} and self.proposer not in self.known_people:
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
                short_title=self.short_title,
            )
        )


class ChallengeCommand(CallerCommand):
    """A command on one challenge. `challenges`: the part that knows it."""

    def __init__(self, by: Caller, challenge: ChallengeId, challenges: Challenges) -> None:
        super().__init__(by)
        self.challenge, self.challenges = challenge, challenges
        self.conclusions = Conclusions(Selector(types=[ProgrammeConcluded], tags=[challenge]))

    def require_known(self) -> ChallengeProposed:
        """Return the challenge as it is now. Raises `NotFound`."""
        event = self.challenges.proposed.get(self.challenge)
        if event is None:
            raise NotFound
        return event

    def require_proposed(self) -> ChallengeProposed:
        """Return the challenge if the caller may decide on it.

        Raises `NotFound`, `NotAllowed`, `ProgrammeOver` or `NotProposed`.
        """
        event = self.require_known()
        if not self.rights.facilitates(event.programme):
            self.refuse_to(event)
        self.conclusions.require_not_concluded(event.programme)
        if self.challenges.status_of(self.challenge) != "proposed":
            raise NotProposed
        return event

    def is_proposer(self) -> bool:
        """Whether the caller proposed it, and still has a role there."""
        event = self.challenges.proposed[self.challenge]
        there = self.rights.belongs_to(event.programme) or self.rights.contact_for(
            event.organisation, programme=event.programme
        )
        return there and event.proposer is not None and event.proposer == self.by.person

    def commissions(self) -> bool:
        """Whether the caller is a commissioner of this challenge."""
        programme = self.challenges.proposed[self.challenge].programme
        return self.rights.contact_for(
            self.challenges.commissioner[self.challenge], self.challenge, programme=programme
        )

    def refuse_to(self, event: ChallengeProposed) -> NoReturn:
        """Raises `NotAllowed` if the caller has a role in the programme or for this challenge, else `NotFound`."""
        theirs = (self.challenges.commissioner[self.challenge],)
        if self.rights.belongs_to(event.programme) or self.rights.reads_for(
            theirs, self.challenge, programme=event.programme
        ):
            raise NotAllowed
        raise NotFound


class AdmitChallenge(ChallengeCommand):
    """Admit a challenge to the programme."""

    def __init__(self, challenge: ChallengeId, *, by: Caller) -> None:
        super().__init__(by, challenge, Challenges(challenge))

    def execute(self) -> None:
        event = self.require_proposed()
        self.record(
            ChallengeAdmitted(challenge=event.challenge, programme=event.programme, organisation=event.organisation)
        )


class DeclineChallenge(ChallengeCommand):
    """Decline a challenge, with a reason."""

    def __init__(self, challenge: ChallengeId, *, by: Caller) -> None:
        super().__init__(by, challenge, Challenges(challenge))

    def execute(self) -> None:
        event = self.require_proposed()
        self.require_reason()
        self.record(
            ChallengeDeclined(challenge=event.challenge, programme=event.programme, organisation=event.organisation)
        )
