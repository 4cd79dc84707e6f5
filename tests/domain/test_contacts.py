"""Who speaks for an organisation, and until when."""

import pytest

from domain.challenge import ChallengeProposed
from domain.contacts import EndContact
from domain.foundation import (
    AsIs,
    Caller,
    Code,
    ContactId,
    Fact,
    NotAllowed,
    NotFound,
    OrganisationId,
    PersonId,
    ProgrammeId,
    Refusal,
    Words,
)
from domain.roles import ContactAppointed, ContactEnded, FacilitatorAssigned, ManagerAppointed, ParticipantEnrolled
from tests.domain import a_team as t
from tests.domain.deciding import caller

BOSS, AUDITOR = PersonId(t.id_of("person", 8)), PersonId(t.id_of("person", 9))
ELSEWHERE = ProgrammeId(t.id_of("programme", 2))
CONTACT = ContactId(t.id_of("contact", 1))
SPEAKS = ContactAppointed(contact=CONTACT, organisation=t.BANK, person=t.BANKER, role=Code("commissioner"))
AUDITS = ContactAppointed(
    contact=ContactId(t.id_of("contact", 2)), organisation=t.BANK, person=AUDITOR, role=Code("auditor")
)
ENDED = ContactEnded(contact=CONTACT, organisation=t.BANK, person=t.BANKER)
MANAGES = ManagerAppointed(programme=t.PROGRAMME, person=BOSS)
COMMISSIONS = ChallengeProposed(
    challenge=t.CHALLENGE,
    programme=t.PROGRAMME,
    organisation=t.BANK,
    proposer=None,
    title=Words("T"),
    context=Words("C"),
    wish=None,
)
SENDS = ParticipantEnrolled(programme=t.PROGRAMME, person=t.ANNA, organisation=t.BANK)
BY_BOSS = caller("manager", BOSS)


def ending(by: Caller, organisation: OrganisationId = t.BANK) -> EndContact:
    return EndContact(CONTACT, organisation=organisation, by=by)


@pytest.mark.parametrize(
    ("by", "given"),
    [
        pytest.param(BY_BOSS, [MANAGES, COMMISSIONS], id="a manager whose programme has a challenge of it"),
        pytest.param(BY_BOSS, [MANAGES, SENDS], id="a manager in whose programme it has a participant"),
        pytest.param(caller("manager"), [], id="a manager's token"),
        pytest.param(t.BANKER_ASKS, [], id="a commissioner of it"),
    ],
)
def test_rule_23_a_contact_ends(by: Caller, given: list[Fact]) -> None:
    assert t.told([SPEAKS, *given], ending(by))[-1] == ENDED


@pytest.mark.parametrize(
    ("command", "given", "refusal"),
    [
        pytest.param(ending(BY_BOSS), [MANAGES], NotAllowed, id="a manager whom the organisation does not concern"),
        pytest.param(
            ending(BY_BOSS),
            [ManagerAppointed(programme=ELSEWHERE, person=BOSS), COMMISSIONS, SENDS],
            NotAllowed,
            id="the manager of another programme",
        ),
        pytest.param(
            ending(t.GUIDE_ASKS),
            [FacilitatorAssigned(programme=t.PROGRAMME, person=t.GUIDE), COMMISSIONS],
            NotAllowed,
            id="a facilitator",
        ),
        pytest.param(ending(caller("auditor", AUDITOR)), [AUDITS], NotAllowed, id="its auditor"),
        pytest.param(ending(t.ANNA_ASKS), [SENDS], NotFound, id="hidden from a participant"),
        pytest.param(ending(caller("manager")), [ENDED], AsIs, id="twice"),
        pytest.param(ending(t.BANKER_ASKS), [ENDED], NotFound, id="somebody who no longer speaks for it"),
        pytest.param(ending(caller("manager"), t.CLINIC), [], NotFound, id="another organisation's"),
    ],
)
def test_an_end_is_refused(command: EndContact, given: list[Fact], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        t.told([SPEAKS, *given], command)


def test_the_end_of_a_contact_that_there_never_was_is_refused() -> None:
    with pytest.raises(NotFound):
        t.told([MANAGES, COMMISSIONS], ending(BY_BOSS))
