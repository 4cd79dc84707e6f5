"""Gatherings over HTTP."""

from collections.abc import Callable
from typing import Annotated, Literal

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from domain.events.gathering import AgendaItem
from domain.foundation import (
    Caller,
    Command,
    GatheringId,
    Key,
    NotFound,
    PersonId,
    ProgrammeId,
    TeamId,
    Text,
    Words,
)
from domain.gatherings.attendance import Presence, RecordAttendance
from domain.gatherings.convening import PlanOwnGathering, PlanSession
from domain.gatherings.gathering import CancelGathering, HoldGathering, RescheduleGathering
from domain.gatherings.minutes import ApproveMinutes, WriteMinutes
from projections.gatherings import GATHERINGS, GATHERINGS_OF_PROGRAMME, GATHERINGS_OF_TEAM, Gathering
from projections.teams import Team
from service.api.http.bodies import At, Body, Prose, Title
from service.api.requests.request_context import RequestContext
from service.reading.gatherings import (
    as_told,
    came,
    commissioned_teams,
    hears,
    known_team,
    programme_of,
    roster_at_end,
    seen_gathering,
    seen_teams,
)
from service.reading.options import BadText, ListOptions, Page, ReadOptions
from service.reading.permissions import team_rights
from service.reading.reader import Reader
from service.reading.team_work import shared_rows, shared_with

Number = Annotated[int, Meta(ge=1, le=100)]


class Point(Struct, frozen=True, forbid_unknown_fields=True):
    """A point on an agenda: its topic in the curriculum, and how many minutes it takes."""

    title: Title
    topic: Key | None = None
    minutes: Annotated[int, Meta(ge=1, le=1440)] | None = None


class WhenAndWhere(Body, kw_only=True):
    """What every gathering has."""

    starts_at: At
    ends_at: At
    place: Title
    agenda: Annotated[tuple[Point, ...], Meta(max_length=200)] = ()

    @property
    def points(self) -> tuple[AgendaItem, ...]:
        """The agenda as it is recorded."""
        return tuple(
            AgendaItem(Words(one.title), None if one.topic is None else Key(one.topic), one.minutes)
            for one in self.agenda
        )


class NewSession(WhenAndWhere, kw_only=True):
    """A session of the programme; no `team_ids`: of all CoPs, also later ones."""

    kind: Literal["session"]
    number: Number
    team_ids: Annotated[tuple[TeamId, ...], Meta(max_length=200)] = ()


class NewGathering(WhenAndWhere, kw_only=True):
    """A CoP's own gathering; or, with `number`, its own date for a session of the programme."""

    kind: Literal["own", "session"]
    number: Number | None = None


class Move(Body):
    """When a gathering is held instead; without `place` it stays where it was."""

    starts_at: At
    ends_at: At
    place: Title | None = None


class Holding(Body):
    """What a gathering covered: keys of the curriculum's topics, and techniques that were introduced.

    Once recorded, a correction, which needs a `reason`; `took_place` false: it was not held after all.
    """

    topics: Annotated[tuple[Key, ...], Meta(max_length=200)] = ()
    techniques: Annotated[tuple[Title, ...], Meta(max_length=200)] = ()
    took_place: bool = True


class Present(Struct, frozen=True, forbid_unknown_fields=True):
    """Whether somebody was there; `reason`: why not."""

    person_id: PersonId
    present: bool
    reason: Prose | None = None


class AttendanceList(Body):
    """Who was there. Once recorded, a correction, which needs a `reason`."""

    people: Annotated[tuple[Present, ...], Meta(min_length=1, max_length=200)]


class NewMinutes(Body):
    """The minutes. `based_on`: the version from which they were written. Once approved, a correction, with a `reason`."""

    text: Prose
    based_on: Annotated[int, Meta(ge=0, le=1_000_000)] | None = None


# Routes


