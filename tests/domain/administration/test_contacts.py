"""Contacts of an organisation: appointing and ending them."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from domain.administration.contacts import (
    AppointContact,
    EndContact,
    NotTheirChallenge,
    NotTheWholeOrganisation,
    OtherProgrammes,
)
from domain.events.challenge import ChallengeProposed, ChallengeRecommissioned
from domain.events.people import OrganisationRegistered, PersonRegistered
from domain.events.roles import (
    ContactAppointed,
    ContactEnded,
    FacilitatorAssigned,
    ManagerAppointed,
    ParticipantEnrolled,
)
from domain.foundation import (
    AsIs,
    Caller,
    ChallengeId,
    Code,
    ContactId,
    Event,
    Label,
    NotAllowed,
    NotFound,
    OrganisationId,
    Personal,
    PersonId,
    ProgrammeId,
    Refusal,
    Words,
)
from tests.domain.examples import team as t
from tests.domain.examples.deciding import caller

BOSS, AUDITOR = PersonId(t.id_of("person", 8)), PersonId(t.id_of("person", 9))
BOSS_ELSEWHERE = PersonId(t.id_of("person", 7))
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
MANAGES_ELSEWHERE = ManagerAppointed(programme=ELSEWHERE, person=BOSS_ELSEWHERE)
SENDS = ParticipantEnrolled(programme=t.PROGRAMME, person=t.ANNA, organisation=t.BANK)
BY_BOSS = caller("manager", BOSS)


def ending(by: Caller, organisation: OrganisationId = t.BANK) -> EndContact:
    return EndContact(CONTACT, organisation=organisation, by=by)


BY_BOSS_ELSEWHERE = caller("manager", BOSS_ELSEWHERE)
FOR_ONE = replace(SPEAKS, challenges=(t.CHALLENGE,), programme=t.PROGRAMME)
REGISTERED = OrganisationRegistered(organisation=t.BANK, name=Label("Bank"), programmes=(t.PROGRAMME,))
BY_OPERATOR = replace(REGISTERED, programmes=())


@pytest.mark.parametrize(
    ("by", "contact", "given"),
    [
        pytest.param(caller("manager"), SPEAKS, [BY_OPERATOR], id="the operator"),
        pytest.param(t.BY_BANKER, SPEAKS, [BY_OPERATOR], id="themselves"),
        pytest.param(t.BY_BANKER, FOR_ONE, [BY_OPERATOR], id="themselves, for one challenge"),
        pytest.param(BY_BOSS, FOR_ONE, [MANAGES, BY_OPERATOR], id="a manager, for a challenge of their programme"),
        pytest.param(
            BY_BOSS,
            replace(SPEAKS, role=Code("auditor")),
            [MANAGES, REGISTERED],
            id="a manager of the programme that registered it, an auditor, while it has no commissioner",
        ),
    ],
)
def test_rule_23_a_contact_can_be_ended(by: Caller, contact: ContactAppointed, given: list[Event]) -> None:
    ended = replace(ENDED, programme=contact.programme)
    assert t.execute([contact, *given], ending(by))[-1] == ended


@pytest.mark.parametrize(
    ("command", "given", "refusal"),
    [
        pytest.param(
            ending(BY_BOSS),
            [SPEAKS, MANAGES, REGISTERED, SENDS, COMMISSIONS],
            NotAllowed,
            id="for all challenges: not by managers, once there is such a commissioner",
        ),
        pytest.param(
            ending(BY_BOSS),
            [SPEAKS, MANAGES, BY_OPERATOR, SENDS, COMMISSIONS],
            NotFound,
            id="for all challenges: hidden from managers whose programme names the organisation",
        ),
        pytest.param(
            ending(BY_BOSS_ELSEWHERE),
            [FOR_ONE, MANAGES_ELSEWHERE, BY_OPERATOR, replace(COMMISSIONS, programme=ELSEWHERE)],
            NotFound,
            id="hidden from a manager of another programme that names the organisation",
        ),
        pytest.param(
            ending(caller("manager", BOSS)), [FOR_ONE, SENDS], NotFound, id="hidden from a manager of no programme"
        ),
        pytest.param(
            ending(t.BY_GUIDE),
            [FOR_ONE, FacilitatorAssigned(programme=t.PROGRAMME, person=t.GUIDE), COMMISSIONS],
            NotAllowed,
            id="a facilitator",
        ),
        pytest.param(ending(caller("auditor", AUDITOR)), [SPEAKS, AUDITS], NotAllowed, id="its auditor"),
        pytest.param(ending(t.BY_ANNA), [SPEAKS, SENDS], NotFound, id="hidden from a participant"),
        pytest.param(ending(caller("manager")), [SPEAKS, ENDED], AsIs, id="twice"),
        pytest.param(ending(t.BY_BANKER), [SPEAKS, ENDED], NotFound, id="a former contact"),
        pytest.param(ending(caller("manager"), t.CLINIC), [SPEAKS], NotFound, id="another organisation's"),
    ],
)
def test_ending_a_contact_is_refused(command: EndContact, given: list[Event], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        t.execute(given, command)


def test_ending_a_contact_that_never_existed_is_refused() -> None:
    with pytest.raises(NotFound):
        t.execute([MANAGES, COMMISSIONS], ending(BY_BOSS))


SECOND = replace(COMMISSIONS, challenge=ChallengeId(t.id_of("challenge", 2)))
FOREIGN = replace(COMMISSIONS, challenge=ChallengeId(t.id_of("challenge", 3)), organisation=t.CLINIC)
WORLD: list[Event] = [
    BY_OPERATOR,
    PersonRegistered(person=t.ANNA, name=Personal("A"), email=Personal("a@example.org"), language=Code("nl")),
    COMMISSIONS,
    SECOND,
    FOREIGN,
]


def appointing(by: Caller, *challenges: ChallengeId) -> AppointContact:
    new = ContactId(t.id_of("contact", 9))
    return AppointContact(new, organisation=t.BANK, person=t.ANNA, role="commissioner", challenges=challenges, by=by)


def test_a_commissioner_appoints_contacts_only_for_challenges_they_speak_for() -> None:
    assert t.execute([*WORLD, SPEAKS], appointing(t.BY_BANKER))
    assert t.execute([*WORLD, SPEAKS], appointing(t.BY_BANKER, t.CHALLENGE, SECOND.challenge))
    assert t.execute([*WORLD, FOR_ONE], appointing(t.BY_BANKER, t.CHALLENGE))
    for more in ((), (SECOND.challenge,), (t.CHALLENGE, SECOND.challenge)):
        with pytest.raises(NotAllowed):
            t.execute([*WORLD, FOR_ONE], appointing(t.BY_BANKER, *more))


def test_rule_27_a_manager_appoints_contacts_for_challenges_of_their_programme() -> None:
    for given in ([], [SPEAKS]):
        appointed = t.execute([*WORLD, MANAGES, *given], appointing(BY_BOSS, t.CHALLENGE, SECOND.challenge))[-1]
        assert isinstance(appointed, ContactAppointed)
        assert appointed.programme == t.PROGRAMME
    over = ChallengeRecommissioned(
        challenge=FOREIGN.challenge, programme=t.PROGRAMME, organisation=t.BANK, previous=t.CLINIC, teams=()
    )
    assert t.execute([*WORLD, MANAGES, over], appointing(BY_BOSS, FOREIGN.challenge))


def test_rule_27_a_manager_appoints_for_all_challenges_only_without_a_commissioner() -> None:
    registered: list[Event] = [REGISTERED, WORLD[1], MANAGES]
    assert t.execute(registered, appointing(BY_BOSS))
    assert t.execute([*registered, SPEAKS, ENDED], appointing(BY_BOSS))
    later = replace(SPEAKS, effective_from=BY_BOSS.at + timedelta(days=1))
    assert t.execute([*registered, later], appointing(BY_BOSS))
    assert t.execute([*registered, FOR_ONE], appointing(BY_BOSS))
    with pytest.raises(NotTheWholeOrganisation):
        t.execute([*registered, SPEAKS], appointing(BY_BOSS))


@pytest.mark.parametrize(
    "given",
    [
        pytest.param([MANAGES, COMMISSIONS], id="that commissions in their programme"),
        pytest.param([MANAGES, SENDS], id="that sends somebody to their programme"),
        pytest.param([MANAGES], id="that no programme registered"),
    ],
)
def test_rule_27_naming_an_organisation_does_not_let_a_manager_appoint_for_all(given: list[Event]) -> None:
    with pytest.raises(NotTheWholeOrganisation):
        t.execute([*WORLD[:2], *given], appointing(BY_BOSS))


def test_rule_27_a_manager_cannot_appoint_for_challenges_of_another_programme() -> None:
    named_too = replace(SECOND, programme=ELSEWHERE)
    elsewhere: list[Event] = [*WORLD[:3], named_too, MANAGES_ELSEWHERE]
    assert t.execute(elsewhere, appointing(BY_BOSS_ELSEWHERE, SECOND.challenge))
    for challenges in ((t.CHALLENGE,), (t.CHALLENGE, SECOND.challenge), ()):
        with pytest.raises((NotAllowed, NotTheWholeOrganisation)):
            t.execute(elsewhere, appointing(BY_BOSS_ELSEWHERE, *challenges))
    with pytest.raises(NotAllowed):
        t.execute(WORLD, appointing(BY_BOSS))
    with pytest.raises(OtherProgrammes):
        t.execute([*elsewhere, SPEAKS], appointing(t.BY_BANKER, t.CHALLENGE, SECOND.challenge))


def test_a_contact_speaks_only_for_challenges_of_their_own_organisation() -> None:
    for by in (t.BY_BANKER, caller("manager")):
        with pytest.raises(NotTheirChallenge) as refused:
            t.execute([*WORLD, SPEAKS], appointing(by, t.CHALLENGE, FOREIGN.challenge))
        assert refused.value.field == "challenge_ids.1"


def test_rule_22_only_the_organisation_that_took_over_a_challenge_appoints_for_it() -> None:
    goes = ChallengeRecommissioned(
        challenge=FOREIGN.challenge, programme=t.PROGRAMME, organisation=t.BANK, previous=t.CLINIC, teams=()
    )
    assert t.execute([*WORLD, SPEAKS, goes], appointing(t.BY_BANKER, FOREIGN.challenge))
    leaves = replace(goes, challenge=t.CHALLENGE, organisation=t.CLINIC, previous=t.BANK)
    with pytest.raises(NotTheirChallenge):
        t.execute([*WORLD, SPEAKS, leaves], appointing(t.BY_BANKER, t.CHALLENGE))


def test_a_commissioner_for_one_challenge_cannot_end_contacts_who_speak_for_more() -> None:
    whole = replace(AUDITS, role=Code("commissioner"))
    end = EndContact(whole.contact, organisation=t.BANK, by=t.BY_BANKER)
    with pytest.raises(NotFound):
        t.execute([FOR_ONE, whole], end)
    two = replace(whole, challenges=(t.CHALLENGE, SECOND.challenge), programme=t.PROGRAMME)
    with pytest.raises(NotAllowed):
        t.execute([FOR_ONE, two], end)
    assert t.execute([FOR_ONE, replace(whole, challenges=(t.CHALLENGE,), programme=t.PROGRAMME)], end)
    assert t.execute([FOR_ONE], ending(t.BY_BANKER))[-1] == replace(ENDED, programme=t.PROGRAMME)
