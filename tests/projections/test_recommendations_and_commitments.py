"""Every state of recommendations and commitments (docs/reference/states.md 'Recommendation', 'Commitment')."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from domain.advice.commitment import MoveCommitment, SettleCommitment
from domain.advice.followup import CloseRecommendation, ReportProgress
from domain.advice.presenting import DeliverAdvice
from domain.events.commitment import Settlement
from domain.events.followup import Outcome
from domain.foundation import Event, Words
from projections.commitments import COMMITMENTS
from projections.recommendations import RECOMMENDATIONS, Recommendation, as_of, as_presented
from projections.view import fold_events
from tests.domain.examples import team as t
from tests.domain.examples.advice import revision
from tests.domain.examples.deciding import NOW
from tests.domain.examples.followup import (
    COMMITMENT,
    WITH_REASON,
    accepted,
    commitment,
    committed,
    moved_to_the_clinic,
    response,
)
from tests.projections.examples.advice import dated

SIX_WEEKS = NOW + timedelta(weeks=6)


def shown(history: list[Event], at: datetime = NOW) -> Recommendation:
    return as_of(fold_events(RECOMMENDATIONS, dated(history))[t.RECOMMENDATION], at)


def progressed() -> list[Event]:
    return t.execute(accepted(), ReportProgress(t.RECOMMENDATION, text=Words("Half"), by=t.BY_BANKER))


def closed(outcome: Outcome) -> list[Event]:
    return t.execute(progressed(), CloseRecommendation(t.RECOMMENDATION, outcome=outcome, by=WITH_REASON))


def presented_again() -> list[Event]:
    history = t.execute(closed("not_implemented"), revision(1))
    for by in (t.BY_ANNA, t.BY_BERT, t.BY_CORA):
        history = t.judge(history, by)
    return t.execute(history, t.presentation(version=5))


@pytest.mark.parametrize(
    ("history", "at", "status"),
    [
        pytest.param(t.drafted, NOW, "drafted", id="drafted"),
        pytest.param(t.presented, NOW, "presented", id="presented"),
        pytest.param(t.delivered, NOW, "presented", id="presented: delivered, and not due yet"),
        pytest.param(accepted, NOW, "accepted", id="accepted"),
        pytest.param(
            lambda: t.execute(t.delivered(), response(verdict="partly_accepted")),
            NOW,
            "partly_accepted",
            id="partly_accepted",
        ),
        pytest.param(
            lambda: t.execute(t.delivered(), response(WITH_REASON, "rejected")), NOW, "rejected", id="rejected"
        ),
        pytest.param(t.presented, SIX_WEEKS, "presented", id="presented: never overdue without delivery"),
        pytest.param(t.delivered, SIX_WEEKS, "no_response", id="no_response"),
        pytest.param(accepted, SIX_WEEKS, "accepted", id="accepted: a late response replaces no_response"),
        pytest.param(committed, NOW, "in_progress", id="in_progress: the first commitment"),
        pytest.param(progressed, NOW, "in_progress", id="in_progress: the first progress"),
        pytest.param(lambda: closed("implemented"), NOW, "implemented", id="implemented"),
        pytest.param(lambda: closed("not_implemented"), NOW, "not_implemented", id="not_implemented"),
        pytest.param(lambda: t.execute(accepted(), revision(1)), NOW, "drafted", id="drafted: a later version"),
        pytest.param(presented_again, NOW, "presented", id="presented: a later version starts again"),
    ],
)
def test_a_recommendation_has_the_status(history: Callable[[], list[Event]], at: datetime, status: str) -> None:
    assert shown(history(), at).status == status


def test_a_later_version_supersedes_an_earlier_one_and_its_response() -> None:
    row = shown(presented_again())
    assert [(one.version, one.status) for one in row.versions] == [(1, "superseded"), (2, "presented")]
    assert (row.response, row.closure, row.response_due_at) == (None, None, None)
    history = t.execute(presented_again(), DeliverAdvice(t.TEAM, programme=t.PROGRAMME, to=(t.BANKER,), by=t.BY_ANNA))
    assert shown(t.execute(history, response())).status == "accepted"


def test_rule_22_advice_delivered_to_another_organisation_belongs_to_that_one() -> None:
    """Like in the commands, the organisation that it was delivered to answers, not the one it was presented to."""
    history = [*t.presented(), *moved_to_the_clinic()]
    assert shown(history).organisation == t.BANK
    handed = t.execute(history, DeliverAdvice(t.TEAM, programme=t.PROGRAMME, to=(t.OTTO,), by=t.BY_ANNA))
    assert shown(handed).organisation == t.CLINIC


def test_the_commissioner_sees_the_state_of_the_presented_version() -> None:
    assert as_presented(shown(t.execute(committed(), revision(1)))).status == "in_progress"


@pytest.mark.parametrize("outcome", ["kept", "not_kept", "released"])
def test_a_commitment_is_open_until_it_is_settled(outcome: Settlement) -> None:
    moved = t.execute(committed(), MoveCommitment(COMMITMENT, due_on=date(2017, 4, 1), by=WITH_REASON))
    assert [fold_events(COMMITMENTS, dated(one))[COMMITMENT].status for one in (committed(), moved)] == ["open", "open"]
    settled = t.execute(moved, SettleCommitment(COMMITMENT, outcome=outcome, by=WITH_REASON))
    assert fold_events(COMMITMENTS, dated(settled))[COMMITMENT].status == outcome


def test_a_recommendation_in_progress_stays_so_with_the_next_commitment() -> None:
    assert shown(t.execute(progressed(), commitment())).status == "in_progress"
