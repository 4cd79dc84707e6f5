"""Follow-up of recommendations, rule by rule."""

from datetime import date

import pytest
from msgspec.structs import replace

from domain.advice.commitment import MoveCommitment, SettleCommitment, Settled
from domain.advice.followup import (
    AddRejoinder,
    Answered,
    Closed,
    CloseRecommendation,
    NotAccepted,
    NotAnswered,
    NotDelivered,
    OnBehalfOf,
    RejectionNeedsReason,
    ReportProgress,
)
from domain.advice.presenting import DeliverAdvice
from domain.events.commitment import CommitmentMoved, CommitmentSettled
from domain.events.followup import FormalResponseGiven
from domain.events.roles import ContactAppointed, ContactEnded
from domain.foundation import (
    AsIs,
    Caller,
    Code,
    Command,
    ContactId,
    Event,
    NotAllowed,
    NotFound,
    ReasonMissing,
    Refusal,
    Words,
)
from tests.domain.examples import team as t
from tests.domain.examples.advice import revision
from tests.domain.examples.deciding import caller, decide
from tests.domain.examples.followup import (
    COMMITMENT,
    WITH_REASON,
    accepted,
    commitment,
    committed,
    moved_to_the_clinic,
    presented_to_the_clinic,
    response,
)

MANAGER = caller("manager", reason="Telefonisch gemeld")
ON_BEHALF = replace(MANAGER, on_behalf_of=t.BANK)


def refused(history: list[Event], command: Command, refusal: type[Refusal], field: str | None = None) -> None:
    with pytest.raises(refusal) as raised:
        decide(command, *t.selected(command, history))
    assert raised.value.field == field


def test_the_commissioner_answers_a_delivered_recommendation_once() -> None:
    answered = accepted()[-1]
    assert answered == FormalResponseGiven(
        recommendation=t.RECOMMENDATION,
        team=t.TEAM,
        programme=t.PROGRAMME,
        challenge=t.CHALLENGE,
        organisation=t.BANK,
        version=1,
        verdict="accepted",
        reason=None,
        by_team_member=False,
    )
    assert f"to:{t.BANK}" in answered.tags()
    refused(t.presented(), response(), NotDelivered)
    refused(t.drafted(), response(), NotFound)
    refused(accepted(), response(), Answered)


def test_rule_18_a_rejection_needs_a_reason() -> None:
    refused(t.delivered(), response(verdict="rejected"), RejectionNeedsReason, "reason")
    rejected = t.execute(t.delivered(), response(WITH_REASON, "rejected"))
    refused(rejected, commitment(), NotAccepted)


@pytest.mark.parametrize(
    ("by", "refusal", "field"),
    [
        pytest.param(MANAGER, OnBehalfOf, None, id="a manager without an organisation to act for"),
        pytest.param(replace(MANAGER, on_behalf_of=t.CLINIC), OnBehalfOf, None, id="a manager on another's behalf"),
        pytest.param(replace(ON_BEHALF, reason=None), ReasonMissing, "reason", id="a manager without a reason"),
        pytest.param(
            replace(t.BY_BANKER, on_behalf_of=t.CLINIC), OnBehalfOf, None, id="its contact on another's behalf"
        ),
        pytest.param(t.BY_ANNA, NotAllowed, None, id="a member"),
        pytest.param(t.BY_GUIDE, NotAllowed, None, id="the facilitator"),
        pytest.param(t.BY_OTTO, NotFound, None, id="another participant"),
        pytest.param(caller("commissioner", t.OTTO), NotFound, None, id="a commissioner's token without a contact"),
    ],
)
def test_rule_19_nobody_else_answers_for_the_commissioner(
    by: Caller, refusal: type[Refusal], field: str | None
) -> None:
    refused(t.delivered(), response(by), refusal, field)
    refused(accepted(), commitment(by), refusal, field)
    refused(accepted(), CloseRecommendation(t.RECOMMENDATION, outcome="implemented", by=by), refusal, field)
    refused(committed(), SettleCommitment(COMMITMENT, outcome="kept", by=by), refusal, field)


def test_rule_19_a_manager_answers_on_behalf_with_a_reason() -> None:
    assert isinstance(t.execute(t.delivered(), response(ON_BEHALF))[-1], FormalResponseGiven)


def test_rule_23_a_commitment_stays_with_the_organisation_when_its_contact_changes() -> None:
    ended = ContactEnded(contact=ContactId(t.id_of("contact", 1)), organisation=t.BANK, person=t.BANKER)
    successor = ContactAppointed(
        contact=ContactId(t.id_of("contact", 2)), organisation=t.BANK, person=t.OTTO, role=Code("commissioner")
    )
    history = [*committed(), ended, successor]
    refused(history, SettleCommitment(COMMITMENT, outcome="kept", by=t.BY_BANKER), NotFound)
    settled = t.execute(history, SettleCommitment(COMMITMENT, outcome="kept", by=caller("commissioner", t.OTTO)))
    assert isinstance(settled[-1], CommitmentSettled)


def test_rule_25_a_response_by_a_member_of_the_advising_team_says_so() -> None:
    also = ContactAppointed(
        contact=ContactId(t.id_of("contact", 2)), organisation=t.BANK, person=t.ANNA, role=Code("commissioner")
    )
    answered = t.execute([*t.delivered(), also], response(caller("commissioner", t.ANNA)))[-1]
    assert isinstance(answered, FormalResponseGiven)
    assert answered.by_team_member


