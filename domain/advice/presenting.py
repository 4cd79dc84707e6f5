"""Handover of an advice: the verdicts of members on a version, its presentation and its delivery (rule 18)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from domain.advice.advice import Draft
from domain.events.presentation import (
    AdviceDelivered,
    AdvicePresented,
    ApprovedByMember,
    Dissented,
    HandedFile,
    HandedRecommendation,
)
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
from domain.people.people import KnownPeople, UnknownPerson
from domain.people.rights import CallerCommand, Participants, roles_of
from domain.programmes.programme import ProgrammeState
from domain.research.files import Files
from domain.teams.team import TeamCommand, TeamRights, Teams

Verdict = Literal["approve", "dissent"]

TIME_TO_ANSWER = timedelta(days=7)
"""Rule 18: a member who was asked this long ago and has not answered does not block the presentation."""


# Refusals


class NothingDrafted(Refusal):
    """Members approve or dissent once something was written."""

    CODE = "nothing-drafted"
    TEXT = Text(en="There is no advice yet.", nl="Er is nog geen advies.")


class DissentInWords(Refusal):
    """Rule 18: a dissent says what the member does not agree with."""

    CODE = "dissent-in-words"
    STATUS = 422
    TEXT = Text(en="Say what you do not agree with.", nl="Zeg waarmee je het niet eens bent.")


class Presented(Refusal):
    """Rule 18: what was presented is immutable; a change is a new version."""

    CODE = "already-presented"
    TEXT = Text(en="This version has already been presented.", nl="Deze versie is al gepresenteerd.")


class Incomplete(Refusal):
    """Rule 16: problem statement, guiding question, answer and recommendations are each present."""

    CODE = "advice-incomplete"
    TEXT = Text(en="This is missing: {part}.", nl="Dit ontbreekt: {part}.")


class Stale(Refusal):
    """Rule 16: nothing stale is presented."""

    CODE = "advice-stale"
    TEXT = Text(
        en="This is based on a version that was revised since: {part}.",
        nl="Dit is gebaseerd op een versie die daarna is herzien: {part}.",
    )


class NotEveryoneAnswered(Refusal):
    """Rule 18: every active member approved or dissented, or was asked seven days ago."""

    CODE = "not-everyone-answered"
    TEXT = Text(
        en="Members who have not approved or dissented yet: {missing}. They were not asked, or less than seven days ago.",
        nl="Leden die nog niet hebben gereageerd: {missing}. Ze zijn nog niet gevraagd, of minder dan zeven dagen geleden.",
    )


class OtherVersion(Refusal):
    """The document that is handed over shows the advice as it is now."""

    CODE = "advice-changed"
    TEXT = Text(en="The advice was changed in the meantime.", nl="Het advies is intussen gewijzigd.")


class NotPresented(Refusal):
    """Rule 18: an advice is presented before it is delivered."""

    CODE = "not-presented"
    TEXT = Text(
        en="This version of the advice has not been presented yet.",
        nl="Deze versie van het advies is nog niet gepresenteerd.",
    )


class NoCommissioner(Refusal):
    """Rule 18: an advice is delivered to a commissioner contact (409 without one)."""

    CODE = "no-commissioner"
    TEXT = Text(
        en="None of these people is a contact of the commissioning organisation.",
        nl="Geen van deze mensen is contactpersoon van de opdrachtgever.",
    )


# Knowledge


class Verdicts(Teams):
    """The verdicts of a team's members on each version of its advice, and the versions that were presented.

    `approved` and `dissents`: by version and member. `asked_at` and `asked`: by version, when members were asked and who. The
    members of the team are folded here too, since the first verdict asks those of that time.
    """

    def __init__(self, team: TeamId) -> None:
        super().__init__(team)
        self.selectors = [
            *self.selectors,
            Selector(types=[ApprovedByMember, Dissented, AdvicePresented], tags=[team]),
        ]
        self.team = team
        self.approved: set[tuple[int, PersonId]] = set()
        self.dissents: dict[tuple[int, PersonId], Words] = {}
        self.asked_at: dict[int, datetime] = {}
        self.asked: dict[int, set[PersonId]] = {}
        self.presented: dict[int, AdvicePresented] = {}

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
        """Ask the present members, at the first verdict on a version; members who join later were not asked."""
        self.asked_at[version] = asked_at
        self.asked.setdefault(version, set(self.members.get(self.team, ())))

    def has_judged(self, version: int, member: PersonId) -> bool:
        """Whether this member approved this version or dissented from it."""
        return (version, member) in self.approved or (version, member) in self.dissents


# Commands


class JudgeAdvice(TeamCommand):
    """Approve the present version of the advice, or dissent in words, again with other words (rule 18).

    The first verdict on a version asks all members for theirs.
    """

    def __init__(self, team: TeamId, *, verdict: Verdict, text: Words | None = None, by: Caller) -> None:
        super().__init__(by, team)
        self.team, self.verdict, self.text = team, verdict, text
        self.draft = Draft(team)
        self.verdicts = Verdicts(team)

    def execute(self) -> None:
        formed = self.rights.require_member_of(self.team)
        version, member = self.draft.advice_version, self.by.person
        assert member is not None, "a member is a person"
        if version == 0:
            raise NothingDrafted
        if version in self.verdicts.presented:
            raise Presented
        if self.verdict == "approve" and (version, member) in self.verdicts.approved:
            raise AsIs
        asked_at = self.verdicts.asked_at.get(version, self.by.at)
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


class HandoverCommand(CallerCommand):
    """A command that hands an advice to people, with files of the team."""

    rights: TeamRights  # pyright: ignore[reportIncompatibleVariableOverride]  set once, here

    def __init__(
        self,
        by: Caller,
        team: TeamId,
        *,
        programme: ProgrammeId,
        to: tuple[PersonId, ...],
        files: tuple[FileId, ...],
        boundary: Sequence[Selector] = (),
    ) -> None:
        super().__init__(by, boundary=boundary, rights=TeamRights(by, team))
        self.team, self.programme, self.to, self.files = team, programme, to, files
        self.draft = Draft(team)
        self.verdicts = Verdicts(team)
        self.known_people = KnownPeople(*to)
        self.known_files = Files(*files)

    def require_receivers(self) -> TeamFormed:
        """Return the team as it is now. Raises `NotFound`, `NotAllowed`, `TeamOver`, `ProgrammeOver` or `UnknownPerson`."""
        formed = self.rights.require_member_of(self.team)
        if formed.programme != self.programme:
            raise NotFound
        for number, one in enumerate(self.to):
            if one not in self.known_people:
                raise UnknownPerson(field=f"to.{number}")
        return formed

    def handed_files(self) -> tuple[HandedFile, ...]:
        """The files with their digests. Raises `NotOfTheTeam`."""
        found = self.known_files.require_files(self.files, self.team)
        return tuple(HandedFile(one.file, one.sha256) for one in found)


class PresentAdvice(HandoverCommand):
    """Explain the advice to the commissioner.

    Rules compare digests and people read texts, so the document is made outside the domain, from the texts that the event
    names: the latest version of each part and recommendation, and the dissents from this version. `document_hash` is its hash;
    `version` and `dissents` are those that it shows. If these have changed since: `OtherVersion` (rules 16, 18).
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
        super().__init__(by, team, programme=programme, to=to, files=files)
        self.version, self.rendered_dissents, self.document_hash = version, dict(dissents), document_hash
        self.participants = Participants(programme)

    def execute(self) -> None:
        formed, files = self.require_receivers(), self.handed_files()
        self._require_complete()
        self._require_fresh()
        self._require_judged()
        dissents = {member: text for (of, member), text in self.verdicts.dissents.items() if of == self.version}
        if self.version != self.draft.advice_version or dissents != self.rendered_dissents:
            raise OtherVersion
        if self.version in self.verdicts.presented:
            raise Presented
        self.record(
            AdvicePresented(
                team=self.team,
                programme=self.programme,
                challenge=formed.challenge,
                organisation=formed.organisation,
                version=self.version,
                parts=self.draft.basis_for("recommendation"),
                summary=self.draft.versions.get("summary"),
                recommendations=tuple(
                    HandedRecommendation(one.recommendation, one.version) for one in self.draft.recommendations.values()
                ),
                dissenters=tuple(sorted(dissents)),
                to=self.to,
                document_hash=self.document_hash,
                files=files,
            )
        )

    def _require_complete(self) -> None:
        """Raises `Incomplete`."""
        for kind in ("problem_statement", "guiding_question", "answer"):
            if kind not in self.draft.versions:
                raise Incomplete(part=CodeWord(kind))
        if not self.draft.recommendations:
            raise Incomplete(part=CodeWord("recommendation"))

    def _require_fresh(self) -> None:
        """Raises `Stale`."""
        for kind, basis in self.draft.bases.items():
            if basis != self.draft.basis_for(kind):
                raise Stale(part=CodeWord(kind))
        for one in self.draft.recommendations.values():
            if one.basis != self.draft.basis_for("recommendation"):
                raise Stale(part=one.recommendation)

    def _require_judged(self) -> None:
        """Raises `NotEveryoneAnswered`. The seven days are measured by the store's clock as well (rule 4)."""
        version = self.draft.advice_version
        silent = [one for one in self._active_members() if not self.verdicts.has_judged(version, one)]
        if not silent:
            return
        if not self.verdicts.asked.get(version, set()).issuperset(silent):
            raise NotEveryoneAnswered(missing=len(silent))
        asked_at = self.verdicts.asked_at[version]
        if self.by.at < asked_at + TIME_TO_ANSWER:
            raise NotEveryoneAnswered(missing=len(silent))
        self.not_before = asked_at + TIME_TO_ANSWER

    def _active_members(self) -> set[PersonId]:
        """The members of the team who are participants of the programme."""
        return {one for one in self.rights.teams.members[self.team] if one in self.participants}


