"""Who takes part in a programme, guides and manages it: how people get these roles, and lose them (rule 25)."""

from datetime import datetime

from msgspec.structs import replace

from domain.events.people import OrganisationRegistered, PersonRegistered
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
from domain.people.people import UnknownOrganisation, UnknownPerson
from domain.programmes.programme import InProgramme, WrongOrder
from domain.teams.membership import NoSuchTeam
from domain.teams.team import TeamWork

# Refusals


class OneRole(Refusal):
    """Rule 25: in one programme a person is participant, facilitator or manager, one of them."""

    CODE = "one-role"
    TEXT = Text(
        en="In one programme a person is participant, facilitator or manager: this person has a role already.",
        nl="In één leergang is iemand deelnemer, begeleider of programmamanager: deze persoon heeft al een rol.",
    )


class NobodyToReplace(Refusal):
    """Rule 23: replaced is who guides; who does not, or was replaced before, has no place to give up."""

    CODE = "nobody-to-replace"
    TEXT = Text(en="This person does not guide this programme.", nl="Deze persoon begeleidt deze leergang niet.")


# What is known


class OnRole(InProgramme):
    """What a command knows that gives a person a role in a programme, or takes it."""

    person: PersonId

    def __init__(self) -> None:
        super().__init__()
        self.known_people: set[PersonId] = set()

    @property
    def people(self) -> tuple[PersonId, ...]:
        """Whose roles are at stake."""
        return (self.person,)

    def consistency_boundary(self) -> list[Selector]:
        return [
            *super().consistency_boundary(),
            *(Selector(types=[PersonRegistered], tags=[one]) for one in self.people),
            *(Selector(types=ROLE_EVENTS, tags=[one, self.programme]) for one in self.people),
        ]

    @applies(PersonRegistered)
    def _(self, person: PersonId) -> None:
        self.known_people.add(person)

    def require_free(self, person: PersonId) -> None:
        """Raises `UnknownPerson`, or `OneRole` (rule 25)."""
        if person not in self.known_people:
            raise UnknownPerson(field="person_id")
        here = (person, self.programme)
        if here in self.participants or here in self.facilitators or here in self.managers:
            raise OneRole(field="person_id")

    def require_participant(self) -> OrganisationId | None:
        """For whom the person takes part. Raises `NotFound` where they do not."""
        if (self.person, self.programme) not in self.participants:
            raise NotFound
        return self.participants[self.person, self.programme]


class TakingPart(OnRole):
    """What a command knows that says for which organisation a person takes part; None: on their own account."""

    known_organisation: bool = False

    def __init__(
        self, programme: ProgrammeId, *, person: PersonId, organisation: OrganisationId | None, by: Caller
    ) -> None:
        super().__init__()
        self.programme, self.person, self.organisation, self.by = programme, person, organisation, by

    def consistency_boundary(self) -> list[Selector]:
        theirs = (
            [] if self.organisation is None else [Selector(types=[OrganisationRegistered], tags=[self.organisation])]
        )
        return [*super().consistency_boundary(), *theirs]

    @applies(OrganisationRegistered)
    def _(self, organisation: OrganisationId) -> None:
        self.known_organisation |= organisation == self.organisation

    def require_organisation(self) -> None:
        """Raises `UnknownOrganisation`."""
        if self.organisation is not None and not self.known_organisation:
            raise UnknownOrganisation(field="organisation_id")


# Participants


class EnrolParticipant(TakingPart):
    """Let a person take part, sent by an organisation or on their own account; who left may come back (rule 25)."""

    def execute(self) -> None:
        self.require_programme()
        self.require_facilitator(self.programme)
        self.require_not_concluded()
        self.require_free(self.person)
        self.require_organisation()
        self.record(ParticipantEnrolled(programme=self.programme, person=self.person, organisation=self.organisation))


