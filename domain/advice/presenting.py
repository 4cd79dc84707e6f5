"""The advice as it leaves the team: what members say of a version, its presentation, its delivery (rule 18)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

from domain.advice.advice import Drafting
from domain.events.people import PersonRegistered
from domain.events.presentation import (
    AdviceDelivered,
    AdvicePresented,
    ApprovedByMember,
    Dissented,
    HandedFile,
    Stated,
)
from domain.events.roles import ENROLMENT_EVENTS
from domain.events.team import TeamFormed
from domain.foundation import (
    AsIs,
    Caller,
    ChallengeId,
    CodeWord,
    Digest,
    FileId,
    NotFound,
    OrganisationId,
    PersonId,
    ProgrammeId,
    Refusal,
    Selector,
    TeamId,
    Text,
    Words,
    applies,
)
from domain.people.people import UnknownPerson
from domain.programmes.programme import InProgramme
from domain.research.files import KnowingFiles

Verdict = Literal["approve", "dissent"]

TIME_TO_ANSWER = timedelta(days=7)
"""Rule 18: who was asked this long ago and said nothing holds nobody up."""


# Refusals


class NothingDrafted(Refusal):
    """There is a version to judge once something was written."""

    CODE = "nothing-drafted"
    TEXT = Text(en="There is no advice yet.", nl="Er is nog geen advies.")


class DissentInWords(Refusal):
    """Rule 18: a member dissents in words."""

    CODE = "dissent-in-words"
    STATUS = 422
    TEXT = Text(en="Say what you do not agree with.", nl="Zeg waarmee je het niet eens bent.")


class Presented(Refusal):
    """Rule 18: what was presented is immutable; a change is a new version."""

    CODE = "already-presented"
    TEXT = Text(en="This version was presented already.", nl="Deze versie is al gepresenteerd.")


class Incomplete(Refusal):
    """Rule 16: problem statement, guiding question, answer and recommendations are each present."""

    CODE = "advice-incomplete"
    TEXT = Text(en="This is missing: {part}.", nl="Dit ontbreekt: {part}.")


class Stale(Refusal):
    """Rule 16: none of what is presented is stale."""

    CODE = "advice-stale"
    TEXT = Text(
        en="This was written before a revision of what it rests on: {part}.",
        nl="Dit is geschreven voordat veranderde waar het op rust: {part}.",
    )


class NotEveryoneAnswered(Refusal):
    """Rule 18: every active member approved or dissented, or was asked seven days ago."""

    CODE = "not-everyone-answered"
    TEXT = Text(
        en="Members who did not approve or dissent yet: {missing}. They were not asked, or less than seven days ago.",
        nl="Leden die nog niets lieten weten: {missing}. Het is hun niet gevraagd, of nog geen zeven dagen geleden.",
    )


class OtherVersion(Refusal):
    """What is handed over is what the team has before it."""

    CODE = "advice-changed"
    TEXT = Text(en="The advice was changed in the meantime.", nl="Het advies is intussen gewijzigd.")


class NotPresented(Refusal):
    """Rule 18: delivered is what was explained."""

    CODE = "not-presented"
    TEXT = Text(
        en="The advice as it stands was not presented yet.",
        nl="Het advies zoals het er ligt is nog niet gepresenteerd.",
    )


class NoCommissioner(Refusal):
    """Rule 18: an advice is delivered to a commissioner contact (409 without one)."""

    CODE = "no-commissioner"
    TEXT = Text(
        en="None of these people is a contact of the commissioning organisation.",
        nl="Niemand van hen is contactpersoon van de opdrachtgever.",
    )


# Commands


class JudgedDraft(Drafting):
    """What a command knows that depends on what members said of each version, and on what was handed over."""

    def __init__(self) -> None:
        super().__init__()
        self.approved: set[tuple[int, PersonId]] = set()
        self.dissents: dict[tuple[int, PersonId], Words] = {}
        self.asked_at: dict[int, datetime] = {}
        self.asked: dict[int, set[PersonId]] = {}
        self.presented: dict[int, AdvicePresented] = {}

    def consistency_boundary(self) -> list[Selector]:
        return [
            *super().consistency_boundary(),
            Selector(types=[ApprovedByMember, Dissented, AdvicePresented], tags=[self.team]),
        ]

    @applies(ApprovedByMember)
    def _(self, member: PersonId, version: int, asked_at: datetime) -> None:
        self.approved.add((version, member))
        self.dissents.pop((version, member), None)
        self._ask(version, asked_at)

    @applies(Dissented)
    def _(self, member: PersonId, version: int, asked_at: datetime, text: Words) -> None:
        self.approved.discard((version, member))
        self.dissents[version, member] = text
        self._ask(version, asked_at)

    @applies(AdvicePresented)
    def _(self, event: AdvicePresented) -> None:
        self.presented[event.version] = event

    def _ask(self, version: int, asked_at: datetime) -> None:
        """The first verdict on a version asks who is a member then; whoever comes later was not asked."""
        self.asked_at[version] = asked_at
        self.asked.setdefault(version, set(self.members.get(self.team, ())))

    def has_judged(self, version: int, member: PersonId) -> bool:
        """Whether this member approved this version or dissented from it."""
        return (version, member) in self.approved or (version, member) in self.dissents


class JudgeAdvice(JudgedDraft):
    """Approve the advice as it stands, or dissent in words, again with other words (rule 18).

    The first verdict on a version puts it to all members.
    """

    def __init__(self, team: TeamId, *, verdict: Verdict, text: Words | None = None, by: Caller) -> None:
        super().__init__()
        self.team, self.verdict, self.text, self.by = team, verdict, text, by

    def execute(self) -> None:
        formed, version, member = self.require_writer(), self.advice_version, self.by.person
        assert member is not None, "a member is a person"
        if version == 0:
            raise NothingDrafted
        if version in self.presented:
            raise Presented
        if self.verdict == "approve" and (version, member) in self.approved:
            raise AsIs
        asked_at = self.asked_at.get(version, self.by.at)
        if self.verdict == "approve":
            approved = ApprovedByMember(
                team=self.team, programme=formed.programme, member=member, version=version, asked_at=asked_at
            )
            self.record(approved)
            return
        if self.text is None:
            raise DissentInWords(field="text")
        self.record(
            Dissented(
                team=self.team,
                programme=formed.programme,
                member=member,
                version=version,
                asked_at=asked_at,
                text=self.text,
            )
        )


class HandingOver(JudgedDraft, KnowingFiles):
    """What a command knows that brings an advice before people: who they are, who is active in the programme, what files."""

    programme: ProgrammeId
    to: tuple[PersonId, ...]
    files: tuple[FileId, ...]

    def __init__(self) -> None:
        super().__init__()
        self.known_people: set[PersonId] = set()

    def consistency_boundary(self) -> list[Selector]:
        return [
            *super().consistency_boundary(),
            Selector(types=ENROLMENT_EVENTS, tags=[self.programme]),
            *(Selector(types=[PersonRegistered], tags=[one]) for one in self.to),
            *self.about_files(self.files),
        ]

    @applies(PersonRegistered)
    def _(self, person: PersonId) -> None:
        self.known_people.add(person)

    def require_receivers(self) -> TeamFormed:
        """Raises `NotFound`, `NotAllowed` or `UnknownPerson`."""
        formed = self.require_writer()
        if formed.programme != self.programme:
            raise NotFound
        for number, one in enumerate(self.to):
            if one not in self.known_people:
                raise UnknownPerson(field=f"to.{number}")
        return formed

    def handed_files(self) -> tuple[HandedFile, ...]:
        """The files that are named. Raises `NotOfTheTeam`."""
        return tuple(HandedFile(one.file, one.sha256) for one in self.require_files(self.files, self.team))

    def active_members(self) -> set[PersonId]:
        """The members of the team who still take part in the programme."""
        return {one for one in self.members[self.team] if (one, self.programme) in self.participants}


class PresentAdvice(HandingOver):
    """Explain the advice to the commissioner.

    Rules run on digests, people read texts: the document is made at the edge from the texts of exactly what this command
    names in the event (the latest version of each part and recommendation, and the dissent from this version), and its hash is
    handed in with the `version` and `dissents` that it was made of; if those are no longer so, `OtherVersion` (rules 16, 18).
    """

    def __init__(
        self,
        team: TeamId,
        *,
        programme: ProgrammeId,
        to: tuple[PersonId, ...],
        version: int,
        dissents: Mapping[PersonId, Words],
        document_hash: Digest,
        files: tuple[FileId, ...] = (),
        by: Caller,
    ) -> None:
        super().__init__()
        self.team, self.programme, self.to, self.files, self.by = team, programme, to, files, by
        self.version, self.rendered, self.document_hash = version, dict(dissents), document_hash

    def execute(self) -> None:
        formed, files = self.require_receivers(), self.handed_files()
        self.require_complete()
        self.require_fresh()
        self.require_judged()
        dissents = {member: text for (of, member), text in self.dissents.items() if of == self.version}
        if self.version != self.advice_version or dissents != self.rendered:
            raise OtherVersion
        if self.version in self.presented:
            raise Presented
        self.record(
            AdvicePresented(
                team=self.team,
                programme=self.programme,
                challenge=formed.challenge,
                organisation=formed.organisation,
                version=self.version,
                parts=self.basis_for("recommendation"),
                summary=self.versions.get("summary"),
                recommendations=tuple(Stated(one.recommendation, one.version) for one in self.recommendations.values()),
                dissenters=tuple(sorted(dissents)),
                to=self.to,
                document_hash=self.document_hash,
                files=files,
            )
        )

    def require_complete(self) -> None:
        """Raises `Incomplete`."""
        for kind in ("problem_statement", "guiding_question", "answer"):
            if kind not in self.versions:
                raise Incomplete(part=CodeWord(kind))
        if not self.recommendations:
            raise Incomplete(part=CodeWord("recommendation"))

    def require_fresh(self) -> None:
        """Raises `Stale`."""
        for kind, basis in self.bases.items():
            if basis != self.basis_for(kind):
                raise Stale(part=CodeWord(kind))
        for one in self.recommendations.values():
            if one.basis != self.basis_for("recommendation"):
                raise Stale(part=one.recommendation)

    def require_judged(self) -> None:
        """Raises `NotEveryoneAnswered`. Whether seven days have passed is judged by the store's clock as well (rule 4)."""
        silent = [one for one in self.active_members() if not self.has_judged(self.advice_version, one)]
        if not silent:
            return
        if not self.asked.get(self.advice_version, set()).issuperset(silent):
            raise NotEveryoneAnswered(missing=len(silent))
        asked_at = self.asked_at[self.advice_version]
        if self.by.at < asked_at + TIME_TO_ANSWER:
            raise NotEveryoneAnswered(missing=len(silent))
        self.not_before = asked_at + TIME_TO_ANSWER


