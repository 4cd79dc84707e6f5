"""Invitations of a programme: held back, released, sent again (rule 36)."""

from datetime import timedelta

import pytest

from domain.events.invitations import InvitationResent, InvitationsHeld, InvitationsReleased
from domain.events.programme import ProgrammeConcluded
from domain.events.roles import (
    ContactAppointed,
    ContactEnded,
    FacilitatorAssigned,
    FacilitatorReplaced,
    ManagerAppointed,
    ParticipantEnrolled,
    ParticipantWithdrew,
)
from domain.foundation import AsIs, Caller, Code, ContactId, Event, NotAllowed, NotFound, PersonId, Refusal
from domain.people.invitations import RESEND_INTERVAL, SentRecently
from domain.people.rights import CallerCommand
from domain.programmes.inviting import HoldInvitations, InvitationHeldBack, ReleaseInvitations, ResendInvitation
from domain.programmes.programme import ProgrammeOver
from tests.domain.examples.board import (
    ANNA,
    BANK,
    BOSS,
    BY_ANNA,
    BY_BANKER,
    BY_BOSS,
    BY_GUIDE,
    ELECTORS,
    ELSEWHERE,
    GUIDE,
    PEOPLE,
    PROGRAMME,
    START_UPS,
    STRANGER,
)
from tests.domain.examples.deciding import NOW, caller
from tests.domain.examples.team import execute

NEW, OTHER = PersonId("person_new"), PersonId("person_other")
HELD = InvitationsHeld(programme=PROGRAMME)
OVER = ProgrammeConcluded(programme=PROGRAMME, teams=())
GONE = ParticipantWithdrew(programme=PROGRAMME, person=NEW, organisation=None)


def enrolled(person: PersonId = NEW) -> ParticipantEnrolled:
    return ParticipantEnrolled(programme=PROGRAMME, person=person, organisation=None)


def appointed(person: PersonId = OTHER, *, for_all: bool = False) -> ContactAppointed:
    return ContactAppointed(
        contact=ContactId("contact_other"),
        organisation=BANK,
        person=person,
        role=Code("commissioner"),
        challenges=() if for_all else (START_UPS,),
        programme=None if for_all else PROGRAMME,
    )


def released(*history: Event) -> tuple[PersonId, ...]:
    """The people whom a release after these events invites."""
    event = execute([*PEOPLE, *history], ReleaseInvitations(PROGRAMME, by=BY_BOSS))[-1]
    assert isinstance(event, InvitationsReleased)
    return event.people


def resent(*history: Event, person: PersonId = ANNA, by: Caller = BY_GUIDE) -> InvitationResent:
    event = execute([*PEOPLE, *history], ResendInvitation(PROGRAMME, person=person, by=by))[-1]
    assert isinstance(event, InvitationResent)
    return event


def test_a_manager_holds_invitations_back() -> None:
    assert execute([*PEOPLE], HoldInvitations(PROGRAMME, by=BY_BOSS))[-1] == HELD


def test_rule_36_a_release_invites_everybody_with_a_role_that_waits() -> None:
    guide = FacilitatorAssigned(programme=PROGRAMME, person=PersonId("person_guide_2"))
    boss = ManagerAppointed(programme=PROGRAMME, person=PersonId("person_boss_2"))
    assert released(HELD, enrolled(), appointed(), guide, boss) == ("person_boss_2", "person_guide_2", NEW, OTHER)


def test_rule_36_a_release_invites_nobody_again() -> None:
    assert released(HELD) == (), "roles of before the hold"
    assert released(HELD, enrolled(), InvitationsReleased(programme=PROGRAMME, people=(NEW,)), HELD) == ()


def test_rule_36_a_person_with_two_roles_is_named_once() -> None:
    assert released(HELD, enrolled(), appointed(NEW)) == (NEW,)


@pytest.mark.parametrize(
    "ended",
    [
        pytest.param([enrolled(), GONE], id="a participant who withdrew"),
        pytest.param(
            [
                appointed(),
                ContactEnded(contact=appointed().contact, organisation=BANK, person=OTHER, programme=PROGRAMME),
            ],
            id="a contact that ended",
        ),
        pytest.param(
            [
                FacilitatorAssigned(programme=PROGRAMME, person=NEW),
                FacilitatorReplaced(programme=PROGRAMME, person=NEW, replacement=None),
            ],
            id="a facilitator who was replaced",
        ),
        pytest.param([appointed(for_all=True)], id="a contact for all challenges"),
        pytest.param(
            [ParticipantEnrolled(programme=ELSEWHERE, person=NEW, organisation=None)], id="a role in another programme"
        ),
    ],
)
def test_rule_36_a_release_does_not_invite(ended: list[Event]) -> None:
    assert released(HELD, *ended) == ()


