"""Drafting of an advice, in versions: problem statement → guiding question → answer → recommendations."""

from typing import Literal

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
from domain.foundation import (
    AnyId,
    Caller,
    Knowledge,
    NotFound,
    RecommendationId,
    Refusal,
    Selector,
    TeamId,
    Text,
    Words,
    applies,
)
from domain.people.people import KnownOrganisations, UnknownOrganisation
from domain.people.rights import CallerCommand
from domain.research.evidence import Evidence
from domain.research.research import NotOfTheTeam, Research
from domain.teams.team import TeamCommand, TeamRights

PartKind = Literal["problem_statement", "guiding_question", "answer", "summary"]

# Refusals


class Outdated(Refusal):
    """Rule 16: a revision names the version it is based on; if it is no longer the last: 409 with the last one."""

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


# Knowledge


class Draft(Knowledge):
    """The advice of a team as it is now: the versions of its parts, what they are based on, and its recommendations."""

    def __init__(self, team: TeamId) -> None:
        super().__init__(Selector(types=DRAFTED, tags=[team]))
        self.team = team
        self.advice_version = 0
        self.versions: dict[PartKind, int] = {}
        self.bases: dict[PartKind, Basis] = {}
        self.recommendations: dict[RecommendationId, RecommendationFormulated] = {}

    @applies(ProblemStatementRevised)
    def _(self, event: ProblemStatementRevised) -> None:
        self._fold_part("problem_statement", event)

    @applies(GuidingQuestionFixed)
    def _(self, event: GuidingQuestionFixed) -> None:
        self._fold_part("guiding_question", event)

    @applies(AnswerDrafted)
    def _(self, event: AnswerDrafted) -> None:
        self._fold_part("answer", event)

    @applies(SummaryDrafted)
    def _(self, event: SummaryDrafted) -> None:
        self._fold_part("summary", event)

    @applies(RecommendationFormulated)
    def _(self, event: RecommendationFormulated) -> None:
        if event.team == self.team:
            self.recommendations[event.recommendation], self.advice_version = event, event.advice_version

    def _fold_part(self, kind: PartKind, event: PartDrafted) -> None:
        if event.team == self.team:
            self.versions[kind], self.bases[kind] = event.version, event.basis
            self.advice_version = event.advice_version

    def basis_for(self, kind: PartKind | Literal["recommendation"]) -> Basis:
        """The basis of a part or recommendation of this kind that is written now: the present versions of those before it."""
        current = Basis(
            self.versions.get("problem_statement", 0),
            self.versions.get("guiding_question", 0),
            self.versions.get("answer", 0),
        )
        return basis_before(kind, current)

    def next_version(self, kind: PartKind, based_on: int | None) -> int:
        """The number of the next version of this part. Raises `Outdated`."""
        latest = self.versions.get(kind, 0)
        require_latest(based_on, latest)
        return latest + 1


def basis_before(kind: PartKind | Literal["recommendation"], current: Basis) -> Basis:
    """The versions in `current` of the parts that precede this kind in the order of rule 16; 0 for the others."""
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
    """Raises `Outdated` if a revision is based on another version than the last; None: it is based on the last."""
    if based_on is not None and based_on != latest:
        raise Outdated(field="based_on", latest=latest)


# Commands


class ReviseProblemStatement(TeamCommand):
    """Write the next version of the problem statement."""

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
        super().__init__(by, team)
        self.team, self.text, self.based_on = team, text, based_on
        self.patterns, self.causes, self.values = patterns, causes, values
        self.draft = Draft(team)

    def execute(self) -> None:
        formed = self.rights.require_member_of(self.team)
        self.record(
            ProblemStatementRevised(
                team=self.team,
                programme=formed.programme,
                version=self.draft.next_version("problem_statement", self.based_on),
                advice_version=self.draft.advice_version + 1,
                recommendations=tuple(self.draft.recommendations),
                text=self.text,
                patterns=self.patterns,
                causes=self.causes,
                values=self.values,
            )
        )


class FixGuidingQuestion(TeamCommand):
    """Write the next version of the question that the team answers (rule 16)."""

    def __init__(self, team: TeamId, *, text: Words, based_on: int | None = None, by: Caller) -> None:
        super().__init__(by, team)
        self.team, self.text, self.based_on = team, text, based_on
        self.draft = Draft(team)

    def execute(self) -> None:
        formed = self.rights.require_member_of(self.team)
        self.record(
            GuidingQuestionFixed(
                team=self.team,
                programme=formed.programme,
                version=self.draft.next_version("guiding_question", self.based_on),
                advice_version=self.draft.advice_version + 1,
                recommendations=tuple(self.draft.recommendations),
                basis=self.draft.basis_for("guiding_question"),
                text=self.text,
            )
        )


