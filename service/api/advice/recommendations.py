"""Recommendations over HTTP, from the draft to what became of them. What is promised on them is in `commitments.py`."""

from datetime import datetime
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
    Text,
    Words,
)
from projections import recommendations as views
from service.api.advice.advice import OutdatedProblem, Version, outdated, words
from service.api.http.bodies import Body, Prose, Title
from service.api.requests.request_context import RequestContext
from service.reading.options import BadText, ListOptions, Page, ReadOptions
from service.reading.reader import Reader
from service.reading.team_work import Work, one_of, work_of


class NewAddressee(Struct, frozen=True, forbid_unknown_fields=True):
    """One of these."""

    organisation_id: OrganisationId | None = None
    stakeholder_id: StakeholderId | None = None
    name: Title | None = None


class NewRecommendation(Body):
    """What the team recommends. `evidence`: ids of its sources, held interviews, visits and insights."""

    text: Prose
    evidence: Annotated[tuple[AnyId, ...], Meta(min_length=1, max_length=200)]
    addressee: NewAddressee
    based_on: Version | None = None


class NewResponse(Body):
    """The formal response; a rejection says why in `reason`."""

    verdict: ResponseVerdict


class NewProgress(Body):
    """How far it has come, and what shows that."""

    text: Prose
    evidence: Prose | None = None


class NewRejoinder(Body):
    """What the team says to the response."""

    text: Prose


class Ending(Body):
    """What became of it; why in `reason`."""

    outcome: Outcome


def addressee(new: NewAddressee) -> Addressee:
    """The addressee as it is recorded."""
    return Addressee(organisation=new.organisation_id, stakeholder=new.stakeholder_id, name=words(new.name))


def as_seen(work: Work, row: views.Recommendation, at: datetime) -> views.Recommendation | None:
    """The recommendation of this moment as the reader may see it; None where they may not."""
    row = views.at_moment(row, at)
    if work.beyond is None:
        return row
    if work.for_organisation and row.presented_version is not None:
        return views.as_presented(row)
    author = work.rights.author
    if author is not None and any(one.written_by == author for one in row.versions):
        return views.as_written_by(row, author)
    if work.beyond.shows(row.id):
        return views.as_shared(row, work.beyond.versions(row.id), work.beyond.shows)
    return None


async def seen(
    reader: Reader, recommendation: RecommendationId, reading: ReadOptions
) -> tuple[views.Recommendation, Work]:
    """The recommendation as the caller may see it, closed, and the work of its team. Raises `NotFound`."""
    row, work = await one_of(reader, views.RECOMMENDATIONS, recommendation, lambda one: one.team, reading)
    shown = as_seen(work, row, await reader.time_of(reading))
    if shown is None:
        raise NotFound
    return shown, work


async def told(reader: Reader, done: Response[views.Recommendation]) -> Response[views.Recommendation]:
    """The answer to a command, as its caller may see it."""
    reading = ReadOptions(as_of=int(done.headers["Kring-Position"]))
    row, _ = await seen(reader, done.content.id, reading)
    await reader.unseal([row])
    return Response(row, status_code=done.status_code, headers=done.headers)


class RecommendationsOfTeam(Controller):
    path = "/teams/{team:str}/recommendations"
    tags = ("Advice",)

    @post()
    async def formulate(
        self, team: FromPath[TeamId], data: JSONBody[NewRecommendation], context: NamedDependency[RequestContext]
    ) -> Response[views.Recommendation]:
        """Recommend something, on evidence."""
        if len(set(data.evidence)) != len(data.evidence):
            raise BadText("evidence", Text(en="names something twice", nl="noemt iets twee keer"))
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
    async def all(
        self, team: FromPath[TeamId], reader: NamedDependency[Reader], listing: NamedDependency[ListOptions]
    ) -> Page[views.Recommendation]:
        """List a team's recommendations; to its commissioner those that were presented, to others those shared."""
        work, at = await work_of(reader, team, listing.reading), await reader.time_of(listing.reading)
        asked = (team, work.reads_all, work.for_organisation, work.shared, work.rights.author)
        page = await work.page(views.RECOMMENDATIONS, views.RECOMMENDATIONS_OF_TEAM, *asked, listing=listing)
        rows = [one for row in page.items if (one := as_seen(work, row, at)) is not None]
        await reader.unseal(rows)
        return Page(rows, page.next)


class Recommendations(Controller):
    path = "/recommendations/{recommendation:str}"
    tags = ("Advice",)

    @get()
    async def one(
        self,
        recommendation: FromPath[RecommendationId],
        reader: NamedDependency[Reader],
        reading: NamedDependency[ReadOptions],
    ) -> views.Recommendation:
        """Show a recommendation and what became of it."""
        row, _ = await seen(reader, recommendation, reading)
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
        if len(set(data.evidence)) != len(data.evidence):
            raise BadText("evidence", Text(en="names something twice", nl="noemt iets twee keer"))
        row = await context.reader.row_from_log(views.RECOMMENDATIONS, recommendation)
        if row is None:
            raise NotFound
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
        except NotFound:  # but to whom it was presented, or with whom it is shared, it is no secret
            await seen(context.reader, recommendation, ReadOptions())
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
        return await told(context.reader, done)

    @post("/progress")
    async def report(
        self,
        recommendation: FromPath[RecommendationId],
        data: JSONBody[NewProgress],
        context: NamedDependency[RequestContext],
    ) -> Response[views.Recommendation]:
        """Say how far it has come."""
        done = await context.execute(
            data,
            lambda by: ReportProgress(recommendation, text=Words(data.text), evidence=words(data.evidence), by=by),
            views.RECOMMENDATIONS,
            recommendation,
            status=201,
        )
        return await told(context.reader, done)

    @post("/rejoinder")
    async def rejoin(
        self,
        recommendation: FromPath[RecommendationId],
        data: JSONBody[NewRejoinder],
        context: NamedDependency[RequestContext],
    ) -> Response[views.Recommendation]:
        """Answer the response, as the team."""
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
        """Say what became of it, and why."""
        done = await context.execute(
            data,
            lambda by: CloseRecommendation(recommendation, outcome=data.outcome, by=by),
            views.RECOMMENDATIONS,
            recommendation,
        )
        return await told(context.reader, done)
