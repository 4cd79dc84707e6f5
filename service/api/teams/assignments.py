"""Preferences and team assignments over HTTP."""

from datetime import datetime
from typing import Annotated, Literal

from litestar import Controller, Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta, Struct

from domain.events.team import NextBest, Override, Quality, Why
from domain.foundation import (
    AssignmentId,
    ChallengeId,
    Code,
    Digest,
    NotFound,
    PersonId,
    ProgrammeId,
    TeamId,
    Words,
)
from domain.people.rights import Rights
from domain.teams.forming import (
    AdoptAssignment,
    Question,
    RankPreferences,
    RequestAssignment,
    question_hash,
)
from projections import teams as views
from projections.view import ids
from service.api.http.bodies import Body, Prose
from service.api.requests.request_context import RequestContext
from service.api.requests.sse import WATCHED
from service.clock_and_ids import new_id
from service.reading.options import ListOptions, Page, ReadOptions
from service.reading.reader import Reader

AssignmentStatus = Literal["solving", "proposed", "infeasible", "adopted", "stale"]


class NewPreferences(Body):
    """Selected challenges, the best first; some may be left out, or all. `person_id`: entered for someone else."""

    ranking: Annotated[tuple[ChallengeId, ...], Meta(max_length=200)]
    motivation: Prose | None = None
    person_id: PersonId | None = None


class NewOverride(Struct, frozen=True, forbid_unknown_fields=True):
    """A person to be placed on another challenge than was proposed, and why."""

    person_id: PersonId
    challenge_id: ChallengeId
    reason: Prose


class Adoption(Body):
    """What to change of the proposal. A `reason` is needed where a team's size leaves the bounds."""

    overrides: Annotated[tuple[NewOverride, ...], Meta(max_length=200)] = ()


class ShownTeam(Struct, frozen=True, rename=ids("challenge", "members")):
    """A CoP to be; `number` tells teams on the same challenge apart, from 1."""

    challenge: ChallengeId
    number: int
    members: tuple[PersonId, ...]


class ShownNextBest(Struct, frozen=True, rename=ids("challenge")):
    """What someone's next better place would have cost: `domain.teams.team.NextBest`."""

    challenge: ChallengeId
    decided_by: Code
    worst_rank: int
    squares_more: int
    organisations_fewer: int
    others_lower: int
    places_lower: int


class ShownWhy(Struct, frozen=True, rename=ids("person", "challenge")):
    """Why a person is where they are: `domain.teams.team.Why`. `better` None: rank 1."""

    person: PersonId
    challenge: ChallengeId
    number: int
    rank: int
    ranked: int
    offered: int
    better: ShownNextBest | None


class ShownOverride(Struct, frozen=True, rename=ids("person", "challenge")):
    """A person whom the facilitator placed on another challenge than was proposed, and why."""

    person: PersonId
    challenge: ChallengeId
    reason: Words


class ShownAssignment(Struct, frozen=True, kw_only=True, rename=ids("programme", "teams")):
    """An assignment as its reader may see it: a participant, of explanations and overrides their own alone."""

    id: AssignmentId
    programme: ProgrammeId
    status: AssignmentStatus
    requested_at: datetime
    answered_at: datetime | None
    adopted_at: datetime | None
    input_hash: Digest | None
    solver: Code | None
    version: Code | None
    proposal: tuple[ShownTeam, ...]
    objective: Quality | None
    unproven: tuple[Code, ...]
    explanations: tuple[ShownWhy, ...]
    infeasible: views.Impossible | None
    overrides: tuple[ShownOverride, ...]
    teams: tuple[TeamId, ...]


class Adopted(Struct, frozen=True):
    """An adopted assignment and the teams that it formed."""

    assignment: ShownAssignment
    teams: tuple[views.Team, ...]


def sees(rights: Rights, row: views.Assignment) -> bool:
    """An assignment is seen inside its programme."""
    return rights.belongs_to(row.programme)


async def shown(reader: Reader, *rows: views.Assignment, until: int | None = None) -> list[ShownAssignment]:
    """The assignments of one programme as the caller may see them: stale where the question was another one at `until`."""
    if not rows:
        return []
    question, _ = await reader.kring.commands.load(Question(rows[0].programme, by=reader.caller), until=until)
    then = question_hash(question.problem())
    whole = (await reader.rights()).facilitates(rows[0].programme)
    return [_shown(row, then, None if whole else reader.caller.person or reader.caller.via) for row in rows]


def status_at(row: views.Assignment, then: Digest) -> AssignmentStatus:
    """Its status when the question had this hash: an answer to another question is stale, adopted teams stand."""
    return "stale" if row.status in {"proposed", "infeasible"} and row.input_hash != then else row.status


