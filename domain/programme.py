"""A development programme: what it is, when its phases are, who takes part."""

from datetime import date, datetime

from msgspec import Struct

from domain.foundation import (
    Caller,
    Code,
    Fact,
    Label,
    Nobody,
    NotAllowed,
    NotFound,
    OrganisationId,
    PersonId,
    ProgrammeId,
    Refusal,
    Selector,
    TeamId,
    Text,
    learns,
)
from domain.people import OrganisationRegistered, PersonRegistered, SettingUp, UnknownOrganisation, UnknownPerson
from domain.roles import (
    ROLE_FACTS,
    Acting,
    FacilitatorAssigned,
    ManagerAppointed,
    ParticipantEnrolled,
    ParticipantWithdrew,
)


class Policies(Struct, frozen=True, forbid_unknown_fields=True):
    """What a programme may set for itself (rules 10 and 12, timers)."""

    min_team: int = 4
    max_team: int = 8
    sessions: int = 3
    response_weeks: int = 6
    retention_years: int = 5


class Topic(Struct, frozen=True, forbid_unknown_fields=True):
    """A topic of the curriculum: a key for agendas, a public title."""

    key: Code
    title: Label


SEED_TOPICS = (
    Topic(Code("team_formation"), Label("Teamvorming")),
    Topic(Code("networking"), Label("Netwerken")),
    Topic(Code("presenting"), Label("Presenteren")),
    Topic(Code("change"), Label("Basisprincipes van veranderkunde")),
    Topic(Code("influence"), Label("Effectieve beïnvloeding van stakeholders")),
    Topic(Code("techniques"), Label("Nieuwste technieken")),
)

# Facts


class ProgrammeOpened(Fact, frozen=True, kw_only=True):
    """A programme began to exist."""

    TOPIC = "programme.opened"
    CONCERNS = ("programme",)
    AUDIENCE = Nobody(because="an organisation is told of its own challenges and people")
    AUDIT = Text(
        en="{name}, edition {edition}, was opened.",
        nl="{name}, editie {edition}, werd geopend.",
    )

    programme: ProgrammeId
    name: Label
    edition: Label
    timezone: Code
    languages: tuple[Code, ...]
    starts_on: date | None
    ends_on: date | None
    policies: Policies


class CurriculumSet(Fact, frozen=True, kw_only=True):
    """The topics that the sessions cover."""

    TOPIC = "programme.curriculum_set"
    CONCERNS = ("programme",)
    AUDIENCE = Nobody(because="the curriculum is the programme's own")
    AUDIT = Text(en="The curriculum has {topics:count} topics.", nl="De leergang telt {topics:count} onderwerpen.")

    programme: ProgrammeId
    topics: tuple[Topic, ...]


class PhasePlanned(Fact, frozen=True, kw_only=True):
    """Until when challenges and preferences are taken in; a moment that is None stays as it was."""

    TOPIC = "programme.phase_planned"
    CONCERNS = ("programme",)
    AUDIENCE = Nobody(because="the planning is the programme's own")
    AUDIT = Text(en="The phases were planned.", nl="De fasen werden gepland.")

    programme: ProgrammeId
    intake_closes_at: datetime | None
    preferences_close_at: datetime | None


class ModulePlanned(Fact, frozen=True, kw_only=True):
    """A module of the programme has its dates."""

    TOPIC = "programme.module_planned"
    CONCERNS = ("programme",)
    AUDIENCE = Nobody(because="the planning is the programme's own")
    AUDIT = Text(
        en="Module {number}, {title}, runs from {starts_on} to {ends_on}.",
        nl="Module {number}, {title}, loopt van {starts_on} tot en met {ends_on}.",
    )

    programme: ProgrammeId
    number: int
    title: Label
    starts_on: date
    ends_on: date


# Refusals


class OneRole(Refusal):
    """Rule 25: in one programme a person is participant, facilitator or manager, one of them."""

    CODE = "one-role"
    TEXT = Text(
        en="In one programme a person is participant, facilitator or manager: this person has a role already.",
        nl="In één leergang is iemand deelnemer, begeleider of programmamanager: deze persoon heeft al een rol.",
    )


class WrongOrder(Refusal):
    """What begins ends later."""

    CODE = "wrong-order"
    STATUS = 422
    TEXT = Text(en="The end lies before the beginning.", nl="Het einde ligt voor het begin.")


class TeamBounds(Refusal):
    """Rule 10: team size 4–8, minimum configurable to 3."""

    CODE = "team-bounds"
    STATUS = 422
    TEXT = Text(
        en="The smallest team has 3 members or more, and the largest is no smaller.",
        nl="Het kleinste team heeft minstens 3 leden en het grootste is niet kleiner.",
    )


# Commands


class OpenProgramme(SettingUp):
    """Open a programme; who opens it manages it."""

    def __init__(
        self,
        programme: ProgrammeId,
        *,
        name: Label,
        edition: Label,
        timezone: Code,
        starts_on: date | None = None,
        ends_on: date | None = None,
        policies: Policies | None = None,
        by: Caller,
    ) -> None:
        super().__init__()
        self.programme, self.name, self.edition, self.timezone, self.by = programme, name, edition, timezone, by
        self.starts_on, self.ends_on, self.policies = starts_on, ends_on, policies or Policies()

    def execute(self) -> None:
        self.require_token()
        if self.by.role != "manager":
            raise NotAllowed
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            raise WrongOrder(field="ends_on")
        if not 3 <= self.policies.min_team <= self.policies.max_team:  # noqa: PLR2004  rule 10
            raise TeamBounds(field="policies.min_team")
        self.record(
            ProgrammeOpened(
                programme=self.programme,
                name=self.name,
                edition=self.edition,
                timezone=self.timezone,
                languages=(Code("nl"), Code("en")),
                starts_on=self.starts_on,
                ends_on=self.ends_on,
                policies=self.policies,
            )
        )
        if self.by.person is not None:
            self.record(ManagerAppointed(programme=self.programme, person=self.by.person))


