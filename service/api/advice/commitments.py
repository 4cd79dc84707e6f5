"""What a commissioner promises on recommendations, over HTTP."""

from datetime import date

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec.structs import replace

from domain.advice.commitment import MakeCommitment, MoveCommitment, SettleCommitment
from domain.events.commitment import Settlement
from domain.foundation import (
    CommitmentId,
    NotFound,
    OrganisationId,
    Personal,
    ProgrammeId,
    RecommendationId,
    Words,
)
from domain.teams.team import TeamRights
from projections import commitments as views
from projections.people import ORGANISATIONS
from projections.recommendations import RECOMMENDATIONS, Recommendation
from projections.research import COMMITMENTS_SHARED, Share
from service.api.advice.recommendations import seen as seen_recommendation
from service.api.advice.recommendations import told
from service.api.http.bodies import Body, Prose, Title
from service.api.requests.request_context import RequestContext
from service.reading.options import ListOptions, Page, ReadOptions, only
from service.reading.permissions import (
    challenges_served,
    everyone,
    guided_by,
    manages_all,
    own_teams,
    served,
    team_rights,
)
from service.reading.reader import Reader
from service.reading.team_work import Work, work_of

SHARED_AT_MOST = 1000  # commitments of a programme


class NewCommitment(Body):
    """What the commissioner promises; `owner`: the name of who sees to it."""

    text: Prose
    owner: Title
    due_on: date


class NewDueDate(Body):
    """Another day; why in `reason`."""

    due_on: date


class NewSettlement(Body):
    """How a commitment ended."""

    outcome: Settlement


def is_for(rights: TeamRights, row: views.Commitment) -> bool:
    """A commitment is seen by its team, who guides it, and whose it is: obligations belong to the organisation (rule 23)."""
    return rights.sees_work(row) or rights.reads_for((row.organisation,), row.challenge, programme=row.programme)


def as_named(rights: TeamRights, row: views.Commitment) -> views.Commitment:
    """The commitment; who there sees to it is named to whom it is for, and to no auditor: they read pseudonyms."""
    named = rights.by.role != "auditor" and is_for(rights, row)
    return row if named else replace(row, owner=Personal())


async def as_read(work: Work, *rows: views.Commitment) -> list[views.Commitment]:
    """Those, closed, that are shown to who may read them: whom they are for, and with whom the team shares them."""
    shown = [one for one in await work.shown(views.COMMITMENTS, *rows) if one is not None]
    return [as_named(work.rights, one) for one in shown if work.for_organisation or work.sees(one.id)]


async def seen(reader: Reader, commitment: CommitmentId, reading: ReadOptions) -> views.Commitment:
    """A commitment as the caller may see it, closed. Raises `NotFound`."""
    row = await reader.row(views.COMMITMENTS, commitment, reading)
    if row is None:
        raise NotFound
    return only(await as_read(await work_of(reader, row.team, reading), row))


async def shared_commitments(reader: Reader, programme: ProgrammeId, reading: ReadOptions) -> list[str]:
    """The ids of the commitments that CoPs share with their programme."""
    views = await reader.views(reading, programme)
    rows = await views.rows(Share, COMMITMENTS_SHARED, programme, SHARED_AT_MOST)
    return [one.item for one in rows]


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
        """Promise something; the answer names the new commitment last."""
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
        return await told(context.reader, done)

    @get()
    async def all(
        self,
        recommendation: FromPath[RecommendationId],
        reader: NamedDependency[Reader],
        listing: NamedDependency[ListOptions],
    ) -> Page[views.Commitment]:
        """List what was promised on a recommendation."""
        _, work = await seen_recommendation(reader, recommendation, listing.reading)
        page = await reader.part(
            views.COMMITMENTS,
            views.COMMITMENTS_OF_RECOMMENDATION,
            recommendation,
            listing=listing,
            scope=recommendation,
        )
        rows = await as_read(work, *page.items)
        await reader.unseal(rows)
        return Page(rows, page.next)


class Commitments(Controller):
    path = "/commitments/{commitment:str}"
    tags = ("Advice",)

    @get()
    async def one(
        self, commitment: FromPath[CommitmentId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> views.Commitment:
        """Show a commitment with every due date it had."""
        row = await seen(reader, commitment, reading)
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
        """Say whether a commitment was kept."""
        return await context.execute(
            data, lambda by: SettleCommitment(commitment, outcome=data.outcome, by=by), views.COMMITMENTS, commitment
        )


class CommitmentsOfOrganisation(Controller):
    path = "/organisations/{organisation:str}/commitments"
    tags = ("Advice",)

    @get()
    async def all(
        self,
        organisation: FromPath[OrganisationId],
        reader: NamedDependency[Reader],
        listing: NamedDependency[ListOptions],
    ) -> Page[views.Commitment]:
        """List what an organisation promised, as far as the caller sees it."""
        await reader.visible_row(ORGANISATIONS, organisation, everyone, listing.reading)
        rights = await team_rights(reader)
        page = await reader.page(
            views.COMMITMENTS,
            views.COMMITMENTS_OF_ORGANISATION,
            organisation,
            manages_all(rights) or organisation in served(rights),
            guided_by(rights),
            own_teams(rights),
            await challenges_served(reader, rights),
            listing=listing,
            scope=f"to:{organisation}",
            sees=lambda row: is_for(rights, row),
        )
        return Page([as_named(rights, one) for one in page.items], page.next)


class CommitmentsOfProgramme(Controller):
    path = "/programmes/{programme:str}/commitments"
    tags = ("Advice",)

    @get()
    async def all(
        self, programme: FromPath[ProgrammeId], reader: NamedDependency[Reader], listing: NamedDependency[ListOptions]
    ) -> Page[views.Commitment]:
        """List what was promised in a programme, as far as the caller sees it."""
        inside, _ = await reader.audience(programme, listing.reading)
        rights = await team_rights(reader)
        shared = await shared_commitments(reader, programme, listing.reading) if inside else []
        page = await reader.page(
            views.COMMITMENTS,
            views.COMMITMENTS_OF_PROGRAMME,
            programme,
            rights.facilitates(programme),
            own_teams(rights),
            served(rights),
            await challenges_served(reader, rights),
            shared,
            listing=listing,
            scope=programme,
            sees=lambda row: row.id in shared or is_for(rights, row),
        )
        return Page([as_named(rights, one) for one in page.items], page.next)
