"""Participants, facilitators and managers of a programme, rule by rule."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from domain.events.challenge import ChallengeRecommissioned
from domain.events.people import OrganisationRegistered
from domain.events.programme import ProgrammeConcluded
from domain.events.roles import (
    FacilitatorAssigned,
    FacilitatorReplaced,
    ManagerAppointed,
    ParticipantMoved,
)
from domain.events.team import MemberJoined, MemberLeft, TeamDissolved, TeamFormed
from domain.foundation import (
    AsIs,
    Caller,
    ChallengeId,
    Event,
    Label,
    NotAllowed,
    NotFound,
    OrganisationId,
    Personal,
    PersonId,
    ReasonMissing,
    Refusal,
    TeamId,
)
from domain.people.people import UnknownOrganisation, UnknownPerson
from domain.people.rights import Rights
from domain.programmes.programme import ProgrammeOver, WrongOrder
from domain.teams import enrolment as e
from domain.teams.forming import Question
from domain.teams.membership import NoSuchTeam
from tests.domain.examples import team as t
from tests.domain.examples.deciding import NOW, caller, decide
from tests.domain.examples.programme import (
    ANNA,
    BANK,
    BOSS,
    BY_BOSS,
    BY_GUIDE,
    ELSEWHERE,
    ENROLLED,
    GONE,
    GUIDE,
    GUIDES,
    KNOWN,
    MANAGES,
    OPENED,
    PROGRAMME,
)
from tests.domain.examples.team import selected

CLINIC = OrganisationId("organisation_clinic")
BERT = PersonId("person_bert")
OVER = ProgrammeConcluded(programme=PROGRAMME, teams=())
BERT_KNOWN = replace(KNOWN[1], person=BERT, name=Personal("Bert"), email=Personal("b@example.org"))
CLINIC_KNOWN = OrganisationRegistered(organisation=CLINIC, name=Label("Isala"))


def enrol(by: Caller, organisation: OrganisationId | None = BANK) -> e.EnrolParticipant:
    return e.EnrolParticipant(PROGRAMME, person=ANNA, organisation=organisation, by=by)


def test_a_participant_is_enrolled_with_or_without_an_organisation() -> None:
    assert decide(enrol(BY_GUIDE), *KNOWN, GUIDES) == [ENROLLED]
    assert decide(enrol(BY_BOSS, None), *KNOWN, MANAGES)


def test_a_participant_who_left_can_be_enrolled_again() -> None:
    assert decide(enrol(BY_GUIDE), *KNOWN, GUIDES, ENROLLED, GONE) == [ENROLLED]


def test_rule_25_a_person_can_have_another_role_in_another_programme() -> None:
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
            enrol(caller("participant", ANNA)), [*KNOWN, ENROLLED], NotAllowed, id="a participant cannot enrol"
        ),
        pytest.param(
            enrol(caller("participant", GUIDE)),
            [*KNOWN, GUIDES],
            NotFound,
            id="a token gives its role's rights at most",
        ),
    ],
)
def test_an_enrolment_is_refused(command: e.EnrolParticipant, given: list[Event], refusal: type[Refusal]) -> None:
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


def test_participants_cannot_withdraw_anybody_and_strangers_get_not_found() -> None:
    by = caller("participant", ANNA, reason="another job")
    with pytest.raises(NotAllowed):
        decide(e.WithdrawParticipant(PROGRAMME, person=ANNA, by=by), *KNOWN, ENROLLED)
    by = caller("facilitator", GUIDE, reason="another job")
    with pytest.raises(NotFound):
        decide(e.WithdrawParticipant(PROGRAMME, person=ANNA, by=by), *KNOWN, ENROLLED)


def test_rule_25_a_participant_or_manager_cannot_be_facilitator_there() -> None:
    manages = ManagerAppointed(programme=PROGRAMME, person=ANNA)
    for given in (ENROLLED, manages, FacilitatorAssigned(programme=PROGRAMME, person=ANNA)):
        with pytest.raises(e.OneRole):
            decide(e.AssignFacilitator(PROGRAMME, person=ANNA, by=BY_BOSS), *KNOWN, MANAGES, given)
    with pytest.raises(UnknownPerson):
        decide(e.AssignFacilitator(PROGRAMME, person=BERT, by=BY_BOSS), *KNOWN, MANAGES)


def test_only_the_manager_assigns_facilitators() -> None:
    assert decide(e.AssignFacilitator(PROGRAMME, person=ANNA, by=BY_BOSS), *KNOWN, MANAGES)
    with pytest.raises(NotAllowed):
        decide(e.AssignFacilitator(PROGRAMME, person=ANNA, by=BY_GUIDE), *KNOWN, GUIDES)


def test_a_concluded_programme_enrols_nobody() -> None:
    with pytest.raises(ProgrammeOver):
        decide(enrol(BY_GUIDE), *KNOWN, GUIDES, OVER)
    with pytest.raises(NotFound):
        decide(enrol(BY_GUIDE), *KNOWN, OVER)


# Moving


def move(organisation: OrganisationId | None, by: Caller = BY_GUIDE) -> e.MoveParticipant:
    return e.MoveParticipant(PROGRAMME, person=ANNA, organisation=organisation, by=by)


MOVED = ParticipantMoved(programme=PROGRAMME, person=ANNA, organisation=CLINIC, previous=BANK)


def test_a_move_to_another_organisation_is_visible_to_both() -> None:
    assert decide(move(CLINIC), *KNOWN, CLINIC_KNOWN, GUIDES, ENROLLED) == [MOVED]
    assert {f"to:{BANK}", f"to:{CLINIC}"} <= set(MOVED.tags())
    (alone,) = decide(move(None), *KNOWN, GUIDES, ENROLLED)
    assert alone == replace(MOVED, organisation=None)
    assert f"to:{CLINIC}" not in alone.tags()


def test_leaving_after_a_move_names_the_new_organisation() -> None:
    by = caller("facilitator", GUIDE, reason="another job")
    command = e.WithdrawParticipant(PROGRAMME, person=ANNA, by=by)
    assert decide(command, *KNOWN, GUIDES, ENROLLED, MOVED) == [replace(GONE, organisation=CLINIC)]


def test_teams_are_assigned_by_the_current_organisation() -> None:
    def senders(*given: Event) -> list[str | None]:
        question = Question(PROGRAMME)
        return [one.organisation for one in question.load(selected(question, [*given])).problem().people]

    assert senders(OPENED, ENROLLED) == [BANK]
    assert senders(OPENED, ENROLLED, MOVED) == [CLINIC]


@pytest.mark.parametrize(
    ("command", "given", "refusal"),
    [
        pytest.param(move(BANK), [*KNOWN, GUIDES, ENROLLED], AsIs, id="the organisation that it is"),
        pytest.param(move(CLINIC), [*KNOWN, CLINIC_KNOWN, GUIDES, ENROLLED, MOVED], AsIs, id="twice"),
        pytest.param(move(CLINIC), [*KNOWN, GUIDES, ENROLLED], UnknownOrganisation, id="an unknown organisation"),
        pytest.param(move(CLINIC), [*KNOWN, CLINIC_KNOWN, GUIDES], NotFound, id="not a participant"),
        pytest.param(
            move(CLINIC), [*KNOWN, CLINIC_KNOWN, GUIDES, ENROLLED, GONE], NotFound, id="a participant who left"
        ),
        pytest.param(
            move(CLINIC, caller("participant", ANNA)), [*KNOWN, CLINIC_KNOWN, ENROLLED], NotAllowed, id="not oneself"
        ),
        pytest.param(move(CLINIC), [*KNOWN, CLINIC_KNOWN, ENROLLED], NotFound, id="hidden from a stranger"),
    ],
)
def test_a_move_is_refused(command: e.MoveParticipant, given: list[Event], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        decide(command, *given)


# Leaving


FORMED = TeamFormed(
    team=TeamId("team_1"),
    programme=PROGRAMME,
    challenge=ChallengeId("challenge_1"),
    organisation=BANK,
    number=1,
    members=(ANNA, BERT),
)
LEFT = MemberLeft(team=FORMED.team, programme=PROGRAMME, organisation=BANK, person=ANNA)


def leaving() -> e.WithdrawParticipant:
    return e.WithdrawParticipant(PROGRAMME, person=ANNA, by=caller("facilitator", GUIDE, reason="another job"))


def test_rule_10_leaving_the_programme_also_leaves_the_cop() -> None:
    assert decide(leaving(), *KNOWN, GUIDES, ENROLLED, FORMED) == [GONE, LEFT]
    joined = MemberJoined(team=FORMED.team, programme=PROGRAMME, organisation=BANK, person=ANNA)
    late = replace(FORMED, members=(BERT,))
    assert decide(leaving(), *KNOWN, GUIDES, ENROLLED, late, joined) == [GONE, LEFT]


def test_the_current_commissioner_sees_that_a_member_left() -> None:
    taken_over = ChallengeRecommissioned(
        challenge=FORMED.challenge, programme=PROGRAMME, organisation=CLINIC, previous=BANK, teams=(FORMED.team,)
    )
    _, left = decide(leaving(), *KNOWN, GUIDES, ENROLLED, FORMED, taken_over)
    assert left == replace(LEFT, organisation=CLINIC)


def test_leaving_the_programme_leaves_only_a_current_cop() -> None:
    dissolved = TeamDissolved(
        team=FORMED.team, programme=PROGRAMME, organisation=BANK, challenge=FORMED.challenge, members=FORMED.members
    )
    elsewhere = replace(FORMED, team=TeamId("team_2"), programme=ELSEWHERE)
    others = replace(FORMED, team=TeamId("team_3"), members=(BERT,))
    for given in ([FORMED, LEFT], [FORMED, dissolved], [elsewhere], [others]):
        assert decide(leaving(), *KNOWN, GUIDES, ENROLLED, *given) == [GONE]


# Facilitators and managers


def replacing(by: Caller, person: PersonId = GUIDE, replacement: PersonId | None = ANNA) -> e.ReplaceFacilitator:
    return e.ReplaceFacilitator(PROGRAMME, person=person, replacement=replacement, by=by)


WITH_REASON = caller("manager", BOSS, reason="on leave")


def test_rule_23_a_replacement_facilitates_the_same_teams_for_the_same_period() -> None:
    guided = FacilitatorAssigned(programme=PROGRAMME, person=GUIDE, teams=(FORMED.team,), until=NOW + timedelta(days=9))
    replaced, assigned = decide(replacing(WITH_REASON), *KNOWN, MANAGES, guided)
    assert replaced == FacilitatorReplaced(programme=PROGRAMME, person=GUIDE, replacement=ANNA)
    assert assigned == replace(guided, person=ANNA)
    now = [guided, replaced, assigned]
    assert not Rights(BY_GUIDE).load(now).facilitates(PROGRAMME)
    assert Rights(caller("facilitator", ANNA)).load(now).facilitates(PROGRAMME, FORMED.team)
    assert not Rights(caller("facilitator", ANNA)).load(now).facilitates(PROGRAMME, TeamId("team_2"))


def test_a_facilitator_can_leave_before_a_replacement_is_found() -> None:
    (replaced,) = decide(replacing(WITH_REASON, replacement=None), *KNOWN, MANAGES, GUIDES)
    assert replaced == FacilitatorReplaced(programme=PROGRAMME, person=GUIDE, replacement=None)
    back = e.AssignFacilitator(PROGRAMME, person=ANNA, by=BY_BOSS)
    assert decide(back, *KNOWN, MANAGES, GUIDES, replaced)


@pytest.mark.parametrize(
    ("command", "given", "refusal"),
    [
        pytest.param(replacing(BY_BOSS), [*KNOWN, MANAGES, GUIDES], ReasonMissing, id="without a reason"),
        pytest.param(replacing(WITH_REASON), [*KNOWN, MANAGES], e.NobodyToReplace, id="not a facilitator"),
        pytest.param(
            replacing(WITH_REASON),
            [*KNOWN, MANAGES, GUIDES, FacilitatorReplaced(programme=PROGRAMME, person=GUIDE, replacement=None)],
            e.NobodyToReplace,
            id="twice",
        ),
        pytest.param(replacing(WITH_REASON), [OPENED, MANAGES, GUIDES], UnknownPerson, id="an unknown person"),
        pytest.param(
            replacing(WITH_REASON), [*KNOWN, MANAGES, GUIDES, ENROLLED], e.OneRole, id="rule 25: not a participant"
        ),
        pytest.param(
            replacing(WITH_REASON, replacement=GUIDE),
            [*KNOWN, replace(KNOWN[1], person=GUIDE), MANAGES, GUIDES],
            e.OneRole,
            id="rule 25: not oneself",
        ),
        pytest.param(replacing(BY_GUIDE), [*KNOWN, GUIDES], NotAllowed, id="a facilitator cannot replace"),
        pytest.param(replacing(BY_GUIDE), KNOWN, NotFound, id="hidden from a stranger"),
        pytest.param(replacing(WITH_REASON), [MANAGES, GUIDES], NotFound, id="no such programme"),
    ],
)
def test_replacing_a_facilitator_is_refused(
    command: e.ReplaceFacilitator, given: list[Event], refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        decide(command, *given)


def appoint(by: Caller = BY_BOSS) -> e.AppointManager:
    return e.AppointManager(PROGRAMME, person=ANNA, by=by)


def test_a_manager_appoints_another() -> None:
    assert decide(appoint(), *KNOWN, MANAGES) == [ManagerAppointed(programme=PROGRAMME, person=ANNA)]
    assert decide(appoint(caller("manager")), *KNOWN)


@pytest.mark.parametrize(
    ("command", "given", "refusal"),
    [
        pytest.param(appoint(), [*KNOWN, MANAGES, ENROLLED], e.OneRole, id="rule 25: not a participant"),
        pytest.param(
            appoint(),
            [*KNOWN, MANAGES, FacilitatorAssigned(programme=PROGRAMME, person=ANNA)],
            e.OneRole,
            id="rule 25: not a facilitator",
        ),
        pytest.param(
            appoint(), [*KNOWN, MANAGES, ManagerAppointed(programme=PROGRAMME, person=ANNA)], e.OneRole, id="twice"
        ),
        pytest.param(appoint(), [OPENED, MANAGES], UnknownPerson, id="an unknown person"),
        pytest.param(appoint(BY_GUIDE), [*KNOWN, GUIDES], NotAllowed, id="a facilitator cannot appoint"),
        pytest.param(appoint(), KNOWN, NotFound, id="another programme's manager"),
    ],
)
def test_appointing_a_manager_is_refused(command: e.AppointManager, given: list[Event], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        decide(command, *given)


@pytest.mark.parametrize(
    ("changes", "refusal", "field"),
    [
        pytest.param({"teams": (TeamId("team_2"), TeamId("team_9"))}, NoSuchTeam, "team_ids.1", id="an unknown CoP"),
        pytest.param({"teams": (TeamId("team_8"),)}, NoSuchTeam, "team_ids.0", id="another programme's CoP"),
        pytest.param({"from_": NOW, "until": NOW}, WrongOrder, "until", id="an empty period"),
    ],
)
def test_a_facilitator_is_assigned_to_existing_cops_for_a_period_in_order(
    changes: dict[str, Any], refusal: type[Refusal], field: str
) -> None:
    formed = TeamFormed(
        team=TeamId("team_2"),
        programme=PROGRAMME,
        challenge=ChallengeId("challenge_1"),
        organisation=None,
        number=1,
        members=(BERT,),
    )
    given = [*KNOWN, MANAGES, formed, replace(formed, team=TeamId("team_8"), programme=ELSEWHERE)]

    def assign(**changes: Any) -> e.AssignFacilitator:
        return e.AssignFacilitator(PROGRAMME, person=ANNA, by=BY_BOSS, **changes)

    right: dict[str, Any] = {"teams": (formed.team,), "from_": NOW, "until": NOW + timedelta(days=1)}
    assert t.execute(given, assign(**right))[-1] == FacilitatorAssigned(programme=PROGRAMME, person=ANNA, **right)
    with pytest.raises(refusal) as refused:
        t.execute(given, assign(**changes))
    assert refused.value.field == field
