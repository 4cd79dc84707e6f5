"""Challenges, rule by rule."""

from datetime import timedelta

import pytest

from domain.challenges import challenge as c
from domain.events.challenge import ChallengeAdmitted, ChallengeDeclined, ChallengeProposed
from domain.events.people import OrganisationRegistered, PersonRegistered
from domain.events.programme import PhasePlanned, ProgrammeConcluded
from domain.events.roles import ContactAppointed, FacilitatorAssigned, ParticipantEnrolled
from domain.foundation import (
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
    ReasonMissing,
    Refusal,
    Words,
)
from domain.people.people import UnknownOrganisation, UnknownPerson
from domain.programmes.programme import ProgrammeOver
from tests.domain.examples.deciding import NOW, caller, decide
from tests.domain.examples.programme import OPENED as OPENED_PROGRAMME

PROGRAMME, CHALLENGE = ProgrammeId("programme_1"), ChallengeId("challenge_1")
BANK, CLINIC = OrganisationId("organisation_bank"), OrganisationId("organisation_clinic")
ANNA, GUIDE, EVE = PersonId("person_anna"), PersonId("person_guide"), PersonId("person_eve")
GROUND: list[Event] = [
    OPENED_PROGRAMME,
    OrganisationRegistered(organisation=BANK, name=Label("Bank")),
    ParticipantEnrolled(programme=PROGRAMME, person=ANNA, organisation=BANK),
    FacilitatorAssigned(programme=PROGRAMME, person=GUIDE),
    ContactAppointed(contact=ContactId("contact_1"), organisation=BANK, person=EVE, role=Code("commissioner")),
]
CLOSES = NOW + timedelta(days=1)
PLANNED = PhasePlanned(programme=PROGRAMME, intake_closes_at=CLOSES, preferences_close_at=None)
PROPOSED = ChallengeProposed(
    challenge=CHALLENGE,
    programme=PROGRAMME,
    organisation=BANK,
    proposer=ANNA,
    title=Words("Start-ups"),
    context=Words("Ze vertrekken."),
    wish=None,
)
ADMITTED = ChallengeAdmitted(challenge=CHALLENGE, programme=PROGRAMME, organisation=BANK)
KNOWN_ANNA = PersonRegistered(person=ANNA, name=Personal("A"), email=Personal("a@example.org"), language=Code("nl"))
DECLINED = ChallengeDeclined(challenge=CHALLENGE, programme=PROGRAMME, organisation=BANK)
BY_GUIDE = caller("facilitator", GUIDE)
OVER = ProgrammeConcluded(programme=PROGRAMME, teams=())


def propose(by: Caller, proposer: PersonId | None = None, organisation: OrganisationId = BANK) -> c.ProposeChallenge:
    return c.ProposeChallenge(
        CHALLENGE,
        programme=PROGRAMME,
        organisation=organisation,
        proposer=proposer,
        title=Words("Start-ups"),
        context=Words("Ze vertrekken."),
        by=by,
    )


def test_a_participant_proposes_until_the_intake_closes() -> None:
    command = propose(caller("participant", ANNA))
    assert decide(command, *GROUND, PLANNED) == [PROPOSED]
    assert command.not_after == CLOSES  # rule 4


def test_a_facilitator_enters_a_challenge_for_another_person_at_any_time() -> None:
    command = propose(BY_GUIDE, proposer=ANNA)
    assert decide(command, *GROUND, KNOWN_ANNA, PLANNED) == [PROPOSED]
    assert command.not_after is None


def test_a_commissioner_proposes_for_their_own_organisation() -> None:
    assert decide(propose(caller("commissioner", EVE)), *GROUND)


@pytest.mark.parametrize(
    ("command", "given", "refusal"),
    [
        pytest.param(propose(caller("participant", ANNA), GUIDE), GROUND, NotAllowed, id="not in another's name"),
        pytest.param(propose(caller("participant", EVE)), GROUND, NotFound, id="not by a non-participant"),
        pytest.param(
            propose(caller("commissioner", EVE), organisation=CLINIC),
            GROUND,
            NotFound,
            id="not for another organisation",
        ),
        pytest.param(propose(BY_GUIDE, organisation=CLINIC), GROUND, UnknownOrganisation, id="an unknown organisation"),
        pytest.param(propose(BY_GUIDE, proposer=EVE), [*GROUND, KNOWN_ANNA], UnknownPerson, id="an unknown proposer"),
        pytest.param(propose(BY_GUIDE), GROUND[1:], NotFound, id="an unknown programme"),
        pytest.param(propose(BY_GUIDE), [*GROUND, OVER], ProgrammeOver, id="in a programme that is over"),
        pytest.param(
            propose(caller("participant", ANNA)), [*GROUND, OVER], ProgrammeOver, id="not by a participant either"
        ),
        pytest.param(propose(caller("participant", EVE)), [*GROUND, OVER], NotFound, id="hidden from strangers"),
    ],
)
def test_a_proposal_is_refused(command: c.ProposeChallenge, given: list[Event], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        decide(command, *given)


def test_the_facilitator_admits_or_declines() -> None:
    assert decide(c.AdmitChallenge(CHALLENGE, by=BY_GUIDE), *GROUND, PROPOSED) == [ADMITTED]
    decline = c.DeclineChallenge(CHALLENGE, by=caller("facilitator", GUIDE, reason="no owner"))
    assert decide(decline, *GROUND, PROPOSED) == [DECLINED]


@pytest.mark.parametrize(
    ("command", "given", "refusal"),
    [
        pytest.param(c.AdmitChallenge(CHALLENGE, by=BY_GUIDE), GROUND, NotFound, id="an unknown challenge"),
        pytest.param(c.AdmitChallenge(CHALLENGE, by=BY_GUIDE), [*GROUND, PROPOSED, ADMITTED], c.NotProposed, id="once"),
        pytest.param(
            c.AdmitChallenge(CHALLENGE, by=BY_GUIDE),
            [*GROUND, PROPOSED, DECLINED],
            c.NotProposed,
            id="not when declined",
        ),
        pytest.param(
            c.DeclineChallenge(CHALLENGE, by=BY_GUIDE),
            [*GROUND, PROPOSED],
            ReasonMissing,
            id="declining needs a reason",
        ),
        pytest.param(
            c.AdmitChallenge(CHALLENGE, by=caller("participant", ANNA)),
            [*GROUND, PROPOSED],
            NotAllowed,
            id="not the participant",
        ),
        pytest.param(
            c.AdmitChallenge(CHALLENGE, by=caller("commissioner", EVE)),
            [*GROUND, PROPOSED],
            NotAllowed,
            id="not the commissioner",
        ),
        pytest.param(
            c.AdmitChallenge(CHALLENGE, by=caller("commissioner", ANNA)),
            [*GROUND, PROPOSED],
            NotFound,
            id="hidden from a stranger",
        ),
    ],
)
def test_admitting_or_declining_is_refused(
    command: c.ChallengeCommand, given: list[Event], refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        decide(command, *given)
