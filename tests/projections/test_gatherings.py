"""The view of gatherings."""

from datetime import UTC, datetime, timedelta
from typing import Any

from domain.events.attendance import AttendanceCorrected, AttendanceRecorded
from domain.events.gathering import (
    GatheringCancelled,
    GatheringHeld,
    GatheringPlanned,
    GatheringRescheduled,
)
from domain.events.minutes import MinutesApproved, MinutesCorrected, MinutesWritten
from domain.foundation import (
    Event,
    GatheringId,
    Key,
    OrganisationId,
    PersonId,
    ProgrammeId,
    TeamId,
    Words,
)
from projections.gatherings import GATHERINGS, Attendance, Gathering
from projections.view import EventMetadata, fold_events

G, P, T = GatheringId("gathering_1"), ProgrammeId("programme_1"), TeamId("team_1")
ANNA, BERT = PersonId("person_1"), PersonId("person_2")
BANK, CLINIC = OrganisationId("organisation_1"), OrganisationId("organisation_2")
T0 = datetime(2016, 9, 20, tzinfo=UTC)
OF: dict[str, Any] = {"gathering": G, "programme": P}
ZWOLLE, DEVENTER = Words(digest="z"), Words(digest="d")
PLANNED = GatheringPlanned(
    **OF,
    kind="session",
    number=1,
    teams=(),
    organisations=(BANK,),
    starts_at=T0,
    ends_at=T0 + timedelta(hours=8),
    place=ZWOLLE,
)
HELD = GatheringHeld(
    **OF, teams=(T,), organisations=(BANK, CLINIC), topics=(Key("change"),), techniques=(Words(digest="t"),)
)


def shown(*events: Event) -> Gathering:
    """The row after these events by Anna, recorded a minute apart."""
    metadata = [EventMetadata(n, T0 + timedelta(minutes=n), actor=ANNA) for n in range(len(events))]
    return fold_events(GATHERINGS, zip(events, metadata, strict=True))[G]


def moved(sequence: int, place: Words | None) -> GatheringRescheduled:
    starts_at = T0 + timedelta(days=sequence)
    return GatheringRescheduled(
        **OF,
        teams=(),
        organisations=(),
        sequence=sequence,
        starts_at=starts_at,
        ends_at=T0 + timedelta(days=9),
        place=place,
    )


def test_a_planned_gathering_has_the_status_planned() -> None:
    row = shown(PLANNED)
    assert (row.status, row.sequence, row.teams, row.organisations, row.attendance) == ("planned", 0, (), (BANK,), ())


def test_rule_15_a_move_increments_the_sequence_and_may_change_the_place() -> None:
    first, second = shown(PLANNED, moved(1, None)), shown(PLANNED, moved(1, None), moved(2, DEVENTER))
    assert (first.status, first.sequence, first.starts_at, first.place) == (
        "rescheduled",
        1,
        T0 + timedelta(days=1),
        ZWOLLE,
    )
    assert (second.sequence, second.place) == (2, DEVENTER)


def test_rule_15_a_gathering_keeps_its_calendar_uid() -> None:
    assert shown(PLANNED).uid == shown(PLANNED, moved(1, DEVENTER)).uid == "gathering_1@kring"


def test_a_cancellation_increments_the_sequence_too() -> None:
    row = shown(PLANNED, GatheringCancelled(**OF, teams=(), organisations=(CLINIC,), sequence=1))
    assert (row.status, row.sequence, row.organisations) == ("cancelled", 1, (BANK, CLINIC))


def test_a_held_gathering_shows_its_teams_and_topics() -> None:
    row = shown(PLANNED, HELD)
    assert (row.status, row.held_for, row.topics, row.organisations) == ("held", (T,), ("change",), (BANK, CLINIC))


def test_a_correction_of_attendance_replaces_the_record_and_is_marked() -> None:
    recorded = [AttendanceRecorded(**OF, person=one, present=True) for one in (BERT, ANNA)]
    corrected = AttendanceCorrected(**OF, person=BERT, present=False)
    assert shown(PLANNED, *recorded, corrected).attendance == (
        Attendance(ANNA, True, None, corrected=False, reason_on_record=False, recorded_by=ANNA),
        Attendance(BERT, False, None, corrected=True, reason_on_record=False, recorded_by=ANNA),
    )


def test_minutes_are_written_approved_and_corrected() -> None:
    events = [
        PLANNED,
        MinutesWritten(**OF, teams=(), version=1, text=Words(digest="1")),
        MinutesApproved(**OF, teams=(), version=1, person=BERT),
        MinutesCorrected(**OF, teams=(), version=2, text=Words(digest="2")),
    ]
    states = [shown(*events[: n + 2]).minutes for n in range(3)]
    assert [one and (one.version, one.status, one.written_by, one.approved_by) for one in states] == [
        (1, "written", ANNA, None),
        (1, "approved", ANNA, BERT),
        (2, "corrected", ANNA, None),
    ]
