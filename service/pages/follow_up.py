"""A recommendation and what became of it: the response, commitments, progress, the rejoinder, its outcome, and sharing it."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec.structs import replace

from domain.advice.commitment import MakeCommitment, MoveCommitment, SettleCommitment
from domain.advice.followup import AddRejoinder, CloseRecommendation, ReportProgress, RespondToRecommendation
from domain.events.advice import RecommendationFormulated
from domain.events.commitment import Settlement
from domain.events.followup import Outcome, ResponseVerdict
from domain.events.presentation import AdviceDelivered, AdvicePresented
from domain.events.sharing import Circle, WorkShared
from domain.foundation import (
    AnyId,
    Caller,
    Command,
    CommitmentId,
    NotFound,
    OrganisationId,
    Personal,
    RecommendationId,
    Selector,
    Text,
    Words,
)
from domain.spanning.sharing import ShareWork
from projections.commitments import COMMITMENTS
from projections.recommendations import RECOMMENDATIONS, Recommendation
from projections.research import Stakeholder
from projections.teams import TEAMS
from service.api.http.bodies import Prose, Title, words
from service.pages.advice import (
    FOLLOWED_UP,
    FOUND,
    FOUND_TOPICS,
    acts_on_behalf,
    answers_to,
    here_of,
    may_act,
    may_respond,
    writes,
)
from service.pages.advice_parts import ConfirmationForm, now_if_failed
from service.pages.evidence import cited, people_in
from service.pages.frame.forms import Filled, Form, labelled
from service.pages.frame.visit import Attempt, Visit
from service.pages.word_differences import Piece, differences
from service.reading.commitments import commitments_of_recommendation
from service.reading.options import ListOptions
from service.reading.recommendations import visible_recommendation
from service.reading.whole_advice import MAX_COMMITMENTS, known_evidence
from service.store.log.types import Receipt


class FollowUpForm(Form, kw_only=True):
    """A form of the commissioner, or of a manager who acts on its behalf and says why."""

    reason: (
        Annotated[
            Prose,
            labelled(
                "Reason", "Reden", Text(en="It stands beside the decision.", nl="Die komt bij het besluit te staan.")
            ),
        ]
        | None
    ) = None


class ResponseForm(FollowUpForm, kw_only=True):
    """The formal response."""

    verdict: Annotated[ResponseVerdict, labelled("Your response", "Je reactie")]


class CommitmentForm(FollowUpForm, kw_only=True):
    """A commitment."""

    text: Annotated[Prose, labelled("What you will do", "Wat jullie gaan doen")]
    owner: Annotated[Title, labelled("Who is in charge", "Wie ervoor zorgt")]
    due_on: Annotated[date, labelled("By when", "Uiterlijk wanneer")]


class ProgressForm(FollowUpForm, kw_only=True):
    """A report of progress."""

    text: Annotated[Prose, labelled("What was done", "Wat er gedaan is")]
    evidence: Annotated[Prose, labelled("How that can be seen", "Waaraan dat te zien is")] | None = None


class ClosureForm(FollowUpForm, kw_only=True):
    """The outcome of a recommendation."""

    outcome: Annotated[Outcome, labelled("What came of it", "Wat ervan geworden is")]


class MoveForm(FollowUpForm, kw_only=True):
    """Another due date of a commitment."""

    due_on: Annotated[date, labelled("By when", "Uiterlijk wanneer")]


class SettlementForm(FollowUpForm, kw_only=True):
    """The outcome of a commitment."""

    outcome: Annotated[Settlement, labelled("Was it kept", "Is de toezegging nagekomen")]


class RejoinderForm(Form, kw_only=True):
    """The CoP's answer to the response."""

    text: Annotated[Prose, labelled("Your rejoinder", "Jullie weerwoord")]


class ShareForm(Form, kw_only=True):
    """The people with whom to share a recommendation. `this_version`: only this one, not whatever it will be."""

    circle: Annotated[Circle, labelled("With whom", "Met wie")]
    this_version: Annotated[
        int,
        labelled("Which version", "Welke versie"),
    ] = 0


