"""Changes of membership in CoPs (rule 10)."""

from datetime import UTC, date, datetime, timedelta

from msgspec.structs import replace

from domain.events.programme import ProgrammeConcluded
from domain.events.roles import (
    FacilitatorAssigned,
    ManagerAppointed,
    ParticipantEnrolled,
    ParticipantWithdrew,
)
from domain.events.team import (
    MemberJoined,
    MemberLeft,
    MemberTransferred,
    TeamDissolved,
    TeamFormed,
    TeamMerged,
    WaiverGranted,
)
from domain.foundation import (
    AnyId,
    AsIs,
    Caller,
    CommentId,
    Event,
    NotAllowed,
    NotFound,
    PersonId,
    ProgrammeId,
    ReasonMissing,
    TeamId,
    Words,
)
from domain.people.people import UnknownPerson
from domain.programmes.programme import ProgrammeOver
from domain.spanning.sharing import AddComment
from domain.teams.membership import (
    AddMember,
    AlreadyInATeam,
    DissolveTeam,
    GrantWaiver,
    LeaveTeam,
    MergeTeams,
    NoSuchTeam,
    NotAMember,
    NotTooSmall,
    TeamFull,
    TransferMember,
    WaiverPassed,
)
from domain.teams.team import TeamOver, TeamRights
from tests.domain.examples.deciding import NOW, caller
from tests.domain.examples.state_machine import MemoryLog
from tests.domain.examples.team import (
    ANNA,
    BANK,
    BERT,
    BY_ANNA,
    BY_OTTO,
    CHALLENGE,
    CLINIC,
    CORA,
    EVERYBODY,
    FORMED,
    GUIDE,
    OTHER_TEAM,
    OTTO,
    PROGRAMME,
    TEAM,
    id_of,
)

SANDER, PIA, MANAGER = (PersonId(id_of("person", number)) for number in (21, 22, 23))
OTHER = TeamFormed(
    team=OTHER_TEAM, programme=PROGRAMME, challenge=CHALLENGE, organisation=CLINIC, number=2, members=(SANDER, PIA)
)
CROWD = tuple(PersonId(id_of("person", number)) for number in range(40, 47))
WORLD: list[Event] = [
    *EVERYBODY,
    *(ParticipantEnrolled(programme=PROGRAMME, person=one, organisation=None) for one in (SANDER, PIA, *CROWD)),
    ManagerAppointed(programme=PROGRAMME, person=MANAGER),
    OTHER,
]
WHY = "Andere baan"
TODAY = NOW.date()


def guide(reason: str | None = None) -> Caller:
    return caller("facilitator", GUIDE, reason=reason)


def manager(reason: str | None = WHY) -> Caller:
    return caller("manager", MANAGER, reason=reason)


def world(*more: Event) -> MemoryLog:
    """A log of the programme with teams of three and of two, and further events."""
    return MemoryLog(NOW, *WORLD, *more)


def add(person: PersonId, by: Caller, team: TeamId = TEAM) -> AddMember:
    return AddMember(team, programme=PROGRAMME, person=person, by=by)


def leave(person: PersonId, by: Caller, team: TeamId = TEAM) -> LeaveTeam:
    return LeaveTeam(team, programme=PROGRAMME, person=person, by=by)


def transfer(person: PersonId, by: Caller, to: TeamId = OTHER_TEAM) -> TransferMember:
    return TransferMember(TEAM, programme=PROGRAMME, person=person, to_team=to, by=by)


def merge(by: Caller, team: TeamId = OTHER_TEAM, into: TeamId = TEAM) -> MergeTeams:
    return MergeTeams(team, programme=PROGRAMME, into=into, by=by)


def dissolve(by: Caller) -> DissolveTeam:
    return DissolveTeam(TEAM, programme=PROGRAMME, by=by)


def waive(until: date, by: Caller) -> GrantWaiver:
    return GrantWaiver(OTHER_TEAM, programme=PROGRAMME, until=until, by=by)


def comment(number: int) -> AddComment:
    comment = CommentId(id_of("comment", number))
    return AddComment(comment, team=TEAM, on=AnyId(TEAM), text=Words("Ik doe mee."), by=BY_OTTO)


JOINED = MemberJoined(team=TEAM, programme=PROGRAMME, organisation=BANK, person=OTTO)
LEFT = MemberLeft(team=TEAM, programme=PROGRAMME, organisation=BANK, person=CORA)


# Joining


def test_rule_10_the_facilitator_places_a_late_joiner() -> None:
    assert world().execute(add(OTTO, guide())) == [JOINED]


