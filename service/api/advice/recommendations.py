"""Recommendations over HTTP, from formulation to closure. Commitments on them are in `commitments.py`."""

from typing import Annotated

from litestar import Controller, Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from domain.advice.advice import FormulateRecommendation, Outdated, ReviseRecommendation
from domain.advice.followup import (
    AddRejoinder,
    CloseRecommendation,
    ReportProgress,
    RespondToRecommendation,
)
from domain.events.advice import Addressee
from domain.events.followup import Outcome, ResponseVerdict
from domain.foundation import (
    AnyId,
    NotAllowed,
    NotFound,
    OrganisationId,
    RecommendationId,
    StakeholderId,
    TeamId,
    Words,
)
from projections import recommendations as views
from service.api.advice.advice import OutdatedProblem, Version, outdated
from service.api.http.bodies import Body, Prose, Title, require_distinct, words
from service.api.requests.request_context import RequestContext
from service.reading.options import ListOptions, Page, ReadOptions
from service.reading.reader import Reader
from service.reading.recommendations import recommendations_of_team, visible_recommendation


class NewAddressee(Struct, frozen=True, forbid_unknown_fields=True):
    """The addressee of a recommendation: an organisation, a stakeholder, or somebody by name."""

    organisation_id: OrganisationId | None = None
    stakeholder_id: StakeholderId | None = None
    name: Title | None = None


class NewRecommendation(Body):
    """A recommendation. `evidence`: ids of the team's sources, held interviews, visits and insights."""

    text: Prose
    evidence: Annotated[tuple[AnyId, ...], Meta(min_length=1, max_length=200)]
    addressee: NewAddressee
    based_on: Version | None = None


class NewResponse(Body):
    """The formal response. A rejection needs a `reason`."""

    verdict: ResponseVerdict


class NewProgress(Body):
    """A report of progress on a recommendation, and the evidence for it."""

    text: Prose
    evidence: Prose | None = None


class NewRejoinder(Body):
    """The team's answer to the response."""

    text: Prose


class Ending(Body):
    """The outcome of a recommendation. Needs a `reason`."""

    outcome: Outcome


def addressee(new: NewAddressee) -> Addressee:
    """The addressee as it is recorded."""
    return Addressee(organisation=new.organisation_id, stakeholder=new.stakeholder_id, name=words(new.name))


async def answer_as_visible(reader: Reader, done: Response[views.Recommendation]) -> Response[views.Recommendation]:
    """The answer to a command, as far as its caller may see it."""
    reading = ReadOptions(as_of=int(done.headers["Kring-Position"]))
    row, _ = await visible_recommendation(reader, done.content.id, reading)
    await reader.unseal([row])
    return Response(row, status_code=done.status_code, headers=done.headers)


class RecommendationsOfTeam(Controller):
    path = "/teams/{team:str}/recommendations"
    tags = ("Advice",)

    @post()
    async def formulate(
        self, team: FromPath[TeamId], data: JSONBody[NewRecommendation], context: NamedDependency[RequestContext]
    ) -> Response[views.Recommendation]:
        """Formulate a recommendation, based on evidence."""
        require_distinct("evidence", data.evidence)
        return await context.create(
            "recommendation",
            data,
            lambda new, by: FormulateRecommendation(
                new,
                team=team,
                text=Words(data.text),
                evidence=data.evidence,
                addressee=addressee(data.addressee),
                based_on=data.based_on,
                by=by,
            ),
            views.RECOMMENDATIONS,
        )

    @get()
    async def list_all(
        self, team: FromPath[TeamId], reader: NamedDependency[Reader], listing: NamedDependency[ListOptions]
    ) -> Page[views.Recommendation]:
        """List a team's recommendations: for its commissioner those that were presented, for others those that are shared."""
        return await recommendations_of_team(reader, team, listing)


class Recommendations(Controller):
    path = "/recommendations/{recommendation:str}"
    tags = ("Advice",)

    @get()
    async def show(
        self,
        recommendation: FromPath[RecommendationId],
        reader: NamedDependency[Reader],
        reading: NamedDependency[ReadOptions],
    ) -> views.Recommendation:
        """Show a recommendation with its response, progress and outcome."""
        row, _ = await visible_recommendation(reader, recommendation, reading)
        await reader.unseal([row])
        return row

    @put()
    async def revise(
        self,
        recommendation: FromPath[RecommendationId],
        data: JSONBody[NewRecommendation],
        context: NamedDependency[RequestContext],
    ) -> Response[views.Recommendation] | Response[OutdatedProblem]:
        """Write the next version of a recommendation."""
        require_distinct("evidence", data.evidence)
        row = await context.reader.existing_row(views.RECOMMENDATIONS, recommendation)
        try:
            return await context.execute(
                data,
                lambda by: ReviseRecommendation(
                    recommendation,
                    team=row.team,
                    text=Words(data.text),
                    evidence=data.evidence,
                    addressee=addressee(data.addressee),
                    based_on=data.based_on,
                    by=by,
                ),
                views.RECOMMENDATIONS,
                recommendation,
            )
        except Outdated as refusal:
            return await outdated(
                context, refusal, await context.reader.row_from_log(views.RECOMMENDATIONS, recommendation)
            )
        except NotFound:  # readers to whom it was presented, or with whom it is shared, know of it
            await visible_recommendation(context.reader, recommendation, ReadOptions())
            raise NotAllowed from None

    @post("/response")
    async def respond(
        self,
        recommendation: FromPath[RecommendationId],
        data: JSONBody[NewResponse],
        context: NamedDependency[RequestContext],
    ) -> Response[views.Recommendation]:
        """Give the formal response."""
        done = await context.execute(
            data,
            lambda by: RespondToRecommendation(recommendation, verdict=data.verdict, by=by),
            views.RECOMMENDATIONS,
            recommendation,
            status=201,
        )
        return await answer_as_visible(context.reader, done)

    @post("/progress")
    async def report(
        self,
        recommendation: FromPath[RecommendationId],
        data: JSONBody[NewProgress],
        context: NamedDependency[RequestContext],
    ) -> Response[views.Recommendation]:
        """Report progress on a recommendation."""
        done = await context.execute(
            data,
            lambda by: ReportProgress(recommendation, text=Words(data.text), evidence=words(data.evidence), by=by),
            views.RECOMMENDATIONS,
            recommendation,
            status=201,
        )
        return await answer_as_visible(context.reader, done)

    @post("/rejoinder")
    async def rejoin(
        self,
        recommendation: FromPath[RecommendationId],
        data: JSONBody[NewRejoinder],
        context: NamedDependency[RequestContext],
    ) -> Response[views.Recommendation]:
        """Give the team's answer to the response."""
        return await context.execute(
            data,
            lambda by: AddRejoinder(recommendation, text=Words(data.text), by=by),
            views.RECOMMENDATIONS,
            recommendation,
            status=201,
        )

    @post("/closure", status_code=200)
    async def close(
        self,
        recommendation: FromPath[RecommendationId],
        data: JSONBody[Ending],
        context: NamedDependency[RequestContext],
    ) -> Response[views.Recommendation]:
        """Close a recommendation with its outcome, with a reason."""
        done = await context.execute(
            data,
            lambda by: CloseRecommendation(recommendation, outcome=data.outcome, by=by),
            views.RECOMMENDATIONS,
            recommendation,
        )
        return await answer_as_visible(context.reader, done)
