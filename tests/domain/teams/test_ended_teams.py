"""CoPs that merged or were dissolved: their work is read-only, and only their last members learn why (rules 10, 22)."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from domain.calculations.settlement import Share
from domain.events.expense import ExpenseShared
from domain.events.gathering import GatheringCancelled, GatheringRescheduled
from domain.events.programme import ProgrammeConcluded
from domain.events.team import TeamDissolved, TeamMerged
from domain.events.trip import BookingRequested, Payer
from domain.foundation import (
    AnyId,
    Caller,
    Command,
    CommentId,
    Currency,
    Event,
    ExpenseId,
    Money,
    NotAllowed,
    NotFound,
    PersonId,
    Words,
)
from domain.gatherings.gathering import CancelGathering
from domain.spanning.sharing import AddComment
from domain.teams.team import TeamOver
from domain.trips.booking import CancelBooking, FailBooking
from domain.trips.expense import ShareExpense
from domain.trips.lifecycle import CancelTrip
from domain.trips.trip import PersonNeeded
from tests.domain.examples.deciding import NOW, caller
from tests.domain.examples.ended_teams import (
    GATHERING,
    HOTEL,
    IDEA,
    TRIP,
    WORK,
    WRITES,
)
from tests.domain.examples.state_machine import MemoryLog
from tests.domain.examples.team import (
    ANNA,
    BANK,
    BERT,
    CHALLENGE,
    CLINIC,
    CORA,
    GUIDE,
    OTHER_TEAM,
    OTTO,
    PROGRAMME,
    TEAM,
    id_of,
)

LAST = (ANNA, BERT)
REQUESTED = BookingRequested(
    trip=TRIP,
    team=TEAM,
    programme=PROGRAMME,
    booking=HOTEL,
    member=ANNA,
    kind=Words("Hotel"),
    supplier=Words("Hotel New York"),
    amount=Money(40_000, Currency("EUR")),
    payer=Payer(person_id=ANNA),
    required=True,
    free_cancellation_until=None,
)
MERGED = TeamMerged(
    team=TEAM,
    programme=PROGRAMME,
    organisation=BANK,
    challenge=CHALLENGE,
    into=OTHER_TEAM,
    into_organisation=CLINIC,
    members=LAST,
)
DISSOLVED = TeamDissolved(team=TEAM, programme=PROGRAMME, organisation=BANK, challenge=CHALLENGE, members=LAST)


def member(person: PersonId) -> Caller:
    return caller("participant", person, reason="Zomaar")


@pytest.mark.parametrize("end", [MERGED, DISSOLVED], ids=["merged", "dissolved"])
@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_rule_10_the_last_members_of_an_ended_cop_cannot_add_to_its_work(
    write: Callable[[Caller], Command], end: Event
) -> None:
    going_on, ended = MemoryLog(NOW, *WORK), MemoryLog(NOW, *WORK, end)
    assert going_on.refusal(write(member(ANNA))) is not TeamOver
    assert ended.refusal(write(member(ANNA))) is TeamOver


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_people_who_were_not_last_members_do_not_learn_that_a_cop_ended(write: Callable[[Caller], Command]) -> None:
    for log in (MemoryLog(NOW, *WORK), MemoryLog(NOW, *WORK, MERGED)):
        assert log.refusal(write(member(CORA))) in {NotAllowed, NotFound}
        assert log.refusal(write(member(OTTO))) in {NotAllowed, NotFound}


def test_the_facilitator_cannot_comment_on_the_work_of_an_ended_cop() -> None:
    log = MemoryLog(NOW, *WORK, DISSOLVED)
    assert log.refusal(WRITES["a comment"](caller("facilitator", GUIDE))) is TeamOver


def test_members_of_a_merged_cop_work_in_the_other_cop() -> None:
    log = MemoryLog(NOW, *WORK, MERGED)
    for person in (*LAST, OTTO):
        note = CommentId(id_of("comment", LAST.index(person) if person in LAST else 9))
        assert log.execute(
            AddComment(note, team=OTHER_TEAM, on=AnyId(OTHER_TEAM), text=Words("Hier."), by=member(person))
        )


# Winding up plans


def euro(cents: int) -> Money:
    return Money(cents, Currency("EUR"))


WINDING_UP: dict[str, Callable[[Caller], Command]] = {
    "a gathering called off": lambda by: CancelGathering(GATHERING, programme=PROGRAMME, by=by),
    "a trip called off": lambda by: CancelTrip(TRIP, team=TEAM, by=by),
    "a booking cancelled": lambda by: CancelBooking(HOTEL, trip=TRIP, team=TEAM, refund=euro(30_000), by=by),
    "a booking that failed": lambda by: FailBooking(HOTEL, trip=TRIP, team=TEAM, by=by),
    "what was paid": lambda by: ShareExpense(
        ExpenseId(id_of("expense", 1)),
        trip=TRIP,
        team=TEAM,
        programme=PROGRAMME,
        payer=ANNA,
        amount=euro(40_000),
        text=Words("Hotel"),
        booking=HOTEL,
        by=by,
    ),
}
CONCLUDED = ProgrammeConcluded(programme=PROGRAMME, teams=(TEAM,), members=LAST, trips=(TRIP,))
PLANNED = [*WORK, IDEA, REQUESTED]
winding_up = pytest.mark.parametrize("wind_up", WINDING_UP.values(), ids=WINDING_UP)


@winding_up
@pytest.mark.parametrize("end", [MERGED, DISSOLVED, CONCLUDED], ids=["merged", "dissolved", "concluded"])
def test_the_last_members_and_the_facilitator_wind_up_the_plans_of_an_ended_cop(
    wind_up: Callable[[Caller], Command], end: Event
) -> None:
    for by in (member(ANNA), caller("facilitator", GUIDE, reason="De CoP is er niet meer")):
        assert MemoryLog(NOW, *PLANNED, end).execute(wind_up(by))
    for by in (member(CORA), member(OTTO)):
        assert MemoryLog(NOW, *PLANNED, end).refusal(wind_up(by)) in {NotFound, NotAllowed}


@winding_up
def test_only_members_cancel_the_plans_of_an_active_cop(wind_up: Callable[[Caller], Command]) -> None:
    assert MemoryLog(NOW, *PLANNED).execute(wind_up(member(ANNA)))
    assert MemoryLog(NOW, *PLANNED).refusal(wind_up(caller("facilitator", GUIDE, reason="Zo"))) is NotAllowed


@pytest.mark.parametrize("end", [MERGED, DISSOLVED, CONCLUDED], ids=["merged", "dissolved", "concluded"])
def test_a_managers_token_without_a_person_winds_up_if_the_event_names_no_member(
    end: Event,
) -> None:
    token = caller("manager", None, reason="De CoP is er niet meer")
    gathering, *of_trip, paid = WINDING_UP.values()
    for one in (gathering, paid):
        assert MemoryLog(NOW, *PLANNED, end).execute(one(token))
    for one in of_trip:
        assert MemoryLog(NOW, *PLANNED, end).refusal(one(token)) is PersonNeeded
        assert MemoryLog(NOW, *PLANNED).refusal(one(token)) is NotAllowed


@pytest.mark.parametrize("end", [MERGED, DISSOLVED], ids=["merged", "dissolved"])
def test_rule_13_the_last_members_share_the_expenses_of_an_ended_cop(end: Event) -> None:
    [shared] = MemoryLog(NOW, *PLANNED, end).execute(WINDING_UP["what was paid"](member(BERT)))
    assert isinstance(shared, ExpenseShared)
    assert shared.split == (Share(ANNA, 20_000), Share(BERT, 20_000))


def test_rule_15_cancelling_a_gathering_of_an_ended_cop_increments_the_sequence() -> None:
    moved = GatheringRescheduled(
        gathering=GATHERING,
        programme=PROGRAMME,
        teams=(TEAM,),
        organisations=(BANK,),
        sequence=1,
        starts_at=NOW,
        ends_at=NOW + timedelta(hours=2),
        place=None,
    )
    guide = caller("facilitator", GUIDE, reason="De CoP is er niet meer")
    [off] = MemoryLog(NOW, *PLANNED, moved, MERGED).execute(WINDING_UP["a gathering called off"](guide))
    assert isinstance(off, GatheringCancelled)
    assert off.sequence == 2
