"""Programmes, their participants, facilitators and managers."""

from datetime import date, datetime
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from domain.events.programme import (
    CurriculumSet,
    ModulePlanned,
    PhasePlanned,
    Policies,
    ProgrammeConcluded,
    ProgrammeOpened,
    ProgrammeRevised,
    Topic,
)
from domain.events.roles import (
    FacilitatorAssigned,
    FacilitatorReplaced,
    ManagerAppointed,
    ParticipantEnrolled,
    ParticipantMoved,
    ParticipantWithdrew,
)
from domain.foundation import Label, OrganisationId, PersonId, ProgrammeId, TeamId, ZoneName
from domain.programmes.programme import SEED_TOPICS
from projections.query import ViewQuery
from projections.view import EventMetadata, On, View, ids, one_row


class Module(Struct, frozen=True):
    """A module and its dates. `sequence`: that of iCalendar (rule 15)."""

    number: int
    title: Label
    starts_on: date
    ends_on: date
    sequence: int = 0


class Programme(Struct, frozen=True, kw_only=True, rename=ids("managers")):
    """One row per programme. `intake_sequence`, `preferences_sequence`: those of iCalendar for these deadlines (rule 15)."""

    id: ProgrammeId
    name: Label
    edition: Label
    status: Literal["open", "concluded"]
    timezone: ZoneName
    starts_on: date | None
    ends_on: date | None
    policies: Policies
    curriculum: tuple[Topic, ...]
    modules: tuple[Module, ...]
    managers: tuple[PersonId, ...]
    participants: int
    intake_closes_at: datetime | None
    preferences_close_at: datetime | None
    opened_at: datetime
    concluded_at: datetime | None = None
    intake_sequence: int = 0
    preferences_sequence: int = 0


class Participant(Struct, frozen=True, kw_only=True, rename=ids("person", "programme", "organisation")):
    """One row per person and programme: `person/programme`. `id`: that of the person."""

    id: PersonId
    person: PersonId
    programme: ProgrammeId
    organisation: OrganisationId | None
    status: Literal["active", "withdrew"]
    enrolled_at: datetime


class Facilitator(
    Struct, frozen=True, kw_only=True, rename=ids("person", "programme", "teams", "replacement") | {"from_": "from"}
):
    """One row per person and programme that they facilitate: `person/programme`. No `teams`: all. `id`: that of the person."""

    id: PersonId
    person: PersonId
    programme: ProgrammeId
    status: Literal["assigned", "replaced"] = "assigned"
    teams: tuple[TeamId, ...]
    from_: datetime | None
    until: datetime | None
    replacement: PersonId | None = None
    replaced_at: datetime | None = None


class Manager(Struct, frozen=True, kw_only=True, rename=ids("person", "programme")):
    """A manager of a programme. `id`: that of the person."""

    id: PersonId
    person: PersonId
    programme: ProgrammeId
    status: Literal["appointed"] = "appointed"


def managers_of(row: Programme) -> list[Manager]:
    """The managers of a programme, in order of id."""
    return [Manager(id=one, person=one, programme=row.id) for one in sorted(row.managers)]


def opened(_: Programme | None, event: ProgrammeOpened, at: EventMetadata) -> Programme:
    return Programme(
        id=event.programme,
        name=event.name,
        edition=event.edition,
        status="open",
        timezone=event.timezone,
        starts_on=event.starts_on,
        ends_on=event.ends_on,
        policies=event.policies,
        curriculum=SEED_TOPICS,
        modules=(),
        managers=(),
        participants=0,
        intake_closes_at=None,
        preferences_close_at=None,
        opened_at=at.recorded_at,
    )


def revised(row: Programme, event: ProgrammeRevised, _: EventMetadata) -> Programme:
    return replace(
        row,
        name=event.name,
        edition=event.edition,
        timezone=event.timezone,
        starts_on=event.starts_on,
        ends_on=event.ends_on,
        policies=event.policies,
    )


def concluded(row: Programme, _: ProgrammeConcluded, at: EventMetadata) -> Programme:
    return replace(row, status="concluded", concluded_at=at.recorded_at)


def curriculum_set(row: Programme, event: CurriculumSet, _: EventMetadata) -> Programme:
    return replace(row, curriculum=event.topics)


def phase_planned(row: Programme, event: PhasePlanned, _: EventMetadata) -> Programme:
    intake = event.intake_closes_at or row.intake_closes_at
    preferences = event.preferences_close_at or row.preferences_close_at
    return replace(
        row,
        intake_closes_at=intake,
        preferences_close_at=preferences,
        intake_sequence=row.intake_sequence + (row.intake_closes_at not in {None, intake}),
        preferences_sequence=row.preferences_sequence + (row.preferences_close_at not in {None, preferences}),
    )


