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
    """What a programme may set for itself (rules 10 and 12, timers)."""

    min_team: int = 4
    max_team: int = 8
    sessions: int = 3
    response_weeks: int = 6
    retention_years: int = 5


class Topic(Struct, frozen=True, forbid_unknown_fields=True):
    """A topic of the curriculum: a key for agendas, a public title."""

    key: Key
    title: Label


class ProgrammeOpened(Event, frozen=True, kw_only=True):
    """A programme began to exist."""

    TOPIC = "programme.opened"
    TAGS = ("programme",)
    AUDIENCE = Nobody(because="an organisation is told of its own challenges and people")
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
    """A programme is called, dated or ruled otherwise from here on: all of it as it is now."""

    TOPIC = "programme.revised"
    TAGS = ("programme",)
    AUDIENCE = Nobody(because="an organisation is told of its own challenges and people")
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
    """The topics that the sessions cover."""

    TOPIC = "programme.curriculum_set"
    TAGS = ("programme",)
    AUDIENCE = Nobody(because="the curriculum is the programme's own")
    SUMMARY = Text(
        en="The curriculum has {topics:# topic|# topics}.", nl="De leergang telt {topics:# onderwerp|# onderwerpen}."
    )

    programme: ProgrammeId
    topics: tuple[Topic, ...]


class PhasePlanned(Event, frozen=True, kw_only=True):
    """Until when challenges and preferences are taken in; a moment that is None stays as it was."""

    TOPIC = "programme.phase_planned"
    TAGS = ("programme",)
    AUDIENCE = Nobody(because="the planning is the programme's own")
    SUMMARY = Text(en="The phases were planned.", nl="De fasen werden gepland.")

    programme: ProgrammeId
    intake_closes_at: datetime | None
    preferences_close_at: datetime | None


class ModulePlanned(Event, frozen=True, kw_only=True):
    """A module of the programme has its dates."""

    TOPIC = "programme.module_planned"
    TAGS = ("programme",)
    AUDIENCE = Nobody(because="the planning is the programme's own")
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
    """A programme came to its end, and its `teams` with it; what commissioners took on goes on.

    A reason is on record where teams had not delivered their advice yet. `members`: who was in those teams; `trips` and
    `challenges`: all of the programme; so that whatever is about one of them is known to be over.
    """

    TOPIC = "programme.concluded"
    VERSION = 2
    TAGS = ("programme", "teams", "members", "trips", "challenges")
    AUDIENCE = Nobody(because="an organisation is told of its own challenges and people")
    SUMMARY = Text(en="The programme was concluded.", nl="De leergang werd afgesloten.")

    programme: ProgrammeId
    teams: tuple[TeamId, ...]
    members: tuple[PersonId, ...] = ()
    trips: tuple[TripId, ...] = ()
    challenges: tuple[ChallengeId, ...] = ()


PROGRAMME_EVENTS: list[type[Event]] = [ProgrammeOpened, ProgrammeRevised, ProgrammeConcluded]
"""The events that say what a programme is, and whether it is over."""
