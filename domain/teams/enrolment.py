"""The roles of participants, facilitators and managers in a programme: how they are given and taken away (rule 25)."""

from datetime import datetime

from msgspec.structs import replace

from domain.events.roles import (
    ROLE_EVENTS,
    FacilitatorAssigned,
    FacilitatorReplaced,
    ManagerAppointed,
    ParticipantEnrolled,
    ParticipantMoved,
    ParticipantWithdrew,
)
from domain.events.team import TEAM_EVENTS, MemberLeft, TeamFormed
from domain.foundation import (
    AsIs,
    Caller,
    Knowledge,
    NotFound,
    OrganisationId,
    PersonId,
    ProgrammeId,
    Refusal,
    Selector,
    TeamId,
    Text,
    applies,
)
from domain.people.people import KnownOrganisations, KnownPeople, UnknownOrganisation, UnknownPerson
from domain.people.rights import CallerCommand, Rights
from domain.programmes.programme import ProgrammeState, WrongOrder
from domain.teams.membership import NoSuchTeam
from domain.teams.team import TeamCommand

# Refusals


class OneRole(Refusal):
    """Rule 25: a person has one role in a programme: participant, facilitator or manager."""

    CODE = "one-role"
    TEXT = Text(
        en="In one programme a person is participant, facilitator or manager: this person already has a role.",
        nl="In één leergang is iemand deelnemer, begeleider of programmamanager: deze persoon heeft al een rol.",
    )


class NobodyToReplace(Refusal):
    """Rule 23: only a present facilitator of the programme can be replaced."""

    CODE = "nobody-to-replace"
    TEXT = Text(
        en="This person is not a facilitator of this programme.",
        nl="Deze persoon is geen begeleider van deze leergang.",
    )


# Knowledge


class ProgrammeRoles(Knowledge):
    """The roles of people in a programme. `rights` folds them."""

    def __init__(self, rights: Rights, programme: ProgrammeId, *people: PersonId) -> None:
        super().__init__(*(Selector(types=ROLE_EVENTS, tags=[one, programme]) for one in people))
        self.rights, self.programme = rights, programme
        self.known_people = KnownPeople(*people)

    def require_free(self, person: PersonId) -> None:
        """Raises `UnknownPerson`, or `OneRole` (rule 25)."""
        if person not in self.known_people:
            raise UnknownPerson(field="person_id")
        here = (person, self.programme)
        if here in self.rights.participants or here in self.rights.facilitators or here in self.rights.managers:
            raise OneRole(field="person_id")

    def require_participant(self, person: PersonId) -> OrganisationId | None:
        """Return the organisation for which the person takes part. Raises `NotFound` if they do not take part."""
        here = (person, self.programme)
        if here not in self.rights.participants:
            raise NotFound
        return self.rights.participants[here]

    def require_replaceable(self, person: PersonId) -> FacilitatorAssigned:
        """Return the assignment of the person. Raises `NobodyToReplace` if they do not facilitate the programme."""
        assigned = self.rights.facilitators.get((person, self.programme))
        if assigned is None:
            raise NobodyToReplace
        return assigned


def require_organisation(organisation: OrganisationId | None, known: KnownOrganisations) -> None:
    """Raises `UnknownOrganisation`. None: the person takes part on their own account."""
    if organisation is not None and organisation not in known:
        raise UnknownOrganisation(field="organisation_id")


# Participants


class EnrolParticipant(CallerCommand):
    """Enrol a participant, sent by an organisation or on their own account; those who withdrew may return (rule 25)."""

    def __init__(
        self, programme: ProgrammeId, *, person: PersonId, organisation: OrganisationId | None, by: Caller
    ) -> None:
        super().__init__(by)
        self.programme, self.person, self.organisation = programme, person, organisation
        self.programme_state = ProgrammeState(programme)
        self.roles = ProgrammeRoles(self.rights, programme, person)
        self.known_organisations = KnownOrganisations(organisation)

    def execute(self) -> None:
        self.programme_state.require_programme()
        self.rights.require_facilitator(self.programme)
        self.programme_state.require_not_concluded(self.programme)
        self.roles.require_free(self.person)
        require_organisation(self.organisation, self.known_organisations)
        self.record(ParticipantEnrolled(programme=self.programme, person=self.person, organisation=self.organisation))


class MoveParticipant(CallerCommand):
    """Move a participant to another organisation, or to their own account."""

    def __init__(
        self, programme: ProgrammeId, *, person: PersonId, organisation: OrganisationId | None, by: Caller
    ) -> None:
        super().__init__(by)
        self.programme, self.person, self.organisation = programme, person, organisation
        self.programme_state = ProgrammeState(programme)
        self.roles = ProgrammeRoles(self.rights, programme, person)
        self.known_organisations = KnownOrganisations(organisation)

    def execute(self) -> None:
        self.rights.require_facilitator(self.programme)
        self.programme_state.require_not_concluded(self.programme)
        previous = self.roles.require_participant(self.person)
        require_organisation(self.organisation, self.known_organisations)
        if self.organisation == previous:
            raise AsIs
        self.record(
            ParticipantMoved(
                programme=self.programme, person=self.person, organisation=self.organisation, previous=previous
            )
        )


