"""Gatherings over HTTP."""

from collections.abc import Callable, Collection
from typing import Annotated, Literal

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct
from msgspec.structs import replace

from domain.attendance import Presence, RecordAttendance
from domain.convening import PlanOwnGathering, PlanSession
from domain.foundation import (
    Caller,
    Code,
    Command,
    GatheringId,
    NotFound,
    PersonId,
    ProgrammeId,
    Selector,
    TeamId,
    Words,
)
from domain.gathering import (
    AgendaItem,
    CancelGathering,
    HoldGathering,
    RescheduleGathering,
)
from domain.minutes import ApproveMinutes, WriteMinutes
from domain.team import TeamRights
from projections.gatherings import GATHERINGS, GATHERINGS_OF_PROGRAMME, GATHERINGS_OF_TEAM, Gathering
from projections.teams import TEAMS, TEAMS_OF_PROGRAMME, Team
from projections.view import replay
from service.api.asking import Asking
from service.api.bodies import At, BadText, Body, Page, Prose, Title
from service.api.reading import Listing, Reading
from service.api.seeing import own_teams, team_rights
from service.api.work import NOW, reader, shared_one, shared_with

TEAMS_AT_MOST = 1000  # of a programme, when it is asked which of them somebody commissioned

Number = Annotated[int, Meta(ge=1, le=100)]
Key = Annotated[str, Meta(min_length=1, max_length=200, pattern="^[A-Za-z0-9_./:+-]+(?![\\s\\S])")]


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
            AgendaItem(Words(one.title), None if one.topic is None else Code(one.topic), one.minutes)
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
    """What a gathering covered: keys of the curriculum's topics, and techniques that were introduced."""

    topics: Annotated[tuple[Key, ...], Meta(max_length=200)] = ()
    techniques: Annotated[tuple[Title, ...], Meta(max_length=200)] = ()


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


# Who sees what


def comes(rights: TeamRights, row: Gathering) -> bool:
    """Who gathers: all participants in a joint session, else the members of its teams; and who facilitates them."""
    if not row.teams:
        return rights.belongs_to(row.programme)
    return any(rights.member_of(team) or rights.facilitates(row.programme, team) for team in row.teams)


def came(rights: TeamRights, row: Gathering) -> bool:
    """Who gathers, or did (rule 10): the last members of a CoP that ended; whoever left it, where they were or wrote minutes."""
    if comes(rights, row) or any(rights.was_there_at_the_end(team) for team in row.teams):
        return True
    me, left = rights.by.person, any(rights.left(team) for team in row.teams)
    wrote = row.minutes is not None and row.minutes.written_by == me
    return left and (wrote or any(one.present and one.person_id == me for one in row.attendance))


def hears(rights: TeamRights, row: Gathering, commissioned: Collection[TeamId]) -> bool:
    """Contacts of who was told, as long as a CoP works for them that comes to it; to joint sessions any of theirs does."""
    if not rights.reads_for(row.organisations):
        return False
    return any(one in commissioned for one in row.teams) if row.teams else bool(commissioned)


async def commissioned_teams(
    asking: Asking, rights: TeamRights, programme: ProgrammeId, reading: Reading = NOW
) -> set[TeamId]:
    """The CoPs of a programme that work, or did then, on the challenges for which the caller speaks or reads."""
    organisations = rights.organisations_served()
    if not organisations:
        return set()
    until = await asking.until(reading)
    if until is None:
        asked = ("", TEAMS_AT_MOST, programme, False, organisations)
        rows = await asking.kring.views.rows(Team, TEAMS_OF_PROGRAMME, *asked)
    else:
        told = await asking.kring.desk.told(Selector(types=list(TEAMS.takes), tags=[programme]), until=until)
        rows = list(replay(TEAMS, told).values())
    return {one.id for one in rows if rights.reads_for((one.organisation,), one.challenge)}


def as_told(rights: TeamRights, row: Gathering) -> Gathering:
    """The row as the caller may see it: attendance and minutes are of those who gather, never of organisations.

    Why somebody was absent is for who guides, for them, and for who recorded it.
    """
    if not came(rights, row):
        return replace(row, attendance=(), minutes=None)
    if any(rights.facilitates(row.programme, one) for one in (row.teams or (None,))):
        return row
    me = rights.by.person
    listed = (one if me in {one.person_id, one.recorded_by} else replace(one, reason=None) for one in row.attendance)
    return replace(row, attendance=tuple(listed))


