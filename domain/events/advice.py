"""Events of an advice that a team is writing: parts and recommendations, in versions."""

from msgspec import Struct

from domain.foundation import (
    AnyId,
    ChallengeId,
    Event,
    Nobody,
    OrganisationId,
    ProgrammeId,
    RecommendationId,
    StakeholderId,
    TeamId,
    Text,
    Words,
)

DRAFTS = Nobody(because="drafts are the team's own; organisations can see what is presented")


class Basis(Struct, frozen=True, forbid_unknown_fields=True):
    """The versions that a text is based on; 0: not written then, or not part of its basis (rule 16)."""

    problem_statement: int = 0
    guiding_question: int = 0
    answer: int = 0


class Addressee(Struct, frozen=True, forbid_unknown_fields=True):
    """The addressee of a recommendation (rule 17): one of an organisation, a stakeholder of the team, a name."""

    organisation: OrganisationId | None = None
    stakeholder: StakeholderId | None = None
    name: Words | None = None


class OfDraft(Event, frozen=True, kw_only=True):
    """Base of events that make a new version of an advice.

    `version`: of the part or recommendation, from 1. `advice_version`: of all of the advice; every change raises it by one.
    """

    team: TeamId
    programme: ProgrammeId
    version: int
    advice_version: int


class ProblemStatementRevised(OfDraft, frozen=True, kw_only=True):
    """The problem statement was written or revised: its text, and the patterns, causes and values behind it.

    `recommendations`: those that it makes stale.
    """

    TOPIC = "advice.problem_statement_revised"
    TAGS = ("team", "recommendations", "programme")
    AUDIENCE = DRAFTS
    REACH = "team"
    SUMMARY = Text(
        en="The problem statement was written (version {version}).",
        nl="De probleemstelling werd geschreven (versie {version}).",
    )

    recommendations: tuple[RecommendationId, ...]
    text: Words
    patterns: Words | None
    causes: Words | None
    values: Words | None

    @property
    def basis(self) -> Basis:
        """Nothing precedes the problem statement."""
        return Basis()


class GuidingQuestionFixed(OfDraft, frozen=True, kw_only=True):
    """The team fixed the question that it answers. `recommendations`: those that this makes stale."""

    TOPIC = "advice.guiding_question_fixed"
    TAGS = ("team", "recommendations", "programme")
    AUDIENCE = DRAFTS
    REACH = "team"
    SUMMARY = Text(en="The guiding question was fixed: “{text}”.", nl="De vraagstelling werd bepaald: “{text}”.")

    recommendations: tuple[RecommendationId, ...]
    basis: Basis
    text: Words


class AnswerDrafted(OfDraft, frozen=True, kw_only=True):
    """The answer to the guiding question was written. `recommendations`: those that this makes stale."""

    TOPIC = "advice.answer_drafted"
    TAGS = ("team", "recommendations", "programme")
    AUDIENCE = DRAFTS
    REACH = "team"
    SUMMARY = Text(
        en="The answer was written (version {version}).", nl="Het antwoord werd geschreven (versie {version})."
    )

    recommendations: tuple[RecommendationId, ...]
    basis: Basis
    text: Words


class SummaryDrafted(OfDraft, frozen=True, kw_only=True):
    """The summary of the advice was written, with the method by which the team made it."""

    TOPIC = "advice.summary_drafted"
    TAGS = ("team", "programme")
    AUDIENCE = DRAFTS
    REACH = "team"
    SUMMARY = Text(
        en="The summary was written (version {version}).", nl="De samenvatting werd geschreven (versie {version})."
    )

    basis: Basis
    summary: Words
    method: Words


class RecommendationFormulated(OfDraft, frozen=True, kw_only=True):
    """A recommendation was written or revised: its text, addressee, evidence and basis."""

    TOPIC = "advice.recommendation_formulated"
    TAGS = ("recommendation", "evidence", "team", "programme")
    AUDIENCE = DRAFTS
    REACH = "team"
    SUMMARY = Text(
        en="A recommendation was formulated (version {version}): “{text}”.",
        nl="Een aanbeveling werd geformuleerd (versie {version}): “{text}”.",
    )
    KEY = "team"

    recommendation: RecommendationId
    challenge: ChallengeId
    organisation: OrganisationId | None
    basis: Basis
    text: Words
    evidence: tuple[AnyId, ...]
    addressee: Addressee


PartDrafted = ProblemStatementRevised | GuidingQuestionFixed | AnswerDrafted | SummaryDrafted


DRAFTED: list[type[Event]] = [
    ProblemStatementRevised,
    GuidingQuestionFixed,
    AnswerDrafted,
    SummaryDrafted,
    RecommendationFormulated,
]
"""The events that make a new version of an advice."""
