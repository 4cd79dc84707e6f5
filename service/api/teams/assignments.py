"""Preferences and team assignments over HTTP."""

from typing import Annotated

from litestar import Controller, Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta, Struct

from domain.events.team import Override
from domain.foundation import (
    AssignmentId,
    ChallengeId,
    NotFound,
    PersonId,
    ProgrammeId,
    TeamId,
    Words,
)
from domain.people.rights import Rights
from domain.teams.forming import (
    AdoptAssignment,
    RankPreferences,
    RequestAssignment,
)
from projections import teams as views
from service.api.http.bodies import Body, Prose, words
from service.api.requests.request_context import RequestContext
from service.api.requests.sse import WATCHED
from service.clock_and_ids import new_id
from service.reading.assignments import ShownAssignment, visible_assignments
from service.reading.options import ListOptions, Page, ReadOptions
from service.reading.permissions import is_inside_programme
from service.reading.reader import Reader


class NewPreferences(Body):
    """A ranking of selected challenges, the best first; any may be left out. `person_id`: it is entered for someone else."""

    ranking: Annotated[tuple[ChallengeId, ...], Meta(max_length=200)]
    motivation: Prose | None = None
    person_id: PersonId | None = None


class NewOverride(Struct, frozen=True, forbid_unknown_fields=True):
    """A person to place on another challenge than proposed, and why."""

    person_id: PersonId
    challenge_id: ChallengeId
    reason: Prose


class Adoption(Body):
    """Changes to the proposal. A `reason` is required if a team becomes too small or too large."""

    overrides: Annotated[tuple[NewOverride, ...], Meta(max_length=200)] = ()


class Adopted(Struct, frozen=True):
    """An adopted assignment and the teams that it formed."""

    assignment: ShownAssignment
    teams: tuple[views.Team, ...]


class PreferencesOfProgramme(Controller):
    path = "/programmes/{programme:str}/preferences"
    tags = ("Teams",)

    @put()
    async def rank(
        self, programme: FromPath[ProgrammeId], data: JSONBody[NewPreferences], context: NamedDependency[RequestContext]
    ) -> Response[views.Preferences]:
        """Rank the selected challenges; until preferences close or teams are adopted, this replaces an earlier ranking."""
        person = await context.reader.person(data.person_id)
        return await context.execute(
            data,
            lambda by: RankPreferences(
                programme,
                person=person,
                ranking=data.ranking,
                motivation=words(data.motivation),
                by=by,
            ),
            views.PREFERENCES,
            f"{person}/{programme}",
        )

    @get()
    async def own(
        self,
        programme: FromPath[ProgrammeId],
        reader: NamedDependency[Reader],
        reading: NamedDependency[ReadOptions],
        person_id: FromQuery[PersonId | None] = None,
    ) -> views.Preferences:
        """Show the caller's own preferences; for facilitators, those of `person_id`."""

        def is_visible(rights: Rights, row: views.Preferences) -> bool:
            own = row.person == rights.by.person and rights.participates(programme)
            return own or rights.facilitates(programme)

        return await reader.visible_row(
            views.PREFERENCES, f"{person_id or reader.caller.person}/{programme}", is_visible, reading
        )


class AssignmentsOfProgramme(Controller):
    path = "/programmes/{programme:str}/team-assignments"
    tags = ("Teams",)

    @post(status_code=202)
    async def request(
        self,
        programme: FromPath[ProgrammeId],
        context: NamedDependency[RequestContext],
        data: JSONBody[Body | None] = None,
    ) -> Response[ShownAssignment]:
        """Request a team assignment; a worker computes the proposal, which will be at `Location`."""
        made = await context.create(
            "assignment",
            data,
            lambda new, by: RequestAssignment(new, programme=programme, by=by),
            views.ASSIGNMENTS,
            status=202,
        )
        headers = {**made.headers, "Location": f"/api/v1/team-assignments/{made.content.id}"}
        return Response((await visible_assignments(context.reader, made.content))[0], status_code=202, headers=headers)

    @get()
    async def list_all(
        self, programme: FromPath[ProgrammeId], reader: NamedDependency[Reader], listing: NamedDependency[ListOptions]
    ) -> Page[ShownAssignment]:
        """List the team assignments of a programme."""
        inside, _ = await reader.audience(programme, listing.reading)
        if not inside:
            raise NotFound
        found = await reader.page(
            views.ASSIGNMENTS, views.ASSIGNMENTS_OF_PROGRAMME, programme, listing=listing, scope=programme
        )
        return Page(
            await visible_assignments(reader, *found.items, until=await reader.position_of(listing.reading)), found.next
        )


class Assignments(Controller):
    path = "/team-assignments/{assignment:str}"
    tags = ("Teams",)

    @get(opt=WATCHED)
    async def show(
        self, assignment: FromPath[AssignmentId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> ShownAssignment:
        """Show an assignment: its proposal with explanations or, if it is infeasible, what would make it feasible."""
        row = await reader.visible_row(views.ASSIGNMENTS, assignment, is_inside_programme, reading)
        return (await visible_assignments(reader, row, until=await reader.position_of(reading)))[0]

    @post("/adoption")
    async def adopt(
        self,
        assignment: FromPath[AssignmentId],
        context: NamedDependency[RequestContext],
        data: JSONBody[Adoption | None] = None,
    ) -> Response[Adopted]:
        """Adopt the proposed teams, with overrides."""
        row = await context.reader.existing_row(views.ASSIGNMENTS, assignment)
        teams = tuple(TeamId(new_id("team")) for _ in row.proposal)
        overrides = tuple(
            Override(one.person_id, one.challenge_id, Words(one.reason)) for one in (data.overrides if data else ())
        )
        receipt = await context.submit(
            data,
            lambda by: AdoptAssignment(assignment, programme=row.programme, teams=teams, overrides=overrides, by=by),
        )
        return await self._adopted(context.reader, assignment, receipt.last)

    async def _adopted(self, reader: Reader, assignment: AssignmentId, position: int) -> Response[Adopted]:
        row = await reader.row_from_log(views.ASSIGNMENTS, assignment, position)
        assert row is not None, "what was adopted was requested"
        formed = [await reader.row_from_log(views.TEAMS, one, position) for one in row.teams]
        await reader.unseal([row])
        return Response(
            Adopted((await visible_assignments(reader, row))[0], tuple(one for one in formed if one is not None)),
            status_code=201,
            headers={"Kring-Position": str(position)},
        )
