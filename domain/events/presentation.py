"""Events of the handover of an advice: approval, dissent, presentation, delivery (rule 18)."""

from datetime import datetime

from msgspec import Struct

from domain.events.advice import Basis
from domain.foundation import (
    ChallengeId,
    Digest,
    Event,
    FileId,
    Nobody,
    OrganisationId,
    PersonId,
    ProgrammeId,
    RecommendationId,
    TeamId,
    Text,
    Words,
)

BEFORE_PRESENTATION = Nobody(because="verdicts of members belong to the team until the advice is presented")


class HandedRecommendation(Struct, frozen=True, forbid_unknown_fields=True):
    """A recommendation in the version that was handed over."""

    recommendation: RecommendationId
    version: int


class HandedFile(Struct, frozen=True, forbid_unknown_fields=True):
    """A file that was handed over, and the SHA-256 of its bytes."""

    file: FileId
    sha256: Digest


class ApprovedByMember(Event, frozen=True, kw_only=True):
    """A member approved this version of the advice. `asked_at`: when the first verdict asked all members for theirs."""

    TOPIC = "advice.approved_by_member"
    TAGS = ("team", "member", "programme")
    AUDIENCE = BEFORE_PRESENTATION
    REACH = "team"
    SUMMARY = Text(
        en="{member} approved version {version} of the advice.",
        nl="{member} keurde versie {version} van het advies goed.",
    )

    team: TeamId
    programme: ProgrammeId
    member: PersonId
    version: int
    asked_at: datetime


class Dissented(Event, frozen=True, kw_only=True):
    """A member dissented from this version, in words that are printed with it."""

    TOPIC = "advice.dissented"
    TAGS = ("team", "member", "programme")
    AUDIENCE = BEFORE_PRESENTATION
    REACH = "team"
    SUMMARY = Text(
        en="{member} dissented from version {version} of the advice.",
        nl="{member} nam een afwijkend standpunt in over versie {version} van het advies.",
    )
    KEY = "member"

    team: TeamId
    programme: ProgrammeId
    member: PersonId
    version: int
    asked_at: datetime
    text: Words


class AdvicePresented(Event, frozen=True, kw_only=True):
    """A version of the advice was presented to the commissioner.

    `document_hash`: SHA-256 of the RFC 8785 JSON of the document: these versions of the parts and recommendations in
    plain text, with the dissent of these members, and the SHA-256 of each of the `files`.
    """

    TOPIC = "advice.presented"
    VERSION = 2
    TAGS = ("team", "recommendation_ids", "file_ids", "challenge", "programme")
    AUDIENCE = ("organisation",)
    REACH = "team"
    SUMMARY = Text(
        en="Version {version} of the advice, with {recommendations:# recommendation|# recommendations}, was presented to {to}.",
        nl="Versie {version} van het advies, met {recommendations:# aanbeveling|# aanbevelingen}, werd gepresenteerd aan {to}.",
    )

    team: TeamId
    programme: ProgrammeId
    challenge: ChallengeId
    organisation: OrganisationId | None
    version: int
    parts: Basis
    summary: int | None
    recommendations: tuple[HandedRecommendation, ...]
    dissenters: tuple[PersonId, ...]
    to: tuple[PersonId, ...]
    document_hash: Digest
    files: tuple[HandedFile, ...] = ()

    @property
    def recommendation_ids(self) -> tuple[RecommendationId, ...]:
        return tuple(one.recommendation for one in self.recommendations)

    @property
    def file_ids(self) -> tuple[FileId, ...]:
        return tuple(one.file for one in self.files)


class AdviceDelivered(Event, frozen=True, kw_only=True):
    """A presented version was handed over for good; the commissioner has `response_weeks` to respond.

    `files`: those that were presented, and those that were added now; `document_hash` is that of the document with all of them.
    """

    TOPIC = "advice.delivered"
    VERSION = 2
    TAGS = ("team", "recommendation_ids", "file_ids", "challenge", "programme")
    AUDIENCE = ("organisation",)
    REACH = "team"
    SUMMARY = Text(
        en="Version {version} of the advice was delivered to {to}; a response is due within {response_weeks:# week|# weeks}.",
        nl="Versie {version} van het advies werd aangeboden aan {to}; een reactie volgt binnen {response_weeks:# week|# weken}.",
    )

    team: TeamId
    programme: ProgrammeId
    challenge: ChallengeId
    organisation: OrganisationId
    version: int
    recommendations: tuple[HandedRecommendation, ...]
    to: tuple[PersonId, ...]
    document_hash: Digest
    response_weeks: int
    files: tuple[HandedFile, ...] = ()

    @property
    def recommendation_ids(self) -> tuple[RecommendationId, ...]:
        return tuple(one.recommendation for one in self.recommendations)

    @property
    def file_ids(self) -> tuple[FileId, ...]:
        return tuple(one.file for one in self.files)
