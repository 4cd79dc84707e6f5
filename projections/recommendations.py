"""Recommendations, from the first draft to their outcome."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from domain.events.advice import (
    AnswerDrafted,
    GuidingQuestionFixed,
    ProblemStatementRevised,
    RecommendationFormulated,
)
from domain.events.commitment import CommitmentMade
from domain.events.followup import (
    FormalResponseGiven,
    Outcome,
    ProgressReported,
    RecommendationClosed,
    RejoinderAdded,
    ResponseVerdict,
)
from domain.events.presentation import AdviceDelivered, AdvicePresented
from domain.events.research import ConsentGiven, ConsentWithdrawn
from domain.events.sharing import Circle, WorkShared
from domain.foundation import (
    AnyId,
    ChallengeId,
    Code,
    CommitmentId,
    InterviewId,
    OrganisationId,
    ProgrammeId,
    RecommendationId,
    StakeholderId,
    TeamId,
    Words,
)
from projections.query import ViewQuery
from projections.research import shared_item
from projections.view import EventMetadata, On, View, ids, one_row, row_per_id

RecommendationStatus = Literal[
    "drafted",
    "presented",
    "accepted",
    "partly_accepted",
    "rejected",
    "no_response",
    "in_progress",
    "implemented",
    "not_implemented",
]

RECOMMENDATION_IDS = ids("team", "programme", "challenge", "organisation", "withdrawn_interviews", "commitments")
STALE = Code("stale")
CONSENT_WITHDRAWN = Code("consent-withdrawn")


class Addressee(Struct, frozen=True, rename=ids("organisation", "stakeholder")):
    """The addressee of a recommendation (rule 17): one of an organisation, a stakeholder of the team, a name."""

    organisation: OrganisationId | None
    stakeholder: StakeholderId | None
    name: Words | None


class Formulation(Struct, frozen=True, kw_only=True):
    """A version of a recommendation, with its author."""

    version: int
    status: Literal["drafted", "presented", "superseded"]
    text: Words
    evidence: tuple[AnyId, ...]
    addressee: Addressee
    written_by: str
    written_at: datetime


class Response(Struct, frozen=True, kw_only=True):
    """The commissioner's formal response to a version. `by_team_member`: given by a member of the advising team (rule 25)."""

    version: int
    verdict: ResponseVerdict
    reason: Words | None
    by_team_member: bool
    responded_at: datetime


class Progress(Struct, frozen=True):
    """A progress report."""

    text: Words
    evidence: Words | None
    reported_at: datetime


class Rejoinder(Struct, frozen=True):
    """The team's answer to the response."""

    text: Words
    added_at: datetime


class Closure(Struct, frozen=True):
    """The outcome of a recommendation, with the reason."""

    outcome: Outcome
    reason: Words
    closed_at: datetime


class SharedVersion(Struct, frozen=True, rename={"circle": "with"}):
    """A share of a recommendation with a circle: of this version, or of whatever it is now (None)."""

    circle: Circle
    version: int | None


class Recommendation(Struct, frozen=True, kw_only=True, rename=RECOMMENDATION_IDS):
    """One row per recommendation. `status`: that of the latest version, `drafted` until that is presented.

    `standing`: the status of the version that was presented last; None before. `no_response` depends on the time of reading.
    """

    id: RecommendationId
    team: TeamId
    programme: ProgrammeId
    challenge: ChallengeId
    organisation: OrganisationId | None
    status: RecommendationStatus
    standing: RecommendationStatus | None = None
    version: int
    text: Words
    evidence: tuple[AnyId, ...]
    addressee: Addressee
    warnings: tuple[Code, ...] = ()
    withdrawn_interviews: tuple[InterviewId, ...] = ()
    versions: tuple[Formulation, ...] = ()
    presented_version: int | None = None
    response_due_at: datetime | None = None
    response: Response | None = None
    commitments: tuple[CommitmentId, ...] = ()
    progress: tuple[Progress, ...] = ()
    rejoinders: tuple[Rejoinder, ...] = ()
    closure: Closure | None = None
    shared_with: tuple[Circle, ...] = ()
    shared_versions: tuple[SharedVersion, ...] = ()


