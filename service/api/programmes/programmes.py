"""Programmes over HTTP. Their participants, facilitators and managers are in `enrolment.py`."""

import re
from datetime import date
from typing import Annotated

from litestar import Controller, Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from domain.calculations.assignment import LARGEST_TEAM
from domain.events.programme import Policies, Topic
from domain.foundation import Label, ProgrammeId
from domain.programmes.programme import (
    SEED_TOPICS,
    OpenProgramme,
    PlanModule,
    PlanPhase,
    ReviseProgramme,
    SetCurriculum,
)
from domain.spanning.concluding import ConcludeProgramme
from domain.time_zones import known_zone
from projections import programmes as views
from service.api.http.bodies import At, Body, Title, Zone
from service.api.requests.request_context import RequestContext
from service.reading.options import ListOptions, Page, ReadOptions, only, page_of
from service.reading.permissions import manages_all, programmes_of
from service.reading.programmes import visible_programme
from service.reading.reader import Reader

Number = Annotated[int, Meta(ge=1, le=100)]
NUMBERS = re.compile("[0-9]{3}")


class NewPolicies(Struct, frozen=True, forbid_unknown_fields=True):
    """The policies of a programme. Team sizes are subject to rule 10."""

    min_team: Annotated[int, Meta(ge=1, le=LARGEST_TEAM)] = 4
    max_team: Annotated[int, Meta(ge=1, le=LARGEST_TEAM)] = 8
    sessions: Annotated[int, Meta(ge=0, le=100)] = 3
    response_weeks: Annotated[int, Meta(ge=1, le=104)] = 6
    retention_years: Annotated[int, Meta(ge=1, le=100)] = 5

    def settled(self) -> Policies:
        """The policies as the domain has them."""
        return Policies(self.min_team, self.max_team, self.sessions, self.response_weeks, self.retention_years)


class NewProgramme(Body):
    """A programme to open."""

    name: Title
    edition: Title
    timezone: Zone = "Europe/Amsterdam"
    starts_on: date | None = None
    ends_on: date | None = None
    policies: NewPolicies = NewPolicies()


class RevisedProgramme(Body):
    """A revised programme. Fields that are left out stay the same."""

    name: Title
    edition: Title
    timezone: Zone | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    policies: NewPolicies | None = None


class Curriculum(Body):
    """The topics that the sessions cover; by default six."""

    topics: Annotated[tuple[Topic, ...], Meta(min_length=1, max_length=200)] = SEED_TOPICS


class Phases(Body):
    """The deadlines for challenges and for preferences."""

    intake_closes_at: At | None = None
    preferences_close_at: At | None = None


class NewModule(Body):
    """A module and its dates."""

    number: Number
    title: Title
    starts_on: date
    ends_on: date


class Programmes(Controller):
    path = "/programmes"
    tags = ("Programmes",)

    @post()
    async def open(
        self, data: JSONBody[NewProgramme], context: NamedDependency[RequestContext]
    ) -> Response[views.Programme]:
        """Open a programme; the caller becomes its manager."""
        return await context.create(
            "programme",
            data,
            lambda new, by: OpenProgramme(
                new,
                name=Label(data.name),
                edition=Label(data.edition),
                timezone=known_zone(data.timezone),
                starts_on=data.starts_on,
                ends_on=data.ends_on,
                policies=data.policies.settled(),
                by=by,
            ),
            views.PROGRAMMES,
        )

    @get()
    async def list_all(
        self, reader: NamedDependency[Reader], current: NamedDependency[ListOptions]
    ) -> Page[views.Programme]:
        """List the programmes to which the caller belongs."""
        rights = await reader.rights()
        return await reader.page(
            views.PROGRAMMES, views.VISIBLE_PROGRAMMES, manages_all(rights), programmes_of(rights), listing=current
        )

    @get("/{programme:str}")
    async def show(
        self, programme: FromPath[ProgrammeId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> views.Programme:
        """Show a programme."""
        return await visible_programme(reader, programme, reading)

    @put("/{programme:str}")
    async def revise(
        self,
        programme: FromPath[ProgrammeId],
        data: JSONBody[RevisedProgramme],
        context: NamedDependency[RequestContext],
    ) -> Response[views.Programme]:
        """Revise a programme; fields that are left out stay the same."""
        return await context.execute(
            data,
            lambda by: ReviseProgramme(
                programme,
                name=Label(data.name),
                edition=Label(data.edition),
                timezone=None if data.timezone is None else known_zone(data.timezone),
                starts_on=data.starts_on,
                ends_on=data.ends_on,
                policies=None if data.policies is None else data.policies.settled(),
                by=by,
            ),
            views.PROGRAMMES,
            programme,
        )

    @put("/{programme:str}/curriculum")
    async def curriculum(
        self, programme: FromPath[ProgrammeId], data: JSONBody[Curriculum], context: NamedDependency[RequestContext]
    ) -> Response[views.Programme]:
        """Set the topics that the sessions cover."""
        return await context.execute(
            data, lambda by: SetCurriculum(programme, topics=data.topics, by=by), views.PROGRAMMES, programme
        )

    @put("/{programme:str}/phases")
    async def phases(
        self, programme: FromPath[ProgrammeId], data: JSONBody[Phases], context: NamedDependency[RequestContext]
    ) -> Response[views.Programme]:
        """Plan the deadlines for challenges and preferences."""
        return await context.execute(
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
        self, programme: FromPath[ProgrammeId], data: JSONBody[NewModule], context: NamedDependency[RequestContext]
    ) -> Response[views.Programme]:
        """Plan a module."""
        return await context.execute(
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

    @get("/{programme:str}/modules")
    async def modules(
        self, programme: FromPath[ProgrammeId], reader: NamedDependency[Reader], listing: NamedDependency[ListOptions]
    ) -> Page[views.Module]:
        """List the modules of a programme, by number."""
        row = await visible_programme(reader, programme, listing.reading)
        return Page(*page_of(row.modules, listing, lambda one: f"{one.number:03}", NUMBERS))

    @get("/{programme:str}/modules/{number:str}")
    async def module_by_number(
        self,
        programme: FromPath[ProgrammeId],
        number: FromPath[Number],
        reader: NamedDependency[Reader],
        reading: NamedDependency[ReadOptions],
    ) -> views.Module:
        """Show a module."""
        row = await visible_programme(reader, programme, reading)
        return only(one for one in row.modules if one.number == number)

    @post("/{programme:str}/conclusion", status_code=200)
    async def conclude(
        self,
        programme: FromPath[ProgrammeId],
        context: NamedDependency[RequestContext],
        data: JSONBody[Body | None] = None,
    ) -> Response[views.Programme]:
        """Conclude a programme; with a reason if a CoP has not delivered its advice yet."""
        return await context.execute(data, lambda by: ConcludeProgramme(programme, by=by), views.PROGRAMMES, programme)
