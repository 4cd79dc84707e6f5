"""Events of the follow-up of a recommendation: formal response, progress, rejoinder, closing."""

from typing import Literal

from domain.foundation import (
    ChallengeId,
    Event,
    OrganisationId,
    ProgrammeId,
    RecommendationId,
    TeamId,
    Text,
    Words,
)

ResponseVerdict = Literal["accepted", "partly_accepted", "rejected"]


Outcome = Literal["implemented", "not_implemented"]


class OfRecommendation(Event, frozen=True, kw_only=True):
    """Base of events about a recommendation after its handover. `organisation`: the commissioner of the advice."""

    TAGS = ("recommendation", "team", "challenge", "programme")

    recommendation: RecommendationId
    team: TeamId
    programme: ProgrammeId
    challenge: ChallengeId
    organisation: OrganisationId | None


class FormalResponseGiven(OfRecommendation, frozen=True, kw_only=True):
    """The commissioner responded to a delivered recommendation.

    `by_team_member`: the person who responded is also a member of the advising team (rule 25).
    """

    TOPIC = "advice.formal_response_given"
    AUDIENCE = ("organisation",)
    REACH = "team"
    SUMMARY = Text(
        en="{organisation} responded to {recommendation}: {verdict}.",
        nl="{organisation} reageerde op {recommendation}: {verdict}.",
    )

    version: int
    verdict: ResponseVerdict
    reason: Words | None
    by_team_member: bool


class ProgressReported(OfRecommendation, frozen=True, kw_only=True):
    """The commissioner reported the progress of a recommendation."""

    TOPIC = "advice.progress_reported"
    AUDIENCE = ("organisation",)
    REACH = "team"
    SUMMARY = Text(en="Progress on {recommendation}: “{text}”.", nl="Voortgang van {recommendation}: “{text}”.")

    text: Words
    evidence: Words | None


class RejoinderAdded(OfRecommendation, frozen=True, kw_only=True):
    """The team answered the formal response (rule 18)."""

    TOPIC = "advice.rejoinder_added"
    AUDIENCE = ("organisation",)
    REACH = "team"
    SUMMARY = Text(en="The CoP answered: “{text}”.", nl="Weerwoord van de CoP: “{text}”.")
    KEY = "team"

    text: Words


class RecommendationClosed(OfRecommendation, frozen=True, kw_only=True):
    """The commissioner closed a recommendation with its outcome."""

    TOPIC = "advice.recommendation_closed"
    AUDIENCE = ("organisation",)
    REACH = "team"
    SUMMARY = Text(
        en="{recommendation} was closed: {outcome} (“{reason}”).",
        nl="{recommendation} werd afgesloten: {outcome} (“{reason}”).",
    )

    outcome: Outcome
    reason: Words