def module_planned(row: Programme, event: ModulePlanned, _: EventMetadata) -> Programme:
    others = [one for one in row.modules if one.number != event.number]
    before = next((one for one in row.modules if one.number == event.number), None)
    new = Module(event.number, event.title, event.starts_on, event.ends_on, 0 if before is None else before.sequence)
    if before is not None and before != new:
        new = replace(new, sequence=before.sequence + 1)
    return replace(row, modules=tuple(sorted([*others, new], key=lambda one: one.number)))


def manager_appointed(row: Programme, event: ManagerAppointed, _: EventMetadata) -> Programme:
    return replace(row, managers=tuple(dict.fromkeys([*row.managers, event.person])))


def participant_added(row: Programme, _: ParticipantEnrolled, __: EventMetadata) -> Programme:
    return replace(row, participants=row.participants + 1)


def participant_removed(row: Programme, _: ParticipantWithdrew, __: EventMetadata) -> Programme:
    return replace(row, participants=row.participants - 1)


def enrolled(_: Participant | None, event: ParticipantEnrolled, at: EventMetadata) -> Participant:
    return Participant(
        id=event.person,
        person=event.person,
        programme=event.programme,
        organisation=event.organisation,
        status="active",
        enrolled_at=at.recorded_at,
    )


def moved(row: Participant, event: ParticipantMoved, _: EventMetadata) -> Participant:
    return replace(row, organisation=event.organisation)


def withdrew(row: Participant, _: ParticipantWithdrew, __: EventMetadata) -> Participant:
    return replace(row, status="withdrew")


def assigned(_: Facilitator | None, event: FacilitatorAssigned, __: EventMetadata) -> Facilitator:
    return Facilitator(
        id=event.person,
        person=event.person,
        programme=event.programme,
        teams=event.teams,
        from_=event.from_,
        until=event.until,
    )


def replaced(row: Facilitator, event: FacilitatorReplaced, at: EventMetadata) -> Facilitator:
    return replace(row, status="replaced", replacement=event.replacement, replaced_at=at.recorded_at)


PROGRAMMES = View(
    "programmes",
    Programme,
    {
        ProgrammeOpened: On(one_row("programme"), opened),
        ProgrammeRevised: On(one_row("programme"), revised),
        ProgrammeConcluded: On(one_row("programme"), concluded),
        CurriculumSet: On(one_row("programme"), curriculum_set),
        PhasePlanned: On(one_row("programme"), phase_planned),
        ModulePlanned: On(one_row("programme"), module_planned),
        ManagerAppointed: On(one_row("programme"), manager_appointed),
        ParticipantEnrolled: On(one_row("programme"), participant_added),
        ParticipantWithdrew: On(one_row("programme"), participant_removed),
    },
)
PARTICIPANTS = View(
    "participants",
    Participant,
    {
        ParticipantEnrolled: On(one_row("person", "programme"), enrolled),
        ParticipantMoved: On(one_row("person", "programme"), moved),
        ParticipantWithdrew: On(one_row("person", "programme"), withdrew),
    },
    key=("person", "programme"),
)
FACILITATORS = View(
    "facilitators",
    Facilitator,
    {
        FacilitatorAssigned: On(one_row("person", "programme"), assigned),
        FacilitatorReplaced: On(one_row("person", "programme"), replaced),
    },
    key=("person", "programme"),
)

VISIBLE_PROGRAMMES = ViewQuery(
    """
    -- All programmes ($3), or those of the caller ($4).
    select * from {programmes} where key > $1 and ($3 or key = any($4)) order by key limit $2
    """,
    PROGRAMMES,
)

PARTICIPANTS_OF_PROGRAMME = ViewQuery(
    """
    -- The present and former participants of one programme.
    select * from {participants} where programme_id = $3 and key > $1 order by key limit $2
    """,
    PARTICIPANTS,
)

FACILITATORS_OF_PROGRAMME = ViewQuery(
    """
    -- The present and former facilitators of one programme.
    select * from {facilitators} where programme_id = $3 and key > $1 order by key limit $2
    """,
    FACILITATORS,
)

PARTICIPANTS_OF_KEYS = ViewQuery(
    """
    -- The participants with these keys.
    select * from {participants} where key = any($1)
    """,
    PARTICIPANTS,
)
