"""Events of research: sources, interviews and the consent to use them, insights."""

from datetime import date
from typing import Literal

from domain.foundation import (
    AnyId,
    Event,
    InsightId,
    InterviewId,
    Nobody,
    Personal,
    ProgrammeId,
    RecommendationId,
    SourceId,
    TeamId,
    Text,
    Words,
)

Sector = Literal["knowledge", "government", "business", "education", "finance", "start_up", "civil_society", "other"]


Scope = Literal["background", "anonymous_quote", "named_quote"]


OWN_WORK = Nobody(because="a team's research is its own until it is shared, or cited in an advice that is presented")


class SourceLogged(Event, frozen=True, kw_only=True):
    """A team logged a written source. `csl`: one CSL-JSON item (schema 1.0.2) as JSON with sorted keys."""

    TOPIC = "research.source_logged"
    TAGS = ("source", "team", "programme")
    AUDIENCE = OWN_WORK
    REACH = "team"
    SUMMARY = Text(en="A source was logged.", nl="Een bron werd vastgelegd.")
    KEY = "team"

    source: SourceId
    team: TeamId
    programme: ProgrammeId
    csl: Words


class InterviewPlanned(Event, frozen=True, kw_only=True):
    """A team planned an interview, possibly in the past. The consent is `background` until it is changed."""

    TOPIC = "research.interview_planned"
    TAGS = ("interview", "team", "programme")
    AUDIENCE = OWN_WORK
    REACH = "team"
    SUMMARY = Text(
        en="An interview with {who} ({sector}) was planned.", nl="Een interview met {who} ({sector}) werd gepland."
    )

    interview: InterviewId
    team: TeamId
    programme: ProgrammeId
    who: Personal
    role: Words
    sector: Sector
    on: date | None


class InterviewHeld(Event, frozen=True, kw_only=True):
    """An interview was held, with these findings."""

    TOPIC = "research.interview_held"
    TAGS = ("interview", "team", "programme")
    AUDIENCE = OWN_WORK
    REACH = "team"
    SUMMARY = Text(en="{interview} ({sector}) was held.", nl="{interview} ({sector}) werd gehouden.")

    interview: InterviewId
    team: TeamId
    programme: ProgrammeId
    sector: Sector
    findings: Words


class ConsentGiven(Event, frozen=True, kw_only=True):
    """The person interviewed consented to this use (rule 20). `recommendations`: those that cite the interview."""

    TOPIC = "research.consent_given"
    TAGS = ("interview", "recommendations", "team", "programme")
    AUDIENCE = OWN_WORK
    REACH = "team"
    SUMMARY = Text(
        en="Consent was given for {interview}: {scope}.", nl="Toestemming werd gegeven voor {interview}: {scope}."
    )

    interview: InterviewId
    recommendations: tuple[RecommendationId, ...]
    team: TeamId
    programme: ProgrammeId
    scope: Scope


class ConsentWithdrawn(Event, frozen=True, kw_only=True):
    """The person interviewed withdrew consent, which flags the `recommendations` that cite the interview (rule 20)."""

    TOPIC = "research.consent_withdrawn"
    TAGS = ("interview", "recommendations", "team", "programme")
    AUDIENCE = OWN_WORK
    REACH = "team"
    SUMMARY = Text(
        en="Consent was withdrawn for {interview}: {scope}.",
        nl="Toestemming werd ingetrokken voor {interview}: {scope}.",
    )

    interview: InterviewId
    recommendations: tuple[RecommendationId, ...]
    team: TeamId
    programme: ProgrammeId
    scope: Scope


class InsightShared(Event, frozen=True, kw_only=True):
    """A member shared an insight with the team. `about`: a source, interview, stakeholder or earlier insight."""

    TOPIC = "research.insight_shared"
    TAGS = ("insight", "team", "programme")
    AUDIENCE = OWN_WORK
    REACH = "team"
    SUMMARY = Text(en="An insight was shared: “{text}”.", nl="Een inzicht werd gedeeld: “{text}”.")
    KEY = "team"

    insight: InsightId
    team: TeamId
    programme: ProgrammeId
    text: Words
    about: AnyId | None
