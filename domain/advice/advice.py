"""The advice while the team writes it: problem statement → guiding question → answer → recommendations, in versions."""

from typing import ClassVar, Literal

from domain.events.advice import (
    DRAFTED,
    Addressee,
    AnswerDrafted,
    Basis,
    GuidingQuestionFixed,
    PartDrafted,
    ProblemStatementRevised,
    RecommendationFormulated,
    SummaryDrafted,
)
from domain.events.people import OrganisationRegistered
from domain.events.team import TeamFormed
from domain.foundation import (
    AnyId,
    Caller,
    NotFound,
    OrganisationId,
    RecommendationId,
    Refusal,
    Selector,
    TeamId,
    Text,
    Words,
    applies,
)
from domain.people.people import UnknownOrganisation
from domain.research.evidence import KnowingEvidence
from domain.research.research import NotOfTheTeam
from domain.teams.own_work import OwnWork
from domain.teams.team import InTeam

PartKind = Literal["problem_statement", "guiding_question", "answer", "summary"]


# Events. `recommendations`: those that a change of what they rest on marks as stale.


# Refusals


class Outdated(Refusal):
    """Rule 16: a revision names the version it is based on; if that is no longer the last: 409 with the last one."""

    CODE = "outdated-version"
    TEXT = Text(en="Version {latest} was written in the meantime.", nl="Intussen is versie {latest} geschreven.")


class OneAddressee(Refusal):
    """Rule 17: a recommendation names an addressee, any organisation or stakeholder."""

    CODE = "one-addressee"
    STATUS = 422
    TEXT = Text(
        en="Name one addressee: an organisation, a stakeholder or a name.",
        nl="Noem één geadresseerde: een organisatie, een belanghebbende of een naam.",
    )


# What commands know


class Drafting(InTeam):
    """What a command knows that depends on an advice: every part as it stands, and every recommendation."""

    def __init__(self) -> None:
        super().__init__()
        self.advice_version = 0
        self.versions: dict[PartKind, int] = {}
        self.bases: dict[PartKind, Basis] = {}
        self.recommendations: dict[RecommendationId, RecommendationFormulated] = {}

    def consistency_boundary(self) -> list[Selector]:
        return [*super().consistency_boundary(), Selector(types=DRAFTED, tags=[self.team])]

    @applies(ProblemStatementRevised)
    def _(self, event: ProblemStatementRevised) -> None:
        self._learn_part("problem_statement", event)

    @applies(GuidingQuestionFixed)
    def _(self, event: GuidingQuestionFixed) -> None:
        self._learn_part("guiding_question", event)

    @applies(AnswerDrafted)
    def _(self, event: AnswerDrafted) -> None:
        self._learn_part("answer", event)

    @applies(SummaryDrafted)
    def _(self, event: SummaryDrafted) -> None:
        self._learn_part("summary", event)

    @applies(RecommendationFormulated)
    def _(self, event: RecommendationFormulated) -> None:
        if event.team == self.team:
            self.recommendations[event.recommendation], self.advice_version = event, event.advice_version

    def _learn_part(self, kind: PartKind, event: PartDrafted) -> None:
        self.versions[kind], self.bases[kind], self.advice_version = event.version, event.basis, event.advice_version

    def basis_for(self, kind: PartKind | Literal["recommendation"]) -> Basis:
        """What something of this kind rests on if it is written now: everything before it, as it stands."""
        current = Basis(
            self.versions.get("problem_statement", 0),
            self.versions.get("guiding_question", 0),
            self.versions.get("answer", 0),
        )
        return resting(kind, current)

    def require_writer(self) -> TeamFormed:
        """Raises `NotFound` or `NotAllowed` unless the caller is a member."""
        formed = self.require_team()
        self.require_member(self.team, formed.programme, formed.organisation)
        return formed


def resting(kind: PartKind | Literal["recommendation"], current: Basis) -> Basis:
    """As much of `current` as lies before this kind in the order of rule 16."""
    match kind:
        case "problem_statement":
            return Basis()
        case "guiding_question":
            return Basis(current.problem_statement)
        case "answer":
            return Basis(current.problem_statement, current.guiding_question)
        case "summary" | "recommendation":
            return current


def require_latest(based_on: int | None, latest: int) -> None:
    """Raises `Outdated` where a revision names another version than the last; one that names none takes the last."""
    if based_on is not None and based_on != latest:
        raise Outdated(field="based_on", latest=latest)


# Commands


class RevisingPart(Drafting):
    """Base of the commands that write the next version of a part."""

    KIND: ClassVar[PartKind]
    based_on: int | None

    def next_version(self) -> tuple[TeamFormed, int]:
        """The team, and the number of the version to be. Raises `NotFound`, `NotAllowed` or `Outdated`."""
        formed, latest = self.require_writer(), self.versions.get(self.KIND, 0)
        require_latest(self.based_on, latest)
        return formed, latest + 1