def test_rule_10_a_member_of_a_cop_cannot_join_a_second_one() -> None:
    assert world().refusal(add(SANDER, guide())) is AlreadyInATeam
    assert world(JOINED).refusal(add(OTTO, guide())) is AlreadyInATeam
    assert world(LEFT).execute(add(CORA, guide(), OTHER_TEAM))


def test_only_a_participant_can_join_a_cop() -> None:
    assert world().refusal(add(GUIDE, guide())) is UnknownPerson
    gone = ParticipantWithdrew(programme=PROGRAMME, person=OTTO, organisation=None)
    assert world(gone).refusal(add(OTTO, guide())) is UnknownPerson


def test_rule_10_a_full_cop_takes_another_member_only_with_a_reason() -> None:
    full = [MemberJoined(team=TEAM, programme=PROGRAMME, organisation=BANK, person=one) for one in (OTTO, *CROWD[:4])]
    assert world(*full).refusal(add(CROWD[5], guide())) is TeamFull
    assert world(*full).execute(add(CROWD[5], guide("Er is geen andere plek")))


def test_a_member_cannot_add_members_and_a_stranger_gets_not_found() -> None:
    assert world().refusal(add(OTTO, BY_ANNA)) is NotAllowed
    assert world().refusal(add(OTTO, caller("participant", PersonId(id_of("person", 99))))) is NotFound


def test_a_facilitator_of_another_cop_cannot_add_members() -> None:
    theirs = FacilitatorAssigned(programme=PROGRAMME, person=GUIDE, teams=(OTHER_TEAM,))
    assert world(theirs).refusal(add(OTTO, guide())) is NotAllowed


def test_a_new_member_can_comment_at_once_and_a_former_member_cannot() -> None:
    log = world(JOINED)
    assert log.execute(comment(1))
    log.execute(leave(OTTO, guide(WHY)))
    assert log.refusal(comment(2)) is NotAllowed


# Leaving


def test_rule_10_the_facilitator_removes_a_member_with_a_reason() -> None:
    assert world().execute(leave(CORA, guide(WHY))) == [LEFT]
    assert world().refusal(leave(CORA, guide())) is ReasonMissing


def test_a_member_can_leave_but_cannot_remove_others() -> None:
    anna = caller("participant", ANNA, reason=WHY)
    assert world().execute(leave(ANNA, anna))
    assert world().refusal(leave(BERT, anna)) is NotAllowed
    log = world()
    log.execute(leave(ANNA, anna))
    assert log.refusal(leave(ANNA, anna)) is NotAMember
    assert world().refusal(leave(OTTO, caller("participant", OTTO, reason=WHY))) is NotAllowed


def test_a_former_member_cannot_leave_again() -> None:
    assert world(LEFT).refusal(leave(CORA, guide(WHY))) is NotAMember
    assert world().refusal(leave(SANDER, guide(WHY))) is NotAMember


# Moving


def test_rule_10_a_member_moves_to_another_cop_of_the_programme() -> None:
    (event,) = world().execute(transfer(CORA, guide(WHY)))
    assert event == MemberTransferred(
        team=TEAM, programme=PROGRAMME, organisation=BANK, person=CORA, to_team=OTHER_TEAM, to_organisation=CLINIC
    )
    assert set(event.tags()) >= {CORA, TEAM, OTHER_TEAM, f"to:{BANK}", f"to:{CLINIC}"}


def test_a_transferred_member_cannot_be_transferred_again() -> None:
    log = world()
    log.execute(transfer(CORA, guide(WHY)))
    assert log.refusal(transfer(CORA, guide(WHY))) is NotAMember


def test_a_transfer_needs_another_existing_cop_and_a_reason() -> None:
    assert world().refusal(transfer(CORA, guide(WHY), to=TEAM)) is AsIs
    assert world().refusal(transfer(CORA, guide(WHY), to=TeamId(id_of("team", 9)))) is NoSuchTeam
    assert world().refusal(transfer(CORA, guide())) is ReasonMissing


def test_a_facilitator_of_one_cop_cannot_transfer_or_merge_into_another() -> None:
    guides = FacilitatorAssigned(programme=PROGRAMME, person=MANAGER, teams=(TEAM,))
    by = caller("facilitator", MANAGER, reason=WHY)
    assert world(guides).refusal(transfer(CORA, by)) is NotAllowed
    assert world(guides).refusal(merge(by, TEAM, OTHER_TEAM)) is NotAllowed


def test_a_cop_of_another_programme_is_not_found() -> None:
    elsewhere = replace(OTHER, team=TeamId(id_of("team", 9)), programme=ProgrammeId(id_of("programme", 9)))
    for command in (add(OTTO, guide(), elsewhere.team), leave(PIA, guide(WHY), elsewhere.team)):
        assert world(elsewhere).refusal(command) is NotFound


# Merging and ending


