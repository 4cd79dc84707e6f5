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
from projections.gatherings import GATHERINGS, Gathering
from projections.teams import Team
from service.api.http.bodies import At, Body, Prose, Title, require_distinct, words
from service.api.requests.request_context import RequestContext
from service.preparing.gatherings import prepared
from service.reading.gatherings import (
    as_visible,
    known_team,
    programme_of,
    visible_gathering,
    visible_gatherings_of_programme,
    visible_gatherings_of_team,
)
from service.reading.options import BadText, ListOptions, Page, ReadOptions
from service.reading.permissions import team_rights
from service.reading.reader import Reader

Number = Annotated[int, Meta(ge=1, le=100)]


class Point(Struct, frozen=True, forbid_unknown_fields=True):
    """A point on an agenda. `topic`: the key of a topic of the curriculum; `minutes`: how long it takes."""

    title: Title
    topic: Key | None = None
    minutes: Annotated[int, Meta(ge=1, le=1440)] | None = None


class WhenAndWhere(Body, kw_only=True):
    """The fields that every gathering has."""

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
    """A session of the programme. Without `team_ids` it is for all CoPs, later ones included."""

    kind: Literal["session"]
    number: Number
    team_ids: Annotated[tuple[TeamId, ...], Meta(max_length=200)] = ()


class NewGathering(WhenAndWhere, kw_only=True):
    """A CoP's own gathering or, with `number`, its own date for a session of the programme."""

    kind: Literal["own", "session"]
    number: Number | None = None


class Move(Body):
    """Another time for a gathering. Without `place` the place stays the same."""

    starts_at: At
    ends_at: At
    place: Title | None = None


class Holding(Body):
    """The topics of the curriculum that a gathering covered, by key, and the techniques that it introduced.

    The second time it is a correction, which needs a `reason`. `took_place` false: the gathering was not held after all.
    """

    topics: Annotated[tuple[Key, ...], Meta(max_length=200)] = ()
    techniques: Annotated[tuple[Title, ...], Meta(max_length=200)] = ()
    took_place: bool = True


class Present(Struct, frozen=True, forbid_unknown_fields=True):
    """Whether a person was present. `reason`: why they were absent."""

    person_id: PersonId
    present: bool
    reason: Prose | None = None


class AttendanceList(Body):
    """The attendance. The second time it is a correction, which needs a `reason`."""

    people: Annotated[tuple[Present, ...], Meta(min_length=1, max_length=200)]


class NewMinutes(Body):
    """The minutes. `based_on`: the version that the writer revised. Once approved, a correction, which needs a `reason`."""

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
        require_distinct("team_ids", data.team_ids, Text(en="names a team twice", nl="noemt een CoP twee keer"))
        return await plan_session(context, data, programme=programme, number=data.number, teams=data.team_ids)

    @get()
    async def list_all(
        self, programme: FromPath[ProgrammeId], reader: NamedDependency[Reader], listing: NamedDependency[ListOptions]
    ) -> Page[Gathering]:
        """List gatherings: joint sessions and those of the caller's CoPs; for contacts, those visible to their organisation."""
        return await visible_gatherings_of_programme(reader, programme, listing)


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
        return await plan_session(context, data, programme=team.programme, number=number, teams=(team.id,))

    @get()
    async def list_all(
        self, team: FromPath[TeamId], reader: NamedDependency[Reader], listing: NamedDependency[ListOptions]
    ) -> Page[Gathering]:
        """List a CoP's gatherings: for contacts those visible to their organisation, for others those shared with them."""
        return await visible_gatherings_of_team(reader, team, listing)


class Gatherings(Controller):
    path = "/gatherings/{gathering:str}"
    tags = ("Gatherings",)

    @get()
    async def show(
        self, gathering: FromPath[GatheringId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> Gathering:
        """Show a gathering; attendance and minutes are for those who take part."""
        row = await visible_gathering(reader, gathering, reading)
        await reader.unseal([row])
        return row

    @post("/reschedule", status_code=200)
    async def reschedule(
        self, gathering: FromPath[GatheringId], data: JSONBody[Move], context: NamedDependency[RequestContext]
    ) -> Response[Gathering]:
        """Reschedule a gathering."""
        programme = await programme_of(context.reader, gathering)
        return await execute_on_gathering(
            context,
            data,
            lambda by: RescheduleGathering(
                gathering,
                programme=programme,
                starts_at=data.starts_at,
                ends_at=data.ends_at,
                place=words(data.place),
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
        """Cancel a gathering, with a reason."""
        programme = await programme_of(context.reader, gathering)
        return await execute_on_gathering(
            context, data, lambda by: CancelGathering(gathering, programme=programme, by=by), gathering
        )

    @post("/holding", status_code=200)
    async def hold(
        self,
        gathering: FromPath[GatheringId],
        context: NamedDependency[RequestContext],
        data: JSONBody[Holding | None] = None,
    ) -> Response[Gathering]:
        """Record that a gathering took place and what it covered, or correct that, with a reason."""
        (programme, roster), covered = await prepared(context.reader, gathering), data or Holding()
        return await execute_on_gathering(
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
        """Record the attendance, or correct it, with a reason."""
        require_distinct(
            "people",
            [one.person_id for one in data.people],
            Text(en="names a person twice", nl="noemt een persoon twee keer"),
        )
        programme, roster = await prepared(context.reader, gathering)
        return await execute_on_gathering(
            context,
            data,
            lambda by: RecordAttendance(
                gathering,
                programme=programme,
                people=tuple(Presence(one.person_id, one.present, words(one.reason)) for one in data.people),
                roster=roster,
                by=by,
            ),
            gathering,
        )

    @post("/minutes", status_code=200)
    async def minutes(
        self, gathering: FromPath[GatheringId], data: JSONBody[NewMinutes], context: NamedDependency[RequestContext]
    ) -> Response[Gathering]:
        """Write the minutes, or correct approved ones, with a reason."""
        programme = await programme_of(context.reader, gathering)
        return await execute_on_gathering(
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
        """Approve the minutes, as somebody who was present."""
        programme = await programme_of(context.reader, gathering)
        return await execute_on_gathering(
            context, data, lambda by: ApproveMinutes(gathering, programme=programme, by=by), gathering
        )


async def plan_session(
    context: RequestContext, data: WhenAndWhere, *, programme: ProgrammeId, number: int, teams: tuple[TeamId, ...]
) -> Response[Gathering]:
    """Plan a session of the programme for these CoPs, or for all if there are none."""
    return await context.create(
        "gathering",
        data,
        lambda new, by: PlanSession(
            new,
            programme=programme,
            number=number,
            teams=teams,
            starts_at=data.starts_at,
            ends_at=data.ends_at,
            place=Words(data.place),
            agenda=data.points,
            by=by,
        ),
        GATHERINGS,
    )


async def execute_on_gathering(
    context: RequestContext, body: Body | None, ask: Callable[[Caller], Command], gathering: GatheringId
) -> Response[Gathering]:
    """Execute a command on a gathering; the answer is the gathering as far as the caller may see it."""
    answer = await context.execute(body, ask, GATHERINGS, gathering)
    answer.content = as_visible(await team_rights(context.reader), answer.content)
    return answer
