"""The views of research, advice and follow-up."""

from collections.abc import Sequence
from datetime import date, timedelta

from msgspec.structs import replace

from domain.advice.commitment import MoveCommitment, SettleCommitment
from domain.advice.followup import CloseRecommendation
from domain.events.advice import RecommendationFormulated
from domain.events.research import ConsentGiven, ConsentWithdrawn
from domain.foundation import AnyId, Event, InterviewId, Words
from domain.spanning.sharing import ShareWork
from projections.advice import ADVICE, as_handed_over
from projections.commitments import COMMITMENTS
from projections.recommendations import RECOMMENDATIONS, Recommendation, as_of, as_presented
from projections.research import SOURCES
from projections.sharing import SHARES
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
    presented_to_the_clinic,
)
from tests.projections.examples.advice import dated

INTERVIEW = InterviewId(t.id_of("interview", 1))


def recommendation(history: Sequence[Event]) -> Recommendation:
    return fold_events(RECOMMENDATIONS, dated(history))[t.RECOMMENDATION]


def test_rule_16_a_revision_makes_dependent_parts_stale_and_deletes_nothing() -> None:
    before = fold_events(ADVICE, dated(t.drafted()))[t.TEAM]
    row = fold_events(ADVICE, dated(t.problem(t.drafted())))[t.TEAM]
    assert row.parts.guiding_question is not None
    assert row.parts.answer is not None
    assert (row.parts.guiding_question.status, row.parts.answer.status) == ("stale", "stale")
    assert [(one.part, one.version, one.status) for one in row.earlier] == [("problem_statement", 1, "superseded")]
    assert (before.version, row.version) == (4, 5)
    again = fold_events(ADVICE, dated(t.question(t.problem(t.drafted()))))[t.TEAM].parts
    assert again.guiding_question is not None
    assert again.answer is not None
    assert (again.guiding_question.status, again.answer.status) == ("current", "stale")
    assert recommendation(t.problem(t.drafted())).warnings == ("stale",)
    assert recommendation(t.execute(t.problem(t.drafted()), revision(1))).warnings == ()


def test_a_new_version_has_no_approvals() -> None:
    judged = t.judge(t.drafted(), t.BY_ANNA)
    assert [one.member for one in fold_events(ADVICE, dated(judged))[t.TEAM].verdicts] == [t.ANNA]
    assert fold_events(ADVICE, dated(t.answer(judged)))[t.TEAM].verdicts == ()


def test_rule_18_advice_that_was_handed_over_does_not_change() -> None:
    history = t.problem(t.delivered())
    row = fold_events(ADVICE, dated(history))[t.TEAM]
    assert row.status == "drafting"
    seen = as_handed_over(row)
    assert seen.parts.problem_statement is not None
    assert (seen.status, seen.version, seen.parts.problem_statement.version) == ("delivered", 4, 1)
    assert (seen.verdicts, seen.earlier, seen.asked_at) == ((), (), None)


def test_a_response_is_due_the_programmes_number_of_weeks_after_delivery() -> None:
    history = t.delivered()
    delivered_at = NOW + timedelta(minutes=len(history) - 1)
    row = fold_events(ADVICE, dated(history))[t.TEAM]
    assert row.handed_over[0].response_due_at == delivered_at + timedelta(weeks=4)
    assert recommendation(history).response_due_at == delivered_at + timedelta(weeks=4)


def test_no_response_follows_from_the_clock_and_a_late_response_replaces_it() -> None:
    row = recommendation(t.delivered())
    assert row.response_due_at is not None
    assert as_of(row, row.response_due_at).status == "presented"
    late = row.response_due_at + timedelta(seconds=1)
    assert as_of(row, late).status == "no_response"
    assert as_of(recommendation(accepted()), late).status == "accepted"
    assert as_of(recommendation(t.presented()), late).status == "presented"