async def done(
    asking: Asking, body: Body | None, ask: Callable[[Caller], Command], gathering: GatheringId
) -> Response[Gathering]:
    """Carry out a command on a gathering; the answer as its caller may see it."""
    answer = await asking.do(body, ask, GATHERINGS, gathering)
    answer.content = as_told(await team_rights(asking), answer.content)
    return answer


async def shared_gathering(asking: Asking, row: Gathering, reading: Reading) -> Gathering:
    """A gathering that its CoP shares with the caller, closed. Raises `NotFound`."""
    if len(row.teams) != 1:
        raise NotFound
    return await shared_one(GATHERINGS, row, await reader(asking, row.teams[0], reading))


async def known_team(asking: Asking, team: TeamId, reading: Reading = NOW) -> Team:
    """The team as the log knows it now, or knew it then. Raises `NotFound`."""
    row = await asking.as_of(TEAMS, team, await asking.until(reading))
    if row is None:
        raise NotFound
    return row


async def programme_of(asking: Asking, gathering: GatheringId) -> ProgrammeId:
    """The programme of a gathering, as it was planned. Raises `NotFound`."""
    row = await asking.as_of(GATHERINGS, gathering)
    if row is None:
        raise NotFound
    return row.programme


def seen_teams(rights: TeamRights, programme: ProgrammeId) -> list[TeamId]:
    """The teams of which the caller is or was a member, or to which a facilitator is bound."""
    bound = rights.facilitators.get((rights.by.person, programme)) if rights.by.person else None
    return [*own_teams(rights), *rights.teams_once(), *(bound.teams if bound and rights.facilitates(programme) else ())]


# Routes


class GatheringsOfProgramme(Controller):
    path = "/programmes/{programme:str}/gatherings"
    tags = ("Gatherings",)

    @post()
    async def plan(
        self, programme: FromPath[ProgrammeId], data: JSONBody[NewSession], asking: NamedDependency[Asking]
    ) -> Response[Gathering]:
        """Plan a session of the programme."""
        if len(set(data.team_ids)) != len(data.team_ids):
            raise BadText("team_ids", "names a team twice")
        return await asking.make(
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
        self, programme: FromPath[ProgrammeId], asking: NamedDependency[Asking], listing: NamedDependency[Listing]
    ) -> Page[Gathering]:
        """List gatherings: joint sessions and those of one's own CoP; to contacts, those of which they were told."""
        rights = await team_rights(asking)
        inside, organisations = await asking.audience(programme)
        teams = seen_teams(rights, programme)
        commissioned = await commissioned_teams(asking, rights, programme)
        page = await asking.page(
            GATHERINGS,
            GATHERINGS_OF_PROGRAMME,
            programme,
            rights.manages(programme) or (rights.facilitates(programme) and not teams),
            inside,
            teams,
            organisations,
            listing=listing,
            sees=lambda row: came(rights, row) or hears(rights, row, commissioned),
        )
        return Page([as_told(rights, one) for one in page.items], page.next)