class GatheringsOfProgramme(Controller):
    path = "/programmes/{programme:str}/gatherings"
    tags = ("Gatherings",)

    @post()
    async def plan(
        self, programme: FromPath[ProgrammeId], data: JSONBody[NewSession], context: NamedDependency[RequestContext]
    ) -> Response[Gathering]:
        """Plan a session of the programme."""
        if len(set(data.team_ids)) != len(data.team_ids):
            raise BadText("team_ids", Text(en="names a team twice", nl="noemt een CoP twee keer"))
        return await context.create(
            "gathering",
            data,
            lambda new, by: PlanSession(
                new,
                programme=programme,
                number=data.number,
                teams=data.team_ids,
                starts_at=data.starts_at,
                ends_at=data.ends_at,
                place=Words(data.place),
                agenda=data.points,
                by=by,
            ),
            GATHERINGS,
        )

    @get()
    async def all(
        self, programme: FromPath[ProgrammeId], reader: NamedDependency[Reader], listing: NamedDependency[ListOptions]
    ) -> Page[Gathering]:
        """List gatherings: joint sessions and those of one's own CoP; to contacts, those of which they were told."""
        rights = await team_rights(reader)
        inside, organisations = await reader.audience(programme, listing.reading)
        teams = seen_teams(rights, programme)
        commissioned = await commissioned_teams(reader, rights, programme, listing.reading)
        page = await reader.page(
            GATHERINGS,
            GATHERINGS_OF_PROGRAMME,
            programme,
            rights.manages(programme) or (rights.facilitates(programme) and not teams),
            inside,
            teams,
            organisations,
            listing=listing,
            scope=programme,
            sees=lambda row: came(rights, row) or hears(rights, row, commissioned),
        )
        return Page([as_told(rights, one) for one in page.items], page.next)


class GatheringsOfTeam(Controller):
    path = "/teams/{team:str}/gatherings"
    tags = ("Gatherings",)

    @post()
    async def plan(
        self, team: FromPath[TeamId], data: JSONBody[NewGathering], context: NamedDependency[RequestContext]
    ) -> Response[Gathering]:
        """Plan an own gathering, or a CoP's own date for a session."""
        row = await known_team(context.reader, team)
        if data.kind == "session":
            return await self._session(context, row, data)
        if data.number is not None:
            raise BadText("number", Text(en="belongs to a session only", nl="hoort alleen bij een sessie"))
        return await context.create(
            "gathering",
            data,
            lambda new, by: PlanOwnGathering(
                new,
                programme=row.programme,
                team=team,
                starts_at=data.starts_at,
                ends_at=data.ends_at,
                place=Words(data.place),
                agenda=data.points,
                by=by,
            ),
            GATHERINGS,
        )

    async def _session(self, context: RequestContext, team: Team, data: NewGathering) -> Response[Gathering]:
        number = data.number
        if number is None:
            raise BadText("number", Text(en="is missing: which session it is", nl="ontbreekt: welke sessie het is"))
        return await context.create(
            "gathering",
            data,
            lambda new, by: PlanSession(
                new,
                programme=team.programme,
                number=number,
                teams=(team.id,),
                starts_at=data.starts_at,
                ends_at=data.ends_at,
                place=Words(data.place),
                agenda=data.points,
                by=by,
            ),
            GATHERINGS,
        )

    @get()
    async def all(
        self, team: FromPath[TeamId], reader: NamedDependency[Reader], listing: NamedDependency[ListOptions]
    ) -> Page[Gathering]:
        """List what a CoP comes to; to contacts, those of which they were told; to others, those shared with them."""
        reading = listing.reading
        row, rights = await known_team(reader, team, reading), await team_rights(reader)
        inside = rights.member_of(team) or rights.was_there_at_the_end(team) or rights.facilitates(row.programme, team)
        left, theirs = rights.left(team), (row.organisation,)
        commissions = rights.reads_for(theirs, row.challenge, programme=row.programme)
        shared = [] if inside else await shared_with(reader, team, reading)
        if not (inside or left or commissions or shared):
            raise NotFound
        part = await reader.part(
            GATHERINGS,
            GATHERINGS_OF_TEAM,
            team,
            row.programme,
            inside or left,
            rights.organisations_served(in_=row.programme) if commissions else [],
            shared,
            listing=listing,
            scope=row.programme,
        )
        commissioned = {team} if commissions else set[TeamId]()

        def comes_to_them(one: Gathering) -> bool:
            return came(rights, one) or (not left and (inside or hears(rights, one, commissioned)))

        others = [one for one in part.items if one.id in shared and not comes_to_them(one)]
        shown = await shared_rows(reader, team, GATHERINGS, others, reading)
        rows = [shown.get(one.id, one) for one in part.items if one.id in shown or comes_to_them(one)]
        await reader.unseal(rows)
        return Page([as_told(rights, one) for one in rows], part.next)


