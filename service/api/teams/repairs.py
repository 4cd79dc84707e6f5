"""Proposals for a CoP below the minimum size, over HTTP."""

from typing import Literal

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct

from domain.foundation import NotAllowed, OrganisationId, PersonId, TeamId
from domain.teams.repair import Repair, Staffing, repairs
from projections.teams import TEAMS
from projections.view import ids
from service.reading.options import ReadOptions
from service.reading.reader import Reader
from service.reading.teams import can_see_team


class ShownMove(Struct, frozen=True, rename=ids("person", "from_team", "to_team")):
    """A person who moves to another CoP. `from_team_id` is null if they are in none."""

    person: PersonId
    from_team: TeamId | None
    to_team: TeamId


class ShownOverCap(Struct, frozen=True, rename=ids("team", "organisation")):
    """A CoP that would have more `members` of an organisation than its `cap`. People without one count as one each."""

    team: TeamId
    organisation: OrganisationId
    members: int
    cap: int


class Step(Struct, frozen=True):
    """A request that carries out part of a proposal. `needs`: fields that the caller must add to its body."""

    method: Literal["POST"]
    path: str
    body: dict[str, str]
    needs: tuple[Literal["reason", "until"], ...]


class Proposal(Struct, frozen=True, kw_only=True, rename=ids("into_team", "closes_team")):
    """A way to repair a CoP (`domain.teams.repair.Repair`). `rank` 1 is the best. `requests`: carry it out, in this order."""

    rank: int
    kind: Literal["late_joiner", "transfer", "merge", "waiver"]
    moves: tuple[ShownMove, ...]
    into_team: TeamId | None
    closes_team: TeamId | None
    moved: int
    places_lost: int
    over_cap: tuple[ShownOverCap, ...]
    sets_aside: tuple[Literal["team_size", "organisation_cap"], ...]
    requests: tuple[Step, ...]


class Proposals(Struct, frozen=True):
    """All proposals, the best first; `next` is always null."""

    items: tuple[Proposal, ...]
    next: None = None


def _proposal(team: TeamId, place: int, one: Repair) -> Proposal:
    return Proposal(
        rank=place,
        kind=one.kind,
        moves=tuple(
            ShownMove(PersonId(move.person), TeamId(move.from_team) if move.from_team else None, TeamId(move.to_team))
            for move in one.moves
        ),
        into_team=None if one.into is None else TeamId(one.into),
        closes_team=None if one.closes is None else TeamId(one.closes),
        moved=one.moved,
        places_lost=one.places_lost,
        over_cap=tuple(
            ShownOverCap(TeamId(over.team), OrganisationId(over.organisation), over.members, over.cap)
            for over in one.over_cap
        ),
        sets_aside=one.sets_aside,
        requests=tuple(_steps(team, one)),
    )


def _steps(team: TeamId, one: Repair) -> list[Step]:
    """The requests that carry out a repair. A merger moves the members by itself."""
    if one.kind == "waiver":
        return [Step("POST", f"/api/v1/teams/{team}/waivers", {}, ("until", "reason"))]
    if one.into is not None:
        return [Step("POST", f"/api/v1/teams/{one.closes}/merger", {"into_team_id": one.into}, ("reason",))]
    return [
        Step("POST", f"/api/v1/teams/{move.to_team}/members", {"person_id": move.person}, ())
        if move.from_team is None
        else Step(
            "POST",
            f"/api/v1/teams/{move.from_team}/transfers",
            {"person_id": move.person, "to_team_id": move.to_team},
            ("reason",),
        )
        for move in one.moves
    ]


class Repairs(Controller):
    path = "/teams/{team:str}/repairs"
    tags = ("Teams",)

    @get()
    async def list_all(
        self, team: FromPath[TeamId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> Proposals:
        """List at most 20 ways to repair a CoP below the minimum size, the best first; none if it is large enough."""
        row = await reader.visible_row(TEAMS, team, can_see_team, reading)
        if not (await reader.rights()).facilitates(row.programme, team):
            raise NotAllowed
        staffing, _ = await reader.kring.commands.load(Staffing(row.programme), until=await reader.position_of(reading))
        found = repairs(staffing.staff(), team)
        return Proposals(tuple(_proposal(team, place, one) for place, one in enumerate(found, start=1)))
