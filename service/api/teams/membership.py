"""Members, mergers and waivers of CoPs, over HTTP."""

from collections.abc import Callable
from datetime import date
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from domain.foundation import Caller, Command, PersonId, ProgrammeId, TeamId
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
from service.reading.options import ListOptions, Page, ReadOptions, id_pattern, only, page_of
from service.reading.reader import Reader
from service.reading.teams import can_see_team, visible_team


class NewMember(Body):
    """A participant who joins a CoP. If that exceeds the maximum size, a `reason` is required."""

    person_id: PersonId


class Departure(Body):
    """A member who leaves. `reason` is required."""

    person_id: PersonId


class NewPlace(Body):
    """A member who moves to another CoP. `reason` is required."""

    person_id: PersonId
    to_team_id: TeamId


class Merger(Body):
    """The CoP into which this one merges, and whose challenge stays. `reason` is required."""

    into_team_id: TeamId


class Waiver(Body):
    """The last day on which a CoP may be below the minimum size. `reason` is required."""

    until: date


class Membership(Controller):
    path = "/teams/{team:str}"
    tags = ("Teams",)

    @post("/members", status_code=200)
    async def join(
        self, team: FromPath[TeamId], data: JSONBody[NewMember], context: NamedDependency[RequestContext]
    ) -> Response[Team]:
        """Add a participant who is in no CoP."""
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
        """List the members of a CoP, former ones included; of a CoP that ended, its last members."""
        row = await reader.visible_row(TEAMS, team, can_see_team, listing.reading)
        return Page(*page_of(members_of(row), listing, lambda one: one.id, id_pattern("person")))

    @get("/members/{person:str}")
    async def member(
        self,
        team: FromPath[TeamId],
        person: FromPath[PersonId],
        reader: NamedDependency[Reader],
        reading: NamedDependency[ReadOptions],
    ) -> Member:
        """Show a member, current or former."""
        row = await reader.visible_row(TEAMS, team, can_see_team, reading)
        return only(one for one in members_of(row) if one.id == person)

    @post("/departures", status_code=200)
    async def leave(
        self, team: FromPath[TeamId], data: JSONBody[Departure], context: NamedDependency[RequestContext]
    ) -> Response[Team]:
        """Remove a member, or leave the CoP; earlier work stays."""
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
        """Transfer a member to another CoP; the answer is the CoP that they leave."""
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
        """Merge this CoP into another, whose challenge stays; the answer is the CoP that ended."""
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
        """Dissolve a CoP, with a reason; its work stays."""
        return await _change(context, data, team, lambda programme, by: DissolveTeam(team, programme=programme, by=by))

    @post("/waivers", status_code=200)
    async def waive(
        self, team: FromPath[TeamId], data: JSONBody[Waiver], context: NamedDependency[RequestContext]
    ) -> Response[Team]:
        """Grant a waiver to a CoP below the minimum size."""
        return await _change(
            context, data, team, lambda programme, by: GrantWaiver(team, programme=programme, until=data.until, by=by)
        )


async def _change(
    context: RequestContext, body: Body | None, team: TeamId, make_command: Callable[[ProgrammeId, Caller], Command]
) -> Response[Team]:
    """Execute a command on a team, for which its programme is looked up; the answer is the team after it."""
    row = await context.reader.existing_row(TEAMS, team)
    answer: Response[Any] = await context.execute(body, lambda by: make_command(row.programme, by), TEAMS, team)
    answer.content = await visible_team(context.reader, answer.content)
    return answer
