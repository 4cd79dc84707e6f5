"""Guests on a study trip, rule by rule."""

import pytest

from domain.calculations.settlement import Share
from domain.events.expense import ExpenseShared
from domain.events.roles import (
    ContactEnded,
    FacilitatorAssigned,
    FacilitatorReplaced,
    ParticipantEnrolled,
    ParticipantWithdrew,
)
from domain.events.team import MemberTransferred, TeamDissolved, TeamFormed
from domain.events.trip import GuestInvited, GuestRole, TripCancelled
from domain.events.trip_dates import Answer, AvailabilityGiven
from domain.foundation import (
    AsIs,
    Caller,
    Event,
    ExpenseId,
    Money,
    NotAllowed,
    NotFound,
    PersonId,
    ProgrammeId,
    TeamId,
    Words,
)
from domain.teams.team import TeamOver
from domain.trips.dates import GiveAvailability
from domain.trips.expense import ShareExpense
from domain.trips.guests import CannotBeGuest, InviteGuest, TripRights
from domain.trips.lifecycle import DeclareBooked
from domain.trips.trip import TripOver
from tests.domain.examples.deciding import caller, decide
from tests.domain.trips.examples.guests import (
    ANOTHER_CHALLENGE,
    AROUND,
    CHALLENGE,
    CLINIC,
    FRANK,
    OTHER_TEAM,
    appointed,
)
from tests.domain.trips.examples.trip import (
    A_MEMBER,
    ANNA,
    APRIL,
    BANK,
    BERT,
    CHRIS,
    CONTACT,
    EUR,
    EVE,
    FIXED,
    GIVEN,
    GUIDE,
    HOTEL,
    OF_TRIP,
    POLL,
    PROGRAMME,
    TEAM,
    TRIP,
    every_decision,
    id_of,
    requested,
)

ELSEWHERE = TeamFormed(
    team=TeamId(id_of("team", 3)),
    programme=ProgrammeId(id_of("programme", 2)),
    challenge=ANOTHER_CHALLENGE,
    organisation=CLINIC,
    number=1,
    members=(FRANK,),
)


AS_EVE = caller("participant", EVE, reason="x")
AS_GUIDE = caller("facilitator", GUIDE, reason="x")
AS_CONTACT = caller("commissioner", CONTACT, reason="x")


def invite(person: PersonId, by: Caller = A_MEMBER) -> InviteGuest:
    return InviteGuest(TRIP, team=TEAM, person=person, by=by)


def invited(person: PersonId, role: GuestRole = "participant") -> GuestInvited:
    organisation = BANK if role == "commissioner" else None
    return GuestInvited(**OF_TRIP, member=ANNA, person=person, role=role, organisation=organisation)


EVE_COMES, GUIDE_COMES, CONTACT_COMES = invited(EVE), invited(GUIDE, "facilitator"), invited(CONTACT, "commissioner")
GUESTS = [(AS_EVE, EVE_COMES), (AS_GUIDE, GUIDE_COMES), (AS_CONTACT, CONTACT_COMES)]


def left(person: PersonId) -> ParticipantWithdrew:
    return ParticipantWithdrew(programme=PROGRAMME, person=person, organisation=BANK)


# Invitations


@pytest.mark.parametrize("event", [EVE_COMES, GUIDE_COMES, CONTACT_COMES], ids=lambda event: event.role)
def test_rule_13_guests_are_members_of_other_cops_the_facilitator_or_a_commissioner(event: GuestInvited) -> None:
    assert decide(invite(event.person), *AROUND) == [event]


@pytest.mark.parametrize(
    ("person", "more"),
    [
        pytest.param(BERT, [], id="not a member of the CoP itself"),
        pytest.param(FRANK, [], id="not an unknown person"),
        pytest.param(
            FRANK,
            [ParticipantEnrolled(programme=PROGRAMME, person=FRANK, organisation=None)],
            id="nor a participant without a CoP",
        ),
        pytest.param(
            FRANK,
            [ParticipantEnrolled(programme=PROGRAMME, person=FRANK, organisation=None), ELSEWHERE],
            id="nor in a CoP of another programme",
        ),
        pytest.param(EVE, [left(EVE)], id="not a person who left the programme"),
        pytest.param(
            CONTACT,
            [ContactEnded(contact=appointed().contact, organisation=BANK, person=CONTACT)],
            id="not a former contact",
        ),
        pytest.param(CONTACT, [appointed(CLINIC)], id="not another organisation's"),
        pytest.param(CONTACT, [appointed(BANK, ANOTHER_CHALLENGE)], id="not another challenge's"),
        pytest.param(
            GUIDE,
            [FacilitatorAssigned(programme=PROGRAMME, person=GUIDE, teams=(OTHER_TEAM,))],
            id="not another CoP's facilitator",
        ),
    ],
)
def test_rule_13_nobody_else_can_be_a_guest(person: PersonId, more: list[Event]) -> None:
    with pytest.raises(CannotBeGuest):
        decide(invite(person), *AROUND, *more)


def test_a_member_who_moved_to_another_cop_can_be_a_guest_of_the_old_one() -> None:
    went = MemberTransferred(
        team=TEAM, programme=PROGRAMME, organisation=BANK, person=CHRIS, to_team=OTHER_TEAM, to_organisation=CLINIC
    )
    assert decide(invite(CHRIS), *AROUND, went) == [invited(CHRIS)]


