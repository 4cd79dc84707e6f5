"""The advice of a team: its parts in versions, the verdicts of members, and its handovers."""

from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from domain.advice.advice import PartKind, basis_before
from domain.advice.presenting import Verdict
from domain.events.advice import (
    AnswerDrafted,
    Basis,
    GuidingQuestionFixed,
    PartDrafted,
    ProblemStatementRevised,
    RecommendationFormulated,
    SummaryDrafted,
)
from domain.events.presentation import (
    AdviceDelivered,
    AdvicePresented,
    ApprovedByMember,
    Dissented,
    HandedFile,
)
from domain.foundation import ChallengeId, Digest, FileId, PersonId, ProgrammeId, RecommendationId, TeamId, Words
from projections.view import EventMetadata, On, View, ids, one_row

TEXTS = ("text", "patterns", "causes", "values", "summary", "method")
"""The texts that a part may have."""


class Part(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A version of a part. `stale`: its basis was revised since. A summary has `summary`, the others have `text`."""

    part: PartKind
    version: int
    status: Literal["current", "stale", "superseded"]
    basis: Basis
    written_by: str
    written_at: datetime
    text: Words | None = None
    patterns: Words | None = None
    causes: Words | None = None
    values: Words | None = None
    summary: Words | None = None
    method: Words | None = None


class Parts(Struct, frozen=True):
    """The parts of an advice that are written."""

    problem_statement: Part | None = None
    guiding_question: Part | None = None
    answer: Part | None = None
    summary: Part | None = None

    @property
    def basis(self) -> Basis:
        """The present versions, on which anything written now is based."""
        return Basis(
            *(one.version if one else 0 for one in (self.problem_statement, self.guiding_question, self.answer))
        )


class StatedVersion(Struct, frozen=True, rename=ids("recommendation")):
    """A recommendation in the version that is part of this advice."""

    recommendation: RecommendationId
    version: int


class MemberVerdict(Struct, frozen=True, kw_only=True, rename=ids("member")):
    """The verdict of a member on a version."""

    member: PersonId
    version: int
    verdict: Verdict
    text: Words | None
    given_at: datetime


class StatedFile(Struct, frozen=True, rename=ids("file")):
    """A file that was handover over, and the SHA-256 of its bytes."""

    file: FileId
    sha256: Digest


class HandedOver(Struct, frozen=True, kw_only=True):
    """A version that was presented, and perhaps delivered. `response_due_at`: from the delivery on.

    `files`, `document_hash`: as presented. `delivered_files`, `delivered_hash`: with the files that were added at the delivery.
    """

    version: int
    status: Literal["presented", "delivered"]
    parts: Parts
    recommendations: tuple[StatedVersion, ...]
    dissents: tuple[MemberVerdict, ...]
    to: tuple[PersonId, ...]
    files: tuple[StatedFile, ...] = ()
    document_hash: Digest
    presented_at: datetime
    delivered_at: datetime | None = None
    delivered_to: tuple[PersonId, ...] = ()
    delivered_files: tuple[StatedFile, ...] = ()
    delivered_hash: Digest | None = None
    response_due_at: datetime | None = None


class Advice(Struct, frozen=True, kw_only=True, rename=ids("programme", "challenge")):
    """One row per team that wrote anything. `version`: raised by every change of a part or recommendation."""

    id: TeamId
    programme: ProgrammeId
    challenge: ChallengeId | None = None
    status: Literal["drafting", "presented", "delivered"] = "drafting"
    version: int
    parts: Parts = Parts()
    earlier: tuple[Part, ...] = ()
    recommendations: tuple[StatedVersion, ...] = ()
    asked_at: datetime | None = None
    verdicts: tuple[MemberVerdict, ...] = ()
    handed_over: tuple[HandedOver, ...] = ()


def written(kind: PartKind) -> On:
    """The fold of the next version of a part, which makes parts based on it stale (rule 16)."""

    def fold(row: Advice | None, event: PartDrafted, at: EventMetadata) -> Advice:
        texts = {name: getattr(event, name) for name in TEXTS if name in event.__struct_fields__}
        part = Part(
            part=kind,
            version=event.version,
            status="current",
            basis=event.basis,
            written_by=at.actor,
            written_at=at.stated_at,
            **texts,
        )
        return revised(row or Advice(id=event.team, programme=event.programme, version=0), event, part)

    return On(one_row("team"), fold)


def revised(row: Advice, event: PartDrafted, part: Part) -> Advice:
    before: Part | None = getattr(row.parts, part.part)
    earlier = (*row.earlier, replace(before, status="superseded")) if before else row.earlier
    parts = with_status(replace(row.parts, **{part.part: part}))
    return changed(replace(row, parts=parts, earlier=earlier), event.advice_version)


def with_status(parts: Parts) -> Parts:
    """The parts with their status: current or stale."""
    basis = parts.basis
    now: dict[str, Part | None] = {}
    for name in parts.__struct_fields__:
        one: Part | None = getattr(parts, name)
        if one is not None:
            now[name] = replace(one, status="current" if one.basis == basis_before(one.part, basis) else "stale")
    return replace(parts, **now)


def formulated(row: Advice | None, event: RecommendationFormulated, _: EventMetadata) -> Advice:
    row = row or Advice(id=event.team, programme=event.programme, version=0)
    versions = {one.recommendation: one.version for one in row.recommendations} | {event.recommendation: event.version}
    stated_files = tuple(StatedVersion(RecommendationId(one), version) for one, version in versions.items())
    return changed(replace(row, challenge=event.challenge, recommendations=stated_files), event.advice_version)


def changed(row: Advice, version: int) -> Advice:
    """A new version of the advice, without verdicts."""
    return replace(row, status="drafting", version=version, asked_at=None, verdicts=())


def approved(row: Advice, event: ApprovedByMember, at: EventMetadata) -> Advice:
    return with_verdict(row, event, "approve", None, at)


def dissented(row: Advice, event: Dissented, at: EventMetadata) -> Advice:
    return with_verdict(row, event, "dissent", event.text, at)


def with_verdict(
    row: Advice, event: ApprovedByMember | Dissented, verdict: Verdict, text: Words | None, at: EventMetadata
) -> Advice:
    """Add the verdict of a member; it replaces their earlier one on the same version."""
    new = MemberVerdict(member=event.member, version=event.version, verdict=verdict, text=text, given_at=at.recorded_at)
    others = [one for one in row.verdicts if one.member != event.member]
    return replace(row, asked_at=event.asked_at, verdicts=(*others, new))


def presented(row: Advice, event: AdvicePresented, at: EventMetadata) -> Advice:
    handed_over = (*row.handed_over, handover(row, event, at))
    return replace(row, status="presented", challenge=event.challenge, handed_over=handed_over)


def handover(row: Advice, event: AdvicePresented | AdviceDelivered, at: EventMetadata) -> HandedOver:
    """The handover of the present version."""
    return HandedOver(
        version=event.version,
        status="presented",
        parts=row.parts,
        recommendations=tuple(StatedVersion(one.recommendation, one.version) for one in event.recommendations),
        dissents=tuple(one for one in row.verdicts if one.verdict == "dissent"),
        to=event.to,
        files=stated_files(event.files),
        document_hash=event.document_hash,
        presented_at=at.recorded_at,
    )


def stated_files(files: tuple[HandedFile, ...]) -> tuple[StatedFile, ...]:
    return tuple(StatedFile(one.file, one.sha256) for one in files)


def delivered(row: Advice, event: AdviceDelivered, at: EventMetadata) -> Advice:
    """Deliver a version; add its presentation if this reader could not see that event (rule 22)."""
    known = any(one.version == event.version for one in row.handed_over)
    handed_over = row.handed_over if known else (*row.handed_over, handover(row, event, at))
    now = tuple(
        replace(
            one,
            status="delivered",
            delivered_at=at.recorded_at,
            delivered_to=event.to,
            delivered_files=stated_files(event.files),
            delivered_hash=event.document_hash,
            response_due_at=at.recorded_at + timedelta(weeks=event.response_weeks),
        )
        if one.version == event.version
        else one
        for one in handed_over
    )
    return replace(row, status="delivered", challenge=event.challenge, handed_over=now)


ADVICE = View(
    "advice",
    Advice,
    {
        ProblemStatementRevised: written("problem_statement"),
        GuidingQuestionFixed: written("guiding_question"),
        AnswerDrafted: written("answer"),
        SummaryDrafted: written("summary"),
        RecommendationFormulated: On(one_row("team"), formulated),
        ApprovedByMember: On(one_row("team"), approved),
        Dissented: On(one_row("team"), dissented),
        AdvicePresented: On(one_row("team"), presented),
        AdviceDelivered: On(one_row("team"), delivered),
    },
)


def as_handed_over(row: Advice) -> Advice:
    """The advice as readers outside the team see it: the last handover, without drafts and approvals."""
    last = row.handed_over[-1]
    return Advice(
        id=row.id,
        programme=row.programme,
        challenge=row.challenge,
        status=last.status,
        version=last.version,
        parts=last.parts,
        recommendations=last.recommendations,
        handed_over=row.handed_over,
    )


def as_written_by(row: Advice, author: str | None) -> Advice:
    """The last version of each part that this person wrote, as a former member sees the advice."""
    written = [*row.earlier, *(one for one in _present(row.parts) if one is not None)]
    parts = {one.part: one for one in written if one.written_by == author}
    return Advice(id=row.id, programme=row.programme, version=row.version, parts=Parts(**parts))


def _present(parts: Parts) -> list[Part | None]:
    return [parts.problem_statement, parts.guiding_question, parts.answer, parts.summary]
