"""Who speaks for an organisation, and until when."""

import pytest
from msgspec.structs import replace

from domain.challenge import ChallengeProposed, ChallengeRecommissioned
from domain.contacts import AppointContact, EndContact, NotTheirChallenge
from domain.foundation import (
    AsIs,
    Caller,
    ChallengeId,
    Code,
    ContactId,
    Fact,
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
from domain.people import OrganisationRegistered, PersonRegistered
from domain.roles import (
    ContactAppointed,
    ContactEnded,
    FacilitatorAssigned,
    ManagerAppointed,
    ParticipantEnrolled,
    ParticipantMoved,
    ParticipantWithdrew,
)
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
MANAGES_ELSEWHERE = ManagerAppointed(programme=ELSEWHERE, person=BOSS)
SENDS = ParticipantEnrolled(programme=t.PROGRAMME, person=t.ANNA, organisation=t.BANK)
WITHDREW = ParticipantWithdrew(programme=t.PROGRAMME, person=t.ANNA, organisation=t.BANK)
BY_BOSS = caller("manager", BOSS)


def ending(by: Caller, organisation: OrganisationId = t.BANK) -> EndContact:
    return EndContact(CONTACT, organisation=organisation, by=by)


@pytest.mark.parametrize(
    ("by", "given"),
    [
        pytest.param(BY_BOSS, [MANAGES, COMMISSIONS], id="a manager whose programme has a challenge of it"),
        pytest.param(BY_BOSS, [MANAGES, SENDS], id="a manager in whose programme it has a participant"),
        pytest.param(BY_BOSS, [MANAGES], id="any manager, as long as it concerns no programme"),
        pytest.param(BY_BOSS, [MANAGES, SENDS, WITHDREW], id="a manager in whose programme it had a participant"),
        pytest.param(caller("manager"), [SENDS], id="a manager's token"),
        pytest.param(t.BANKER_ASKS, [SENDS], id="a commissioner of it"),
    ],
)
def test_rule_23_a_contact_ends(by: Caller, given: list[Fact]) -> None:
    assert t.told([SPEAKS, *given], ending(by))[-1] == ENDED


@pytest.mark.parametrize(
    ("command", "given", "refusal"),
    [
        pytest.param(
            ending(BY_BOSS),
            [MANAGES_ELSEWHERE, COMMISSIONS],
            NotFound,
            id="hidden from a manager whose programme has no challenge of it",
        ),
        pytest.param(
            ending(BY_BOSS),
            [MANAGES_ELSEWHERE, SENDS, WITHDREW],
            NotFound,
            id="hidden from a manager in whose programme it never had a participant",
        ),
        pytest.param(ending(caller("manager", BOSS)), [SENDS], NotFound, id="hidden from who manages nothing"),
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


SECOND = replace(COMMISSIONS, challenge=ChallengeId(t.id_of("challenge", 2)))
FOREIGN = replace(COMMISSIONS, challenge=ChallengeId(t.id_of("challenge", 3)), organisation=t.CLINIC)
SPEAKS_ON_ONE = replace(SPEAKS, challenges=(t.CHALLENGE,))
WORLD: list[Fact] = [
    OrganisationRegistered(organisation=t.BANK, name=Label("Bank")),
    PersonRegistered(person=t.ANNA, name=Personal("A"), email=Personal("a@example.org"), language=Code("nl")),
    COMMISSIONS,
    SECOND,
    FOREIGN,
]


def appointing(by: Caller, *challenges: ChallengeId) -> AppointContact:
    new = ContactId(t.id_of("contact", 9))
    return AppointContact(new, organisation=t.BANK, person=t.ANNA, role="commissioner", challenges=challenges, by=by)


def test_a_commissioner_appoints_on_no_more_than_they_speak_on_themselves() -> None:
    assert t.told([*WORLD, SPEAKS], appointing(t.BANKER_ASKS))
    assert t.told([*WORLD, SPEAKS], appointing(t.BANKER_ASKS, t.CHALLENGE, SECOND.challenge))
    assert t.told([*WORLD, SPEAKS_ON_ONE], appointing(t.BANKER_ASKS, t.CHALLENGE))
    for more in ((), (SECOND.challenge,), (t.CHALLENGE, SECOND.challenge)):
        with pytest.raises(NotAllowed):
            t.told([*WORLD, SPEAKS_ON_ONE], appointing(t.BANKER_ASKS, *more))


UNBROUGHT: list[Fact] = [WORLD[0], WORLD[1]]
MOVED_AWAY = ParticipantMoved(programme=t.PROGRAMME, person=t.ANNA, organisation=t.CLINIC, previous=t.BANK)
RECOMMISSIONED = ChallengeRecommissioned(
    challenge=t.CHALLENGE, programme=ELSEWHERE, organisation=t.BANK, previous=t.CLINIC, teams=()
)


@pytest.mark.parametrize(
    "given",
    [
        pytest.param([MANAGES], id="of an organisation that is new"),
        pytest.param([MANAGES, COMMISSIONS], id="that commissions in their programme"),
        pytest.param([MANAGES, SENDS], id="that sends somebody to their programme"),
        pytest.param([MANAGES, SENDS, MOVED_AWAY], id="whose participant went on for another"),
        pytest.param(
            [MANAGES_ELSEWHERE, COMMISSIONS, RECOMMISSIONED], id="that took over a challenge in their programme"
        ),
    ],
)
def test_a_manager_appoints_contacts_of_organisations_in_their_own_programmes(given: list[Fact]) -> None:
    assert t.told([*UNBROUGHT, *given], appointing(BY_BOSS))


@pytest.mark.parametrize(
    "given",
    [
        pytest.param([MANAGES_ELSEWHERE, COMMISSIONS], id="commissions"),
        pytest.param([MANAGES_ELSEWHERE, SENDS], id="sends somebody"),
        pytest.param([MANAGES_ELSEWHERE, SENDS, MOVED_AWAY], id="sent somebody"),
        pytest.param([], id="whatever, to who manages nothing"),
    ],
)
def test_a_manager_appoints_nobody_for_an_organisation_of_another_programme(given: list[Fact]) -> None:
    with pytest.raises(NotAllowed):
        t.told([*UNBROUGHT, *given], appointing(BY_BOSS))


def test_a_contact_speaks_on_challenges_of_their_own_organisation_alone() -> None:
    for by in (t.BANKER_ASKS, caller("manager")):
        with pytest.raises(NotTheirChallenge) as refused:
            t.told([*WORLD, SPEAKS], appointing(by, t.CHALLENGE, FOREIGN.challenge))
        assert refused.value.field == "challenge_ids.1"


def test_rule_22_who_left_a_challenge_appoints_nobody_on_it_and_who_took_it_over_does() -> None:
    goes = ChallengeRecommissioned(
        challenge=FOREIGN.challenge, programme=t.PROGRAMME, organisation=t.BANK, previous=t.CLINIC, teams=()
    )
    assert t.told([*WORLD, SPEAKS, goes], appointing(t.BANKER_ASKS, FOREIGN.challenge))
    leaves = replace(goes, challenge=t.CHALLENGE, organisation=t.CLINIC, previous=t.BANK)
    with pytest.raises(NotTheirChallenge):
        t.told([*WORLD, SPEAKS, leaves], appointing(t.BANKER_ASKS, t.CHALLENGE))


def test_a_commissioner_on_one_challenge_lets_nobody_go_who_speaks_on_more_and_goes_themselves() -> None:
    whole = replace(AUDITS, role=Code("commissioner"))
    end = EndContact(whole.contact, organisation=t.BANK, by=t.BANKER_ASKS)
    with pytest.raises(NotAllowed):
        t.told([SPEAKS_ON_ONE, whole], end)
    assert t.told([SPEAKS_ON_ONE, replace(whole, challenges=(t.CHALLENGE,))], end)
    assert t.told([SPEAKS_ON_ONE], ending(t.BANKER_ASKS))[-1] == ENDED
