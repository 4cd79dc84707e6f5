"""Organisations, their contacts and people over HTTP."""

from typing import Annotated

from litestar import Controller, Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from domain.administration.contacts import AppointContact, ContactRole, can_see_contact
from domain.administration.details import RenameOrganisation
from domain.foundation import (
    ChallengeId,
    ContactId,
    Label,
    Language,
    NotAllowed,
    NotFound,
    OrganisationId,
    Personal,
    PersonId,
)
from domain.people.people import RegisterOrganisation, RegisterPerson
from projections import people as views
from service.api.http.bodies import At, Body, Email, Title
from service.api.requests.request_context import RequestContext
from service.preparing.people import change_of_details
from service.reading.options import ListOptions, Page, ReadOptions
from service.reading.people import (
    can_see_person,
    find_person,
    page_of_people,
    visible_person,
)
from service.reading.permissions import (
    everyone,
    guided_by,
    organisation_rights,
)
from service.reading.reader import Reader


class NewOrganisation(Body):
    """The name of an organisation."""

    name: Title


class NewPerson(Body):
    """A person to register. The address must not be in use."""

    name: Title
    email: Email
    language: Language = "nl"


class NewDetails(Body):
    """A person's new details. Without `language` it stays the same."""

    name: Title
    email: Email
    language: Language | None = None


class NewContact(Body, rename={"from_": "from"}):
    """A contact to appoint, as commissioner or auditor. Without `challenge_ids` it is for all challenges."""

    person_id: PersonId
    role: ContactRole
    challenge_ids: Annotated[tuple[ChallengeId, ...], Meta(max_length=200)] = ()
    from_: At | None = None


class Organisations(Controller):
    path = "/organisations"
    tags = ("People",)

    @post()
    async def register(
        self, data: JSONBody[NewOrganisation], context: NamedDependency[RequestContext]
    ) -> Response[views.Organisation]:
        """Register an organisation."""
        return await context.create(
            "organisation",
            data,
            lambda new, by: RegisterOrganisation(new, name=Label(data.name), by=by),
            views.ORGANISATIONS,
        )

    @get()
    async def list_all(
        self, reader: NamedDependency[Reader], current: NamedDependency[ListOptions]
    ) -> Page[views.Organisation]:
        """List all organisations."""
        return await reader.page(views.ORGANISATIONS, views.ALL_ORGANISATIONS, listing=current)

    @get("/{organisation:str}")
    async def show(
        self,
        organisation: FromPath[OrganisationId],
        reader: NamedDependency[Reader],
        reading: NamedDependency[ReadOptions],
    ) -> views.Organisation:
        """Show an organisation."""
        return await reader.visible_row(views.ORGANISATIONS, organisation, everyone, reading)

    @put("/{organisation:str}")
    async def rename(
        self,
        organisation: FromPath[OrganisationId],
        data: JSONBody[NewOrganisation],
        context: NamedDependency[RequestContext],
    ) -> Response[views.Organisation]:
        """Rename an organisation, for callers who own it as a whole (rule 27)."""
        return await context.execute(
            data,
            lambda by: RenameOrganisation(organisation, name=Label(data.name), by=by),
            views.ORGANISATIONS,
            organisation,
        )

    @post("/{organisation:str}/contacts")
    async def appoint(
        self,
        organisation: FromPath[OrganisationId],
        data: JSONBody[NewContact],
        context: NamedDependency[RequestContext],
    ) -> Response[views.Contact]:
        """Appoint a contact: for all challenges by the organisation, by a manager for those of their programme."""
        return await context.create(
            "contact",
            data,
            lambda new, by: AppointContact(
                ContactId(new),
                organisation=organisation,
                person=data.person_id,
                role=data.role,
                challenges=data.challenge_ids,
                effective_from=data.from_,
                by=by,
            ),
            views.CONTACTS,
        )

    @get("/{organisation:str}/contacts")
    async def contacts(
        self,
        organisation: FromPath[OrganisationId],
        reader: NamedDependency[Reader],
        listing: NamedDependency[ListOptions],
    ) -> Page[views.Contact]:
        """List an organisation's contacts: all for the organisation, else those for challenges of the caller's programmes."""
        await reader.visible_row(views.ORGANISATIONS, organisation, everyone, listing.reading)
        access = await organisation_rights(reader, organisation)
        if not (access.is_concerned() or await reader.is_concerned([organisation], guided_by(access.rights))):
            raise NotAllowed
        return await reader.page(
            views.CONTACTS,
            views.CONTACTS_OF_ORGANISATION,
            organisation,
            listing=listing,
            scope=organisation,
            can_see=lambda row: can_see_contact(access, row),
        )


class People(Controller):
    path = "/people"
    tags = ("People",)

    @post()
    async def register(
        self, data: JSONBody[NewPerson], context: NamedDependency[RequestContext]
    ) -> Response[views.Person]:
        """Register a person. If the address is in use, `GET /people?email=` finds its holder."""
        return await context.create(
            "person",
            data,
            lambda new, by: RegisterPerson(
                PersonId(new), name=Personal(data.name), email=Personal(data.email), language=data.language, by=by
            ),
            views.PEOPLE,
        )

    @get()
    async def list_all(
        self,
        reader: NamedDependency[Reader],
        current: NamedDependency[ListOptions],
        email: FromQuery[Email | None] = None,
    ) -> Page[views.Person]:
        """List the people whom the caller may see; facilitators and managers can find anyone by exact `email`."""
        if email is None:
            return await page_of_people(reader, current)
        found = await find_person(reader, email, current.at_least)
        return Page([] if found is None else [found], None)

    @get("/{person:str}")
    async def show(
        self, person: FromPath[PersonId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> views.Person:
        """Show a person; their address only to themselves, their CoPs, their facilitators and managers."""
        return await visible_person(reader, person, reading)

    @put("/{person:str}")
    async def change(
        self, person: FromPath[PersonId], data: JSONBody[NewDetails], context: NamedDependency[RequestContext]
    ) -> Response[views.Person]:
        """Change a person's name, address or language: the caller's own, or as manager of all programmes of the person."""
        change = await change_of_details(
            context.reader, person, name=data.name, email=data.email, language=data.language
        )
        try:
            return await context.execute(data, change, views.PEOPLE, person)
        except NotAllowed:
            if not await can_see_person(context.reader, person):
                raise NotFound from None
            raise
