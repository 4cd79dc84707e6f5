"""Organisations, their contacts and people over HTTP."""

from collections.abc import Sequence
from typing import Annotated

from litestar import Controller, Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta
from msgspec.structs import replace

from domain.administration.contacts import AppointContact, ContactRole, sees_contact
from domain.administration.details import ChangeDetails, Details, RenameOrganisation
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
    ProgrammeId,
)
from domain.people.people import RegisterOrganisation, RegisterPerson
from projections import people as views
from projections.teams import TEAMS
from service.api.http.bodies import At, Body, Email, Title
from service.api.requests.request_context import RequestContext
from service.reading.options import ListOptions, Page, ReadOptions
from service.reading.permissions import (
    administers,
    challenges_served,
    everyone,
    guided_by,
    manages_all,
    organisation_rights,
    own_teams,
    programmes_of,
    served,
    team_rights,
)
from service.reading.reader import Reader


class NewOrganisation(Body):
    """What an organisation is called."""

    name: Title


class NewPerson(Body):
    """A person to register; the address is unique."""

    name: Title
    email: Email
    language: Language = "nl"


class NewDetails(Body):
    """A person as they are to be known; without `language` it stays as it is."""

    name: Title
    email: Email
    language: Language | None = None


class NewContact(Body, rename={"from_": "from"}):
    """A person who will speak or audit for an organisation; no `challenge_ids`: for all."""

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
    async def all(
        self, reader: NamedDependency[Reader], current: NamedDependency[ListOptions]
    ) -> Page[views.Organisation]:
        """List organisations; their names are public."""
        return await reader.page(views.ORGANISATIONS, views.ALL_ORGANISATIONS, listing=current)

    @get("/{organisation:str}")
    async def one(
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
        """Call an organisation otherwise; by whose it is as a whole."""
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
        """Appoint a contact: for all challenges by whose the organisation is, by a manager for those of their programme."""
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
        """List an organisation's contacts: all to whose it is, else those for challenges of one's own programmes."""
        await reader.visible_row(views.ORGANISATIONS, organisation, everyone, listing.reading)
        rights = await organisation_rights(reader, organisation)
        if not (rights.is_concerned() or await reader.is_concerned([organisation], guided_by(rights))):
            raise NotAllowed
        return await reader.page(
            views.CONTACTS,
            views.CONTACTS_OF_ORGANISATION,
            organisation,
            listing=listing,
            scope=organisation,
            sees=lambda row: sees_contact(rights, row),
        )


class People(Controller):
    path = "/people"
    tags = ("People",)

    @post()
    async def register(
        self, data: JSONBody[NewPerson], context: NamedDependency[RequestContext]
    ) -> Response[views.Person]:
        """Register a person; where the address is taken, `GET /people?email=` finds whose it is."""
        return await context.create(
            "person",
            data,
            lambda new, by: RegisterPerson(
                PersonId(new), name=Personal(data.name), email=Personal(data.email), language=data.language, by=by
            ),
            views.PEOPLE,
        )

    @get()
    async def all(
        self,
        reader: NamedDependency[Reader],
        current: NamedDependency[ListOptions],
        email: FromQuery[Email | None] = None,
    ) -> Page[views.Person]:
        """List the people whom the caller may see; to who guides or manages, with `email` whoever has that very address."""
        if email is not None:
            return Page([one] if (one := await _found(reader, email, current.at_least)) else [], None)
        page = await reader.page(views.PEOPLE, views.PEOPLE_SEEN, None, *await _named(reader), listing=current)
        return Page(await _as_seen(reader, page.items), page.next)

    @get("/{person:str}")
    async def one(
        self, person: FromPath[PersonId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> views.Person:
        """Show a person; their address to themselves, their CoPs and who guides them or sets them up."""
        row = await reader.row(views.PEOPLE, person, reading)
        if row is None or not await _among([person], reader, await _named(reader)):
            raise NotFound
        await reader.unseal([row])
        return (await _as_seen(reader, [row]))[0]

    @put("/{person:str}")
    async def change(
        self, person: FromPath[PersonId], data: JSONBody[NewDetails], context: NamedDependency[RequestContext]
    ) -> Response[views.Person]:
        """Change a person's name, address or language: one's own, or of somebody who is in one's own programmes only."""
        row = await context.reader.row_from_log(views.PEOPLE, person)
        if row is None:
            raise NotFound
        await context.reader.unseal([row])
        try:
            return await context.execute(
                data,
                lambda by: ChangeDetails(
                    person,
                    name=Personal(data.name),
                    email=Personal(data.email),
                    language=data.language,
                    known=Details(row.name, row.email, row.language),
                    by=by,
                ),
                views.PEOPLE,
                person,
            )
        except NotAllowed:
            if not await _among([person], context.reader, await _named(context.reader)):
                raise NotFound from None
            raise


Seen = tuple[
    bool,
    PersonId | None,
    list[ProgrammeId],
    list[ProgrammeId],
    list[OrganisationId],
    list[ChallengeId],
    list[OrganisationId],
]
"""Who sees whom, in the terms of `PEOPLE_SEEN` from $4 on."""


async def _named(reader: Reader) -> Seen:
    """Whose names the caller sees."""
    rights = await reader.rights()
    commissioner = rights.by.role == "commissioner"  # an auditor reads pseudonyms
    on_all, on_some, any_of = (
        (served(rights), await challenges_served(reader, rights), rights.organisations_served())
        if commissioner
        else ([], [], [])
    )
    return manages_all(rights), rights.by.person, programmes_of(rights), guided_by(rights), on_all, on_some, any_of


async def _addressed(reader: Reader) -> Seen:
    """Whose addresses the caller sees: everybody's, their own, those of whom they guide."""
    rights = await reader.rights()
    guided = guided_by(rights)
    return manages_all(rights), rights.by.person, guided, guided, [], [], []


async def _among(people: Sequence[PersonId], reader: Reader, seen: Seen) -> set[PersonId]:
    """Those of these people who are seen so."""
    rows = await reader.kring.views.rows(views.Person, views.PEOPLE_SEEN, "", len(people), people, *seen)
    return {one.id for one in rows}


async def _as_seen(reader: Reader, people: Sequence[views.Person]) -> list[views.Person]:
    """People with their addresses as far as the caller sees them."""
    known = await _among([one.id for one in people], reader, await _addressed(reader)) | await _fellows(reader)
    return [one if one.id in known else replace(one, email=None) for one in people]


async def _found(reader: Reader, email: str, at_least: int | None) -> views.Person | None:
    """Whoever has this address, so that who knows it can enrol them. Raises `NotAllowed` to who enrols nobody."""
    if not administers(await reader.rights()):
        raise NotAllowed
    await reader.wait_for_views(at_least)
    holder = await reader.kring.commands.holder("email", email)
    row = None if holder is None else await reader.row_from_log(views.PEOPLE, holder)
    if row is None:
        return None
    await reader.unseal([row])
    return (await _as_seen(reader, [row]))[0]


async def _fellows(reader: Reader) -> set[PersonId]:
    """The members of the caller's own CoPs."""
    rights = await team_rights(reader)
    rows = [await reader.kring.views.one(TEAMS, one) for one in own_teams(rights)]
    return {person for row in rows if row is not None for person in row.members}