class ReviseProblemStatement(RevisingPart):
    """Write the problem statement anew."""

    KIND = "problem_statement"

    def __init__(
        self,
        team: TeamId,
        *,
        text: Words,
        patterns: Words | None = None,
        causes: Words | None = None,
        values: Words | None = None,
        based_on: int | None = None,
        by: Caller,
    ) -> None:
        super().__init__()
        self.team, self.text, self.based_on, self.by = team, text, based_on, by
        self.patterns, self.causes, self.values = patterns, causes, values

    def execute(self) -> None:
        formed, version = self.next_version()
        self.record(
            ProblemStatementRevised(
                team=self.team,
                programme=formed.programme,
                version=version,
                advice_version=self.advice_version + 1,
                recommendations=tuple(self.recommendations),
                text=self.text,
                patterns=self.patterns,
                causes=self.causes,
                values=self.values,
            )
        )


class WritingPassage(RevisingPart):
    """Base of the commands on a part that is one text, and rests on those before it."""

    EVENT: ClassVar[type[GuidingQuestionFixed | AnswerDrafted]]

    def __init__(self, team: TeamId, *, text: Words, based_on: int | None = None, by: Caller) -> None:
        super().__init__()
        self.team, self.text, self.based_on, self.by = team, text, based_on, by

    def execute(self) -> None:
        formed, version = self.next_version()
        self.record(
            self.EVENT(
                team=self.team,
                programme=formed.programme,
                version=version,
                advice_version=self.advice_version + 1,
                recommendations=tuple(self.recommendations),
                basis=self.basis_for(self.KIND),
                text=self.text,
            )
        )


class FixGuidingQuestion(WritingPassage):
    """Fix the question that the team answers (rule 16)."""

    KIND, EVENT = "guiding_question", GuidingQuestionFixed


class DraftAnswer(WritingPassage):
    """Write the answer to the guiding question (rule 16)."""

    KIND, EVENT = "answer", AnswerDrafted


class DraftSummary(RevisingPart):
    """Write the advice in short."""

    KIND = "summary"

    def __init__(self, team: TeamId, *, summary: Words, method: Words, based_on: int | None = None, by: Caller) -> None:
        super().__init__()
        self.team, self.summary, self.method, self.based_on, self.by = team, summary, method, based_on, by

    def execute(self) -> None:
        formed, version = self.next_version()
        self.record(
            SummaryDrafted(
                team=self.team,
                programme=formed.programme,
                version=version,
                advice_version=self.advice_version + 1,
                basis=self.basis_for(self.KIND),
                summary=self.summary,
                method=self.method,
            )
        )


class FormulateRecommendation(Drafting, KnowingEvidence):
    """Recommend something to somebody, on evidence (rule 17)."""

    def __init__(
        self,
        recommendation: RecommendationId,
        *,
        team: TeamId,
        text: Words,
        evidence: tuple[AnyId, ...],
        addressee: Addressee,
        based_on: int | None = None,
        by: Caller,
    ) -> None:
        super().__init__()
        self.recommendation, self.team, self.text, self.evidence, self.by = recommendation, team, text, evidence, by
        self.addressee, self.based_on = addressee, based_on
        self.known_organisation = False

    def consistency_boundary(self) -> list[Selector]:
        organisation, stakeholder = self.addressee.organisation, self.addressee.stakeholder
        return [
            *super().consistency_boundary(),
            *self.about_evidence(self.evidence),
            *([Selector(types=[OrganisationRegistered], tags=[organisation])] if organisation else []),
            *(self.about_research([stakeholder]) if stakeholder else []),
        ]

    @applies(OrganisationRegistered)
    def _(self, organisation: OrganisationId) -> None:
        self.known_organisation |= organisation == self.addressee.organisation

    def execute(self) -> None:
        formed = self.require_writer()
        self.require_addressee()
        self.require_evidence(self.evidence, self.team)
        before = self.recommendations.get(self.recommendation)
        require_latest(self.based_on, before.version if before else 0)
        self.record(
            RecommendationFormulated(
                recommendation=self.recommendation,
                team=self.team,
                programme=formed.programme,
                challenge=formed.challenge,
                organisation=formed.organisation,
                version=before.version + 1 if before else 1,
                advice_version=self.advice_version + 1,
                basis=self.basis_for("recommendation"),
                text=self.text,
                evidence=self.evidence,
                addressee=self.addressee,
            )
        )

    def require_addressee(self) -> None:
        """Raises `OneAddressee`, `UnknownOrganisation` or `NotOfTheTeam`."""
        to = self.addressee
        if sum(one is not None for one in (to.organisation, to.stakeholder, to.name)) != 1:
            raise OneAddressee(field="addressee")
        if to.organisation is not None and not self.known_organisation:
            raise UnknownOrganisation(field="addressee.organisation_id")
        if to.stakeholder is not None and self.team_of(to.stakeholder) != self.team:
            raise NotOfTheTeam(field="addressee.stakeholder_id")


class ReviseRecommendation(FormulateRecommendation, OwnWork):
    """Write the next version of a recommendation; it rests on everything as it stands now."""

    def execute(self) -> None:
        if self.recommendation not in self.recommendations:
            raise NotFound
        self.require_own(self.team, self.require_team().programme)
        super().execute()