class FollowUpPages(Controller):
    """The page of a recommendation, and the forms on it."""

    path = "/"

    @get("/recommendations/{recommendation:str}")
    async def show(self, visit: NamedDependency[Visit], recommendation: FromPath[RecommendationId]) -> Response[Any]:
        """Show a recommendation as far as the visitor may see it."""
        return await self._show(visit, recommendation)

    @post("/recommendations/{recommendation:str}/response")
    async def respond(self, visit: NamedDependency[Visit], recommendation: FromPath[RecommendationId]) -> Response[Any]:
        """Give the formal response."""
        return await self._follow_up(
            visit,
            recommendation,
            ResponseForm,
            lambda form, by, _: RespondToRecommendation(recommendation, verdict=form.verdict, by=by),
        )

    @post("/recommendations/{recommendation:str}/commitments")
    async def commit(self, visit: NamedDependency[Visit], recommendation: FromPath[RecommendationId]) -> Response[Any]:
        """Make a commitment."""
        return await self._follow_up(
            visit,
            recommendation,
            CommitmentForm,
            lambda form, by, new: MakeCommitment(
                CommitmentId(new),
                recommendation=recommendation,
                text=Words(form.text),
                owner=Personal(form.owner),
                due_on=form.due_on,
                by=by,
            ),
            creates="commitment",
        )

    @post("/recommendations/{recommendation:str}/progress")
    async def report(self, visit: NamedDependency[Visit], recommendation: FromPath[RecommendationId]) -> Response[Any]:
        """Report progress."""
        return await self._follow_up(
            visit,
            recommendation,
            ProgressForm,
            lambda form, by, _: ReportProgress(
                recommendation, text=Words(form.text), evidence=words(form.evidence), by=by
            ),
        )

    @post("/recommendations/{recommendation:str}/closure")
    async def close(self, visit: NamedDependency[Visit], recommendation: FromPath[RecommendationId]) -> Response[Any]:
        """Close a recommendation with its outcome."""
        return await self._follow_up(
            visit,
            recommendation,
            ClosureForm,
            lambda form, by, _: CloseRecommendation(recommendation, outcome=form.outcome, by=by),
        )

    @post("/commitments/{commitment:str}/move")
    async def move(self, visit: NamedDependency[Visit], commitment: FromPath[CommitmentId]) -> Response[Any]:
        """Give a commitment another due date, with a reason."""
        row = await visit.reader.existing_row(COMMITMENTS, commitment)
        return await self._follow_up(
            visit,
            row.recommendation,
            MoveForm,
            lambda form, by, _: MoveCommitment(commitment, due_on=form.due_on, by=by),
            name=f"move-{commitment}",
        )

    @post("/commitments/{commitment:str}/settlement")
    async def settle(self, visit: NamedDependency[Visit], commitment: FromPath[CommitmentId]) -> Response[Any]:
        """Record whether a commitment was kept."""
        row = await visit.reader.existing_row(COMMITMENTS, commitment)
        return await self._follow_up(
            visit,
            row.recommendation,
            SettlementForm,
            lambda form, by, _: SettleCommitment(commitment, outcome=form.outcome, by=by),
            name=f"settle-{commitment}",
        )

    @post("/recommendations/{recommendation:str}/rejoinder")
    async def rejoin(self, visit: NamedDependency[Visit], recommendation: FromPath[RecommendationId]) -> Response[Any]:
        """Answer the response, as the CoP."""
        return await visit.submit(
            RejoinderForm,
            lambda form, by, _: AddRejoinder(recommendation, text=Words(form.text), by=by),
            then=f"/recommendations/{recommendation}",
            again=lambda: self._show(visit, recommendation),
        )

    @post("/commitments/{commitment:str}/share")
    async def share_commitment(
        self, visit: NamedDependency[Visit], commitment: FromPath[CommitmentId]
    ) -> Response[Any]:
        """Share a commitment with the commissioner or the programme."""
        row = await visit.reader.existing_row(COMMITMENTS, commitment)
        return await visit.submit(
            ShareForm,
            lambda form, by, _: ShareWork(AnyId(commitment), team=row.team, circle=form.circle, by=by),
            name=f"share-{commitment}",
            then=f"/recommendations/{row.recommendation}",
            again=lambda: self._show(visit, row.recommendation),
        )

    @post("/recommendations/{recommendation:str}/share")
    async def share(self, visit: NamedDependency[Visit], recommendation: FromPath[RecommendationId]) -> Response[Any]:
        """Share a recommendation with the commissioner or the programme."""
        row = await visit.reader.existing_row(RECOMMENDATIONS, recommendation)
        return await visit.submit(
            ShareForm,
            lambda form, by, _: ShareWork(
                AnyId(recommendation), team=row.team, circle=form.circle, version=form.this_version or None, by=by
            ),
            then=f"/recommendations/{recommendation}",
            again=lambda: self._show(visit, recommendation),
        )

    async def _follow_up(
        self,
        visit: Visit,
        recommendation: RecommendationId,
        form: type[Filled],
        make_command: Callable[[Filled, Caller, Any], Command],
        *,
        creates: str = "",
        name: str = "",
    ) -> Response[Any]:
        """Execute a command of the commissioner; of a manager on its behalf, who has to say why (rule 19)."""
        row = await visit.reader.existing_row(RECOMMENDATIONS, recommendation)

        async def perform(made: Filled, attempt: Attempt) -> Receipt:
            assert isinstance(made, FollowUpForm)
            by = attempt.by if made.reason is None else visit.because(attempt.by, made.reason)
            if acts_on_behalf(await visit.rights(), row):
                by = replace(by, on_behalf_of=row.organisation)
            return await attempt.execute(lambda: make_command(made, by, attempt.new))

        return await visit.perform(
            form,
            perform,
            creates=creates,
            name=name,
            then=f"/recommendations/{recommendation}",
            again=lambda: self._show(visit, recommendation),
        )

    async def _show(self, visit: Visit, recommendation: RecommendationId) -> Response[Any]:
        reading = await now_if_failed(visit, failed=visit.request.method == "POST")
        row, work = await visible_recommendation(visit.reader, recommendation, reading)
        await visit.reader.unseal([row])
        team = await visit.reader.row(TEAMS, row.team, reading)
        if team is None:
            raise NotFound
        listing = ListOptions("", MAX_COMMITMENTS, *reading)
        promises = (
            (await commitments_of_recommendation(visit.reader, recommendation, listing)).items
            if row.commitments
            else []
        )
        known = await known_evidence(work, [row], reading)
        handed_over = [AdvicePresented, AdviceDelivered]
        stamps = await visit.stamps(
            Selector(types=[RecommendationFormulated, WorkShared, *handed_over, *FOLLOWED_UP], tags=[recommendation]),
            Selector(types=FOUND, tags=[row.team]),
        )
        rights = await visit.rights()
        wanted = {row.team, team.challenge, row.organisation, row.addressee.organisation, *people_in(known.values())}
        names = await visit.names([*stamps.actors(), *(one for one in wanted if one)])
        answers = answers_to(rights, row) and not visit.is_past
        return visit.page(
            "advice/recommendation.html",
            here=here_of(visit),
            has_past=True,
            live=recommendation,
            sub="advice",
            team=team,
            work=work,
            one=row,
            promises=promises,
            found=cited(row.evidence, known, names),
            found_topics=FOUND_TOPICS,
            stakeholders={id_: it.name.text or "…" for id_, it in known.items() if isinstance(it, Stakeholder)},
            changes_of_versions=changes_of(row),
            shown_at=await visit.reader.time_of(reading),
            writes=writes(work, visit),
            answers=answers,
            on_behalf=answers and acts_on_behalf(rights, row),
            may_respond=answers and may_respond(row),
            may_act=answers and may_act(row),
            may_rejoin=row.response is not None and rights.is_member(row.team, row.programme) and not visit.is_past,
            circles=circles_for(row, team.organisation) if writes(work, visit) else [],
            response=visit.form(ResponseForm),
            commitment=visit.form(CommitmentForm),
            progress=visit.form(ProgressForm),
            closure=visit.form(ClosureForm),
            rejoinder=visit.form(RejoinderForm),
            sharing=visit.form(ShareForm),
            confirmation=visit.form(ConfirmationForm, f"confirm-{recommendation}"),
            moves={one.id: visit.form(MoveForm, f"move-{one.id}") for one in promises},
            shares={one.id: visit.form(ShareForm, f"share-{one.id}") for one in promises},
            settlements={one.id: visit.form(SettlementForm, f"settle-{one.id}") for one in promises},
            names=names,
            stamps=stamps,
        )


def circles_for(row: Recommendation, organisation: OrganisationId | None) -> list[Circle]:
    """The circles with which the present version can still be shared."""
    known: set[Circle] = {one.circle for one in row.shared_versions if one.version in {None, row.version}}
    possible: list[Circle] = ["programme"] if organisation is None else ["commissioner", "programme"]
    return [one for one in possible if one not in known]


def changes_of(row: Recommendation) -> list[tuple[int, list[Piece]]]:
    """The differences of each version that is shown with the one before it, the last version first."""
    pairs = zip(row.versions, row.versions[1:], strict=False)
    changed = [(later.version, differences(before.text.text or "…", later.text.text or "…")) for before, later in pairs]
    return changed[::-1]