class WithdrawParticipant(TeamCommand):
    """Withdraw a participant from the programme and from their CoP; their work stays (rule 10)."""

    def __init__(self, programme: ProgrammeId, *, person: PersonId, by: Caller) -> None:
        # All teams of the programme: the events that change a team's commissioner do not concern its members.
        super().__init__(by, boundary=[Selector(types=TEAM_EVENTS, tags=[programme])])
        self.programme, self.person = programme, person
        self.programme_state = ProgrammeState(programme)
        self.roles = ProgrammeRoles(self.rights, programme, person)

    def execute(self) -> None:
        self.rights.require_facilitator(self.programme)
        self.programme_state.require_not_concluded(self.programme)
        organisation = self.roles.require_participant(self.person)
        self.require_reason()
        self.record(ParticipantWithdrew(programme=self.programme, person=self.person, organisation=organisation))
        for formed in self._teams():
            self.record(
                MemberLeft(
                    team=formed.team,
                    programme=self.programme,
                    organisation=formed.organisation,
                    person=self.person,
                )
            )

    def _teams(self) -> list[TeamFormed]:
        """The teams of the programme of which the person is a member."""
        teams = self.rights.teams
        return [
            formed
            for team, formed in sorted(teams.formed.items())
            if formed.programme == self.programme and self.person in teams.members[team]
        ]


# Facilitators and managers


class AssignFacilitator(CallerCommand):
    """Assign a facilitator to the programme or to the teams named, between two times if they are given (rule 25)."""

    def __init__(
        self,
        programme: ProgrammeId,
        *,
        person: PersonId,
        teams: tuple[TeamId, ...] = (),
        from_: datetime | None = None,
        until: datetime | None = None,
        by: Caller,
    ) -> None:
        super().__init__(by, boundary=[Selector(types=[TeamFormed], tags=[programme])])
        self.programme, self.person, self.teams, self.from_, self.until = programme, person, teams, from_, until
        self.programme_state = ProgrammeState(programme)
        self.roles = ProgrammeRoles(self.rights, programme, person)
        self.formed: set[TeamId] = set()

    @applies(TeamFormed)
    def _(self, team: TeamId, programme: ProgrammeId) -> None:
        if programme == self.programme:
            self.formed.add(team)

    def execute(self) -> None:
        self.programme_state.require_programme()
        self.rights.require_manager(self.programme)
        self.roles.require_free(self.person)
        if foreign := [number for number, one in enumerate(self.teams) if one not in self.formed]:
            raise NoSuchTeam(field=f"team_ids.{foreign[0]}")
        if self.from_ is not None and self.until is not None and self.until <= self.from_:
            raise WrongOrder(field="until")
        self.record(
            FacilitatorAssigned(
                programme=self.programme, person=self.person, teams=self.teams, from_=self.from_, until=self.until
            )
        )


class ReplaceFacilitator(CallerCommand):
    """Replace a facilitator, with a reason (rules 23, 25).

    `replacement` gets the same teams until the same time; None: nobody yet.
    """

    def __init__(
        self, programme: ProgrammeId, *, person: PersonId, replacement: PersonId | None = None, by: Caller
    ) -> None:
        super().__init__(by)
        self.programme, self.person, self.replacement = programme, person, replacement
        self.programme_state = ProgrammeState(programme)
        people = (person,) if replacement is None else (person, replacement)
        self.roles = ProgrammeRoles(self.rights, programme, *people)

    def execute(self) -> None:
        self.programme_state.require_programme()
        self.rights.require_manager(self.programme)
        assigned = self.roles.require_replaceable(self.person)
        self.require_reason()
        if self.replacement is not None:
            self.roles.require_free(self.replacement)
        self.record(FacilitatorReplaced(programme=self.programme, person=self.person, replacement=self.replacement))
        if self.replacement is not None:
            self.record(replace(assigned, person=self.replacement))


class AppointManager(CallerCommand):
    """Appoint another manager of the programme (rule 25)."""

    def __init__(self, programme: ProgrammeId, *, person: PersonId, by: Caller) -> None:
        super().__init__(by)
        self.programme, self.person = programme, person
        self.programme_state = ProgrammeState(programme)
        self.roles = ProgrammeRoles(self.rights, programme, person)

    def execute(self) -> None:
        self.programme_state.require_programme()
        self.rights.require_manager(self.programme)
        self.roles.require_free(self.person)
        self.record(ManagerAppointed(programme=self.programme, person=self.person))
