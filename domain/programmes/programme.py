"""A development programme: what it is, when its phases are, whether it is over.

Who takes part, guides and manages is in `enrolment.py`, its end in `concluding.py`.
"""

from datetime import date, datetime

from msgspec.structs import replace

from domain.calculations.assignment import LARGEST_TEAM, SMALLEST_TEAM
from domain.events.programme import (
    PROGRAMME_EVENTS,
    CurriculumSet,
    ModulePlanned,
    PhasePlanned,
    Policies,
    ProgrammeConcluded,
    ProgrammeOpened,
    ProgrammeRevised,
    Topic,
)
from domain.events.roles import ManagerAppointed
from domain.foundation import (
    AsIs,
    Caller,
    Code,
    Key,
    Label,
    NotAllowed,
    NotFound,
    ProgrammeId,
    Refusal,
    Selector,
    Text,
    ZoneName,
    applies,
)
from domain.people.people import SettingUp
from domain.people.rights import Acting

SEED_TOPICS = (
    Topic(Key("team_formation"), Label("Teamvorming")),
    Topic(Key("networking"), Label("Netwerken")),
    Topic(Key("presenting"), Label("Presenteren")),
    Topic(Key("change"), Label("Basisprincipes van veranderkunde")),
    Topic(Key("influence"), Label("Effectieve beïnvloeding van stakeholders")),
    Topic(Key("techniques"), Label("Nieuwste technieken")),
)


# Refusals


class ProgrammeOver(Refusal):
    """What belongs to a programme's working time ends with it; its follow-up, and the winding up of what was planned, go on."""

    CODE = "programme-concluded"
    TEXT = Text(
        en="This programme was concluded: only its follow-up goes on.",
        nl="Deze leergang is afgesloten: alleen de opvolging gaat door.",
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


def require_sound(starts_on: date | None, ends_on: date | None, policies: Policies) -> None:
    """Raises `WrongOrder` or `TeamBounds`."""
    if starts_on and ends_on and ends_on < starts_on:
        raise WrongOrder(field="ends_on")
    if not SMALLEST_TEAM <= policies.min_team <= policies.max_team <= LARGEST_TEAM:
        raise TeamBounds(field="policies.min_team")


# Commands


class OpenProgramme(SettingUp):
    """Open a programme; who opens it manages it. Not with a token that is limited to others (rule 28)."""

    def __init__(
        self,
        programme: ProgrammeId,
        *,
        name: Label,
        edition: Label,
        timezone: ZoneName,
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
        if self.by.role != "manager" or self.is_limited:
            raise NotAllowed
        require_sound(self.starts_on, self.ends_on, self.policies)
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


class KnowingConclusions(Acting):
    """Which programmes were concluded, of those that a command reads of."""

    concluded: frozenset[ProgrammeId] = frozenset()

    @applies(ProgrammeConcluded)
    def _(self, programme: ProgrammeId) -> None:
        self.concluded |= {programme}

    def require_working_time(self, programme: ProgrammeId) -> None:
        """Raises `ProgrammeOver`; asked after the caller's right, since who may not know of it learns nothing."""
        if programme in self.concluded:
            raise ProgrammeOver


class InProgramme(KnowingConclusions):
    """What every command inside a programme knows about it. `opened`: as it is now, whatever was revised since."""

    programme: ProgrammeId
    opened: ProgrammeOpened | None = None

    def consistency_boundary(self) -> list[Selector]:
        return [*super().consistency_boundary(), Selector(types=PROGRAMME_EVENTS, tags=[self.programme])]

    @applies(ProgrammeOpened)
    def _(self, event: ProgrammeOpened) -> None:
        if event.programme == self.programme:
            self.opened = event

    @applies(ProgrammeRevised)
    def _(self, event: ProgrammeRevised) -> None:
        if event.programme == self.programme and self.opened is not None:
            self.opened = replace(
                self.opened,
                name=event.name,
                edition=event.edition,
                timezone=event.timezone,
                starts_on=event.starts_on,
                ends_on=event.ends_on,
                policies=event.policies,
            )

    def require_programme(self) -> ProgrammeOpened:
        """The programme as it is now. Raises `NotFound` where there is none."""
        if self.opened is None:
            raise NotFound
        return self.opened

    def require_not_concluded(self) -> None:
        """Raises `ProgrammeOver`; asked after the caller's right."""
        self.require_working_time(self.programme)


class ReviseProgramme(InProgramme):
    """Call, date or rule a programme otherwise; what is None stays as it is, and so do teams that there are (rule 10)."""

    def __init__(
        self,
        programme: ProgrammeId,
        *,
        name: Label,
        edition: Label,
        timezone: ZoneName | None = None,
        starts_on: date | None = None,
        ends_on: date | None = None,
        policies: Policies | None = None,
        by: Caller,
    ) -> None:
        super().__init__()
        self.programme, self.name, self.edition, self.timezone, self.by = programme, name, edition, timezone, by
        self.starts_on, self.ends_on, self.policies = starts_on, ends_on, policies

    def execute(self) -> None:
        was = self.require_programme()
        self.require_manager(self.programme)
        revised = ProgrammeRevised(
            programme=self.programme,
            name=self.name,
            edition=self.edition,
            timezone=self.timezone or was.timezone,
            starts_on=self.starts_on or was.starts_on,
            ends_on=self.ends_on or was.ends_on,
            policies=self.policies or was.policies,
        )
        require_sound(revised.starts_on, revised.ends_on, revised.policies)
        if all(getattr(was, one) == getattr(revised, one) for one in revised.__struct_fields__):
            raise AsIs
        self.record(revised)


class SetCurriculum(InProgramme):
    """Say which topics the sessions cover."""

    def __init__(self, programme: ProgrammeId, *, topics: tuple[Topic, ...], by: Caller) -> None:
        super().__init__()
        self.programme, self.topics, self.by = programme, topics, by

    def execute(self) -> None:
        self.require_programme()
        self.require_manager(self.programme)
        self.require_not_concluded()
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
        self.require_not_concluded()
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
        self.require_not_concluded()
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