class MoveParticipant(TakingPart):
    """Let a participant go on for another organisation, or on their own account."""

    def execute(self) -> None:
        self.require_facilitator(self.programme)
        self.require_not_concluded()
        previous = self.require_participant()
        self.require_organisation()
        if self.organisation == previous:
            raise AsIs
        self.record(
            ParticipantMoved(
                programme=self.programme, person=self.person, organisation=self.organisation, previous=previous
            )
        )


class WithdrawParticipant(OnRole, TeamWork):
    """Let a participant go, and out of their CoP; their work stays (rule 10)."""

    def __init__(self, programme: ProgrammeId, *, person: PersonId, by: Caller) -> None:
        super().__init__()
        self.programme, self.person, self.by = programme, person, by

    def consistency_boundary(self) -> list[Selector]:
        # All teams of the programme: for whom a team works now is said by events that do not concern its members.
        return [*super().consistency_boundary(), Selector(types=TEAM_EVENTS, tags=[self.programme])]

    def execute(self) -> None:
        self.require_facilitator(self.programme)
        self.require_not_concluded()
        organisation = self.require_participant()
        self.require_reason()
        self.record(ParticipantWithdrew(programme=self.programme, person=self.person, organisation=organisation))
        for team in self._teams():
            self.record(
                MemberLeft(
                    team=team,
                    programme=self.programme,
                    organisation=self.teams[team].organisation,
                    person=self.person,
                )
            )

    def _teams(self) -> list[TeamId]:
        return sorted(
            team
            for team, formed in self.teams.items()
            if formed.programme == self.programme and self.person in self.members[team]
        )


# Facilitators and managers


class AssignFacilitator(OnRole):
    """Let a person guide the programme's teams, or those named, between two moments if they are set (rule 25)."""

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
        super().__init__()
        self.programme, self.person, self.teams, self.by = programme, person, teams, by
        self.from_, self.until = from_, until
        self.formed: set[TeamId] = set()

    def consistency_boundary(self) -> list[Selector]:
        return [*super().consistency_boundary(), Selector(types=[TeamFormed], tags=[self.programme])]

    @applies(TeamFormed)
    def _(self, team: TeamId) -> None:
        self.formed.add(team)

    def execute(self) -> None:
        self.require_programme()
        self.require_manager(self.programme)
        self.require_free(self.person)
        if foreign := [number for number, one in enumerate(self.teams) if one not in self.formed]:
            raise NoSuchTeam(field=f"team_ids.{foreign[0]}")
        if self.from_ is not None and self.until is not None and self.until <= self.from_:
            raise WrongOrder(field="until")
        self.record(
            FacilitatorAssigned(
                programme=self.programme, person=self.person, teams=self.teams, from_=self.from_, until=self.until
            )
        )


class ReplaceFacilitator(OnRole):
    """Let a facilitator go, with a reason, and another guide the same teams as long (rules 23, 25); None: nobody yet."""

    def __init__(
        self, programme: ProgrammeId, *, person: PersonId, replacement: PersonId | None = None, by: Caller
    ) -> None:
        super().__init__()
        self.programme, self.person, self.replacement, self.by = programme, person, replacement, by

    @property
    def people(self) -> tuple[PersonId, ...]:
        return (self.person,) if self.replacement is None else (self.person, self.replacement)

    def execute(self) -> None:
        self.require_programme()
        self.require_manager(self.programme)
        assigned = self.facilitators.get((self.person, self.programme))
        if assigned is None:
            raise NobodyToReplace
        self.require_reason()
        if self.replacement is not None:
            self.require_free(self.replacement)
        self.record(FacilitatorReplaced(programme=self.programme, person=self.person, replacement=self.replacement))
        if self.replacement is not None:
            self.record(replace(assigned, person=self.replacement))


class AppointManager(OnRole):
    """Let another person manage the programme too (rule 25)."""

    def __init__(self, programme: ProgrammeId, *, person: PersonId, by: Caller) -> None:
        super().__init__()
        self.programme, self.person, self.by = programme, person, by

    def execute(self) -> None:
        self.require_programme()
        self.require_manager(self.programme)
        self.require_free(self.person)
        self.record(ManagerAppointed(programme=self.programme, person=self.person))
