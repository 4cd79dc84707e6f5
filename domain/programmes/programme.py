"""Development programmes: their state, and the commands that open, revise and plan them.

Roles in a programme are in `teams/enrolment.py`, its conclusion in `spanning/concluding.py`.
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
    Knowledge,
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
from domain.people.rights import CallerCommand

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
    """The work of a programme ends with it; its follow-up, and the winding up of what was planned, go on."""

    CODE = "programme-concluded"
    TEXT = Text(
        en="This programme has been concluded: only its follow-up goes on.",
        nl="Deze leergang is afgesloten: alleen de opvolging gaat door.",
    )


class WrongOrder(Refusal):
    """A beginning is before its end."""

    CODE = "wrong-order"
    STATUS = 422
    TEXT = Text(en="The end is before the beginning.", nl="Het einde ligt voor het begin.")


class TeamBounds(Refusal):
    """Rule 10: team size 4–8, minimum configurable to 3."""

    CODE = "team-bounds"
    STATUS = 422
    TEXT = Text(
        en="The minimum team size is at least 3, and the maximum is not lower than the minimum.",
        nl="De kleinste teamgrootte is minstens 3, en de grootste is niet kleiner dan de kleinste.",
    )


def require_sound(starts_on: date | None, ends_on: date | None, policies: Policies) -> None:
    """Raises `WrongOrder` or `TeamBounds`."""
    if starts_on and ends_on and ends_on < starts_on:
        raise WrongOrder(field="ends_on")
    if not SMALLEST_TEAM <= policies.min_team <= policies.max_team <= LARGEST_TEAM:
        raise TeamBounds(field="policies.min_team")


# Knowledge


class Conclusions(Knowledge):
    """The programmes that were concluded, of those whose events are loaded."""

    def __init__(self, *boundary: Selector) -> None:
        super().__init__(*boundary)
        self.concluded: set[ProgrammeId] = set()

    @applies(ProgrammeConcluded)
    def _(self, programme: ProgrammeId) -> None:
        self.concluded.add(programme)

    def require_not_concluded(self, programme: ProgrammeId) -> None:
        """Raises `ProgrammeOver`. Check the caller's right first: a caller who may not know of it must not find out here."""
        if programme in self.concluded:
            raise ProgrammeOver


class ProgrammeState(Conclusions):
    """A programme as it is now: name, dates and policies, and whether it was concluded."""

    def __init__(self, programme: ProgrammeId) -> None:
        super().__init__(Selector(types=PROGRAMME_EVENTS, tags=[programme]))
        self.programme = programme
        self.opened: ProgrammeOpened | None = None

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
        """Return the programme as it is now. Raises `NotFound` if there is none."""
        if self.opened is None:
            raise NotFound
        return self.opened


# Commands


class OpenProgramme(CallerCommand):
    """Open a programme; the caller becomes its manager. Not with a token that is limited to other programmes (rule 28)."""

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
        super().__init__(by)
        self.programme, self.name, self.edition, self.timezone = programme, name, edition, timezone
        self.starts_on, self.ends_on, self.policies = starts_on, ends_on, policies or Policies()

    def execute(self) -> None:
        self.rights.require_token()
        if self.by.role != "manager" or self.rights.is_limited:
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


class ReviseProgramme(CallerCommand):
    """Change name, dates or policies of a programme; None: no change. Existing teams stay as they are (rule 10)."""

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
        super().__init__(by)
        self.programme, self.name, self.edition, self.timezone = programme, name, edition, timezone
        self.starts_on, self.ends_on, self.policies = starts_on, ends_on, policies
        self.programme_state = ProgrammeState(programme)

    def execute(self) -> None:
        was = self.programme_state.require_programme()
        self.rights.require_manager(self.programme)
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


class SetCurriculum(CallerCommand):
    """Set the topics that the sessions cover."""

    def __init__(self, programme: ProgrammeId, *, topics: tuple[Topic, ...], by: Caller) -> None:
        super().__init__(by)
        self.programme, self.topics = programme, topics
        self.programme_state = ProgrammeState(programme)

    def execute(self) -> None:
        self.programme_state.require_programme()
        self.rights.require_manager(self.programme)
        self.programme_state.require_not_concluded(self.programme)
        self.record(CurriculumSet(programme=self.programme, topics=self.topics))


class PlanPhase(CallerCommand):
    """Set the times until which challenges and preferences are accepted."""

    def __init__(
        self,
        programme: ProgrammeId,
        *,
        intake_closes_at: datetime | None = None,
        preferences_close_at: datetime | None = None,
        by: Caller,
    ) -> None:
        super().__init__(by)
        self.programme = programme
        self.intake_closes_at, self.preferences_close_at = intake_closes_at, preferences_close_at
        self.programme_state = ProgrammeState(programme)

    def execute(self) -> None:
        self.programme_state.require_programme()
        self.rights.require_manager(self.programme)
        self.programme_state.require_not_concluded(self.programme)
        self.record(
            PhasePlanned(
                programme=self.programme,
                intake_closes_at=self.intake_closes_at,
                preferences_close_at=self.preferences_close_at,
            )
        )


class PlanModule(CallerCommand):
    """Plan a module: its number, title and dates."""

    def __init__(
        self, programme: ProgrammeId, *, number: int, title: Label, starts_on: date, ends_on: date, by: Caller
    ) -> None:
        super().__init__(by)
        self.programme, self.number, self.title = programme, number, title
        self.starts_on, self.ends_on = starts_on, ends_on
        self.programme_state = ProgrammeState(programme)

    def execute(self) -> None:
        self.programme_state.require_programme()
        self.rights.require_manager(self.programme)
        self.programme_state.require_not_concluded(self.programme)
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
