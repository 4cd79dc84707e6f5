"""Programmes and who takes part in them over HTTP."""

from datetime import date
from typing import Annotated

from litestar import Controller, Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from domain.foundation import Code, Label, OrganisationId, PersonId, ProgrammeId, TeamId
from domain.programme import (
    SEED_TOPICS,
    AssignFacilitator,
    EnrolParticipant,
    OpenProgramme,
    PlanModule,
    PlanPhase,
    Policies,
    SetCurriculum,
    Topic,
    WithdrawParticipant,
)
from domain.roles import Rights
from projections import programmes as views
from service.api.asking import Asking
from service.api.bodies import At, Body, Page, Title, Zone
from service.api.reading import Listing, Reading
from service.api.seeing import manages_all, programmes_of


class NewProgramme(Body):
    """A programme to open."""

    name: Title
    edition: Title
    timezone: Zone = "Europe/Amsterdam"
    starts_on: date | None = None
    ends_on: date | None = None
    policies: Policies = Policies()


class Curriculum(Body):
    """The topics that the sessions cover; by default the seed's six."""

    topics: Annotated[tuple[Topic, ...], Meta(min_length=1, max_length=200)] = SEED_TOPICS


class Phases(Body):
    """Until when challenges and preferences are taken in."""

    intake_closes_at: At | None = None
    preferences_close_at: At | None = None


class NewModule(Body):
    """A module and its dates."""

    number: Annotated[int, Meta(ge=1, le=100)]
    title: Title
    starts_on: date
    ends_on: date


class NewParticipant(Body):
    """Who takes part, and who sent them."""

    person_id: PersonId
    organisation_id: OrganisationId | None = None


class NewFacilitator(Body, rename={"from_": "from"}):
    """Who guides; no `team_ids`: all teams."""

    person_id: PersonId
    team_ids: Annotated[tuple[TeamId, ...], Meta(max_length=200)] = ()
    from_: At | None = None
    until: At | None = None


def inside(rights: Rights, row: views.Programme) -> bool:
    """A programme is seen by who is in it."""
    return rights.belongs_to(row.id)


class Programmes(Controller):
    path = "/programmes"
    tags = ("Programmes",)

    @post()
    async def open(self, data: JSONBody[NewProgramme], asking: NamedDependency[Asking]) -> Response[views.Programme]:
        """Open a programme; who opens it manages it."""
        return await asking.make(
            "programme",
            data,
            lambda new, by: OpenProgramme(
                new,
                name=Label(data.name),
                edition=Label(data.edition),
                timezone=Code(data.timezone),
                starts_on=data.starts_on,
                ends_on=data.ends_on,
                policies=data.policies,
                by=by,
            ),
            views.PROGRAMMES,
        )

    @get()
    async def all(self, asking: NamedDependency[Asking], listing: NamedDependency[Listing]) -> Page[views.Programme]:
        """List the programmes that the caller is in."""
        rights = await asking.rights()
        return await asking.page(
            views.PROGRAMMES, views.PROGRAMMES_SEEN, manages_all(rights), programmes_of(rights), listing=listing
        )

    @get("/{programme:str}")
    async def one(
        self, programme: FromPath[ProgrammeId], asking: NamedDependency[Asking], reading: NamedDependency[Reading]
    ) -> views.Programme:
        """Show a programme."""
        return await asking.one(views.PROGRAMMES, programme, inside, reading)

    @put("/{programme:str}/curriculum")
    async def curriculum(
        self, programme: FromPath[ProgrammeId], data: JSONBody[Curriculum], asking: NamedDependency[Asking]
    ) -> Response[views.Programme]:
        """Set the topics that the sessions cover."""
        return await asking.do(
            data, lambda by: SetCurriculum(programme, topics=data.topics, by=by), views.PROGRAMMES, programme
        )

    @put("/{programme:str}/phases")
    async def phases(
        self, programme: FromPath[ProgrammeId], data: JSONBody[Phases], asking: NamedDependency[Asking]
    ) -> Response[views.Programme]:
        """Plan until when challenges and preferences are taken in."""
        return await asking.do(
            data,
            lambda by: PlanPhase(
                programme,
                intake_closes_at=data.intake_closes_at,
                preferences_close_at=data.preferences_close_at,
                by=by,
            ),
            views.PROGRAMMES,
            programme,
        )

    @post("/{programme:str}/modules")
    async def module(
        self, programme: FromPath[ProgrammeId], data: JSONBody[NewModule], asking: NamedDependency[Asking]
    ) -> Response[views.Programme]:
        """Plan a module."""
        return await asking.do(
            data,
            lambda by: PlanModule(
                programme,
                number=data.number,
                title=Label(data.title),
                starts_on=data.starts_on,
                ends_on=data.ends_on,
                by=by,
            ),
            views.PROGRAMMES,
            programme,
            status=201,
        )

    @post("/{programme:str}/participants")
    async def enrol(
        self, programme: FromPath[ProgrammeId], data: JSONBody[NewParticipant], asking: NamedDependency[Asking]
    ) -> Response[views.Participant]:
        """Enrol a participant."""
        return await asking.do(
            data,
            lambda by: EnrolParticipant(programme, person=data.person_id, organisation=data.organisation_id, by=by),
            views.PARTICIPANTS,
            f"{data.person_id}/{programme}",
            status=201,
        )

    @get("/{programme:str}/participants")
    async def participants(
        self, programme: FromPath[ProgrammeId], asking: NamedDependency[Asking], listing: NamedDependency[Listing]
    ) -> Page[views.Participant]:
        """List who takes part."""
        await asking.one(views.PROGRAMMES, programme, inside, listing.reading)
        return await asking.page(views.PARTICIPANTS, views.PARTICIPANTS_OF_PROGRAMME, programme, listing=listing)

    @post("/{programme:str}/participants/{person:str}/withdrawal", status_code=200)
    async def withdraw(
        self,
        programme: FromPath[ProgrammeId],
        person: FromPath[PersonId],
        asking: NamedDependency[Asking],
        data: JSONBody[Body | None] = None,
    ) -> Response[views.Participant]:
        """Let a participant go, with a reason."""
        return await asking.do(
            data,
            lambda by: WithdrawParticipant(programme, person=person, by=by),
            views.PARTICIPANTS,
            f"{person}/{programme}",
        )

    @post("/{programme:str}/facilitators")
    async def assign(
        self, programme: FromPath[ProgrammeId], data: JSONBody[NewFacilitator], asking: NamedDependency[Asking]
    ) -> Response[views.Facilitator]:
        """Assign a facilitator."""
        return await asking.do(
            data,
            lambda by: AssignFacilitator(
                programme, person=data.person_id, teams=data.team_ids, from_=data.from_, until=data.until, by=by
            ),
            views.FACILITATORS,
            f"{data.person_id}/{programme}",
            status=201,
        )

    @get("/{programme:str}/facilitators")
    async def facilitators(
        self, programme: FromPath[ProgrammeId], asking: NamedDependency[Asking], listing: NamedDependency[Listing]
    ) -> Page[views.Facilitator]:
        """List who guides."""
        await asking.one(views.PROGRAMMES, programme, inside, listing.reading)
        return await asking.page(views.FACILITATORS, views.FACILITATORS_OF_PROGRAMME, programme, listing=listing)
