"""Recommendations and commitments over HTTP, from the draft to what became of them."""

from datetime import date, datetime
from typing import Annotated

from litestar import Controller, Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct
from msgspec.structs import replace

from domain.advice import Addressee, FormulateRecommendation, Outdated, ReviseRecommendation
from domain.commitment import MakeCommitment, MoveCommitment, SettleCommitment, Settlement
from domain.followup import (
    AddRejoinder,
    CloseRecommendation,
    Outcome,
    ReportProgress,
    RespondToRecommendation,
    ResponseVerdict,
)
from domain.foundation import (
    AnyId,
    CommitmentId,
    NotAllowed,
    NotFound,
    OrganisationId,
    Personal,
    ProgrammeId,
    RecommendationId,
    StakeholderId,
    TeamId,
    Words,
)
from domain.team import TeamRights
from projections import recommendations as views
from projections.people import ORGANISATIONS
from projections.research import COMMITMENTS_SHARED, Share
from service.api.advice import OutdatedProblem, Version, outdated, words
from service.api.asking import Asking
from service.api.bodies import BadText, Body, Page, Prose, Title
from service.api.reading import Listing, Reading
from service.api.seeing import (
    challenges_served,
    everyone,
    guided_by,
    manages_all,
    own_teams,
    served,
    team_rights,
)
from service.api.work import Work, one_of, reader

SHARED_AT_MOST = 1000  # commitments of a programme


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


class NewCommitment(Body):
    """What the commissioner promises; `owner`: the name of who sees to it."""

    text: Prose
    owner: Title
    due_on: date


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


class NewDueDate(Body):
    """Another day; why in `reason`."""

    due_on: date


class NewSettlement(Body):
    """How a commitment ended."""

    outcome: Settlement


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


async def seen(asking: Asking, recommendation: RecommendationId, reading: Reading) -> tuple[views.Recommendation, Work]:
    """The recommendation as the caller may see it, closed, and the work of its team. Raises `NotFound`."""
    row, work = await one_of(asking, views.RECOMMENDATIONS, recommendation, lambda one: one.team, reading)
    shown = as_seen(work, row, await asking.moment(reading))
    if shown is None:
        raise NotFound
    return shown, work


def is_for(rights: TeamRights, row: views.Commitment) -> bool:
    """A commitment is seen by its team, who guides it, and whose it is: obligations belong to the organisation (rule 23)."""
    return rights.sees_work(row) or rights.reads_for((row.organisation,), row.challenge)


def as_named(rights: TeamRights, row: views.Commitment) -> views.Commitment:
    """The commitment; who there sees to it is named to whom it is for, and to no auditor: they read pseudonyms."""
    named = rights.by.role != "auditor" and is_for(rights, row)
    return row if named else replace(row, owner=Personal())


async def as_read(work: Work, row: views.Commitment) -> views.Commitment | None:
    """The commitment, closed, as it is shown to who may read it: whom it is for, and with whom the team shares it."""
    shown = await work.shown(views.COMMITMENTS, row)
    if shown is None or not (work.for_organisation or work.sees(row.id)):
        return None
    return as_named(work.rights, shown)


async def shared_commitments(asking: Asking, programme: ProgrammeId) -> list[str]:
    """The ids of the commitments that CoPs share with their programme."""
    rows = await asking.kring.views.rows(Share, COMMITMENTS_SHARED, programme, SHARED_AT_MOST)
    return [one.item for one in rows]


async def told(asking: Asking, done: Response[views.Recommendation]) -> Response[views.Recommendation]:
    """The answer to a command, as its caller may see it."""
    reading = Reading(as_of=int(done.headers["Kring-Position"]))
    row, _ = await seen(asking, done.content.id, reading)
    await asking.open([row])
    return Response(row, status_code=done.status_code, headers=done.headers)


