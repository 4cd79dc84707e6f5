"""Programmes and roles in them, rule by rule."""

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from domain import enrolment as e
from domain import programme as p
from domain.foundation import (
    Caller,
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
    ReasonMissing,
    Refusal,
    TeamId,
    TokenEnded,
    TokenId,
)
from domain.people import OrganisationRegistered, PersonRegistered, UnknownOrganisation, UnknownPerson
from domain.roles import (
    ContactAppointed,
    FacilitatorAssigned,
    ManagerAppointed,
    ParticipantEnrolled,
    ParticipantWithdrew,
    Rights,
    TokenRevoked,
)
from tests.domain.deciding import NOW, caller, decide

PROGRAMME, ELSEWHERE, BANK = ProgrammeId("programme_1"), ProgrammeId("programme_2"), OrganisationId("organisation_bank")
ANNA, BOSS, GUIDE = PersonId("person_anna"), PersonId("person_boss"), PersonId("person_guide")
OPENED = p.ProgrammeOpened(
    programme=PROGRAMME,
    name=Label("Leergang"),
    edition=Label("2016"),
    timezone=Code("Europe/Amsterdam"),
    languages=(Code("nl"), Code("en")),
    starts_on=None,
    ends_on=None,
    policies=p.Policies(),
)
KNOWN: list[Fact] = [
    OPENED,
    PersonRegistered(person=ANNA, name=Personal("Anna"), email=Personal("a@example.org"), language=Code("nl")),
    OrganisationRegistered(organisation=BANK, name=Label("Bank")),
]
MANAGES = ManagerAppointed(programme=PROGRAMME, person=BOSS)
GUIDES = FacilitatorAssigned(programme=PROGRAMME, person=GUIDE)
ENROLLED = ParticipantEnrolled(programme=PROGRAMME, person=ANNA, organisation=BANK)
GONE = ParticipantWithdrew(programme=PROGRAMME, person=ANNA, organisation=BANK)
BY_GUIDE, BY_BOSS = caller("facilitator", GUIDE), caller("manager", BOSS)


def opening(by: Caller, policies: p.Policies | None = None, ends_on: date | None = None) -> p.OpenProgramme:
    return p.OpenProgramme(
        PROGRAMME,
        name=Label("Leergang"),
        edition=Label("2016"),
        timezone=Code("Europe/Amsterdam"),
        starts_on=date(2016, 9, 1) if ends_on else None,
        ends_on=ends_on,
        policies=policies,
        by=by,
    )