class DraftAnswer(TeamCommand):
    """Write the next version of the answer to the guiding question (rule 16)."""

    def __init__(self, team: TeamId, *, text: Words, based_on: int | None = None, by: Caller) -> None:
        super().__init__(by, team)
        self.team, self.text, self.based_on = team, text, based_on
        self.draft = Draft(team)

    def execute(self) -> None:
        formed = self.rights.require_member_of(self.team)
        self.record(
            AnswerDrafted(
                team=self.team,
                programme=formed.programme,
                version=self.draft.next_version("answer", self.based_on),
                advice_version=self.draft.advice_version + 1,
                recommendations=tuple(self.draft.recommendations),
                basis=self.draft.basis_for("answer"),
                text=self.text,
            )
        )


class DraftSummary(TeamCommand):
    """Write the next version of the summary of the advice."""

    def __init__(self, team: TeamId, *, summary: Words, method: Words, based_on: int | None = None, by: Caller) -> None:
        super().__init__(by, team)
        self.team, self.summary, self.method, self.based_on = team, summary, method, based_on
        self.draft = Draft(team)

    def execute(self) -> None:
        formed = self.rights.require_member_of(self.team)
        self.record(
            SummaryDrafted(
                team=self.team,
                programme=formed.programme,
                version=self.draft.next_version("summary", self.based_on),
                advice_version=self.draft.advice_version + 1,
                basis=self.draft.basis_for("summary"),
                summary=self.summary,
                method=self.method,
            )
        )


class RecommendationDraftCommand(CallerCommand):
    """A command that writes the next version of a recommendation."""

    rights: TeamRights  # pyright: ignore[reportIncompatibleVariableOverride]  set once, here

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
        super().__init__(by, rights=TeamRights(by, team))
        self.recommendation, self.team, self.text, self.evidence = recommendation, team, text, evidence
        self.addressee, self.based_on = addressee, based_on
        self.draft = Draft(team)
        self.citable = Evidence(*evidence)
        self.known_organisations = KnownOrganisations(addressee.organisation)
        self.stakeholders = Research(*([] if addressee.stakeholder is None else [addressee.stakeholder]))

    def write(self) -> None:
        """Record the next version.

        Raises `NotFound`, `NotAllowed`, `TeamOver`, `ProgrammeOver`, `Outdated`, and the refusals of addressees and evidence.
        """
        formed = self.rights.require_member_of(self.team)
        self._require_addressee()
        self.citable.require_evidence(self.evidence, self.team)
        before = self.draft.recommendations.get(self.recommendation)
        require_latest(self.based_on, before.version if before else 0)
        self.record(
            RecommendationFormulated(
                recommendation=self.recommendation,
                team=self.team,
                programme=formed.programme,
                challenge=formed.challenge,
                organisation=formed.organisation,
                version=before.version + 1 if before else 1,
                advice_version=self.draft.advice_version + 1,
                basis=self.draft.basis_for("recommendation"),
                text=self.text,
                evidence=self.evidence,
                addressee=self.addressee,
            )
        )

    def _require_addressee(self) -> None:
        """Raises `OneAddressee`, `UnknownOrganisation` or `NotOfTheTeam`."""
        to = self.addressee
        if sum(one is not None for one in (to.organisation, to.stakeholder, to.name)) != 1:
            raise OneAddressee(field="addressee")
        if to.organisation is not None and to.organisation not in self.known_organisations:
            raise UnknownOrganisation(field="addressee.organisation_id")
        if to.stakeholder is not None and self.stakeholders.team_of(to.stakeholder) != self.team:
            raise NotOfTheTeam(field="addressee.stakeholder_id")


class FormulateRecommendation(RecommendationDraftCommand):
    """Recommend something to an addressee, with evidence (rule 17)."""

    def execute(self) -> None:
        self.write()


class ReviseRecommendation(RecommendationDraftCommand):
    """Write the next version of a recommendation, based on the present versions of the other parts."""

    def execute(self) -> None:
        if self.recommendation not in self.draft.recommendations:
            raise NotFound
        self.rights.require_own(self.team, self.rights.teams.require_team(self.team).programme)
        self.write()