def test_a_guest_is_invited_once_by_a_member_before_the_trip_is_over() -> None:
    with pytest.raises(AsIs):
        decide(invite(EVE), *AROUND, EVE_COMES)
    with pytest.raises(TripOver):
        decide(invite(EVE), *AROUND, TripCancelled(**OF_TRIP, organisation=BANK, member=ANNA))
    for guest, event in GUESTS:
        with pytest.raises(NotAllowed):
            decide(invite(EVE, guest), *AROUND, event)
    with pytest.raises(NotFound):
        decide(invite(GUIDE, AS_EVE), *AROUND)


# Permissions of guests


def availability(by: Caller) -> GiveAvailability:
    return GiveAvailability(TRIP, answers=(Answer(APRIL, "yes"),), by=by)


def lunch(by: Caller, payer: PersonId, *split: Share) -> ShareExpense:
    expense = ExpenseId(id_of("expense", 1))
    return ShareExpense(
        expense, **OF_TRIP, payer=payer, amount=Money(1000, EUR), text=Words("Lunch"), split=split, by=by
    )


@pytest.mark.parametrize(("by", "event"), GUESTS, ids=lambda one: getattr(one, "role", None))
def test_rule_13_guests_answer_the_poll_and_share_costs(by: Caller, event: GuestInvited) -> None:
    assert decide(availability(by), *AROUND, POLL, event) == [
        AvailabilityGiven(**OF_TRIP, person=event.person, answers=(Answer(APRIL, "yes"),))
    ]
    [shared] = decide(lunch(by, event.person), *AROUND, event)
    assert isinstance(shared, ExpenseShared)
    assert shared.payer == event.person
    assert shared.split == tuple(Share(one, 250) for one in sorted([ANNA, BERT, CHRIS, event.person]))


OF_BOOKINGS = {5, 6, 7}
"""Indices in `every_decision` of commands about one booking, which guests do not know of."""


@pytest.mark.parametrize(("by", "event"), GUESTS, ids=lambda one: getattr(one, "role", None))
@pytest.mark.parametrize("number", [0, 2, 3, 4, 5, 6, 7, 9, 10, 11])
def test_rule_13_guests_take_no_decisions(number: int, by: Caller, event: GuestInvited) -> None:
    hidden = number in OF_BOOKINGS and event.role != "facilitator"
    with pytest.raises(NotFound if hidden else NotAllowed):
        decide(every_decision(by)[number], *AROUND, POLL, FIXED, requested(HOTEL), event)


@pytest.mark.parametrize(
    ("by", "event", "ends"),
    [
        (AS_EVE, EVE_COMES, left(EVE)),
        (AS_GUIDE, GUIDE_COMES, FacilitatorReplaced(programme=PROGRAMME, person=GUIDE, replacement=None)),
        (AS_CONTACT, CONTACT_COMES, ContactEnded(contact=appointed().contact, organisation=BANK, person=CONTACT)),
        (caller("commissioner", EVE), EVE_COMES, POLL),
    ],
)
def test_a_guest_who_lost_the_role_of_the_invitation_is_no_longer_a_guest(
    by: Caller, event: Event, ends: Event
) -> None:
    with pytest.raises(NotFound):
        decide(availability(by), *AROUND, POLL, event, ends)


def test_a_guest_who_left_the_programme_keeps_debts_but_gets_no_new_shares() -> None:
    before = decide(lunch(A_MEMBER, ANNA), *AROUND, EVE_COMES)
    [after] = decide(lunch(A_MEMBER, EVE), *AROUND, EVE_COMES, *before, left(EVE))
    assert isinstance(after, ExpenseShared)
    assert after.payer == EVE
    assert {one.person for one in after.split} == {ANNA, BERT, CHRIS}
    assert decide(lunch(A_MEMBER, ANNA, Share(EVE, 1000)), *AROUND, EVE_COMES, left(EVE))


def test_the_last_members_of_an_ended_cop_settle_its_trip_but_decide_nothing() -> None:
    ended = TeamDissolved(
        team=TEAM, programme=PROGRAMME, organisation=BANK, challenge=CHALLENGE, members=(ANNA, BERT, CHRIS)
    )
    (shared,) = decide(lunch(A_MEMBER, ANNA), *AROUND, ended)
    assert isinstance(shared, ExpenseShared)
    assert {ANNA, BERT, CHRIS} <= {one.person for one in shared.split}
    with pytest.raises(TeamOver):
        decide(DeclareBooked(TRIP, by=A_MEMBER), *AROUND, ended)


# Visibility


def test_guests_see_the_trip_to_which_they_were_invited() -> None:
    for by, event in GUESTS:
        rights = TripRights(by).load([*AROUND, event])
        assert rights.can_see_trip(TRIP, GIVEN[-1])  # pyright: ignore[reportArgumentType]  the idea, which has its team
        assert rights.trips_as_guest(TEAM) == [TRIP]
        assert rights.trips_as_guest(OTHER_TEAM) == []
    stranger = TripRights(AS_EVE).load([*AROUND, CONTACT_COMES])
    assert not stranger.can_see_trip(TRIP, GIVEN[-1])  # pyright: ignore[reportArgumentType]  the idea, which has its team