class DeliverAdvice(HandingOver, InProgramme):
    """Hand the presented advice over for good, to a contact of the commissioner (rule 18).

    `files` come on top of those that were presented. Where they do, the document with all of them was made at the edge, of
    `version`, and its hash is handed in; else that of the presentation stays.
    """

    def __init__(
        self,
        team: TeamId,
        *,
        programme: ProgrammeId,
        to: tuple[PersonId, ...],
        files: tuple[FileId, ...] = (),
        version: int | None = None,
        document_hash: Digest | None = None,
        by: Caller,
    ) -> None:
        super().__init__()
        self.team, self.programme, self.to, self.files, self.by = team, programme, to, files, by
        self.version, self.document_hash = version, document_hash
        self.delivered: set[int] = set()

    def consistency_boundary(self) -> list[Selector]:
        return [
            *super().consistency_boundary(),
            Selector(types=[AdviceDelivered], tags=[self.team]),
            *(self.roles_of(one) for one in self.to),
        ]

    @applies(AdviceDelivered)
    def _(self, version: int) -> None:
        self.delivered.add(version)

    def execute(self) -> None:
        formed, named = self.require_receivers(), self.handed_files()
        presented = self.presented.get(self.advice_version)
        if presented is None:
            raise NotPresented
        if presented.version in self.delivered:
            raise AsIs
        if formed.organisation is None or not self.reaches(formed.organisation, formed.challenge):
            raise NoCommissioner(field="to")
        added = tuple(one for one in named if one not in presented.files)
        self.record(
            AdviceDelivered(
                team=self.team,
                programme=self.programme,
                challenge=formed.challenge,
                organisation=formed.organisation,
                version=presented.version,
                recommendations=presented.recommendations,
                to=self.to,
                document_hash=self.hash_with(presented) if added else presented.document_hash,
                response_weeks=self.require_programme().policies.response_weeks,
                files=(*presented.files, *added),
            )
        )

    def hash_with(self, presented: AdvicePresented) -> Digest:
        """The hash of the document with the added files. Raises `OtherVersion` where it was made of something else."""
        if self.document_hash is None or self.version != presented.version:
            raise OtherVersion
        return self.document_hash

    def reaches(self, organisation: OrganisationId, challenge: ChallengeId) -> bool:
        """Someone among the receivers speaks for the organisation about this challenge now."""
        return any(self.is_contact(one, organisation, challenge, programme=self.programme) for one in self.to)