def test_a_recommendation_goes_from_drafted_to_implemented() -> None:
    closed = t.execute(committed(), CloseRecommendation(t.RECOMMENDATION, outcome="implemented", by=WITH_REASON))
    states = [recommendation(one).status for one in (t.drafted(), t.presented(), accepted(), committed(), closed)]
    assert states == ["drafted", "presented", "accepted", "in_progress", "implemented"]
    assert recommendation(committed()).commitments == (COMMITMENT,)


def test_the_commissioner_does_not_see_a_draft_of_a_later_version() -> None:
    row = recommendation(t.execute(accepted(), revision(1)))
    assert (row.status, row.standing, row.version) == ("drafted", "accepted", 2)
    seen = as_presented(row)
    assert (seen.status, seen.version, [one.version for one in seen.versions]) == ("accepted", 1, [1])
    promised = recommendation(t.execute(t.execute(accepted(), revision(1)), commitment()))
    assert (promised.status, promised.standing) == ("drafted", "in_progress")


def test_presenting_a_later_version_supersedes_the_previous_one() -> None:
    history = t.execute(accepted(), revision(1))
    for by in (t.BY_ANNA, t.BY_BERT, t.BY_CORA):
        history = t.judge(history, by)
    row = recommendation(t.execute(history, t.presentation(version=5)))
    assert [(one.version, one.status) for one in row.versions] == [(1, "superseded"), (2, "presented")]
    assert (row.status, row.response, row.response_due_at) == ("presented", None, None)


def test_rule_22_the_next_organisation_starts_without_the_former_ones_response() -> None:
    row = recommendation(presented_to_the_clinic())
    assert (row.version, row.presented_version, row.organisation) == (1, 1, t.CLINIC)
    assert (row.status, row.response, row.response_due_at) == ("presented", None, None)


def test_rule_20_citations_of_an_interview_are_flagged_while_consent_is_withdrawn() -> None:
    cited = [
        replace(one, evidence=(AnyId(INTERVIEW),)) if isinstance(one, RecommendationFormulated) else one
        for one in t.drafted()
    ]
    withdrawn = ConsentWithdrawn(
        interview=INTERVIEW, recommendations=(t.RECOMMENDATION,), team=t.TEAM, programme=t.PROGRAMME, scope="background"
    )
    given = ConsentGiven(
        interview=INTERVIEW, recommendations=(t.RECOMMENDATION,), team=t.TEAM, programme=t.PROGRAMME, scope="background"
    )
    assert recommendation([*cited, withdrawn]).withdrawn_interviews == (INTERVIEW,)
    assert recommendation([*cited, withdrawn]).warnings == ("consent-withdrawn",)
    assert recommendation([*cited, withdrawn, given]).warnings == ()
    assert recommendation([*t.drafted(), withdrawn]).warnings == ()


def test_a_commitment_shows_all_its_due_dates() -> None:
    moved = t.execute(committed(), MoveCommitment(COMMITMENT, due_on=date(2017, 4, 1), by=WITH_REASON))
    kept = t.execute(moved, SettleCommitment(COMMITMENT, outcome="kept", by=t.BY_BANKER))
    row = fold_events(COMMITMENTS, dated(kept))[COMMITMENT]
    assert [one.due_on for one in row.due_dates] == [date(2017, 3, 1), date(2017, 4, 1)]
    assert (row.status, row.due_on) == ("kept", date(2017, 4, 1))
    assert row.due_dates[1].reason == Words("Daarom")


def test_a_source_shows_with_whom_it_is_shared() -> None:
    share = ShareWork(AnyId(t.SOURCE), team=t.TEAM, circle="programme", by=t.BY_ANNA)
    history = t.execute([*t.EVERYBODY, t.LOGGED], share)
    assert fold_events(SOURCES, dated(history))[t.SOURCE].shared_with == ("programme",)
    assert fold_events(SHARES, dated(history))[f"{t.SOURCE}/{t.TEAM}"].shared_with == ("programme",)