class GatheringsOfTeam(Controller):
    path = "/teams/{team:str}/gatherings"
    tags = ("Gatherings",)

    @post()
    async def plan(
        self, team: FromPath[TeamId], data: JSONBody[NewGathering], asking: NamedDependency[Asking]
    ) -> Response[Gathering]:
        """Plan an own gathering, or a CoP's own date for a session."""
        row = await known_team(asking, team)
        if data.kind == "session":
            return await self._session(asking, row, data)
        if data.number is not None:
            raise BadText("number", "belongs to a session")
        return await asking.make(
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

    async def _session(self, asking: Asking, team: Team, data: NewGathering) -> Response[Gathering]:
        number = data.number
        if number is None:
            raise BadText("number", "says which session it is")
        return await asking.make(
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
        self, team: FromPath[TeamId], asking: NamedDependency[Asking], listing: NamedDependency[Listing]
    ) -> Page[Gathering]:
        """List what a CoP comes to; to contacts, those of which they were told; to others, those shared with them."""
        row, rights = await known_team(asking, team), await team_rights(asking)
        inside = rights.member_of(team) or rights.was_there_at_the_end(team) or rights.facilitates(row.programme, team)
        left, commissions = rights.left(team), rights.reads_for((row.organisation,), row.challenge)
        shared = [] if inside else await shared_with(asking, team)
        if not (inside or left or commissions or shared):
            raise NotFound
        part = await asking.part(
            GATHERINGS,
            GATHERINGS_OF_TEAM,
            team,
            row.programme,
            inside or left,
            rights.organisations_served() if commissions else [],
            shared,
            listing=listing,
        )
        commissioned = {team} if commissions else set[TeamId]()

        def comes_to_them(one: Gathering) -> bool:
            return came(rights, one) or (not left and (inside or hears(rights, one, commissioned)))

        rows = [
            one if comes_to_them(one) else await shared_gathering(asking, one, NOW)
            for one in part.items
            if comes_to_them(one) or one.id in shared
        ]
        await asking.open(rows)
        return Page([as_told(rights, one) for one in rows], part.next)


class Gatherings(Controller):
    path = "/gatherings/{gathering:str}"
    tags = ("Gatherings",)

    @get()
    async def one(
        self, gathering: FromPath[GatheringId], asking: NamedDependency[Asking], reading: NamedDependency[Reading]
    ) -> Gathering:
        """Show a gathering; attendance and minutes to those who gather."""
        rights, row = await team_rights(asking), await asking.row(GATHERINGS, gathering, reading)
        if row is None:
            raise NotFound
        commissioned = await commissioned_teams(asking, rights, row.programme, reading)
        if not (came(rights, row) or hears(rights, row, commissioned)):
            row = await shared_gathering(asking, row, reading)
        await asking.open([row])
        return as_told(rights, row)

    @post("/reschedule", status_code=200)
    async def reschedule(
        self, gathering: FromPath[GatheringId], data: JSONBody[Move], asking: NamedDependency[Asking]
    ) -> Response[Gathering]:
        """Move a gathering."""
        programme = await programme_of(asking, gathering)
        return await done(
            asking,
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
        asking: NamedDependency[Asking],
        data: JSONBody[Body | None] = None,
    ) -> Response[Gathering]:
        """Call a gathering off, with a reason."""
        programme = await programme_of(asking, gathering)
        return await done(asking, data, lambda by: CancelGathering(gathering, programme=programme, by=by), gathering)

    @post("/holding", status_code=200)
    async def hold(
        self,
        gathering: FromPath[GatheringId],
        asking: NamedDependency[Asking],
        data: JSONBody[Holding | None] = None,
    ) -> Response[Gathering]:
        """Say that a gathering took place, and what it covered."""
        programme, covered = await programme_of(asking, gathering), data or Holding()
        return await done(
            asking,
            data,
            lambda by: HoldGathering(
                gathering,
                programme=programme,
                topics=tuple(Code(one) for one in covered.topics),
                techniques=tuple(Words(one) for one in covered.techniques),
                by=by,
            ),
            gathering,
        )

    @post("/attendance", status_code=200)
    async def attendance(
        self, gathering: FromPath[GatheringId], data: JSONBody[AttendanceList], asking: NamedDependency[Asking]
    ) -> Response[Gathering]:
        """Say who was there; once that is recorded, correct it, with a reason."""
        if len({one.person_id for one in data.people}) != len(data.people):
            raise BadText("people", "names a person twice")
        programme = await programme_of(asking, gathering)
        return await done(
            asking,
            data,
            lambda by: RecordAttendance(
                gathering,
                programme=programme,
                people=tuple(
                    Presence(one.person_id, one.present, None if one.reason is None else Words(one.reason))
                    for one in data.people
                ),
                by=by,
            ),
            gathering,
        )

    @post("/minutes", status_code=200)
    async def minutes(
        self, gathering: FromPath[GatheringId], data: JSONBody[NewMinutes], asking: NamedDependency[Asking]
    ) -> Response[Gathering]:
        """Write the minutes; once approved, correct them, with a reason."""
        programme = await programme_of(asking, gathering)
        return await done(
            asking,
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
        asking: NamedDependency[Asking],
        data: JSONBody[Body | None] = None,
    ) -> Response[Gathering]:
        """Find the minutes right, as somebody who was there."""
        programme = await programme_of(asking, gathering)
        return await done(asking, data, lambda by: ApproveMinutes(gathering, programme=programme, by=by), gathering)