def test_rule_10_a_cop_merges_into_another_with_all_its_members() -> None:
    log = world()
    assert log.refusal(merge(guide())) is ReasonMissing
    (event,) = log.execute(merge(guide("Te klein")))
    assert isinstance(event, TeamMerged)
    assert (event.team, event.into, event.members) == (OTHER_TEAM, TEAM, (SANDER, PIA))
    assert event.challenge == OTHER.challenge
    pia = caller("participant", PIA)
    seen = TeamRights(pia).load(one.event for one in log.read(*TeamRights(pia).consistency_boundary()))
    assert seen.member_of(TEAM)
    assert not seen.member_of(OTHER_TEAM)
    assert seen.can_see_work(OTHER)


def test_two_cops_cannot_merge_into_each_other() -> None:
    log = world()
    log.execute(merge(guide(WHY)))
    assert log.refusal(merge(guide(WHY), TEAM, OTHER_TEAM)) is TeamOver
    assert log.refusal(merge(guide(WHY))) is TeamOver


def test_an_ended_cop_cannot_change() -> None:
    log = world()
    log.execute(dissolve(manager()))
    for command in (add(OTTO, guide()), leave(ANNA, guide(WHY)), transfer(ANNA, guide(WHY)), dissolve(manager())):
        assert log.refusal(command) is TeamOver


def test_rule_22_only_the_manager_dissolves_a_cop_and_with_a_reason() -> None:
    assert world().execute(dissolve(manager())) == [
        TeamDissolved(
            team=TEAM, programme=PROGRAMME, organisation=BANK, challenge=CHALLENGE, members=(ANNA, BERT, CORA)
        )
    ]
    assert world().refusal(dissolve(manager(None))) is ReasonMissing
    assert world().refusal(dissolve(guide(WHY))) is NotAllowed


def test_the_last_members_of_a_cop_still_read_its_work_and_can_join_another() -> None:
    log = world()
    log.execute(leave(CORA, guide(WHY)))
    log.execute(dissolve(manager()))
    seen = {one: TeamRights(caller("participant", one)) for one in (ANNA, CORA)}
    for rights in seen.values():
        rights.load(one.event for one in log.read(*rights.consistency_boundary()))
    assert seen[ANNA].can_see_work(FORMED)
    assert not seen[CORA].can_see_work(FORMED)
    assert log.execute(add(ANNA, guide(), OTHER_TEAM))


# Waivers


def test_rule_10_a_waiver_lets_a_small_cop_continue_with_a_reason() -> None:
    until = TODAY + timedelta(days=30)
    assert world().execute(waive(until, guide(WHY))) == [
        WaiverGranted(team=OTHER_TEAM, programme=PROGRAMME, until=until)
    ]
    assert world().refusal(waive(until, guide())) is ReasonMissing


def test_a_waiver_cannot_end_before_today_in_the_programmes_time_zone() -> None:
    past_midnight = caller("facilitator", GUIDE, reason=WHY, at=datetime(2016, 10, 1, 22, 30, tzinfo=UTC))
    assert world().refusal(waive(date(2016, 10, 1), past_midnight)) is WaiverPassed
    assert world().refusal(waive(date(2016, 10, 2), past_midnight)) is None


def test_a_waiver_is_only_for_a_cop_that_is_too_small_and_for_future_days() -> None:
    assert world().refusal(waive(TODAY - timedelta(days=1), guide(WHY))) is WaiverPassed
    enough = [
        MemberJoined(team=OTHER_TEAM, programme=PROGRAMME, organisation=CLINIC, person=one) for one in (OTTO, CROWD[0])
    ]
    assert world(*enough).refusal(waive(TODAY, guide(WHY))) is NotTooSmall


def test_rule_10_the_last_day_of_a_waiver_ends_in_the_programmes_time_zone() -> None:
    past_midnight = datetime(2016, 10, 1, 22, 30, tzinfo=UTC)  # 2 October in Amsterdam
    by = caller("facilitator", GUIDE, reason=WHY, at=past_midnight)
    assert world().refusal(waive(date(2016, 10, 1), by)) is WaiverPassed
    assert world().execute(waive(date(2016, 10, 2), by))


# After the end


def test_membership_cannot_change_after_the_conclusion() -> None:
    ended = ProgrammeConcluded(programme=PROGRAMME, teams=(TEAM, OTHER_TEAM))
    until = TODAY + timedelta(days=30)
    for command in (
        add(OTTO, guide()),
        leave(CORA, guide(WHY)),
        leave(CORA, caller("participant", CORA, reason=WHY)),
        transfer(CORA, guide(WHY)),
        merge(guide(WHY)),
        dissolve(manager()),
        waive(until, guide(WHY)),
    ):
        assert world(ended).refusal(command) is ProgrammeOver