class DeliverAdvice(HandoverCommand):
    """Hand the presented advice over for good, to a contact of the commissioner (rule 18).

    `files`: in addition to those that were presented. If there are any, `document_hash` is that of the document of `version`
    with all of them; else that of the presentation is used.
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
        boundary = [Selector(types=[AdviceDelivered], tags=[team]), *(roles_of(one) for one in to)]
        super().__init__(by, team, programme=programme, to=to, files=files, boundary=boundary)
        self.version, self.document_hash = version, document_hash
        self.programme_state = ProgrammeState(programme)
        self.delivered: set[int] = set()

    @applies(AdviceDelivered)
    def _(self, version: int) -> None:
        self.delivered.add(version)

    def execute(self) -> None:
        formed, named = self.require_receivers(), self.handed_files()
        presented = self.verdicts.presented.get(self.draft.advice_version)
        if presented is None:
            raise NotPresented
        if presented.version in self.delivered:
            raise AsIs
        if formed.organisation is None or not self._reaches(formed.organisation, formed.challenge):
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
                document_hash=self._hash_with(presented) if added else presented.document_hash,
                response_weeks=self.programme_state.require_programme().policies.response_weeks,
                files=(*presented.files, *added),
            )
        )

    def _hash_with(self, presented: AdvicePresented) -> Digest:
        """The hash of the document with the added files. Raises `OtherVersion` if it shows another version."""
        if self.document_hash is None or self.version != presented.version:
            raise OtherVersion
        return self.document_hash

    def _reaches(self, organisation: OrganisationId, challenge: ChallengeId) -> bool:
        """Whether one of the receivers is a commissioner of this challenge for the organisation now."""
        return any(self.rights.is_contact(one, organisation, challenge, programme=self.programme) for one in self.to)
