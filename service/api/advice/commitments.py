"""Commitments of commissioners on recommendations, over HTTP."""

from datetime import date

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from domain.advice.commitment import MakeCommitment, MoveCommitment, SettleCommitment
from domain.events.commitment import Settlement
from domain.foundation import (
    CommitmentId,
    OrganisationId,
    Personal,
    ProgrammeId,
    RecommendationId,
    Words,
)
from projections import commitments as views
from projections.recommendations import RECOMMENDATIONS, Recommendation
from service.api.advice.recommendations import answer_as_visible
from service.api.http.bodies import Body, Prose, Title
from service.api.requests.request_context import RequestContext
from service.reading.commitments import (
    commitments_of_organisation,
    commitments_of_programme,
    commitments_of_recommendation,
    visible_commitment,
)
from service.reading.options import ListOptions, Page, ReadOptions
from service.reading.reader import Reader


class NewCommitment(Body):
    """A commitment on a recommendation. `owner`: the name of the person responsible for it."""

    text: Prose
    owner: Title
    due_on: date


class NewDueDate(Body):
    """Another due date. Needs a `reason`."""

    due_on: date


class NewSettlement(Body):
    """The outcome of a commitment."""

    outcome: Settlement


class CommitmentsOfRecommendation(Controller):
    path = "/recommendations/{recommendation:str}/commitments"
    tags = ("Advice",)

    @post()
    async def commit(
        self,
        recommendation: FromPath[RecommendationId],
        data: JSONBody[NewCommitment],
        context: NamedDependency[RequestContext],
    ) -> Response[Recommendation]:
        """Make a commitment on a recommendation; the answer lists the new commitment last."""
        done = await context.create(
            "commitment",
            data,
            lambda new, by: MakeCommitment(
                CommitmentId(new),
                recommendation=recommendation,
                text=Words(data.text),
                owner=Personal(data.owner),
                due_on=data.due_on,
                by=by,
            ),
            RECOMMENDATIONS,
            key=lambda _: recommendation,
        )
        return await answer_as_visible(context.reader, done)

    @get()
    async def list_all(
        self,
        recommendation: FromPath[RecommendationId],
        reader: NamedDependency[Reader],
        listing: NamedDependency[ListOptions],
    ) -> Page[views.Commitment]:
        """List the commitments on a recommendation."""
        return await commitments_of_recommendation(reader, recommendation, listing)


class Commitments(Controller):
    path = "/commitments/{commitment:str}"
    tags = ("Advice",)

    @get()
    async def show(
        self, commitment: FromPath[CommitmentId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> views.Commitment:
        """Show a commitment with every due date that it has had."""
        row = await visible_commitment(reader, commitment, reading)
        await reader.unseal([row])
        return row

    @post("/move", status_code=200)
    async def move(
        self, commitment: FromPath[CommitmentId], data: JSONBody[NewDueDate], context: NamedDependency[RequestContext]
    ) -> Response[views.Commitment]:
        """Give a commitment another due date, with a reason."""
        return await context.execute(
            data, lambda by: MoveCommitment(commitment, due_on=data.due_on, by=by), views.COMMITMENTS, commitment
        )

    @post("/settlement", status_code=200)
    async def settle(
        self,
        commitment: FromPath[CommitmentId],
        data: JSONBody[NewSettlement],
        context: NamedDependency[RequestContext],
    ) -> Response[views.Commitment]:
        """Record whether a commitment was kept."""
        return await context.execute(
            data, lambda by: SettleCommitment(commitment, outcome=data.outcome, by=by), views.COMMITMENTS, commitment
        )


class CommitmentsOfOrganisation(Controller):
    path = "/organisations/{organisation:str}/commitments"
    tags = ("Advice",)

    @get()
    async def list_all(
        self,
        organisation: FromPath[OrganisationId],
        reader: NamedDependency[Reader],
        listing: NamedDependency[ListOptions],
    ) -> Page[views.Commitment]:
        """List the commitments of an organisation that the caller may see."""
        return await commitments_of_organisation(reader, organisation, listing)


class CommitmentsOfProgramme(Controller):
    path = "/programmes/{programme:str}/commitments"
    tags = ("Advice",)

    @get()
    async def list_all(
        self, programme: FromPath[ProgrammeId], reader: NamedDependency[Reader], listing: NamedDependency[ListOptions]
    ) -> Page[views.Commitment]:
        """List the commitments in a programme that the caller may see."""
        return await commitments_of_programme(reader, programme, listing)