def _shown(row: views.Assignment, then: Digest, only: str | None) -> ShownAssignment:
    """`then`: the hash of the question as it was. `only`: whose explanations and overrides are shown; None: all."""
    return ShownAssignment(
        id=row.id,
        programme=row.programme,
        status=status_at(row, then),
        requested_at=row.requested_at,
        answered_at=row.answered_at,
        adopted_at=row.adopted_at,
        input_hash=row.input_hash,
        solver=row.solver,
        version=row.version,
        proposal=tuple(ShownTeam(one.challenge, one.number, one.members) for one in row.proposal),
        objective=row.objective,
        unproven=row.unproven,
        explanations=tuple(_why(one) for one in row.explanations if only in {None, one.person}),
        infeasible=row.infeasible,
        overrides=tuple(_override(one) for one in row.overrides if only in {None, one.person}),
        teams=row.teams,
    )


def _next_best(one: NextBest) -> ShownNextBest:
    return ShownNextBest(
        one.challenge,
        one.decided_by,
        one.worst_rank,
        one.squares_more,
        one.organisations_fewer,
        one.others_lower,
        one.places_lower,
    )


def _why(one: Why) -> ShownWhy:
    better = None if one.better is None else _next_best(one.better)
    return ShownWhy(one.person, one.challenge, one.number, one.rank, one.ranked, one.offered, better)


def _override(one: Override) -> ShownOverride:
    return ShownOverride(one.person, one.challenge, one.reason)


class PreferencesOfProgramme(Controller):
    path = "/programmes/{programme:str}/preferences"
    tags = ("Teams",)

    @put()
    async def rank(
        self, programme: FromPath[ProgrammeId], data: JSONBody[NewPreferences], context: NamedDependency[RequestContext]
    ) -> Response[views.Preferences]:
        """Rank the selected challenges; it replaces an earlier ranking until preferences close or teams are adopted."""
        person = await context.reader.person(data.person_id)
        return await context.execute(
            data,
            lambda by: RankPreferences(
                programme,
                person=person,
                ranking=data.ranking,
                motivation=None if data.motivation is None else Words(data.motivation),
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
        """Show one's own preferences; to the facilitator, those of `person_id`."""

        def theirs(rights: Rights, row: views.Preferences) -> bool:
            own = row.person == rights.by.person and rights.participates(programme)
            return own or rights.facilitates(programme)

        return await reader.visible_row(
            views.PREFERENCES, f"{person_id or reader.caller.person}/{programme}", theirs, reading
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
        """Ask for teams; a worker proposes them. `Location` says where."""
        made = await context.create(
            "assignment",
            data,
            lambda new, by: RequestAssignment(new, programme=programme, by=by),
            views.ASSIGNMENTS,
            status=202,
        )
        headers = {**made.headers, "Location": f"/api/v1/team-assignments/{made.content.id}"}
        return Response((await shown(context.reader, made.content))[0], status_code=202, headers=headers)

    @get()
    async def all(
        self, programme: FromPath[ProgrammeId], reader: NamedDependency[Reader], listing: NamedDependency[ListOptions]
    ) -> Page[ShownAssignment]:
        """List the team assignments of a programme."""
        inside, _ = await reader.audience(programme, listing.reading)
        if not inside:
            raise NotFound
        found = await reader.page(
            views.ASSIGNMENTS, views.ASSIGNMENTS_OF_PROGRAMME, programme, listing=listing, scope=programme
        )
        return Page(await shown(reader, *found.items, until=await reader.position_of(listing.reading)), found.next)


class Assignments(Controller):
    path = "/team-assignments/{assignment:str}"
    tags = ("Teams",)

    @get(opt=WATCHED)
    async def one(
        self, assignment: FromPath[AssignmentId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> ShownAssignment:
        """Show an assignment: whether it is solved, why everybody is where they are, what would help where nothing fits."""
        row = await reader.visible_row(views.ASSIGNMENTS, assignment, sees, reading)
        return (await shown(reader, row, until=await reader.position_of(reading)))[0]

    @post("/adoption")
    async def adopt(
        self,
        assignment: FromPath[AssignmentId],
        context: NamedDependency[RequestContext],
        data: JSONBody[Adoption | None] = None,
    ) -> Response[Adopted]:
        """Let the proposed teams stand, with overrides."""
        row = await context.reader.row_from_log(views.ASSIGNMENTS, assignment)
        if row is None:
            raise NotFound
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
            Adopted((await shown(reader, row))[0], tuple(one for one in formed if one is not None)),
            status_code=201,
            headers={"Kring-Position": str(position)},
        )