class RecommendationsOfTeam(Controller):
    path = "/teams/{team:str}/recommendations"
    tags = ("Advice",)

    @post()
    async def formulate(
        self, team: FromPath[TeamId], data: JSONBody[NewRecommendation], asking: NamedDependency[Asking]
    ) -> Response[views.Recommendation]:
        """Recommend something, on evidence."""
        if len(set(data.evidence)) != len(data.evidence):
            raise BadText("evidence", "names something twice")
        return await asking.make(
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
        self, team: FromPath[TeamId], asking: NamedDependency[Asking], listing: NamedDependency[Listing]
    ) -> Page[views.Recommendation]:
        """List a team's recommendations; to its commissioner those that were presented, to others those shared."""
        work = await reader(asking, team)
        asked = (team, work.reads_all, work.for_organisation, work.shared, work.rights.author)
        page = await work.page(views.RECOMMENDATIONS, views.RECOMMENDATIONS_OF_TEAM, *asked, listing=listing)
        rows = [one for row in page.items if (one := as_seen(work, row, asking.by.at)) is not None]
        await asking.open(rows)
        return Page(rows, page.next)


class Recommendations(Controller):
    path = "/recommendations/{recommendation:str}"
    tags = ("Advice",)

    @get()
    async def one(
        self,
        recommendation: FromPath[RecommendationId],
        asking: NamedDependency[Asking],
        reading: NamedDependency[Reading],
    ) -> views.Recommendation:
        """Show a recommendation and what became of it."""
        row, _ = await seen(asking, recommendation, reading)
        await asking.open([row])
        return row

    @put()
    async def revise(
        self,
        recommendation: FromPath[RecommendationId],
        data: JSONBody[NewRecommendation],
        asking: NamedDependency[Asking],
    ) -> Response[views.Recommendation] | Response[OutdatedProblem]:
        """Write the next version of a recommendation."""
        if len(set(data.evidence)) != len(data.evidence):
            raise BadText("evidence", "names something twice")
        row = await asking.as_of(views.RECOMMENDATIONS, recommendation)
        if row is None:
            raise NotFound
        try:
            return await asking.do(
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
            return await outdated(asking, refusal, await asking.as_of(views.RECOMMENDATIONS, recommendation))
        except NotFound:  # but to whom it was presented, or with whom it is shared, it is no secret
            await seen(asking, recommendation, Reading())
            raise NotAllowed from None

    @post("/response")
    async def respond(
        self, recommendation: FromPath[RecommendationId], data: JSONBody[NewResponse], asking: NamedDependency[Asking]
    ) -> Response[views.Recommendation]:
        """Give the formal response."""
        done = await asking.do(
            data,
            lambda by: RespondToRecommendation(recommendation, verdict=data.verdict, by=by),
            views.RECOMMENDATIONS,
            recommendation,
            status=201,
        )
        return await told(asking, done)

    @post("/commitments")
    async def commit(
        self, recommendation: FromPath[RecommendationId], data: JSONBody[NewCommitment], asking: NamedDependency[Asking]
    ) -> Response[views.Recommendation]:
        """Promise something; the answer names the new commitment last."""
        done = await asking.make(
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
            views.RECOMMENDATIONS,
            key=lambda _: recommendation,
        )
        return await told(asking, done)

    @get("/commitments")
    async def commitments(
        self,
        recommendation: FromPath[RecommendationId],
        asking: NamedDependency[Asking],
        listing: NamedDependency[Listing],
    ) -> Page[views.Commitment]:
        """List what was promised on a recommendation."""
        _, work = await seen(asking, recommendation, listing.reading)
        page = await asking.part(
            views.COMMITMENTS, views.COMMITMENTS_OF_RECOMMENDATION, recommendation, listing=listing
        )
        rows = [one for row in page.items if (one := await as_read(work, row)) is not None]
        await asking.open(rows)
        return Page(rows, page.next)

    @post("/progress")
    async def report(
        self, recommendation: FromPath[RecommendationId], data: JSONBody[NewProgress], asking: NamedDependency[Asking]
    ) -> Response[views.Recommendation]:
        """Say how far it has come."""
        done = await asking.do(
            data,
            lambda by: ReportProgress(recommendation, text=Words(data.text), evidence=words(data.evidence), by=by),
            views.RECOMMENDATIONS,
            recommendation,
            status=201,
        )
        return await told(asking, done)

    @post("/rejoinder")
    async def rejoin(
        self, recommendation: FromPath[RecommendationId], data: JSONBody[NewRejoinder], asking: NamedDependency[Asking]
    ) -> Response[views.Recommendation]:
        """Answer the response, as the team."""
        return await asking.do(
            data,
            lambda by: AddRejoinder(recommendation, text=Words(data.text), by=by),
            views.RECOMMENDATIONS,
            recommendation,
            status=201,
        )

    @post("/closure", status_code=200)
    async def close(
        self, recommendation: FromPath[RecommendationId], data: JSONBody[Ending], asking: NamedDependency[Asking]
    ) -> Response[views.Recommendation]:
        """Say what became of it, and why."""
        done = await asking.do(
            data,
            lambda by: CloseRecommendation(recommendation, outcome=data.outcome, by=by),
            views.RECOMMENDATIONS,
            recommendation,
        )
        return await told(asking, done)


class Commitments(Controller):
    path = "/commitments/{commitment:str}"
    tags = ("Advice",)

    @get()
    async def one(
        self, commitment: FromPath[CommitmentId], asking: NamedDependency[Asking], reading: NamedDependency[Reading]
    ) -> views.Commitment:
        """Show a commitment with every due date it had."""
        row = await asking.row(views.COMMITMENTS, commitment, reading)
        shown = None if row is None else await as_read(await reader(asking, row.team, reading), row)
        if shown is None:
            raise NotFound
        await asking.open([shown])
        return shown

    @post("/move", status_code=200)
    async def move(
        self, commitment: FromPath[CommitmentId], data: JSONBody[NewDueDate], asking: NamedDependency[Asking]
    ) -> Response[views.Commitment]:
        """Give a commitment another due date, with a reason."""
        return await asking.do(
            data, lambda by: MoveCommitment(commitment, due_on=data.due_on, by=by), views.COMMITMENTS, commitment
        )

    @post("/settlement", status_code=200)
    async def settle(
        self, commitment: FromPath[CommitmentId], data: JSONBody[NewSettlement], asking: NamedDependency[Asking]
    ) -> Response[views.Commitment]:
        """Say whether a commitment was kept."""
        return await asking.do(
            data, lambda by: SettleCommitment(commitment, outcome=data.outcome, by=by), views.COMMITMENTS, commitment
        )


class CommitmentsOfOrganisation(Controller):
    path = "/organisations/{organisation:str}/commitments"
    tags = ("Advice",)

    @get()
    async def all(
        self, organisation: FromPath[OrganisationId], asking: NamedDependency[Asking], listing: NamedDependency[Listing]
    ) -> Page[views.Commitment]:
        """List what an organisation promised, as far as the caller sees it."""
        await asking.one(ORGANISATIONS, organisation, everyone, listing.reading)
        rights = await team_rights(asking)
        page = await asking.page(
            views.COMMITMENTS,
            views.COMMITMENTS_OF_ORGANISATION,
            organisation,
            manages_all(rights) or organisation in served(rights),
            guided_by(rights),
            own_teams(rights),
            challenges_served(rights),
            listing=listing,
            sees=lambda row: is_for(rights, row),
        )
        return Page([as_named(rights, one) for one in page.items], page.next)


class CommitmentsOfProgramme(Controller):
    path = "/programmes/{programme:str}/commitments"
    tags = ("Advice",)

    @get()
    async def all(
        self, programme: FromPath[ProgrammeId], asking: NamedDependency[Asking], listing: NamedDependency[Listing]
    ) -> Page[views.Commitment]:
        """List what was promised in a programme, as far as the caller sees it."""
        inside, _ = await asking.audience(programme)
        rights = await team_rights(asking)
        shared = await shared_commitments(asking, programme) if inside else []
        page = await asking.page(
            views.COMMITMENTS,
            views.COMMITMENTS_OF_PROGRAMME,
            programme,
            rights.facilitates(programme),
            own_teams(rights),
            served(rights),
            challenges_served(rights),
            shared,
            listing=listing,
            sees=lambda row: row.id in shared or is_for(rights, row),
        )
        return Page([as_named(rights, one) for one in page.items], page.next)