def test_who_opens_a_programme_is_its_manager() -> None:
    assert decide(opening(BY_BOSS)) == [OPENED, MANAGES]
    assert decide(opening(caller("manager"))) == [OPENED]


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        pytest.param(opening(BY_GUIDE), NotAllowed, id="a facilitator opens none"),
        pytest.param(opening(BY_BOSS, p.Policies(min_team=2)), p.TeamBounds, id="rule 10: no team of two"),
        pytest.param(opening(BY_BOSS, p.Policies(min_team=6, max_team=5)), p.TeamBounds, id="rule 10: bounds in order"),
        pytest.param(opening(BY_BOSS, ends_on=date(2016, 8, 1)), p.WrongOrder, id="it ends after it starts"),
    ],
)
def test_an_opening_is_refused(command: p.OpenProgramme, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        decide(command)


def test_nobody_opens_a_programme_with_a_revoked_token() -> None:
    with pytest.raises(TokenEnded):
        decide(opening(BY_BOSS), TokenRevoked(token=TokenId("token_1"), person=None))


def enrol(by: Caller, organisation: OrganisationId | None = BANK) -> e.EnrolParticipant:
    return e.EnrolParticipant(PROGRAMME, person=ANNA, organisation=organisation, by=by)


def test_a_participant_comes_from_an_organisation_or_on_their_own_account() -> None:
    assert decide(enrol(BY_GUIDE), *KNOWN, GUIDES) == [ENROLLED]
    assert decide(enrol(BY_BOSS, None), *KNOWN, MANAGES)


def test_who_left_may_come_back() -> None:
    assert decide(enrol(BY_GUIDE), *KNOWN, GUIDES, ENROLLED, GONE) == [ENROLLED]


def test_rule_25_in_another_programme_anybody_may_be_anything() -> None:
    there = FacilitatorAssigned(programme=ELSEWHERE, person=ANNA)
    assert decide(enrol(BY_GUIDE), *KNOWN, GUIDES, there) == [ENROLLED]


@pytest.mark.parametrize(
    ("command", "given", "refusal"),
    [
        pytest.param(enrol(BY_GUIDE), [*KNOWN, GUIDES, ENROLLED], e.OneRole, id="rule 25: once"),
        pytest.param(
            enrol(BY_GUIDE),
            [*KNOWN, GUIDES, FacilitatorAssigned(programme=PROGRAMME, person=ANNA)],
            e.OneRole,
            id="rule 25: not the facilitator",
        ),
        pytest.param(
            enrol(BY_GUIDE),
            [*KNOWN, GUIDES, ManagerAppointed(programme=PROGRAMME, person=ANNA)],
            e.OneRole,
            id="rule 25: not the manager",
        ),
        pytest.param(enrol(BY_GUIDE), [OPENED, GUIDES], UnknownPerson, id="an unknown person"),
        pytest.param(enrol(BY_GUIDE), [*KNOWN[:2], GUIDES], UnknownOrganisation, id="an unknown organisation"),
        pytest.param(enrol(BY_GUIDE), [*KNOWN[1:], GUIDES], NotFound, id="an unknown programme"),
        pytest.param(
            enrol(caller("participant", ANNA)), [*KNOWN, ENROLLED], NotAllowed, id="a participant enrols nobody"
        ),
        pytest.param(
            enrol(caller("participant", GUIDE)),
            [*KNOWN, GUIDES],
            NotFound,
            id="a token gives its role's rights at most",
        ),
    ],
)
def test_an_enrolment_is_refused(command: e.EnrolParticipant, given: list[Fact], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        decide(command, *given)


def test_a_participant_leaves_with_a_reason() -> None:
    by = caller("facilitator", GUIDE, reason="another job")
    command = e.WithdrawParticipant(PROGRAMME, person=ANNA, by=by)
    assert decide(command, *KNOWN, GUIDES, ENROLLED) == [GONE]
    with pytest.raises(ReasonMissing):
        decide(e.WithdrawParticipant(PROGRAMME, person=ANNA, by=BY_GUIDE), *KNOWN, GUIDES, ENROLLED)
    with pytest.raises(NotFound):
        decide(e.WithdrawParticipant(PROGRAMME, person=ANNA, by=by), *KNOWN, GUIDES)


def test_the_manager_assigns_facilitators_and_no_facilitator_does() -> None:
    assert decide(e.AssignFacilitator(PROGRAMME, person=ANNA, by=BY_BOSS), *KNOWN, MANAGES)
    with pytest.raises(NotAllowed):
        decide(e.AssignFacilitator(PROGRAMME, person=ANNA, by=BY_GUIDE), *KNOWN, GUIDES)


@pytest.mark.parametrize(
    ("guides", "team", "may"),
    [
        pytest.param(GUIDES, None, True, id="all teams, always"),
        pytest.param(
            FacilitatorAssigned(programme=PROGRAMME, person=GUIDE, from_=NOW + timedelta(1)), None, False, id="not yet"
        ),
        pytest.param(FacilitatorAssigned(programme=PROGRAMME, person=GUIDE, until=NOW), None, False, id="not any more"),
        pytest.param(
            FacilitatorAssigned(programme=PROGRAMME, person=GUIDE, teams=(TeamId("team_1"),)),
            TeamId("team_1"),
            True,
            id="this team",
        ),
        pytest.param(
            FacilitatorAssigned(programme=PROGRAMME, person=GUIDE, teams=(TeamId("team_1"),)),
            TeamId("team_2"),
            False,
            id="another team",
        ),
    ],
)
def test_a_facilitator_guides_what_and_when_they_were_assigned(
    guides: FacilitatorAssigned, team: TeamId | None, may: bool
) -> None:
    assert Rights(BY_GUIDE).learn([guides]).facilitates(PROGRAMME, team) is may


BANKS = ContactAppointed(contact=ContactId("contact_1"), organisation=BANK, person=ANNA, role=Code("commissioner"))


def test_rule_19_nobody_acts_on_behalf_of_an_organisation_but_its_contact_or_a_manager_with_a_reason() -> None:
    Rights(replace(caller("commissioner", ANNA), on_behalf_of=BANK)).learn([BANKS]).require_standing()
    Rights(replace(caller("manager", BOSS, reason="by telephone"), on_behalf_of=BANK)).require_standing()
    with pytest.raises(ReasonMissing):
        Rights(replace(caller("manager", BOSS), on_behalf_of=BANK)).require_standing()
    with pytest.raises(NotAllowed):
        Rights(replace(caller("participant", ANNA), on_behalf_of=BANK)).learn([BANKS]).require_standing()