def formulated(row: Recommendation | None, event: RecommendationFormulated, at: EventMetadata) -> Recommendation:
    to = event.addressee
    addressee = Addressee(to.organisation, to.stakeholder, to.name)
    new = Formulation(
        version=event.version,
        status="drafted",
        text=event.text,
        evidence=event.evidence,
        addressee=addressee,
        written_by=at.actor,
        written_at=at.stated_at,
    )
    if row is not None:
        dropped = tuple(replace(one, status="superseded") if one.status == "drafted" else one for one in row.versions)
        row = replace(
            row,
            status="drafted",
            version=event.version,
            text=event.text,
            evidence=event.evidence,
            addressee=addressee,
            versions=(*dropped, new),
        )
        return with_warnings(
            row, stale=False, withdrawn=[one for one in row.withdrawn_interviews if one in event.evidence]
        )
    return Recommendation(
        id=event.recommendation,
        team=event.team,
        programme=event.programme,
        challenge=event.challenge,
        organisation=event.organisation,
        status="drafted",
        version=event.version,
        text=event.text,
        evidence=event.evidence,
        addressee=addressee,
        versions=(new,),
    )


def with_warnings(row: Recommendation, *, stale: bool, withdrawn: list[InterviewId]) -> Recommendation:
    """The row with these warnings."""
    warnings = [*([STALE] if stale else []), *([CONSENT_WITHDRAWN] if withdrawn else [])]
    return replace(row, warnings=tuple(warnings), withdrawn_interviews=tuple(withdrawn))


def outdated(
    row: Recommendation, _: ProblemStatementRevised | GuidingQuestionFixed | AnswerDrafted, __: EventMetadata
) -> Recommendation:
    return with_warnings(row, stale=True, withdrawn=list(row.withdrawn_interviews))


def flagged(row: Recommendation, event: ConsentWithdrawn, _: EventMetadata) -> Recommendation:
    if event.interview not in row.evidence:
        return row
    withdrawn = [one for one in row.withdrawn_interviews if one != event.interview]
    return with_warnings(row, stale=STALE in row.warnings, withdrawn=[*withdrawn, event.interview])


def unflagged(row: Recommendation, event: ConsentGiven, _: EventMetadata) -> Recommendation:
    withdrawn = [one for one in row.withdrawn_interviews if one != event.interview]
    return with_warnings(row, stale=STALE in row.warnings, withdrawn=withdrawn)


def presented(row: Recommendation, event: AdvicePresented | AdviceDelivered, _: EventMetadata) -> Recommendation:
    """Present a version. The follow-up starts anew for another version, or for another commissioner (rule 22)."""
    version = next(one.version for one in event.recommendations if one.recommendation == row.id)
    again = version == row.presented_version and event.organisation == row.organisation
    versions = tuple(
        replace(one, status="presented" if one.version == version else "superseded") for one in row.versions
    )
    standing = row.standing if again else "presented"
    assert standing is not None, "a presented version has a standing"
    return replace(
        row,
        challenge=event.challenge,
        organisation=event.organisation,
        status=standing,
        standing=standing,
        versions=versions,
        presented_version=version,
        response=row.response if again else None,
        response_due_at=row.response_due_at if again else None,
        closure=row.closure if again else None,
    )


def delivered(row: Recommendation, event: AdviceDelivered, at: EventMetadata) -> Recommendation:
    """Deliver a version to the present commissioner, which may not be the one to whom it was presented (rule 22)."""
    due = at.recorded_at + timedelta(weeks=event.response_weeks)
    return replace(presented(row, event, at), response_due_at=due)


def responded(row: Recommendation, event: FormalResponseGiven, at: EventMetadata) -> Recommendation:
    response = Response(
        version=event.version,
        verdict=event.verdict,
        reason=event.reason,
        by_team_member=event.by_team_member,
        responded_at=at.stated_at,
    )
    return with_standing(replace(row, response=response), event.verdict)


def with_standing(row: Recommendation, standing: RecommendationStatus) -> Recommendation:
    """The row with another status of the presented version; a newer draft stays a draft."""
    return replace(row, standing=standing, status=row.status if row.status == "drafted" else standing)


def committed(row: Recommendation, event: CommitmentMade, _: EventMetadata) -> Recommendation:
    return with_standing(replace(row, commitments=(*row.commitments, event.commitment)), "in_progress")


def progressed(row: Recommendation, event: ProgressReported, at: EventMetadata) -> Recommendation:
    progress = (*row.progress, Progress(event.text, event.evidence, at.stated_at))
    return with_standing(replace(row, progress=progress), "in_progress")


def rejoined(row: Recommendation, event: RejoinderAdded, at: EventMetadata) -> Recommendation:
    return replace(row, rejoinders=(*row.rejoinders, Rejoinder(event.text, at.stated_at)))


def closed(row: Recommendation, event: RecommendationClosed, at: EventMetadata) -> Recommendation:
    return with_standing(replace(row, closure=Closure(event.outcome, event.reason, at.stated_at)), event.outcome)


