"""Coverage of the curriculum and attendance, derived from gatherings."""

from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from domain.events.programme import Policies, Topic
from domain.foundation import (
    GatheringId,
    Key,
    Label,
    PersonId,
    ProgrammeId,
    TeamId,
    Words,
    ZoneName,
)
from projections.derived.attendance import attendance_of
from projections.derived.coverage import covered, gatherings_of
from projections.gatherings import Attendance, Gathering
from projections.programmes import Participant, Programme

P, ONE, TWO = ProgrammeId("programme_1"), TeamId("team_1"), TeamId("team_2")
ANNA, BERT = PersonId("person_1"), PersonId("person_2")
T0 = datetime(2016, 9, 20, tzinfo=UTC)
CHANGE, MAGIC = Key("change"), Key("magic")
PROGRAMME = Programme(
    id=P,
    name=Label("Leergang"),
    edition=Label("2016"),
    status="open",
    timezone=ZoneName("Europe/Amsterdam"),
    starts_on=None,
    ends_on=None,
    policies=Policies(),
    curriculum=(Topic(CHANGE, Label("Veranderkunde")), Topic(Key("influence"), Label("Beïnvloeding"))),
    modules=(),
    managers=(),
    participants=2,
    intake_closes_at=None,
    preferences_close_at=None,
    opened_at=T0,
)


def gathering(day: int, *topics: Key, **more: Any) -> Gathering:
    """Session 1, held on this day."""
    starts_at = T0 + timedelta(days=day)
    one = Gathering(
        id=GatheringId(f"gathering_{day}"),
        uid=f"gathering_{day}@kring",
        programme=P,
        kind="session",
        number=1,
        teams=(),
        organisations=(),
        status="held",
        sequence=0,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=8),
        place=Words(digest="p"),
        agenda=(),
        topics=topics,
    )
    return replace(one, **more)


def test_a_topic_is_covered_by_held_gatherings_earliest_first() -> None:
    planned = gathering(3, Key("influence"), status="planned")
    found = covered(PROGRAMME, [gathering(2, CHANGE), planned, gathering(1, CHANGE)])
    assert [one.gathering for one in found.topics[0].occasions] == ["gathering_1", "gathering_2"]
    assert found.not_yet == ("influence",)


def test_a_topic_no_longer_in_the_curriculum_stays_without_a_title() -> None:
    found = covered(PROGRAMME, [gathering(1, MAGIC)])
    assert [(one.key, one.title) for one in found.topics][2:] == [(MAGIC, None)]


def test_techniques_are_listed_with_the_gathering_that_introduced_them() -> None:
    [found] = covered(PROGRAMME, [gathering(1, techniques=(Words(digest="t"),))]).techniques
    assert (found.technique.digest, found.occasion.number) == ("t", 1)


def test_rule_12_a_cop_attends_its_own_dates_and_otherwise_the_joint_sessions() -> None:
    joint, own, theirs = gathering(1), gathering(2, teams=(ONE,)), gathering(3, teams=(TWO,))
    assert gatherings_of(ONE, [joint, own, theirs]) == [own]
    assert gatherings_of(ONE, [joint, replace(own, status="cancelled"), theirs])[0] == joint
    assert gatherings_of(TeamId("team_3"), [joint, own, theirs]) == [joint]


def test_an_own_gathering_does_not_replace_a_session() -> None:
    joint, own = gathering(1), gathering(2, teams=(ONE,), kind="own")
    assert gatherings_of(ONE, [joint, own]) == [joint, own]


def attended(person: PersonId, present: bool) -> Attendance:
    return Attendance(person, present, None, corrected=False, reason_on_record=False, recorded_by=ANNA)


def test_attendance_of_a_participant_contains_only_recorded_gatherings() -> None:
    anna = Participant(id=ANNA, person=ANNA, programme=P, organisation=None, status="active", enrolled_at=T0)
    there, not_there = (attended(ANNA, one) for one in (True, False))
    other = attended(BERT, True)
    rows = [gathering(2, attendance=(not_there, other)), gathering(1, attendance=(there,)), gathering(3)]
    found = attendance_of(anna, rows)
    assert (found.present, found.absent) == (1, 1)
    assert [one.gathering for one in found.gatherings] == ["gathering_1", "gathering_2"]
