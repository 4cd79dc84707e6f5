"""Events of a programme: opened, revised, its curriculum and phases, concluded."""

from datetime import date, datetime

from msgspec import Struct

from domain.foundation import (
    ChallengeId,
    Code,
    Event,
    Key,
    Label,
    Nobody,
    PersonId,
    ProgrammeId,
    TeamId,
    Text,
    TripId,
    ZoneName,
)


class Policies(Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of a programme (rules 10 and 12, timers): sizes of teams in people, sessions, weeks, years."""

    min_team: int = 4
    max_team: int = 8
    sessions: int = 3
    response_weeks: int = 6
    retention_years: int = 5


class Topic(Struct, frozen=True, forbid_unknown_fields=True):
    """A topic of the curriculum: its key for agendas, and its public title."""

    key: Key
    title: Label


class ProgrammeOpened(Event, frozen=True, kw_only=True):
    """A programme was opened."""

    TOPIC = "programme.opened"
    TAGS = ("programme",)
    AUDIENCE = Nobody(because="an organisation can only see events about its own challenges and people")
    REACH = "programme"
    SUMMARY = Text(
        en="{name}, edition {edition}, was opened.",
        nl="{name}, editie {edition}, werd geopend.",
    )

    programme: ProgrammeId
    name: Label
    edition: Label
    timezone: ZoneName
    languages: tuple[Code, ...]
    starts_on: date | None
    ends_on: date | None
    policies: Policies


class ProgrammeRevised(Event, frozen=True, kw_only=True):
    """The name, dates or policies of a programme changed. The event has all of them as they are now."""

    TOPIC = "programme.revised"
    TAGS = ("programme",)
    AUDIENCE = Nobody(because="an organisation can only see events about its own challenges and people")
    REACH = "programme"
    SUMMARY = Text(
        en="{name}, edition {edition}, was revised.",
        nl="{name}, editie {edition}, werd gewijzigd.",
    )

    programme: ProgrammeId
    name: Label
    edition: Label
    timezone: ZoneName
    starts_on: date | None
    ends_on: date | None
    policies: Policies


class CurriculumSet(Event, frozen=True, kw_only=True):
    """The curriculum was set: the topics that the sessions cover."""

    TOPIC = "programme.curriculum_set"
    TAGS = ("programme",)
    AUDIENCE = Nobody(because="the curriculum is the programme's own")
    REACH = "programme"
    SUMMARY = Text(
        en="The curriculum has {topics:# topic|# topics}.", nl="Het curriculum telt {topics:# onderwerp|# onderwerpen}."
    )

    programme: ProgrammeId
    topics: tuple[Topic, ...]


class PhasePlanned(Event, frozen=True, kw_only=True):
    """The deadlines for challenges and preferences were set. None: this one did not change."""

    TOPIC = "programme.phase_planned"
    TAGS = ("programme",)
    AUDIENCE = Nobody(because="the planning is the programme's own")
    REACH = "programme"
    SUMMARY = Text(en="The phases were planned.", nl="De fasen werden gepland.")

    programme: ProgrammeId
    intake_closes_at: datetime | None
    preferences_close_at: datetime | None


class ModulePlanned(Event, frozen=True, kw_only=True):
    """A module of the programme got its dates."""

    TOPIC = "programme.module_planned"
    TAGS = ("programme",)
    AUDIENCE = Nobody(because="the planning is the programme's own")
    REACH = "programme"
    SUMMARY = Text(
        en="Module {number}, {title}, runs from {starts_on} to {ends_on}.",
        nl="Module {number}, {title}, loopt van {starts_on} tot en met {ends_on}.",
    )

    programme: ProgrammeId
    number: int
    title: Label
    starts_on: date
    ends_on: date


class ProgrammeConcluded(Event, frozen=True, kw_only=True):
    """A programme was concluded, and its `teams` with it; the follow-up of their advice continues.

    There is a reason if teams had not delivered their advice yet. `members`: those of the teams. `trips` and `challenges`: all of
    the programme, so that a command on one of them finds the conclusion.
    """

    TOPIC = "programme.concluded"
    VERSION = 2
    TAGS = ("programme", "teams", "members", "trips", "challenges")
    AUDIENCE = Nobody(because="an organisation can only see events about its own challenges and people")
    REACH = "programme"
    SUMMARY = Text(en="The programme was concluded.", nl="De leergang werd afgesloten.")

    programme: ProgrammeId
    teams: tuple[TeamId, ...]
    members: tuple[PersonId, ...] = ()
    trips: tuple[TripId, ...] = ()
    challenges: tuple[ChallengeId, ...] = ()


PROGRAMME_EVENTS: list[type[Event]] = [ProgrammeOpened, ProgrammeRevised, ProgrammeConcluded]
"""The events that change a programme itself, or conclude it."""