def shared(row: Recommendation, event: WorkShared, _: EventMetadata) -> Recommendation:
    shown = (*row.shared_versions, SharedVersion(event.circle, event.version))
    return replace(row, shared_with=tuple(sorted({*row.shared_with, event.circle})), shared_versions=shown)


RECOMMENDATIONS = View(
    "recommendations",
    Recommendation,
    {
        RecommendationFormulated: On(one_row("recommendation"), formulated),
        ProblemStatementRevised: On(row_per_id("recommendations"), outdated),
        GuidingQuestionFixed: On(row_per_id("recommendations"), outdated),
        AnswerDrafted: On(row_per_id("recommendations"), outdated),
        ConsentWithdrawn: On(row_per_id("recommendations"), flagged),
        ConsentGiven: On(row_per_id("recommendations"), unflagged),
        AdvicePresented: On(row_per_id("recommendation_ids"), presented),
        AdviceDelivered: On(row_per_id("recommendation_ids"), delivered),
        FormalResponseGiven: On(one_row("recommendation"), responded),
        CommitmentMade: On(one_row("recommendation"), committed),
        ProgressReported: On(one_row("recommendation"), progressed),
        RejoinderAdded: On(one_row("recommendation"), rejoined),
        RecommendationClosed: On(one_row("recommendation"), closed),
        WorkShared: On(shared_item("recommendation_"), shared),
    },
)


def as_of(row: Recommendation, now: datetime) -> Recommendation:
    """The row as of a time: `no_response` once the response is overdue."""
    overdue = row.standing == "presented" and row.response_due_at is not None and row.response_due_at < now
    return with_standing(row, "no_response") if overdue else row


def as_presented(row: Recommendation) -> Recommendation:
    """The row as readers outside the team see it: only the version that was presented last."""
    assert row.presented_version is not None, "only presented recommendations are shown outside the team"
    return only_version(row, row.presented_version)


def as_shared(row: Recommendation, versions: Sequence[int | None], shared: Callable[[str], bool]) -> Recommendation:
    """The row as readers see it with whom only these `versions` were shared (None: whatever it is now): the last of them.

    Without other versions, evidence that is not `shared`, and the follow-up.
    """
    row = only_version(row, max(row.version if one is None else one for one in versions))
    evidence = tuple(one for one in row.evidence if shared(one))
    status = "presented" if row.version == row.presented_version else "drafted"
    shown = tuple(replace(one, evidence=evidence, status=status) for one in row.versions)
    return without_follow_up(replace(row, status=status, evidence=evidence, versions=shown))


def without_follow_up(row: Recommendation) -> Recommendation:
    """The row without its follow-up."""
    return replace(
        row,
        standing=None,
        presented_version=None,
        response_due_at=None,
        response=None,
        commitments=(),
        progress=(),
        rejoinders=(),
        closure=None,
    )


def only_version(row: Recommendation, version: int) -> Recommendation:
    """The row with only this version."""
    shown = next(one for one in row.versions if one.version == version)
    return replace(
        row,
        status=(row.standing or "presented") if version == row.presented_version else "drafted",
        version=shown.version,
        text=shown.text,
        evidence=shown.evidence,
        addressee=shown.addressee,
        warnings=(),
        withdrawn_interviews=(),
        versions=(shown,),
    )


def as_written_by(row: Recommendation, author: str) -> Recommendation:
    """The row as a former member sees it: the versions that they wrote, at least one, and nothing later."""
    own = tuple(one for one in row.versions if one.written_by == author)
    shown = own[-1]
    if row.presented_version == shown.version:
        return replace(as_presented(row), versions=own)
    own_last = replace(
        row,
        status=shown.status,
        version=shown.version,
        text=shown.text,
        evidence=shown.evidence,
        addressee=shown.addressee,
        warnings=(),
        withdrawn_interviews=(),
        versions=own,
    )
    return without_follow_up(own_last)


RECOMMENDATIONS_OF_TEAM = ViewQuery(
    """
    -- A team's recommendations: all if the reader may read all work ($4); else, for organisations ($5), those presented, and for
    -- everybody those shared with them ($6) or of which they ($7) wrote a version.
    select * from {recommendations}
    where team_id = $3 and key > $1 and (
      $4 or $5 and presented_version is not null or key = any($6)
      or versions @> jsonb_build_array(jsonb_build_object('written_by', $7::text))
    )
    order by key limit $2
    """,
    RECOMMENDATIONS,
)

PRESENTED_OF_TEAMS = ViewQuery(
    """
    -- The recommendations of these CoPs ($1) that were presented, at most $2.
    select * from {recommendations} where team_id = any($1) and presented_version is not null order by key limit $2
    """,
    RECOMMENDATIONS,
)