def test_a_commitment_moves_with_a_reason_and_is_settled_once() -> None:
    refused(t.delivered(), commitment(), NotAccepted)
    refused(committed(), MoveCommitment(COMMITMENT, due_on=date(2017, 4, 1), by=t.BY_BANKER), ReasonMissing, "reason")
    moved = t.execute(committed(), MoveCommitment(COMMITMENT, due_on=date(2017, 4, 1), by=WITH_REASON))
    event = moved[-1]
    assert isinstance(event, CommitmentMoved)
    assert (event.was_due_on, event.due_on) == (date(2017, 3, 1), date(2017, 4, 1))
    refused(moved, MoveCommitment(COMMITMENT, due_on=date(2017, 4, 1), by=WITH_REASON), AsIs, "due_on")
    refused(moved, SettleCommitment(COMMITMENT, outcome="not_kept", by=t.BY_BANKER), ReasonMissing, "reason")
    settled = t.execute(moved, SettleCommitment(COMMITMENT, outcome="kept", by=t.BY_BANKER))
    refused(settled, MoveCommitment(COMMITMENT, due_on=date(2017, 5, 1), by=WITH_REASON), Settled)


def test_rule_18_the_team_may_add_a_rejoinder_to_a_response() -> None:
    rejoinder = AddRejoinder(t.RECOMMENDATION, text=Words("Toch"), by=t.BY_BERT)
    refused(t.delivered(), rejoinder, NotAnswered)
    again = AddRejoinder(t.RECOMMENDATION, text=Words("Toch"), by=t.BY_BERT)
    assert len(t.execute(accepted(), again)) == len(accepted()) + 1
    for by, refusal in ((t.BY_BANKER, NotAllowed), (t.BY_GUIDE, NotAllowed), (t.BY_OTTO, NotFound)):
        refused(accepted(), AddRejoinder(t.RECOMMENDATION, text=Words("x"), by=by), refusal)


def test_a_closed_recommendation_stays_closed() -> None:
    closing = CloseRecommendation(t.RECOMMENDATION, outcome="implemented", by=t.BY_BANKER)
    refused(accepted(), closing, ReasonMissing, "reason")
    closed = t.execute(accepted(), CloseRecommendation(t.RECOMMENDATION, outcome="implemented", by=WITH_REASON))
    refused(closed, ReportProgress(t.RECOMMENDATION, text=Words("x"), by=t.BY_BANKER), Closed)
    refused(closed, CloseRecommendation(t.RECOMMENDATION, outcome="not_implemented", by=WITH_REASON), Closed)
    refused(closed, response(), Closed)


@pytest.mark.parametrize(("by", "refusal"), [(t.BY_ANNA, NotAllowed), (t.BY_GUIDE, NotAllowed), (t.BY_OTTO, NotFound)])
def test_rule_19_only_the_commissioner_reports_progress_or_closes(by: Caller, refusal: type[Refusal]) -> None:
    says_why = replace(by, reason=Words("Daarom"))
    refused(accepted(), ReportProgress(t.RECOMMENDATION, text=Words("x"), by=by), refusal)
    refused(accepted(), CloseRecommendation(t.RECOMMENDATION, outcome="implemented", by=says_why), refusal)


def test_presenting_a_later_version_supersedes_the_response() -> None:
    history = t.execute(accepted(), revision(1))
    for by in (t.BY_ANNA, t.BY_BERT, t.BY_CORA):
        history = t.judge(history, by)
    history = t.execute(history, t.presentation(version=5))
    refused(history, commitment(), NotDelivered)
    history = t.execute(history, DeliverAdvice(t.TEAM, programme=t.PROGRAMME, to=(t.BANKER,), by=t.BY_ANNA))
    answered = t.execute(history, response())[-1]
    assert isinstance(answered, FormalResponseGiven)
    assert answered.version == 2


def test_rule_22_the_organisation_the_advice_was_presented_to_answers() -> None:
    """The challenge is recommissioned between the first draft and the presentation."""
    history = [*t.drafted(), *moved_to_the_clinic()]
    for by in (t.BY_ANNA, t.BY_BERT, t.BY_CORA):
        history = t.judge(history, by)
    history = t.execute(history, t.presentation())
    history = t.execute(history, DeliverAdvice(t.TEAM, programme=t.PROGRAMME, to=(t.OTTO,), by=t.BY_ANNA))
    refused(history, response(), NotFound)
    answered = t.execute(history, response(caller("commissioner", t.OTTO)))[-1]
    assert isinstance(answered, FormalResponseGiven)
    assert answered.organisation == t.CLINIC


def test_rule_22_a_later_draft_for_another_organisation_does_not_change_who_answers() -> None:
    """The bank still answers the advice delivered to it, while the team writes for the clinic."""
    history = t.execute([*t.delivered(), *moved_to_the_clinic()], revision(1))
    refused(history, response(caller("commissioner", t.OTTO)), NotFound)
    answered = t.execute(history, response())[-1]
    assert isinstance(answered, FormalResponseGiven)
    assert (answered.organisation, answered.version) == (t.BANK, 1)


def test_rule_22_the_new_organisation_answers_again_after_the_former_one() -> None:
    history = presented_to_the_clinic()
    refused(history, response(caller("commissioner", t.OTTO)), NotDelivered)
    history = t.execute(history, DeliverAdvice(t.TEAM, programme=t.PROGRAMME, to=(t.OTTO,), by=t.BY_ANNA))
    refused(history, commitment(caller("commissioner", t.OTTO)), NotAccepted)
    answered = t.execute(history, response(caller("commissioner", t.OTTO), verdict="partly_accepted"))[-1]
    assert isinstance(answered, FormalResponseGiven)
    assert (answered.organisation, answered.version) == (t.CLINIC, 1)
