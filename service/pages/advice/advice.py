"""A CoP's advice: as it will be read, and approving it or dissenting from it."""

from typing import Annotated, Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from domain.advice.presenting import JudgeAdvice, Verdict
from domain.events.advice import (
    AnswerDrafted,
    GuidingQuestionFixed,
    ProblemStatementRevised,
    RecommendationFormulated,
    SummaryDrafted,
)
from domain.events.commitment import CommitmentMade, CommitmentMoved, CommitmentSettled
from domain.events.followup import (
    FormalResponseGiven,
    ProgressReported,
    RecommendationClosed,
    RejoinderAdded,
)
from domain.events.itinerary import ItineraryItemAdded
from domain.events.presentation import AdviceDelivered, AdvicePresented, ApprovedByMember, Dissented
from domain.events.research import InsightShared, InterviewHeld, SourceLogged
from domain.foundation import Event, NotFound, Selector, TeamId, Text
from domain.teams.team import TeamRights
from projections.advice import Advice
from projections.challenges import CHALLENGES
from projections.recommendations import STALE, Recommendation
from projections.research import Stakeholder
from projections.teams import TEAMS, Team
from service.api.http.bodies import Prose, words
from service.api.http.read_parameters import position
from service.pages.advice.evidence import cited, people_in, reference
from service.pages.frame.forms import Form, labelled
from service.pages.frame.visit import Visit
from service.pages.teams import progress_of
from service.reading.team_work import TeamWork
from service.reading.whole_advice import WholeAdvice, whole_advice

DRAFTED: list[type[Event]] = [
    ProblemStatementRevised,
    GuidingQuestionFixed,
    AnswerDrafted,
    SummaryDrafted,
    RecommendationFormulated,
]
HANDED_OVER: list[type[Event]] = [ApprovedByMember, Dissented, AdvicePresented, AdviceDelivered]
FOLLOWED_UP: list[type[Event]] = [
    FormalResponseGiven,
    ProgressReported,
    RejoinderAdded,
    RecommendationClosed,
    CommitmentMade,
    CommitmentMoved,
    CommitmentSettled,
]
FOUND: list[type[Event]] = [SourceLogged, InterviewHeld, InsightShared, ItineraryItemAdded]
"""The events behind the evidence for an advice."""
FOUND_TOPICS = {
    "source": SourceLogged.TOPIC,
    "interview": InterviewHeld.TOPIC,
    "insight": InsightShared.TOPIC,
    "visit": ItineraryItemAdded.TOPIC,
}
PART_TOPICS = {
    "problem_statement": ProblemStatementRevised.TOPIC,
    "guiding_question": GuidingQuestionFixed.TOPIC,
    "answer": AnswerDrafted.TOPIC,
    "summary": SummaryDrafted.TOPIC,
}


class JudgementForm(Form):
    """A member's verdict on the present version of the advice."""

    verdict: Annotated[Verdict, labelled("Your verdict", "Je oordeel")]
    text: (
        Annotated[
            Prose,
            labelled(
                "What you do not agree with",
                "Waarmee je het niet eens bent",
                Text(
                    en="Only if you dissent. It is printed with the advice.",
                    nl="Alleen bij een afwijkend standpunt. Het komt bij het advies te staan.",
                ),
            ),
        ]
        | None
    ) = None


