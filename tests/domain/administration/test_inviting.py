"""Invitations of contacts for all challenges are sent again by those to whom the organisation belongs (rule 36)."""

import pytest

from domain.administration.inviting import ResendContactInvitation
from domain.events.invitations import InvitationResent
from domain.events.roles import ContactAppointed, ContactEnded
from domain.foundation import Caller, Code, ContactId, Event, NotAllowed, NotFound, PersonId, Refusal
from domain.people.invitations import RESEND_INTERVAL, SentRecently
from tests.domain.examples.board import BANK, BANKER, BY_BANKER, BY_BOSS, BY_DOCTOR, CLINIC, DOCTOR, PEOPLE, STRANGER
from tests.domain.examples.deciding import NOW, caller
from tests.domain.examples.team import execute

AUDITOR = PersonId("person_auditor")
AUDITS = ContactAppointed(
    contact=ContactId("contact_auditor"), organisation=CLINIC, person=AUDITOR, role=Code("auditor")
)
AGAIN = InvitationResent(
    person=AUDITOR, programme=None, contact=AUDITS.contact, organisation=CLINIC, not_before=NOW + RESEND_INTERVAL
)


def resend(by: Caller, contact: ContactId = AUDITS.contact) -> ResendContactInvitation:
    organisation, person = (CLINIC, AUDITOR) if contact == AUDITS.contact else (BANK, BANKER)
    return ResendContactInvitation(contact, organisation=organisation, person=person, by=by)


@pytest.mark.parametrize(
    "by", [pytest.param(BY_DOCTOR, id="a commissioner"), pytest.param(caller("manager"), id="the operator")]
)
def test_the_invitation_of_a_contact_is_sent_again(by: Caller) -> None:
    assert execute([*PEOPLE, AUDITS], resend(by))[-1] == AGAIN


@pytest.mark.parametrize(
    ("history", "command", "refusal"),
    [
        pytest.param([AUDITS], resend(BY_BOSS), NotFound, id="hidden from other managers"),
        pytest.param([AUDITS], resend(BY_BANKER), NotFound, id="hidden from another organisation"),
        pytest.param([AUDITS], resend(STRANGER), NotFound, id="hidden from a participant"),
        pytest.param([AUDITS], resend(caller("auditor", AUDITOR)), NotAllowed, id="by the contact"),
        pytest.param([], resend(BY_DOCTOR), NotFound, id="no such contact"),
        pytest.param(
            [AUDITS, ContactEnded(contact=AUDITS.contact, organisation=CLINIC, person=AUDITOR)],
            resend(BY_DOCTOR),
            NotFound,
            id="a contact that ended",
        ),
        pytest.param([AUDITS, AGAIN], resend(BY_DOCTOR), SentRecently, id="at most once an hour"),
    ],
)
def test_sending_it_again_is_refused(
    history: list[Event], command: ResendContactInvitation, refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        execute([*PEOPLE, *history], command)


def test_a_repetition_for_one_contact_does_not_delay_that_of_another() -> None:
    own = ContactId(f"contact_{DOCTOR}")
    command = ResendContactInvitation(own, organisation=CLINIC, person=DOCTOR, by=BY_DOCTOR)
    event = execute([*PEOPLE, AUDITS, AGAIN], command)[-1]
    assert isinstance(event, InvitationResent)
    assert (event.person, event.contact) == (DOCTOR, own)
