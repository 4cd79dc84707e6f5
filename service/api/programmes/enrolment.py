"""Participants, facilitators and managers of a programme, over HTTP."""

from typing import Annotated

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from domain.foundation import OrganisationId, PersonId, ProgrammeId, TeamId
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
from service.api.requests.request_context import RequestContext
from service.reading.options import ListOptions, Page, ReadOptions, id_pattern, only, page_of
from service.reading.permissions import is_inside_programme
from service.reading.programmes import page_of_programme, visible_programme
from service.reading.reader import Reader


class NewParticipant(Body):
    """A participant to enrol, and the organisation that sends them."""

    person_id: PersonId
    organisation_id: OrganisationId | None = None


class NewSender(Body):
    """The organisation that sends a participant from now on; none: they take part on their own account."""

    organisation_id: OrganisationId | None = None


class NewFacilitator(Body, rename={"from_": "from"}):
    """A facilitator to assign. Without `team_ids` they facilitate all CoPs."""

    person_id: PersonId
    team_ids: Annotated[tuple[TeamId, ...], Meta(max_length=200)] = ()
    from_: At | None = None
    until: At | None = None


class Replacement(Body):
    """The facilitator who takes over the same CoPs for the same period; nobody yet if left out."""

    person_id: PersonId | None = None


class NewManager(Body):
    """A person to appoint as a manager."""

    person_id: PersonId


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
    async def list_all(
        self, programme: FromPath[ProgrammeId], reader: NamedDependency[Reader], listing: NamedDependency[ListOptions]
    ) -> Page[views.Participant]:
        """List the participants, former ones included."""
        return await page_of_programme(reader, views.PARTICIPANTS, views.PARTICIPANTS_OF_PROGRAMME, programme, listing)

    @get("/{person:str}")
    async def show(
        self,
        programme: FromPath[ProgrammeId],
        person: FromPath[PersonId],
        reader: NamedDependency[Reader],
        reading: NamedDependency[ReadOptions],
    ) -> views.Participant:
        """Show a participant, current or former."""
        return await reader.visible_row(views.PARTICIPANTS, f"{person}/{programme}", is_inside_programme, reading)

    @post("/{person:str}/organisation", status_code=200)
    async def move(
        self,
        programme: FromPath[ProgrammeId],
        person: FromPath[PersonId],
        data: JSONBody[NewSender],
        context: NamedDependency[RequestContext],
    ) -> Response[views.Participant]:
        """Move a participant to another organisation, or let them take part on their own account."""
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
        """Withdraw a participant from the programme and their CoP, with a reason."""
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
    async def list_all(
        self, programme: FromPath[ProgrammeId], reader: NamedDependency[Reader], listing: NamedDependency[ListOptions]
    ) -> Page[views.Facilitator]:
        """List the facilitators, former ones included."""
        return await page_of_programme(reader, views.FACILITATORS, views.FACILITATORS_OF_PROGRAMME, programme, listing)

    @get("/{person:str}")
    async def show(
        self,
        programme: FromPath[ProgrammeId],
        person: FromPath[PersonId],
        reader: NamedDependency[Reader],
        reading: NamedDependency[ReadOptions],
    ) -> views.Facilitator:
        """Show a facilitator, current or replaced."""
        return await reader.visible_row(views.FACILITATORS, f"{person}/{programme}", is_inside_programme, reading)

    @post("/{person:str}/replacement", status_code=200)
    async def replace(
        self,
        programme: FromPath[ProgrammeId],
        person: FromPath[PersonId],
        data: JSONBody[Replacement],
        context: NamedDependency[RequestContext],
    ) -> Response[views.Facilitator]:
        """Replace a facilitator, with a reason; the new one facilitates the same CoPs. The answer is the replaced one."""
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
        """Appoint another manager."""
        return await context.execute(
            data,
            lambda by: AppointManager(programme, person=data.person_id, by=by),
            views.PROGRAMMES,
            programme,
            status=201,
        )

    @get()
    async def list_all(
        self, programme: FromPath[ProgrammeId], reader: NamedDependency[Reader], listing: NamedDependency[ListOptions]
    ) -> Page[views.Manager]:
        """List the managers of a programme."""
        row = await visible_programme(reader, programme, listing.reading)
        return Page(*page_of(views.managers_of(row), listing, lambda one: one.id, id_pattern("person")))

    @get("/{person:str}")
    async def show(
        self,
        programme: FromPath[ProgrammeId],
        person: FromPath[PersonId],
        reader: NamedDependency[Reader],
        reading: NamedDependency[ReadOptions],
    ) -> views.Manager:
        """Show a manager."""
        row = await visible_programme(reader, programme, reading)
        return only(one for one in views.managers_of(row) if one.id == person)
