"""Visibility of a team's work outside the team, rule by rule."""

from collections.abc import Sequence

import pytest

from domain.advice.presenting import DeliverAdvice
from domain.events.challenge import ChallengeRecommissioned
from domain.events.research import InterviewHeld, InterviewPlanned
from domain.events.sharing import Circle, WorkShared
from domain.events.team import TeamChallengeChanged
from domain.foundation import AnyId, ChallengeId, Event, InterviewId, OrganisationId, Personal, Words
from projections.advice import ADVICE
from projections.commitments import COMMITMENTS
from projections.recommendations import RECOMMENDATIONS
from projections.research import INTERVIEWS
from projections.shared_visibility import (
    OutsideVisibility,
    terms_of,
    visibility_for_organisations,
    visibility_in_programme,
)
from projections.view import EventMetadata
from tests.domain.examples import team as t
from tests.domain.examples.followup import COMMITMENT, committed, moved_to_the_clinic
from tests.projections.examples.advice import dated

Dated = Sequence[tuple[Event, EventMetadata]]
INTERVIEW = InterviewId(t.id_of("interview", 1))
PLANNED = InterviewPlanned(
    interview=INTERVIEW,
    team=t.TEAM,
    programme=t.PROGRAMME,
    who=Personal("X"),
    role=Words("Lector"),
    sector="knowledge",
    on=None,
)
HELD = InterviewHeld(
    interview=INTERVIEW, team=t.TEAM, programme=t.PROGRAMME, sector="knowledge", findings=Words("Koppel ze")
)


def shared(item: str, organisation: OrganisationId | None, circle: Circle = "commissioner") -> WorkShared:
    return WorkShared(
        item=AnyId(item), version=None, team=t.TEAM, programme=t.PROGRAMME, organisation=organisation, circle=circle
    )


def about(tag: str, history: Dated) -> Dated:
    """The events with this tag."""
    return [one for one in history if tag in one[0].tags()]


def for_(organisation: OrganisationId, history: Dated, brought_in: Sequence[int] = ()) -> OutsideVisibility:
    found = visibility_for_organisations(about(t.TEAM, history), lambda one, _: one == organisation)
    return OutsideVisibility(found.circle, found.things, found.terms, brought_in)


def moved_on() -> Dated:
    """Events up to a commitment to the bank, after which the team continues for the clinic."""
    return dated([*committed(), *moved_to_the_clinic()])


def position(history: Dated, kind: str) -> int:
    return next(at.position for event, at in history if kind == event.TOPIC)


def test_rule_22_the_next_organisation_sees_no_events_of_the_former_one() -> None:
    history = moved_on()
    bank, clinic = for_(t.BANK, history), for_(t.CLINIC, history)
    for beyond, handed_over, presented, promised in ((bank, 1, 1, True), (clinic, 0, None, False)):
        advice = beyond.row(ADVICE, t.TEAM, about(t.TEAM, [one for one in history if type(one[0]) in ADVICE.takes]))
        assert advice is not None
        assert len(advice.handed_over) == handed_over
        follow_up = [one for one in about(t.RECOMMENDATION, history) if type(one[0]) in RECOMMENDATIONS.takes]
        recommendation = beyond.row(RECOMMENDATIONS, t.RECOMMENDATION, follow_up)
        assert recommendation is not None
        assert recommendation.presented_version == presented
        assert bool(recommendation.response) == bool(recommendation.commitments) == promised
        assert bool(beyond.row(COMMITMENTS, COMMITMENT, about(COMMITMENT, history))) == promised


def test_events_brought_in_are_shown_but_rows_without_a_first_event_are_not() -> None:
    history = moved_on()
    follow_up = [one for one in about(t.RECOMMENDATION, history) if type(one[0]) in RECOMMENDATIONS.takes]
    beyond = for_(t.CLINIC, history, [position(history, "advice.presented")])
    shown = beyond.row(RECOMMENDATIONS, t.RECOMMENDATION, follow_up)
    assert shown is not None
    assert (shown.presented_version, shown.response, shown.commitments) == (1, None, ())
    assert beyond.row(COMMITMENTS, COMMITMENT, about(COMMITMENT, history)) is None


