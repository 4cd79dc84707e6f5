"""Gatherings, rule by rule."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from domain.events.attendance import AttendanceCorrected, AttendanceRecorded
from domain.events.gathering import (
    AgendaItem,
    GatheringCancelled,
    GatheringHeld,
    GatheringPlanned,
    GatheringRescheduled,
    HoldingCorrected,
)
from domain.events.minutes import MinutesApproved, MinutesCorrected, MinutesWritten
from domain.events.programme import CurriculumSet, Policies, ProgrammeOpened, Topic
from domain.events.roles import (
    ContactAppointed,
    FacilitatorAssigned,
    ParticipantEnrolled,
    ParticipantWithdrew,
)
from domain.events.team import (
    MemberJoined,
    MemberLeft,
    MemberTransferred,
    TeamDissolved,
    TeamFormed,
)
from domain.foundation import (
    AsIs,
    Caller,
    ChallengeId,
    Code,
    Command,
    Event,
    GatheringId,
    Key,
    Label,
    NotAllowed,
    NotFound,
    OrganisationId,
    PersonId,
    ProgrammeId,
    ReasonMissing,
    Refusal,
    TeamId,
    Words,
    ZoneName,
)
from domain.gatherings.attendance import (
    NotAParticipant,
    NotInTheCop,
    Presence,
    RecordAttendance,
    RosterAtEnd,
)
from domain.gatherings.convening import (
    NoSuchSession,
    PlanOwnGathering,
    PlanSession,
    SessionPlanned,
    UnknownTeam,
)
from domain.gatherings.gathering import (
    CancelGathering,
    Cancelled,
    GatheringOver,
    HoldGathering,
    MovedMeanwhile,
    NotHeld,
    RescheduleGathering,
    Roster,
    UnknownTopic,
)
from domain.gatherings.minutes import ApproveMinutes, NoMinutes, OlderVersion, WasNotThere, WriteMinutes
from domain.programmes.programme import WrongOrder
from domain.teams.team import TeamOver
from domain.timing import NotBegun
from tests.domain.examples.deciding import caller, decide


def id_of(prefix: str, number: int) -> str:
    return f"{prefix}_{number:026d}"


PROGRAMME = ProgrammeId(id_of("programme", 1))
ONE, TWO = (TeamId(id_of("team", n)) for n in (1, 2))
ANNA, BERT, GUIDE, CHRIS, CONTACT = (PersonId(id_of("person", n)) for n in range(1, 6))
BANK, CLINIC = (OrganisationId(id_of("organisation", n)) for n in (1, 2))
NEW, OLD = (GatheringId(id_of("gathering", n)) for n in (1, 2))
STARTS, ENDS = datetime(2016, 9, 20, 9, tzinfo=UTC), datetime(2016, 9, 20, 17, tzinfo=UTC)
ZWOLLE = Words("Zwolle")

OPENED = ProgrammeOpened(
    programme=PROGRAMME,
    name=Label("Leergang"),
    edition=Label("2016"),
    timezone=ZoneName("Europe/Amsterdam"),
    languages=(),
    starts_on=None,
    ends_on=None,
    policies=Policies(),
)


def team(id_: TeamId, organisation: OrganisationId | None, *members: PersonId) -> TeamFormed:
    return TeamFormed(
        team=id_,
        programme=PROGRAMME,
        challenge=ChallengeId(id_of("challenge", 1)),
        organisation=organisation,
        number=1,
        members=members,
    )


ROLES: list[Event] = [
    OPENED,
    FacilitatorAssigned(programme=PROGRAMME, person=GUIDE),
    *(ParticipantEnrolled(programme=PROGRAMME, person=one, organisation=BANK) for one in (ANNA, BERT, CHRIS)),
]
TEAMS: list[Event] = [team(ONE, BANK, ANNA, CHRIS), team(TWO, CLINIC, BERT)]

A_GUIDE, A_MEMBER, ANOTHER = caller("facilitator", GUIDE), caller("participant", ANNA), caller("participant", BERT)
WHEN: dict[str, Any] = {"programme": PROGRAMME, "starts_at": STARTS, "ends_at": ENDS, "place": ZWOLLE}
BACKWARDS: dict[str, Any] = {**WHEN, "ends_at": STARTS}


def planned(
    id_: GatheringId = OLD, number: int | None = 1, *teams: TeamId, visible_to: tuple[OrganisationId, ...] = ()
) -> GatheringPlanned:
    kind = "own" if number is None else "session"
    return GatheringPlanned(
        gathering=id_, kind=kind, number=number, teams=teams, organisations=visible_to, agenda=(), **WHEN
    )


def held(id_: GatheringId = OLD) -> GatheringHeld:
    return GatheringHeld(gathering=id_, programme=PROGRAMME, teams=(), organisations=(), topics=(), techniques=())


def called_off(id_: GatheringId = OLD) -> GatheringCancelled:
    return GatheringCancelled(gathering=id_, programme=PROGRAMME, teams=(), organisations=(), sequence=1)


def attended(person: PersonId, *, present: bool = True) -> AttendanceRecorded:
    return AttendanceRecorded(gathering=OLD, programme=PROGRAMME, person=person, present=present)


def on(by: Caller) -> dict[str, Any]:
    return {"programme": PROGRAMME, "by": by}


# Planning


def test_rule_12_a_session_is_joint_and_visible_to_the_commissioners_of_all_teams() -> None:
    [event] = decide(PlanSession(NEW, number=1, by=A_GUIDE, **WHEN), *ROLES, *TEAMS)
    assert isinstance(event, GatheringPlanned)
    assert event.joint
    assert event.organisations == (BANK, CLINIC)
    assert set(event.tags()) == {NEW, PROGRAMME, f"to:{BANK}", f"to:{CLINIC}"}


def test_rule_12_a_session_can_be_planned_before_the_teams_exist() -> None:
    [event] = decide(PlanSession(NEW, number=1, by=A_GUIDE, **WHEN), *ROLES)
    assert isinstance(event, GatheringPlanned)
    assert event.organisations == ()


def test_rule_12_a_cop_can_have_its_own_date_for_a_session() -> None:
    own = PlanSession(NEW, number=1, teams=(ONE,), by=A_GUIDE, **WHEN)
    [event] = decide(own, *ROLES, *TEAMS, planned(OLD, 1))
    assert isinstance(event, GatheringPlanned)
    assert (event.teams, event.organisations) == ((ONE,), (BANK,))


def test_a_cancelled_session_can_be_planned_again_under_its_number() -> None:
    assert decide(PlanSession(NEW, number=1, by=A_GUIDE, **WHEN), *ROLES, planned(OLD, 1), called_off())


def test_a_session_of_several_cops_is_planned_by_a_facilitator_of_all_of_them() -> None:
    for_both = PlanSession(NEW, number=1, teams=(ONE, TWO), by=A_GUIDE, **WHEN)
    bound_to_one = FacilitatorAssigned(programme=PROGRAMME, person=GUIDE, teams=(ONE,))
    with pytest.raises(NotAllowed):
        decide(for_both, *ROLES, *TEAMS, bound_to_one)
    bound_to_both = FacilitatorAssigned(programme=PROGRAMME, person=GUIDE, teams=(ONE, TWO))
    assert decide(PlanSession(NEW, number=1, teams=(ONE, TWO), by=A_GUIDE, **WHEN), *ROLES, *TEAMS, bound_to_both)


@pytest.mark.parametrize(
    ("command", "more", "refusal"),
    [
        pytest.param(
            PlanSession(NEW, number=4, by=A_GUIDE, **WHEN), [], NoSuchSession, id="rule 12: three sessions by policy"
        ),
        pytest.param(
            PlanSession(NEW, number=1, by=A_GUIDE, **WHEN), [planned(OLD, 1)], SessionPlanned, id="one of a number"
        ),
        pytest.param(
            PlanSession(NEW, number=1, teams=(ONE,), by=A_GUIDE, **WHEN),
            [planned(OLD, 1, ONE)],
            SessionPlanned,
            id="one own date of a number",
        ),
        pytest.param(
            PlanSession(NEW, number=1, teams=(TeamId(id_of("team", 9)),), by=A_GUIDE, **WHEN),
            [],
            UnknownTeam,
            id="teams of this programme",
        ),
        pytest.param(
            PlanSession(NEW, number=1, by=A_MEMBER, **WHEN), [], NotAllowed, id="rule 12: sessions have a facilitator"
        ),
        pytest.param(
            PlanSession(NEW, number=1, by=caller("participant", CONTACT), **WHEN),
            [],
            NotFound,
            id="hidden from a stranger",
        ),
        pytest.param(
            PlanSession(NEW, number=1, by=A_GUIDE, **BACKWARDS),
            [],
            WrongOrder,
            id="ends after it starts",
        ),
        pytest.param(
            PlanSession(NEW, number=1, agenda=(AgendaItem(ZWOLLE, Key("magic")),), by=A_GUIDE, **WHEN),
            [],
            UnknownTopic,
            id="topics of the curriculum",
        ),
        pytest.param(
            PlanOwnGathering(NEW, team=ONE, by=ANOTHER, **WHEN), [], NotAllowed, id="rule 12: its own members"
        ),
        pytest.param(
            PlanOwnGathering(NEW, team=ONE, by=A_GUIDE, **WHEN), [], NotAllowed, id="rule 12: without facilitator"
        ),
        pytest.param(
            PlanOwnGathering(NEW, team=TeamId(id_of("team", 9)), by=A_MEMBER, **WHEN), [], NotFound, id="no such team"
        ),
    ],
)
def test_planning_a_gathering_is_refused(command: Command, more: list[Event], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        decide(command, *ROLES, *TEAMS, *more)


def test_rule_12_members_plan_own_gatherings_without_limit() -> None:
    before = [planned(GatheringId(id_of("gathering", n)), None, ONE) for n in range(10, 20)]
    [event] = decide(PlanOwnGathering(NEW, team=ONE, by=A_MEMBER, **WHEN), *ROLES, *TEAMS, *before)
    assert isinstance(event, GatheringPlanned)
    assert (event.kind, event.number, event.teams, event.organisations) == ("own", None, (ONE,), (BANK,))


# Moving, cancelling, holding


def test_rule_15_every_move_or_cancellation_increments_the_sequence() -> None:
    later = STARTS + timedelta(days=1), ENDS + timedelta(days=1)
    move = RescheduleGathering(OLD, starts_at=later[0], ends_at=later[1], **on(A_GUIDE))
    [first] = decide(move, *ROLES, planned())
    assert isinstance(first, GatheringRescheduled)
    back = RescheduleGathering(OLD, starts_at=STARTS, ends_at=ENDS, **on(A_GUIDE))
    [second] = decide(back, *ROLES, planned(), first)
    assert isinstance(second, GatheringRescheduled)
    cancel = CancelGathering(OLD, **on(caller("facilitator", GUIDE, reason="Ziek")))
    [third] = decide(cancel, *ROLES, planned(), first, second)
    assert isinstance(third, GatheringCancelled)
    assert (first.sequence, second.sequence, third.sequence) == (1, 2, 3)


def test_a_move_is_visible_to_commissioners_of_teams_formed_after_the_planning() -> None:
    [event] = decide(
        RescheduleGathering(OLD, starts_at=STARTS, ends_at=ENDS, place=Words("Deventer"), **on(A_GUIDE)),
        *ROLES,
        planned(),
        *TEAMS,
    )
    assert isinstance(event, GatheringRescheduled)
    assert event.organisations == (BANK, CLINIC)


def test_a_session_is_held_for_every_team_without_its_own_date() -> None:
    hold = HoldGathering(OLD, topics=(Key("networking"),), techniques=(Words("Design thinking"),), **on(A_GUIDE))
    [event] = decide(hold, *ROLES, planned(), *TEAMS, planned(NEW, 1, TWO))
    assert isinstance(event, GatheringHeld)
    assert (event.teams, event.organisations) == ((ONE,), (BANK,))
    assert event.topics == (Code("networking"),)


ENDED = TeamDissolved(
    team=TWO,
    programme=PROGRAMME,
    organisation=CLINIC,
    challenge=ChallengeId(id_of("challenge", 1)),
    members=(BERT,),
)


def test_a_session_is_neither_held_nor_planned_for_an_ended_cop() -> None:
    [event] = decide(HoldGathering(OLD, **on(A_GUIDE)), *ROLES, planned(), *TEAMS, ENDED)
    assert isinstance(event, GatheringHeld)
    assert (event.teams, event.organisations) == ((ONE,), (BANK,))
    with pytest.raises(TeamOver):
        decide(PlanSession(NEW, number=1, teams=(TWO,), by=A_GUIDE, **WHEN), *ROLES, *TEAMS, ENDED)


def test_topics_are_checked_against_the_current_curriculum() -> None:
    curriculum = CurriculumSet(programme=PROGRAMME, topics=(Topic(Key("magic"), Label("Magie")),))
    hold = HoldGathering(OLD, topics=(Key("magic"),), **on(A_GUIDE))
    assert decide(hold, *ROLES, planned(), curriculum)
    with pytest.raises(UnknownTopic):
        decide(HoldGathering(OLD, topics=(Key("networking"),), **on(A_GUIDE)), *ROLES, planned(), curriculum)


WITH_REASON = caller("facilitator", GUIDE, reason="Ziek")


def moved(by: Caller, ends: datetime = ENDS + timedelta(days=1)) -> RescheduleGathering:
    return RescheduleGathering(OLD, starts_at=STARTS + timedelta(days=1), ends_at=ends, **on(by))


@pytest.mark.parametrize(
    ("command", "given", "refusal"),
    [
        pytest.param(
            HoldGathering(OLD, **on(A_GUIDE)),
            [planned(), held()],
            ReasonMissing,
            id="held once: then a correction, with a reason",
        ),
        pytest.param(
            HoldGathering(OLD, **on(A_GUIDE)), [planned(), called_off()], GatheringOver, id="not if cancelled"
        ),
        pytest.param(HoldGathering(OLD, **on(A_GUIDE)), [], NotFound, id="if it was planned"),
        pytest.param(HoldGathering(OLD, **on(A_MEMBER)), [planned()], NotAllowed, id="sessions by the facilitator"),
        pytest.param(
            HoldGathering(OLD, **on(A_GUIDE)), [planned(OLD, None, ONE)], NotAllowed, id="own ones by the members"
        ),
        pytest.param(
            HoldGathering(OLD, **on(ANOTHER)), [planned(OLD, None, ONE)], NotFound, id="hidden from other teams"
        ),
        pytest.param(CancelGathering(OLD, **on(A_GUIDE)), [planned()], ReasonMissing, id="cancelled with a reason"),
        pytest.param(CancelGathering(OLD, **on(WITH_REASON)), [planned(), held()], GatheringOver, id="not once held"),
        pytest.param(
            CancelGathering(OLD, **on(WITH_REASON)), [planned(), called_off()], GatheringOver, id="cancelled once"
        ),
        pytest.param(moved(A_MEMBER), [planned()], NotAllowed, id="rule 12: the facilitator moves a session"),
        pytest.param(moved(A_GUIDE), [planned(OLD, None, ONE)], NotAllowed, id="rule 12: the members move their own"),
        pytest.param(moved(A_GUIDE), [planned(), held()], GatheringOver, id="a held gathering cannot be moved"),
        pytest.param(
            moved(A_GUIDE), [planned(), called_off()], GatheringOver, id="a cancelled gathering cannot be moved"
        ),
        pytest.param(moved(A_GUIDE, ends=STARTS), [planned()], WrongOrder, id="to an end before its start"),
        pytest.param(
            RescheduleGathering(OLD, starts_at=STARTS, ends_at=ENDS, **on(A_GUIDE)),
            [planned()],
            AsIs,
            id="a move without a change",
        ),
    ],
)
def test_changing_a_gathering_is_refused(command: Command, given: list[Event], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        decide(command, *ROLES, *TEAMS, *given)


def test_a_commissioner_in_the_audience_sees_a_gathering_but_cannot_change_it() -> None:
    appointed = ContactAppointed(
        contact=id_of("contact", 1),  # pyright: ignore[reportArgumentType]  any contact
        organisation=BANK,
        person=CONTACT,
        role=Code("commissioner"),
    )
    hold = HoldGathering(OLD, **on(caller("commissioner", CONTACT)))
    with pytest.raises(NotAllowed):
        decide(hold, *ROLES, appointed, planned(OLD, 1, visible_to=(BANK,)))
    with pytest.raises(NotFound):
        decide(
            HoldGathering(OLD, **on(caller("commissioner", CONTACT))),
            *ROLES,
            appointed,
            planned(OLD, 1, visible_to=(CLINIC,)),
        )


# Attendance


def attendance(by: Caller, *people: Presence, roster: Roster | None = None) -> RecordAttendance:
    return RecordAttendance(OLD, people=people, roster=roster, **on(by))


def roster_after(*history: Event) -> Roster:
    """The roster of OLD after `history`."""
    return RosterAtEnd(OLD, programme=PROGRAMME).load(history).roster(ENDS)


def test_attendance_is_one_event_per_person_under_their_own_key() -> None:
    why = Words("Griep")
    events = decide(attendance(A_GUIDE, Presence(ANNA, True), Presence(BERT, False, why)), *ROLES, planned())
    assert events == [
        attended(ANNA),
        AttendanceRecorded(gathering=OLD, programme=PROGRAMME, person=BERT, present=False, why=why),
    ]
    assert [event.key() for event in events] == [ANNA, BERT]


def test_attendance_is_not_visible_to_employers() -> None:
    assert not [one for one in attended(ANNA).tags() if one.startswith("to:")]


def test_rule_21_recorded_attendance_changes_only_by_a_correction_with_a_reason() -> None:
    people = Presence(ANNA, False), Presence(BERT, True)
    given = *ROLES, planned(), attended(ANNA), attended(BERT)
    with pytest.raises(ReasonMissing):
        decide(attendance(A_GUIDE, *people), *given)
    assert decide(attendance(caller("facilitator", GUIDE, reason="Vergist"), *people), *given) == [
        AttendanceCorrected(gathering=OLD, programme=PROGRAMME, person=ANNA, present=False)
    ]
    with pytest.raises(AsIs):
        decide(attendance(caller("facilitator", GUIDE, reason="Vergist"), Presence(BERT, True)), *given)


def test_attendance_is_recorded_only_for_participants() -> None:
    with pytest.raises(NotAParticipant):
        decide(attendance(A_GUIDE, Presence(CONTACT, True)), *ROLES, planned())


JOINED = MemberJoined(team=ONE, programme=PROGRAMME, organisation=BANK, person=BERT)
LEFT = MemberLeft(team=ONE, programme=PROGRAMME, organisation=BANK, person=CHRIS)
WENT = MemberTransferred(
    team=ONE, programme=PROGRAMME, organisation=BANK, person=CHRIS, to_team=TWO, to_organisation=CLINIC
)
WITHDREW = ParticipantWithdrew(programme=PROGRAMME, person=CHRIS, organisation=BANK)
FIRST_TEAM = team(ONE, BANK, ANNA, CHRIS)


@pytest.mark.parametrize(
    ("kind", "person", "before", "after"),
    [
        pytest.param(None, BERT, [], [held()], id="never in the CoP"),
        pytest.param(None, CHRIS, [LEFT], [held()], id="left before"),
        pytest.param(None, CHRIS, [WENT], [held()], id="moved to another before"),
        pytest.param(None, CHRIS, [WITHDREW], [held()], id="left the programme before"),
        pytest.param(None, BERT, [], [JOINED, held()], id="joined after it, before it was recorded as held"),
        pytest.param(1, BERT, [], [JOINED], id="joined after it: the CoP's own date for a session"),
    ],
)
def test_rule_29_a_person_outside_the_cop_at_the_end_is_not_on_the_roster(
    kind: int | None, person: PersonId, before: list[Event], after: list[Event]
) -> None:
    given = [*ROLES, FIRST_TEAM, planned(OLD, kind, ONE), *before]
    by = A_MEMBER if kind is None else A_GUIDE
    with pytest.raises(NotInTheCop):
        decide(attendance(by, Presence(person, True), roster=roster_after(*given)), *given, *after)


@pytest.mark.parametrize(
    ("person", "before", "after"),
    [
        pytest.param(CHRIS, [], [LEFT, held()], id="left after it, before it was recorded as held"),
        pytest.param(CHRIS, [], [WENT], id="moved to another after it"),
        pytest.param(CHRIS, [], [WITHDREW], id="left the programme after it"),
        pytest.param(BERT, [JOINED], [], id="joined before"),
    ],
)
def test_rule_29_a_person_in_the_cop_at_the_end_is_on_the_roster(
    person: PersonId, before: list[Event], after: list[Event]
) -> None:
    given = [*ROLES, FIRST_TEAM, planned(OLD, None, ONE), *before]
    record = attendance(A_MEMBER, Presence(person, True), roster=roster_after(*given))
    assert decide(record, *given, *after) == [attended(person)]


def test_rule_29_during_a_gathering_the_roster_has_the_current_members() -> None:
    now = caller("participant", ANNA, at=STARTS)
    given = [*ROLES, FIRST_TEAM, planned(OLD, None, ONE), JOINED, LEFT]
    assert decide(attendance(now, Presence(BERT, True)), *given) == [attended(BERT)]
    with pytest.raises(NotInTheCop):
        decide(attendance(now, Presence(CHRIS, True)), *given)


def test_rule_29_the_roster_of_a_joint_session_has_the_participants_at_its_end() -> None:
    left = ParticipantWithdrew(programme=PROGRAMME, person=CHRIS, organisation=BANK)
    late = ParticipantEnrolled(programme=PROGRAMME, person=CONTACT, organisation=None)
    given = [*ROLES, planned()]
    roster = roster_after(*given)
    assert decide(attendance(A_GUIDE, Presence(CHRIS, True), roster=roster), *given, left, held())
    for one, history in ((CHRIS, [*given, left]), (CONTACT, given)):
        with pytest.raises(NotAParticipant):
            decide(attendance(A_GUIDE, Presence(one, True), roster=roster_after(*history)), *history, late, held())


def test_rule_29_a_session_is_held_for_the_cops_that_existed_at_its_end() -> None:
    given = [*ROLES, *TEAMS, planned()]
    ended = TeamDissolved(
        team=TWO,
        programme=PROGRAMME,
        organisation=CLINIC,
        challenge=ChallengeId(id_of("challenge", 1)),
        members=(BERT,),
    )
    [event] = decide(HoldGathering(OLD, roster=roster_after(*given), **on(A_GUIDE)), *given, ended)
    assert isinstance(event, GatheringHeld)
    assert event.teams == (ONE, TWO)


MOVED = GatheringRescheduled(
    gathering=OLD,
    programme=PROGRAMME,
    teams=(),
    organisations=(),
    sequence=1,
    starts_at=STARTS + timedelta(days=1),
    ends_at=ENDS + timedelta(days=1),
    place=None,
)


def test_a_roster_for_another_end_is_refused() -> None:
    given = [*ROLES, planned()]
    roster = roster_after(*given)
    for command in (
        attendance(A_GUIDE, Presence(ANNA, True), roster=roster),
        HoldGathering(OLD, roster=roster, **on(A_GUIDE)),
    ):
        with pytest.raises(MovedMeanwhile):
            decide(command, *given, MOVED)


@pytest.mark.parametrize("moved", [False, True])
def test_rule_29_nothing_is_recorded_of_a_gathering_before_it_begins(moved: bool) -> None:
    starts = MOVED.starts_at if moved else STARTS
    given = [*ROLES, planned(), *([MOVED] if moved else [])]

    def commands(at: datetime) -> list[Command]:
        guide = caller("facilitator", GUIDE, at=at)
        return [
            HoldGathering(OLD, **on(guide)),
            attendance(guide, Presence(ANNA, True)),
            WriteMinutes(OLD, text=Words("Besproken"), **on(guide)),
        ]

    for early, begun in zip(commands(starts - timedelta(seconds=1)), commands(starts), strict=True):
        with pytest.raises(NotBegun):
            decide(early, *given)
        assert decide(begun, *given)
        assert begun.not_before == starts


# Correcting the record of a held gathering


def test_rule_29_the_record_of_a_held_gathering_is_corrected_with_a_reason() -> None:
    given = [*ROLES, *TEAMS, planned(), held()]
    with pytest.raises(ReasonMissing):
        decide(HoldGathering(OLD, topics=(Key("change"),), **on(A_GUIDE)), *given)
    by = caller("facilitator", GUIDE, reason="Vergist")
    [event] = decide(HoldGathering(OLD, topics=(Key("change"),), **on(by)), *given)
    assert isinstance(event, HoldingCorrected)
    assert (event.took_place, event.topics) == (True, ("change",))


def test_rule_29_a_gathering_recorded_as_held_by_mistake_returns_to_planned() -> None:
    given: list[Event] = [*ROLES, planned(), held()]
    by = caller("facilitator", GUIDE, reason="Verkeerde sessie")
    taken_back = decide(HoldGathering(OLD, took_place=False, topics=(Key("change"),), **on(by)), *given)
    assert [one.topics for one in taken_back if isinstance(one, HoldingCorrected)] == [()]
    assert decide(CancelGathering(OLD, **on(by)), *given, *taken_back)
    assert [type(one) for one in decide(HoldGathering(OLD, **on(A_GUIDE)), *given, *taken_back)] == [GatheringHeld]


def test_a_gathering_not_recorded_as_held_cannot_be_taken_back() -> None:
    by = caller("facilitator", GUIDE, reason="Vergist")
    with pytest.raises(NotHeld):
        decide(HoldGathering(OLD, took_place=False, **on(by)), *ROLES, planned())


def test_rule_21_the_attendance_of_a_member_who_left_can_still_be_corrected() -> None:
    given = *ROLES, FIRST_TEAM, planned(OLD, None, ONE), attended(CHRIS), LEFT
    corrected = decide(attendance(caller("participant", ANNA, reason="Vergist"), Presence(CHRIS, False)), *given)
    assert [type(one) for one in corrected] == [AttendanceCorrected]


def test_rule_26_a_past_gathering_can_be_planned_held_and_recorded_afterwards() -> None:
    later = caller("facilitator", GUIDE, at=ENDS + timedelta(days=300))
    plan = decide(PlanSession(NEW, number=1, by=later, **WHEN), *ROLES)
    took_place = decide(HoldGathering(NEW, **on(later)), *ROLES, *plan)
    assert decide(RecordAttendance(NEW, people=(Presence(ANNA, True),), **on(later)), *ROLES, *plan, *took_place)


def test_rule_12_only_the_organisers_of_a_gathering_record_attendance() -> None:
    for by, given in ((A_MEMBER, planned()), (A_GUIDE, planned(OLD, None, ONE))):
        with pytest.raises(NotAllowed):
            decide(attendance(by, Presence(ANNA, True)), *ROLES, *TEAMS, given)


def test_nothing_is_recorded_of_a_cancelled_gathering() -> None:
    for command in (
        attendance(A_GUIDE, Presence(ANNA, True)),
        minutes(A_MEMBER),
        ApproveMinutes(OLD, **on(A_MEMBER)),
    ):
        with pytest.raises(Cancelled):
            decide(command, *ROLES, planned(), attended(ANNA), WRITTEN, called_off())


# Minutes

WRITTEN = MinutesWritten(gathering=OLD, programme=PROGRAMME, teams=(), version=1, text=Words("Besproken"))
APPROVED = MinutesApproved(gathering=OLD, programme=PROGRAMME, teams=(), version=1, person=ANNA)


def minutes(by: Caller, based_on: int | None = None) -> WriteMinutes:
    return WriteMinutes(OLD, text=Words("Beter"), based_on=based_on, **on(by))


def test_minutes_can_be_rewritten_until_they_are_approved() -> None:
    assert decide(minutes(A_MEMBER), *ROLES, planned(), WRITTEN) == [
        MinutesWritten(gathering=OLD, programme=PROGRAMME, teams=(), version=2, text=Words("Beter"))
    ]


def test_rule_21_approved_minutes_change_only_by_a_correction_with_a_reason() -> None:
    given = *ROLES, planned(), attended(ANNA), WRITTEN, APPROVED
    with pytest.raises(ReasonMissing):
        decide(minutes(A_MEMBER), *given)
    assert decide(minutes(caller("participant", ANNA, reason="Naam fout")), *given) == [
        MinutesCorrected(gathering=OLD, programme=PROGRAMME, teams=(), version=2, text=Words("Beter"))
    ]


def test_minutes_are_about_the_teams_that_met() -> None:
    held_by_one = replace(held(), teams=(ONE,))
    for given, teams in (
        ([planned(OLD, None, ONE)], (ONE,)),
        ([planned()], (ONE, TWO)),
        ([planned(), held_by_one], (ONE,)),
    ):
        (written,) = decide(minutes(A_MEMBER), *ROLES, *TEAMS, *given)
        assert isinstance(written, MinutesWritten)
        assert written.teams == teams


def test_minutes_based_on_an_older_version_are_refused_with_the_latest_version() -> None:
    assert decide(minutes(A_MEMBER, based_on=1), *ROLES, planned(), WRITTEN)
    with pytest.raises(OlderVersion) as refused:
        decide(minutes(A_MEMBER, based_on=0), *ROLES, planned(), WRITTEN)
    assert (refused.value.field, refused.value.values) == ("based_on", {"last": 1})


def test_minutes_are_approved_by_a_member_who_was_present() -> None:
    approve = ApproveMinutes(OLD, **on(A_MEMBER))
    assert decide(approve, *ROLES, planned(), attended(ANNA), WRITTEN) == [APPROVED]


@pytest.mark.parametrize(
    ("by", "given", "refusal"),
    [
        pytest.param(A_MEMBER, [attended(BERT), WRITTEN], WasNotThere, id="a member who was not recorded"),
        pytest.param(A_MEMBER, [attended(ANNA, present=False), WRITTEN], WasNotThere, id="a member who was absent"),
        pytest.param(A_GUIDE, [attended(ANNA), WRITTEN], NotAllowed, id="a member, not the facilitator"),
        pytest.param(A_MEMBER, [attended(ANNA)], NoMinutes, id="without minutes"),
        pytest.param(A_MEMBER, [attended(ANNA), WRITTEN, APPROVED], AsIs, id="once"),
    ],
)
def test_approving_minutes_is_refused(by: Caller, given: list[Event], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        decide(ApproveMinutes(OLD, **on(by)), *ROLES, planned(), *given)
