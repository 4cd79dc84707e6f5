"""People come and go in CoPs, over HTTP."""

from collections.abc import Callable
from datetime import date
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from domain.foundation import Caller, Command, NotFound, PersonId, ProgrammeId, TeamId
from domain.teams.membership import (
    AddMember,
    DissolveTeam,
    GrantWaiver,
    LeaveTeam,
    MergeTeams,
    TransferMember,
)
from projections.teams import TEAMS, Member, Team, members_of
from service.api.http.bodies import Body
from service.api.requests.request_context import RequestContext
from service.api.teams.teams import sees, shown
from service.reading.options import ListOptions, Page, ReadOptions, of_ids, only, part_of
from service.reading.reader import Reader


class NewMember(Body):
    """A participant who comes to a CoP late. Beyond the largest size, a `reason` is required."""

    person_id: PersonId


class Departure(Body):
    """A member who goes. `reason` is required."""

    person_id: PersonId


class NewPlace(Body):
    """A member who goes on in another CoP. `reason` is required."""

    person_id: PersonId
    to_team_id: TeamId


class Merger(Body):
    """The CoP in which this one goes up: its challenge goes on. `reason` is required."""

    into_team_id: TeamId


class Waiver(Body):
    """Until and including which day a CoP may be too small. `reason` is required."""

    until: date


class Membership(Controller):
    path = "/teams/{team:str}"
    tags = ("Teams",)

    @post("/members", status_code=200)
    async def join(
        self, team: FromPath[TeamId], data: JSONBody[NewMember], context: NamedDependency[RequestContext]
    ) -> Response[Team]:
        """Place a participant who is in no CoP in this one."""
        return await _change(
            context,
            data,
            team,
            lambda programme, by: AddMember(team, programme=programme, person=data.person_id, by=by),
        )

    @get("/members")
    async def members(
        self, team: FromPath[TeamId], reader: NamedDependency[Reader], listing: NamedDependency[ListOptions]
    ) -> Page[Member]:
        """List who is in a CoP, and who left it; of one that ended: who was in it then."""
        row = await reader.visible_row(TEAMS, team, sees, listing.reading)
        return Page(*part_of(members_of(row), listing, lambda one: one.id, of_ids("person")))

    @get("/members/{person:str}")
    async def member(
        self,
        team: FromPath[TeamId],
        person: FromPath[PersonId],
        reader: NamedDependency[Reader],
        reading: NamedDependency[ReadOptions],
    ) -> Member:
        """Show a member, also one who left."""
        row = await reader.visible_row(TEAMS, team, sees, reading)
        return only(one for one in members_of(row) if one.id == person)

    @post("/departures", status_code=200)
    async def leave(
        self, team: FromPath[TeamId], data: JSONBody[Departure], context: NamedDependency[RequestContext]
    ) -> Response[Team]:
        """Let a member go, or go oneself; earlier work stays."""
        return await _change(
            context,
            data,
            team,
            lambda programme, by: LeaveTeam(team, programme=programme, person=data.person_id, by=by),
        )

    @post("/transfers", status_code=200)
    async def transfer(
        self, team: FromPath[TeamId], data: JSONBody[NewPlace], context: NamedDependency[RequestContext]
    ) -> Response[Team]:
        """Let a member go on in another CoP; the answer is the CoP that they leave."""
        return await _change(
            context,
            data,
            team,
            lambda programme, by: TransferMember(
                team, programme=programme, person=data.person_id, to_team=data.to_team_id, by=by
            ),
        )

    @post("/merger", status_code=200)
    async def merge(
        self, team: FromPath[TeamId], data: JSONBody[Merger], context: NamedDependency[RequestContext]
    ) -> Response[Team]:
        """Let this CoP go up in another, whose challenge goes on; the answer is the CoP that ended."""
        return await _change(
            context,
            data,
            team,
            lambda programme, by: MergeTeams(team, programme=programme, into=data.into_team_id, by=by),
        )

    @post("/dissolution", status_code=200)
    async def dissolve(
        self, team: FromPath[TeamId], context: NamedDependency[RequestContext], data: JSONBody[Body | None] = None
    ) -> Response[Team]:
        """End a CoP, with a reason; its work stays."""
        return await _change(context, data, team, lambda programme, by: DissolveTeam(team, programme=programme, by=by))

    @post("/waivers", status_code=200)
    async def waive(
        self, team: FromPath[TeamId], data: JSONBody[Waiver], context: NamedDependency[RequestContext]
    ) -> Response[Team]:
        """Let a CoP below the smallest size go on as it is for a while."""
        return await _change(
            context, data, team, lambda programme, by: GrantWaiver(team, programme=programme, until=data.until, by=by)
        )


async def _change(
    context: RequestContext, body: Body | None, team: TeamId, ask: Callable[[ProgrammeId, Caller], Command]
) -> Response[Team]:
    """Carry out a command on a team of a programme that is looked up first; the answer is the team as it is then."""
    row = await context.reader.row_from_log(TEAMS, team)
    if row is None:
        raise NotFound
    answer: Response[Any] = await context.execute(body, lambda by: ask(row.programme, by), TEAMS, team)
    answer.content = await shown(context.reader, answer.content)
    return answer