class AdvicePages(Controller):
    """Pages about the advice of a CoP."""

    path = "/teams/{team:str}/advice"

    @get()
    async def show(self, visit: NamedDependency[Visit], team: FromPath[TeamId]) -> Response[Any]:
        """Show the advice as it is now, or as it was handed over: `?handed_over=` and the number of the version."""
        return await self._show(visit, team)

    @post("/verdict")
    async def judge(self, visit: NamedDependency[Visit], team: FromPath[TeamId]) -> Response[Any]:
        """Approve the present version, or dissent from it."""
        return await visit.submit(
            JudgementForm,
            lambda form, by, _: JudgeAdvice(team, verdict=form.verdict, text=words(form.text), by=by),
            then=f"/teams/{team}/advice#verdicts",
            again=lambda: self._show(visit, team),
        )

    async def _show(self, visit: Visit, team: TeamId) -> Response[Any]:
        stated = visit.request.query_params.get("handed_over", "")
        version = position(stated)
        if stated and version is None:
            raise NotFound
        whole = await whole_advice(visit.reader, team, visit.reading, handed_over=version)
        row = await visit.reader.row(TEAMS, team, visit.reading)
        challenge = None if row is None else await visit.reader.row(CHALLENGES, row.challenge, visit.reading)
        if row is None or challenge is None:
            raise NotFound
        await visit.reader.unseal([challenge])
        stamps = await visit.stamps(Selector(types=[*DRAFTED, *HANDED_OVER, *FOLLOWED_UP, *FOUND], tags=[team]))
        names = await visit.names([*stamps.actors(), *ids_in(whole, row)])
        rights = await visit.rights()
        theirs = [
            one for one in whole.recommendations if answers_to(rights, one) and version is None and not visit.is_past
        ]
        verdicts = () if whole.advice is None else whole.advice.verdicts
        evidence = {one.id: cited(one.evidence, whole.known, names) for one in whole.recommendations}
        return visit.page(
            "advice/advice.html",
            here=here_of(visit),
            has_past=version is None,
            live=team,
            sub="advice",
            team=row,
            title=challenge.title.text or "…",
            whole=whole,
            advice=whole.advice,
            handover=None if version is None or whole.advice is None else whole.advice.handed_over[-1],
            evidence=evidence,
            references=[(one.id, reference(one.csl)) for one in whole.sources],
            stakeholders=stakeholders_in(whole),
            stale=stale_parts(whole.advice, whole.recommendations),
            phases_here=await progress_of(visit, row.programme, team),
            writes=version is None and writes(whole.work, visit),
            judges=version is None and judges(whole, visit),
            may_respond=[one.id for one in theirs if may_respond(one)],
            may_act=[one.id for one in theirs if may_act(one)],
            mine=next((one for one in verdicts if one.member == visit.person), None),
            form=visit.form(JudgementForm),
            names=names,
            stamps=stamps,
            part_topics=PART_TOPICS,
            found_topics=FOUND_TOPICS,
        )


def here_of(visit: Visit) -> str:
    """The item of the main menu to which the pages of a CoP's work belong, by the visitor's role."""
    return {"participant": "/cop", "facilitator": "/cops", "manager": "/cops"}.get(visit.role, "/")


def writes(work: TeamWork, visit: Visit) -> bool:
    """Whether the visitor may change the work of this team now: a member of a team that has not ended."""
    team = work.rights.require_team()
    over = work.rights.teams.has_ended(team.team, team.programme)
    return not visit.is_past and not over and work.rights.is_member(team.team, team.programme)


def judges(whole: WholeAdvice, visit: Visit) -> bool:
    """Whether the visitor may still approve the present version, or dissent from it."""
    return whole.advice is not None and whole.advice.status == "drafting" and writes(whole.work, visit)


def acts_on_behalf(rights: TeamRights, row: Recommendation) -> bool:
    """Whether the visitor acts for the commissioner as a manager of the programme (rule 19)."""
    return row.organisation is not None and rights.manages(row.programme)


def answers_to(rights: TeamRights, row: Recommendation) -> bool:
    """Whether the visitor can answer for the commissioner of a recommendation."""
    speaks = rights.contact_for(row.organisation, row.challenge, programme=row.programme)
    return speaks or acts_on_behalf(rights, row)


def may_respond(row: Recommendation) -> bool:
    """Whether a delivered version waits for its response."""
    return row.response_due_at is not None and row.response is None and row.closure is None


def may_act(row: Recommendation) -> bool:
    """Whether commitments, progress and an outcome are possible: it was accepted, at least in part, and is not closed."""
    return row.response is not None and row.response.verdict != "rejected" and row.closure is None


def ids_in(whole: WholeAdvice, team: Team) -> set[str]:
    """The ids whose names the pages of an advice need."""
    found: set[str | None] = {
        team.id,
        team.challenge,
        team.organisation,
        *team.members,
        *people_in(whole.known.values()),
    }
    for one in whole.recommendations:
        found |= {one.organisation, one.addressee.organisation}
    if whole.advice is not None:
        found |= {one.member for one in whole.advice.verdicts}
        for handover in whole.advice.handed_over:
            found |= {*handover.to, *handover.delivered_to, *(one.member for one in handover.dissents)}
            found |= {one.file for one in (*handover.files, *handover.delivered_files)}
    return {one for one in found if one is not None}


def stakeholders_in(whole: WholeAdvice) -> dict[str, str]:
    """The names of the stakeholders to whom recommendations are addressed, for readers who may see them."""
    return {id_: one.name.text or "…" for id_, one in whole.known.items() if isinstance(one, Stakeholder)}


def stale_parts(advice: Advice | None, recommendations: list[Recommendation]) -> list[str]:
    """The parts and recommendations whose basis was revised since."""
    parts = [] if advice is None else [getattr(advice.parts, one) for one in advice.parts.__struct_fields__]
    stale = [one.part for one in parts if one is not None and one.status == "stale"]
    return [*stale, *(one.id for one in recommendations if STALE in one.warnings)]