def test_rule_36_who_returns_during_a_hold_is_invited_again_at_the_release() -> None:
    assert released(enrolled(), HELD, GONE, enrolled()) == (NEW,)


def test_a_facilitator_sends_an_invitation_again() -> None:
    event = resent()
    assert (event.person, event.programme, event.contact, event.not_before) == (
        ANNA,
        PROGRAMME,
        None,
        NOW + RESEND_INTERVAL,
    )


def test_rule_36_an_invitation_from_before_a_hold_is_sent_again_during_it() -> None:
    assert resent(HELD).person == ANNA
    assert resent(appointed(NEW), HELD, enrolled(), person=NEW).person == NEW, "the appointment, not the enrolment"


def test_rule_36_an_invitation_is_sent_again_at_most_once_an_hour() -> None:
    again = InvitationResent(person=ANNA, programme=PROGRAMME, contact=None, organisation=None, not_before=NOW)
    assert resent(again).not_before == NOW + RESEND_INTERVAL
    command = ResendInvitation(
        PROGRAMME, person=ANNA, by=caller("facilitator", GUIDE, at=NOW - timedelta(minutes=29, seconds=1))
    )
    with pytest.raises(SentRecently) as refused:
        execute([*PEOPLE, again], command)
    assert refused.value.values == {"minutes": 30}
    assert resent(again, person=ELECTORS[1], by=caller("facilitator", GUIDE, at=NOW - timedelta(minutes=1)))


@pytest.mark.parametrize(
    ("history", "command", "refusal"),
    [
        pytest.param([], HoldInvitations(PROGRAMME, by=BY_GUIDE), NotAllowed, id="a facilitator does not hold"),
        pytest.param([], HoldInvitations(PROGRAMME, by=STRANGER), NotFound, id="hold: hidden from a stranger"),
        pytest.param([], HoldInvitations(PROGRAMME, by=BY_BANKER), NotFound, id="hold: hidden from a contact"),
        pytest.param([HELD], HoldInvitations(PROGRAMME, by=BY_BOSS), AsIs, id="they are held"),
        pytest.param([OVER], HoldInvitations(PROGRAMME, by=BY_BOSS), ProgrammeOver, id="hold: over"),
        pytest.param(
            [HELD], ReleaseInvitations(PROGRAMME, by=BY_GUIDE), NotAllowed, id="a facilitator does not release"
        ),
        pytest.param([HELD], ReleaseInvitations(PROGRAMME, by=STRANGER), NotFound, id="release: hidden"),
        pytest.param([], ReleaseInvitations(PROGRAMME, by=BY_BOSS), AsIs, id="nothing is held"),
        pytest.param(
            [HELD, InvitationsReleased(programme=PROGRAMME, people=())],
            ReleaseInvitations(PROGRAMME, by=BY_BOSS),
            AsIs,
            id="they were released",
        ),
        pytest.param([HELD, OVER], ReleaseInvitations(PROGRAMME, by=BY_BOSS), ProgrammeOver, id="release: over"),
        pytest.param([], ResendInvitation(PROGRAMME, person=BOSS, by=BY_ANNA), NotAllowed, id="a participant"),
        pytest.param([], ResendInvitation(PROGRAMME, person=ANNA, by=STRANGER), NotFound, id="resend: hidden"),
        pytest.param([], ResendInvitation(PROGRAMME, person=NEW, by=BY_BOSS), NotFound, id="somebody without a role"),
        pytest.param(
            [enrolled(), GONE], ResendInvitation(PROGRAMME, person=NEW, by=BY_BOSS), NotFound, id="a former participant"
        ),
        pytest.param(
            [HELD, enrolled()], ResendInvitation(PROGRAMME, person=NEW, by=BY_BOSS), InvitationHeldBack, id="held back"
        ),
        pytest.param([OVER], ResendInvitation(PROGRAMME, person=ANNA, by=BY_BOSS), ProgrammeOver, id="resend: over"),
        pytest.param([], HoldInvitations(ELSEWHERE, by=BY_BOSS), NotFound, id="another programme"),
    ],
)
def test_holding_releasing_and_resending_are_refused(
    history: list[Event], command: CallerCommand, refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        execute([*PEOPLE, *history], command)