def test_rule_22_shared_work_is_frozen_for_an_organisation_when_the_team_moves_on() -> None:
    history = dated([*t.EVERYBODY, PLANNED, shared(INTERVIEW, t.BANK), *moved_to_the_clinic(), HELD])
    events = [one for one in about(INTERVIEW, history) if type(one[0]) in INTERVIEWS.takes]
    bank, clinic = for_(t.BANK, history), for_(t.CLINIC, history)
    row = bank.row(INTERVIEWS, INTERVIEW, events)
    assert row is not None
    assert (bank.shows(INTERVIEW), row.status) == (True, "planned")
    assert not clinic.shows(INTERVIEW)
    again = dated([*(event for event, _ in history), shared(INTERVIEW, t.CLINIC)])
    assert for_(t.CLINIC, again).shows(INTERVIEW)


def test_work_shared_with_the_programme_is_not_shared_with_an_organisation() -> None:
    history = dated([*t.EVERYBODY, PLANNED, shared(INTERVIEW, None, "programme")])
    assert visibility_in_programme(about(t.TEAM, history)).shows(INTERVIEW)
    assert not for_(t.BANK, history).shows(INTERVIEW)


@pytest.mark.parametrize("organisation", [t.BANK, t.CLINIC])
def test_a_team_has_consecutive_terms_for_its_organisations(organisation: OrganisationId) -> None:
    turned = TeamChallengeChanged(
        team=t.TEAM,
        programme=t.PROGRAMME,
        organisation=organisation,
        challenge=ChallengeId(t.id_of("challenge", 2)),
        previous=t.CHALLENGE,
        previous_organisation=t.BANK,
    )
    first, second = terms_of(dated([t.FORMED, turned]))
    assert (first.organisation, first.challenge, first.since, first.until) == (t.BANK, t.CHALLENGE, 0, 1)
    assert (second.organisation, second.challenge, second.since, second.until) == (
        organisation,
        turned.challenge,
        1,
        None,
    )
    assert first.covers(0)
    assert not first.covers(1)


def test_rule_22_the_next_organisation_sees_advice_delivered_to_it_again() -> None:
    history = [*t.presented(), *moved_to_the_clinic()]
    delivery = DeliverAdvice(t.TEAM, programme=t.PROGRAMME, to=(t.OTTO,), by=t.BY_ANNA)
    events = dated(t.execute(history, delivery))
    for organisation, status, due in ((t.BANK, "presented", False), (t.CLINIC, "delivered", True)):
        beyond = for_(organisation, events)
        advice = beyond.row(ADVICE, t.TEAM, about(t.TEAM, [one for one in events if type(one[0]) in ADVICE.takes]))
        assert advice is not None
        assert [one.status for one in advice.handed_over] == [status]
        follow_up = [one for one in about(t.RECOMMENDATION, events) if type(one[0]) in RECOMMENDATIONS.takes]
        row = beyond.row(RECOMMENDATIONS, t.RECOMMENDATION, follow_up)
        assert row is not None
        assert (row.presented_version, row.standing, bool(row.response_due_at)) == (1, "presented", due)


def test_a_team_in_the_public_interest_shows_nothing_new_to_its_former_organisation() -> None:
    goes_on = ChallengeRecommissioned(
        challenge=t.CHALLENGE, programme=t.PROGRAMME, organisation=None, previous=t.BANK, teams=(t.TEAM,)
    )
    history = dated([*t.EVERYBODY, PLANNED, goes_on, HELD])
    assert [one.until for one in for_(t.BANK, history).terms] == [position(history, "challenge.recommissioned")]
    assert for_(t.CLINIC, history).terms == []
