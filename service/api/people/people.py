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
from service.api.access.permissions import (
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
from service.api.http.bodies import At, Body, Email, Page, Title
from service.api.http.read_parameters import Listing, Reading
from service.api.requests.request_context import Asking


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
        self, data: JSONBody[NewOrganisation], asking: NamedDependency[Asking]
    ) -> Response[views.Organisation]:
        """Register an organisation."""
        return await asking.make(
            "organisation",
            data,
            lambda new, by: RegisterOrganisation(new, name=Label(data.name), by=by),
            views.ORGANISATIONS,
        )

    @get()
    async def all(self, asking: NamedDependency[Asking], current: NamedDependency[Listing]) -> Page[views.Organisation]:
        """List organisations; their names are public."""
        return await asking.page(views.ORGANISATIONS, views.ALL_ORGANISATIONS, listing=current)

    @get("/{organisation:str}")
    async def one(
        self, organisation: FromPath[OrganisationId], asking: NamedDependency[Asking], reading: NamedDependency[Reading]
    ) -> views.Organisation:
        """Show an organisation."""
        return await asking.one(views.ORGANISATIONS, organisation, everyone, reading)

    @put("/{organisation:str}")
    async def rename(
        self, organisation: FromPath[OrganisationId], data: JSONBody[NewOrganisation], asking: NamedDependency[Asking]
    ) -> Response[views.Organisation]:
        """Call an organisation otherwise; by whose it is as a whole."""
        return await asking.do(
            data,
            lambda by: RenameOrganisation(organisation, name=Label(data.name), by=by),
            views.ORGANISATIONS,
            organisation,
        )

    @post("/{organisation:str}/contacts")
    async def appoint(
        self, organisation: FromPath[OrganisationId], data: JSONBody[NewContact], asking: NamedDependency[Asking]
    ) -> Response[views.Contact]:
        """Appoint a contact: for all challenges by whose the organisation is, by a manager for those of their programme."""
        return await asking.make(
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
        self, organisation: FromPath[OrganisationId], asking: NamedDependency[Asking], listing: NamedDependency[Listing]
    ) -> Page[views.Contact]:
        """List an organisation's contacts: all to whose it is, else those for challenges of one's own programmes."""
        await asking.one(views.ORGANISATIONS, organisation, everyone, listing.reading)
        rights = await organisation_rights(asking, organisation)
        if not (rights.is_concerned() or await asking.told([organisation], guided_by(rights))):
            raise NotAllowed
        return await asking.page(
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
    async def register(self, data: JSONBody[NewPerson], asking: NamedDependency[Asking]) -> Response[views.Person]:
        """Register a person; where the address is taken, `GET /people?email=` finds whose it is."""
        return await asking.make(
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
        asking: NamedDependency[Asking],
        current: NamedDependency[Listing],
        email: FromQuery[Email | None] = None,
    ) -> Page[views.Person]:
        """List the people whom the caller may see; to who guides or manages, with `email` whoever has that very address."""
        if email is not None:
            return Page([one] if (one := await _found(asking, email, current.at_least)) else [], None)
        page = await asking.page(views.PEOPLE, views.PEOPLE_SEEN, None, *await _named(asking), listing=current)
        return Page(await _as_seen(asking, page.items), page.next)

    @get("/{person:str}")
    async def one(
        self, person: FromPath[PersonId], asking: NamedDependency[Asking], reading: NamedDependency[Reading]
    ) -> views.Person:
        """Show a person; their address to themselves, their CoPs and who guides them or sets them up."""
        row = await asking.row(views.PEOPLE, person, reading)
        if row is None or not await _among([person], asking, await _named(asking)):
            raise NotFound
        await asking.open([row])
        return (await _as_seen(asking, [row]))[0]

    @put("/{person:str}")
    async def change(
        self, person: FromPath[PersonId], data: JSONBody[NewDetails], asking: NamedDependency[Asking]
    ) -> Response[views.Person]:
        """Change a person's name, address or language: one's own, or of somebody who is in one's own programmes only."""
        row = await asking.as_of(views.PEOPLE, person)
        if row is None:
            raise NotFound
        await asking.open([row])
        try:
            return await asking.do(
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
            if not await _among([person], asking, await _named(asking)):
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


async def _named(asking: Asking) -> Seen:
    """Whose names the caller sees."""
    rights = await asking.rights()
    commissioner = rights.by.role == "commissioner"  # an auditor reads pseudonyms
    on_all, on_some, any_of = (
        (served(rights), await challenges_served(asking, rights), rights.organisations_served())
        if commissioner
        else ([], [], [])
    )
    return manages_all(rights), rights.by.person, programmes_of(rights), guided_by(rights), on_all, on_some, any_of


async def _addressed(asking: Asking) -> Seen:
    """Whose addresses the caller sees: everybody's, their own, those of whom they guide."""
    rights = await asking.rights()
    guided = guided_by(rights)
    return manages_all(rights), rights.by.person, guided, guided, [], [], []


async def _among(people: Sequence[PersonId], asking: Asking, seen: Seen) -> set[PersonId]:
    """Those of these people who are seen so."""
    rows = await asking.kring.views.rows(views.Person, views.PEOPLE_SEEN, "", len(people), people, *seen)
    return {one.id for one in rows}


async def _as_seen(asking: Asking, people: Sequence[views.Person]) -> list[views.Person]:
    """People with their addresses as far as the caller sees them."""
    known = await _among([one.id for one in people], asking, await _addressed(asking)) | await _fellows(asking)
    return [one if one.id in known else replace(one, email=None) for one in people]


async def _found(asking: Asking, email: str, at_least: int | None) -> views.Person | None:
    """Whoever has this address, so that who knows it can enrol them. Raises `NotAllowed` to who enrols nobody."""
    if not administers(await asking.rights()):
        raise NotAllowed
    await asking.ready(at_least)
    holder = await asking.kring.desk.holder("email", email)
    row = None if holder is None else await asking.as_of(views.PEOPLE, holder)
    if row is None:
        return None
    await asking.open([row])
    return (await _as_seen(asking, [row]))[0]


async def _fellows(asking: Asking) -> set[PersonId]:
    """The members of the caller's own CoPs."""
    rights = await team_rights(asking)
    rows = [await asking.kring.views.one(TEAMS, one) for one in own_teams(rights)]
    return {person for row in rows if row is not None for person in row.members}
