"""Who takes part in a programme, guides and manages it, over HTTP."""

from typing import Annotated

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from domain.foundation import OrganisationId, PersonId, ProgrammeId, TeamId
from domain.people.rights import Rights
from domain.teams.enrolment import (
    AppointManager,
    AssignFacilitator,
    EnrolParticipant,
    MoveParticipant,
    ReplaceFacilitator,
    WithdrawParticipant,
)
from projections import programmes as views
from service.api.http.bodies import At, Body
from service.api.programmes.programmes import inside, listed
from service.api.requests.request_context import RequestContext
from service.reading.options import ListOptions, Page, ReadOptions, of_ids, only, part_of
from service.reading.reader import Reader


class NewParticipant(Body):
    """Who takes part, and who sent them."""

    person_id: PersonId
    organisation_id: OrganisationId | None = None


class NewSender(Body):
    """For which organisation somebody goes on; none: on their own account."""

    organisation_id: OrganisationId | None = None


class NewFacilitator(Body, rename={"from_": "from"}):
    """Who guides; no `team_ids`: all teams."""

    person_id: PersonId
    team_ids: Annotated[tuple[TeamId, ...], Meta(max_length=200)] = ()
    from_: At | None = None
    until: At | None = None


class Replacement(Body):
    """Who guides instead, the same teams and as long; nobody yet, if left out."""

    person_id: PersonId | None = None


class NewManager(Body):
    """Who will manage the programme too."""

    person_id: PersonId


def beside(rights: Rights, row: views.Participant | views.Facilitator) -> bool:
    """Who takes part and guides is seen by who is in the programme."""
    return rights.belongs_to(row.programme)


class ParticipantsOfProgramme(Controller):
    path = "/programmes/{programme:str}/participants"
    tags = ("Programmes",)

    @post()
    async def enrol(
        self, programme: FromPath[ProgrammeId], data: JSONBody[NewParticipant], context: NamedDependency[RequestContext]
    ) -> Response[views.Participant]:
        """Enrol a participant."""
        return await context.execute(
            data,
            lambda by: EnrolParticipant(programme, person=data.person_id, organisation=data.organisation_id, by=by),
            views.PARTICIPANTS,
            f"{data.person_id}/{programme}",
            status=201,
        )

    @get()
    async def all(
        self, programme: FromPath[ProgrammeId], reader: NamedDependency[Reader], listing: NamedDependency[ListOptions]
    ) -> Page[views.Participant]:
        """List who takes part, and who did."""
        return await listed(reader, views.PARTICIPANTS, views.PARTICIPANTS_OF_PROGRAMME, programme, listing)

    @get("/{person:str}")
    async def one(
        self,
        programme: FromPath[ProgrammeId],
        person: FromPath[PersonId],
        reader: NamedDependency[Reader],
        reading: NamedDependency[ReadOptions],
    ) -> views.Participant:
        """Show a participant, also one who left."""
        return await reader.visible_row(views.PARTICIPANTS, f"{person}/{programme}", beside, reading)

    @post("/{person:str}/organisation", status_code=200)
    async def move(
        self,
        programme: FromPath[ProgrammeId],
        person: FromPath[PersonId],
        data: JSONBody[NewSender],
        context: NamedDependency[RequestContext],
    ) -> Response[views.Participant]:
        """Let a participant go on for another organisation, or on their own account."""
        return await context.execute(
            data,
            lambda by: MoveParticipant(programme, person=person, organisation=data.organisation_id, by=by),
            views.PARTICIPANTS,
            f"{person}/{programme}",
        )

    @post("/{person:str}/withdrawal", status_code=200)
    async def withdraw(
        self,
        programme: FromPath[ProgrammeId],
        person: FromPath[PersonId],
        context: NamedDependency[RequestContext],
        data: JSONBody[Body | None] = None,
    ) -> Response[views.Participant]:
        """Let a participant go, and out of their CoP, with a reason."""
        return await context.execute(
            data,
            lambda by: WithdrawParticipant(programme, person=person, by=by),
            views.PARTICIPANTS,
            f"{person}/{programme}",
        )


class FacilitatorsOfProgramme(Controller):
    path = "/programmes/{programme:str}/facilitators"
    tags = ("Programmes",)

    @post()
    async def assign(
        self, programme: FromPath[ProgrammeId], data: JSONBody[NewFacilitator], context: NamedDependency[RequestContext]
    ) -> Response[views.Facilitator]:
        """Assign a facilitator."""
        return await context.execute(
            data,
            lambda by: AssignFacilitator(
                programme, person=data.person_id, teams=data.team_ids, from_=data.from_, until=data.until, by=by
            ),
            views.FACILITATORS,
            f"{data.person_id}/{programme}",
            status=201,
        )

    @get()
    async def all(
        self, programme: FromPath[ProgrammeId], reader: NamedDependency[Reader], listing: NamedDependency[ListOptions]
    ) -> Page[views.Facilitator]:
        """List who guides, and who did."""
        return await listed(reader, views.FACILITATORS, views.FACILITATORS_OF_PROGRAMME, programme, listing)

    @get("/{person:str}")
    async def one(
        self,
        programme: FromPath[ProgrammeId],
        person: FromPath[PersonId],
        reader: NamedDependency[Reader],
        reading: NamedDependency[ReadOptions],
    ) -> views.Facilitator:
        """Show a facilitator, also one who was replaced."""
        return await reader.visible_row(views.FACILITATORS, f"{person}/{programme}", beside, reading)

    @post("/{person:str}/replacement", status_code=200)
    async def replace(
        self,
        programme: FromPath[ProgrammeId],
        person: FromPath[PersonId],
        data: JSONBody[Replacement],
        context: NamedDependency[RequestContext],
    ) -> Response[views.Facilitator]:
        """Let a facilitator go, with a reason; who comes instead guides the same teams. Answers who was replaced."""
        return await context.execute(
            data,
            lambda by: ReplaceFacilitator(programme, person=person, replacement=data.person_id, by=by),
            views.FACILITATORS,
            f"{person}/{programme}",
        )


class ManagersOfProgramme(Controller):
    path = "/programmes/{programme:str}/managers"
    tags = ("Programmes",)

    @post()
    async def appoint(
        self, programme: FromPath[ProgrammeId], data: JSONBody[NewManager], context: NamedDependency[RequestContext]
    ) -> Response[views.Programme]:
        """Let another person manage the programme too."""
        return await context.execute(
            data,
            lambda by: AppointManager(programme, person=data.person_id, by=by),
            views.PROGRAMMES,
            programme,
            status=201,
        )

    @get()
    async def all(
        self, programme: FromPath[ProgrammeId], reader: NamedDependency[Reader], listing: NamedDependency[ListOptions]
    ) -> Page[views.Manager]:
        """List who manages a programme."""
        row = await reader.visible_row(views.PROGRAMMES, programme, inside, listing.reading)
        return Page(*part_of(views.managers_of(row), listing, lambda one: one.id, of_ids("person")))

    @get("/{person:str}")
    async def one(
        self,
        programme: FromPath[ProgrammeId],
        person: FromPath[PersonId],
        reader: NamedDependency[Reader],
        reading: NamedDependency[ReadOptions],
    ) -> views.Manager:
        """Show a manager."""
        row = await reader.visible_row(views.PROGRAMMES, programme, inside, reading)
        return only(one for one in views.managers_of(row) if one.id == person)
