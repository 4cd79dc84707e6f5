"""A team's stakeholders over HTTP: the map, placements and follow-up talks."""

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from domain.events.stakeholders import Degree, Stance
from domain.foundation import NotFound, Personal, StakeholderId, TalkId, TeamId, Words
from domain.research.stakeholders import HoldTalk, IdentifyStakeholder, PlaceStakeholder
from projections import research as views
from service.api.http.bodies import Body, Prose, Title, words
from service.api.requests.request_context import RequestContext
from service.reading.options import ListOptions, Page, ReadOptions
from service.reading.reader import Reader
from service.reading.research import page_of_research, visible_stakeholder
from service.reading.team_work import work_of


class NewStakeholder(Body):
    """A stakeholder to put on the map."""

    name: Title
    organisation: Title | None = None


class NewPlacement(Body):
    """A stakeholder's current power, interest and stance, and the desired stance."""

    power: Degree
    interest: Degree
    stance: Stance
    desired_stance: Stance


class NewTalk(Body):
    """The outcome of a talk, and the next step."""

    outcome: Prose
    next_step: Prose | None = None


class StakeholdersOfTeam(Controller):
    path = "/teams/{team:str}/stakeholders"
    tags = ("Stakeholders",)

    @post()
    async def identify(
        self, team: FromPath[TeamId], data: JSONBody[NewStakeholder], context: NamedDependency[RequestContext]
    ) -> Response[views.Stakeholder]:
        """Put a stakeholder on the map."""
        return await context.create(
            "stakeholder",
            data,
            lambda new, by: IdentifyStakeholder(
                new,
                team=team,
                name=Personal(data.name),
                organisation=words(data.organisation),
                by=by,
            ),
            views.STAKEHOLDERS,
        )

    @get()
    async def list_all(
        self, team: FromPath[TeamId], reader: NamedDependency[Reader], listing: NamedDependency[ListOptions]
    ) -> Page[views.Stakeholder]:
        """Show the stakeholder map, which commissioners can never see."""
        work = await work_of(reader, team, listing.reading)
        if work.for_organisation:
            raise NotFound
        return await page_of_research(work, views.STAKEHOLDERS, views.STAKEHOLDERS_OF_TEAM, listing)


class Stakeholders(Controller):
    path = "/stakeholders/{stakeholder:str}"
    tags = ("Stakeholders",)

    @get()
    async def show(
        self,
        stakeholder: FromPath[StakeholderId],
        reader: NamedDependency[Reader],
        reading: NamedDependency[ReadOptions],
    ) -> views.Stakeholder:
        """Show a stakeholder with all placements and talks."""
        return await visible_stakeholder(reader, stakeholder, reading)

    @post("/placement")
    async def place(
        self,
        stakeholder: FromPath[StakeholderId],
        data: JSONBody[NewPlacement],
        context: NamedDependency[RequestContext],
    ) -> Response[views.Stakeholder]:
        """Place a stakeholder on the map."""
        return await context.execute(
            data,
            lambda by: PlaceStakeholder(
                stakeholder,
                power=data.power,
                interest=data.interest,
                stance=data.stance,
                desired_stance=data.desired_stance,
                by=by,
            ),
            views.STAKEHOLDERS,
            stakeholder,
            status=201,
        )

    @post("/talks")
    async def talk(
        self, stakeholder: FromPath[StakeholderId], data: JSONBody[NewTalk], context: NamedDependency[RequestContext]
    ) -> Response[views.Stakeholder]:
        """Record the outcome of a follow-up talk."""
        return await context.create(
            "talk",
            data,
            lambda new, by: HoldTalk(
                TalkId(new),
                stakeholder=stakeholder,
                outcome=Words(data.outcome),
                next_step=words(data.next_step),
                by=by,
            ),
            views.STAKEHOLDERS,
            key=lambda _: stakeholder,
        )

    @get("/talks")
    async def talks(
        self,
        stakeholder: FromPath[StakeholderId],
        reader: NamedDependency[Reader],
        reading: NamedDependency[ReadOptions],
    ) -> Page[views.Talk]:
        """List the talks with a stakeholder."""
        return Page(list((await visible_stakeholder(reader, stakeholder, reading)).talks), None)