class Gatherings(Controller):
    path = "/gatherings/{gathering:str}"
    tags = ("Gatherings",)

    @get()
    async def one(
        self, gathering: FromPath[GatheringId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> Gathering:
        """Show a gathering; attendance and minutes to those who gather."""
        row = await seen_gathering(reader, gathering, reading)
        await reader.unseal([row])
        return row

    @post("/reschedule", status_code=200)
    async def reschedule(
        self, gathering: FromPath[GatheringId], data: JSONBody[Move], context: NamedDependency[RequestContext]
    ) -> Response[Gathering]:
        """Move a gathering."""
        programme = await programme_of(context.reader, gathering)
        return await done(
            context,
            data,
            lambda by: RescheduleGathering(
                gathering,
                programme=programme,
                starts_at=data.starts_at,
                ends_at=data.ends_at,
                place=None if data.place is None else Words(data.place),
                by=by,
            ),
            gathering,
        )

    @post("/cancellation", status_code=200)
    async def cancel(
        self,
        gathering: FromPath[GatheringId],
        context: NamedDependency[RequestContext],
        data: JSONBody[Body | None] = None,
    ) -> Response[Gathering]:
        """Call a gathering off, with a reason."""
        programme = await programme_of(context.reader, gathering)
        return await done(context, data, lambda by: CancelGathering(gathering, programme=programme, by=by), gathering)

    @post("/holding", status_code=200)
    async def hold(
        self,
        gathering: FromPath[GatheringId],
        context: NamedDependency[RequestContext],
        data: JSONBody[Holding | None] = None,
    ) -> Response[Gathering]:
        """Record that a gathering took place, and what it covered; once recorded, correct that, with a reason."""
        programme, covered = await programme_of(context.reader, gathering), data or Holding()
        roster = await roster_at_end(context.reader, gathering, programme)
        return await done(
            context,
            data,
            lambda by: HoldGathering(
                gathering,
                programme=programme,
                topics=tuple(Key(one) for one in covered.topics),
                techniques=tuple(Words(one) for one in covered.techniques),
                took_place=covered.took_place,
                roster=roster,
                by=by,
            ),
            gathering,
        )

    @post("/attendance", status_code=200)
    async def attendance(
        self, gathering: FromPath[GatheringId], data: JSONBody[AttendanceList], context: NamedDependency[RequestContext]
    ) -> Response[Gathering]:
        """Say who was there; once that is recorded, correct it, with a reason."""
        if len({one.person_id for one in data.people}) != len(data.people):
            raise BadText("people", Text(en="names a person twice", nl="noemt een persoon twee keer"))
        programme = await programme_of(context.reader, gathering)
        roster = await roster_at_end(context.reader, gathering, programme)
        return await done(
            context,
            data,
            lambda by: RecordAttendance(
                gathering,
                programme=programme,
                people=tuple(
                    Presence(one.person_id, one.present, None if one.reason is None else Words(one.reason))
                    for one in data.people
                ),
                roster=roster,
                by=by,
            ),
            gathering,
        )

    @post("/minutes", status_code=200)
    async def minutes(
        self, gathering: FromPath[GatheringId], data: JSONBody[NewMinutes], context: NamedDependency[RequestContext]
    ) -> Response[Gathering]:
        """Write the minutes; once approved, correct them, with a reason."""
        programme = await programme_of(context.reader, gathering)
        return await done(
            context,
            data,
            lambda by: WriteMinutes(
                gathering, programme=programme, text=Words(data.text), based_on=data.based_on, by=by
            ),
            gathering,
        )

    @post("/minutes-approval", status_code=200)
    async def approve(
        self,
        gathering: FromPath[GatheringId],
        context: NamedDependency[RequestContext],
        data: JSONBody[Body | None] = None,
    ) -> Response[Gathering]:
        """Find the minutes right, as somebody who was there."""
        programme = await programme_of(context.reader, gathering)
        return await done(context, data, lambda by: ApproveMinutes(gathering, programme=programme, by=by), gathering)


async def done(
    context: RequestContext, body: Body | None, ask: Callable[[Caller], Command], gathering: GatheringId
) -> Response[Gathering]:
    """Carry out a command on a gathering; the answer as its caller may see it."""
    answer = await context.execute(body, ask, GATHERINGS, gathering)
    answer.content = as_told(await team_rights(context.reader), answer.content)
    return answer