class InProgramme(Acting):
    """What every command inside a programme knows about it."""

    programme: ProgrammeId
    opened: ProgrammeOpened | None = None

    def consistency_boundary(self) -> list[Selector]:
        return [*super().consistency_boundary(), Selector(types=[ProgrammeOpened], tags=[self.programme])]

    @learns(ProgrammeOpened)
    def _(self, fact: ProgrammeOpened) -> None:
        if fact.programme == self.programme:
            self.opened = fact

    def require_programme(self) -> ProgrammeOpened:
        """Raises `NotFound` where there is none."""
        if self.opened is None:
            raise NotFound
        return self.opened


class SetCurriculum(InProgramme):
    """Say which topics the sessions cover."""

    def __init__(self, programme: ProgrammeId, *, topics: tuple[Topic, ...], by: Caller) -> None:
        super().__init__()
        self.programme, self.topics, self.by = programme, topics, by

    def execute(self) -> None:
        self.require_programme()
        self.require_manager(self.programme)
        self.record(CurriculumSet(programme=self.programme, topics=self.topics))


class PlanPhase(InProgramme):
    """Say until when challenges and preferences are taken in."""

    def __init__(
        self,
        programme: ProgrammeId,
        *,
        intake_closes_at: datetime | None = None,
        preferences_close_at: datetime | None = None,
        by: Caller,
    ) -> None:
        super().__init__()
        self.programme, self.by = programme, by
        self.intake_closes_at, self.preferences_close_at = intake_closes_at, preferences_close_at

    def execute(self) -> None:
        self.require_programme()
        self.require_manager(self.programme)
        self.record(
            PhasePlanned(
                programme=self.programme,
                intake_closes_at=self.intake_closes_at,
                preferences_close_at=self.preferences_close_at,
            )
        )


class PlanModule(InProgramme):
    """Give a module its dates."""

    def __init__(
        self, programme: ProgrammeId, *, number: int, title: Label, starts_on: date, ends_on: date, by: Caller
    ) -> None:
        super().__init__()
        self.programme, self.number, self.title, self.by = programme, number, title, by
        self.starts_on, self.ends_on = starts_on, ends_on

    def execute(self) -> None:
        self.require_programme()
        self.require_manager(self.programme)
        if self.ends_on < self.starts_on:
            raise WrongOrder(field="ends_on")
        self.record(
            ModulePlanned(
                programme=self.programme,
                number=self.number,
                title=self.title,
                starts_on=self.starts_on,
                ends_on=self.ends_on,
            )
        )


class GivingARole(InProgramme):
    """What a command knows that gives a person a role in a programme."""

    person: PersonId
    known_person: bool = False

    def consistency_boundary(self) -> list[Selector]:
        return [
            *super().consistency_boundary(),
            Selector(types=[PersonRegistered], tags=[self.person]),
            Selector(types=ROLE_FACTS, tags=[self.person, self.programme]),
        ]

    @learns(PersonRegistered)
    def _(self, person: PersonId) -> None:
        self.known_person |= person == self.person

    def require_free_person(self) -> None:
        """Raises `UnknownPerson`, or `OneRole` (rule 25)."""
        if not self.known_person:
            raise UnknownPerson(field="person_id")
        here = (self.person, self.programme)
        if here in self.participants or here in self.facilitators or here in self.managers:
            raise OneRole(field="person_id")


class EnrolParticipant(GivingARole):
    """Let a person take part, sent by an organisation or on their own account."""

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

    @learns(OrganisationRegistered)
    def _(self, organisation: OrganisationId) -> None:
        self.known_organisation |= organisation == self.organisation

    def execute(self) -> None:
        self.require_programme()
        self.require_facilitator(self.programme)
        self.require_free_person()
        if self.organisation is not None and not self.known_organisation:
            raise UnknownOrganisation(field="organisation_id")
        self.record(ParticipantEnrolled(programme=self.programme, person=self.person, organisation=self.organisation))


class WithdrawParticipant(GivingARole):
    """Let a participant go. Their work stays (rule 10)."""

    def __init__(self, programme: ProgrammeId, *, person: PersonId, by: Caller) -> None:
        super().__init__()
        self.programme, self.person, self.by = programme, person, by

    def execute(self) -> None:
        self.require_programme()
        self.require_facilitator(self.programme)
        if (self.person, self.programme) not in self.participants:
            raise NotFound
        self.require_reason()
        organisation = self.participants[self.person, self.programme]
        self.record(ParticipantWithdrew(programme=self.programme, person=self.person, organisation=organisation))


class AssignFacilitator(GivingARole):
    """Let a person guide the programme's teams."""

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

    def execute(self) -> None:
        self.require_programme()
        self.require_manager(self.programme)
        self.require_free_person()
        self.record(
            FacilitatorAssigned(
                programme=self.programme, person=self.person, teams=self.teams, from_=self.from_, until=self.until
            )
        )
