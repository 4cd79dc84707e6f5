"""Organisations, people, contacts and tokens over HTTP."""

from datetime import timedelta
from typing import Annotated

from litestar import Controller, Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta
from msgspec.structs import replace

from domain.contacts import AppointContact, ContactRole
from domain.foundation import (
    ChallengeId,
    ContactId,
    Label,
    NotAllowed,
    NotFound,
    OrganisationId,
    Personal,
    PersonId,
    ProgrammeId,
    TokenId,
    TokenRole,
)
from domain.people import (
    ChangeDetails,
    Details,
    IssueToken,
    Language,
    RegisterOrganisation,
    RegisterPerson,
    RenameOrganisation,
    RevokeToken,
)
from domain.roles import Acting
from projections import people as views
from projections.teams import TEAMS
from service.api.asking import Asking
from service.api.bodies import At, Body, Email, Page, Title
from service.api.reading import Listing, Reading
from service.api.seeing import (
    administers,
    challenges_served,
    everyone,
    manages_all,
    own_teams,
    programmes_of,
    served,
    team_rights,
)
from service.auth.tokens import DAYS, new_token


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


class NewToken(Body):
    """A token to issue; without `expires_at` for 90 days."""

    role: TokenRole
    person_id: PersonId | None = None
    organisation_ids: Annotated[tuple[OrganisationId, ...], Meta(max_length=200)] = ()
    expires_at: At | None = None


class IssuedToken(views.Token, frozen=True, kw_only=True):
    """A token with its text, which is shown this once."""

    token: str | None


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
    async def all(self, asking: NamedDependency[Asking], listing: NamedDependency[Listing]) -> Page[views.Organisation]:
        """List organisations; their names are public."""
        return await asking.page(views.ORGANISATIONS, views.ALL_ORGANISATIONS, listing=listing)

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
        """Call an organisation otherwise."""
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
        """Appoint a contact."""
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
        """List an organisation's contacts."""
        await asking.one(views.ORGANISATIONS, organisation, everyone, listing.reading)
        rights = await asking.rights()
        if not (administers(rights) or rights.reads_for((organisation,))):
            raise NotAllowed
        return await asking.page(views.CONTACTS, views.CONTACTS_OF_ORGANISATION, organisation, listing=listing)


class People(Controller):
    path = "/people"
    tags = ("People",)

    @post()
    async def register(self, data: JSONBody[NewPerson], asking: NamedDependency[Asking]) -> Response[views.Person]:
        """Register a person."""
        return await asking.make(
            "person",
            data,
            lambda new, by: RegisterPerson(
                PersonId(new), name=Personal(data.name), email=Personal(data.email), language=data.language, by=by
            ),
            views.PEOPLE,
        )

    @get()
    async def all(self, asking: NamedDependency[Asking], listing: NamedDependency[Listing]) -> Page[views.Person]:
        """List the people whom the caller may see."""
        page = await asking.page(views.PEOPLE, views.PEOPLE_SEEN, *await _named(asking), listing=listing)
        args = (listing.cursor, listing.limit + 1, *await _addressed(asking))
        addressed = await asking.kring.views.rows(views.Person, views.PEOPLE_SEEN, *args)
        known = {one.id for one in addressed} | await _fellows(asking)
        return Page([one if one.id in known else replace(one, email=None) for one in page.items], page.next)

    @get("/{person:str}")
    async def one(
        self, person: FromPath[PersonId], asking: NamedDependency[Asking], reading: NamedDependency[Reading]
    ) -> views.Person:
        """Show a person; their address to themselves, their CoPs and who guides them."""
        store = await asking.ready(reading.at_least)
        row = await asking.row(views.PEOPLE, person, reading)
        if row is None or not await store.rows(views.Person, views.PERSON_SEEN, person, *await _named(asking)):
            raise NotFound
        await asking.open([row])
        addressed = await store.rows(views.Person, views.PERSON_SEEN, person, *await _addressed(asking))
        return row if addressed or person in await _fellows(asking) else replace(row, email=None)

    @put("/{person:str}")
    async def change(
        self, person: FromPath[PersonId], data: JSONBody[NewDetails], asking: NamedDependency[Asking]
    ) -> Response[views.Person]:
        """Change a person's name, address or language: one's own, or as manager of a programme of theirs."""
        row = await asking.as_of(views.PEOPLE, person)
        if row is None:
            raise NotFound
        await asking.open([row])
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


Seen = tuple[bool, PersonId | None, list[ProgrammeId], list[OrganisationId], list[ChallengeId], list[OrganisationId]]


async def _named(asking: Asking) -> Seen:
    """Whose names the caller sees, in the terms of `PEOPLE_SEEN`."""
    rights = await asking.rights()
    commissioner = rights.by.role == "commissioner"  # an auditor reads pseudonyms
    on_all, on_some, any_of = (
        (served(rights), challenges_served(rights), rights.organisations_served()) if commissioner else ([], [], [])
    )
    return administers(rights), rights.by.person, programmes_of(rights), on_all, on_some, any_of


async def _addressed(asking: Asking) -> Seen:
    """Whose addresses the caller sees, in the terms of `PEOPLE_SEEN`: everybody's, their own, those whom they guide."""
    rights = await asking.rights()
    guided = [one for one in programmes_of(rights) if rights.facilitates(one)]
    return manages_all(rights), rights.by.person, guided, [], [], []


async def _fellows(asking: Asking) -> set[PersonId]:
    """The members of the caller's own CoPs."""
    rights = await team_rights(asking)
    rows = [await asking.kring.views.one(TEAMS, one) for one in own_teams(rights)]
    return {person for row in rows if row is not None for person in row.members}


class Tokens(Controller):
    path = "/tokens"
    tags = ("People",)

    @post()
    async def issue(self, data: JSONBody[NewToken], asking: NamedDependency[Asking]) -> Response[IssuedToken]:
        """Issue a token; its text is shown in this answer and nowhere else."""
        token = new_token()
        receipt = await asking.record(
            data,
            lambda by: IssueToken(
                token.id,
                role=data.role,
                person=data.person_id,
                organisations=data.organisation_ids,
                secret_digest=token.secret_digest,
                expires_at=data.expires_at or by.at + timedelta(days=DAYS),
                by=by,
            ),
            resource=token.id,
        )
        answer = await asking.answer(views.TOKENS, receipt.resource_id or token.id, receipt, status=201)
        row = answer.content
        shown = IssuedToken(
            **{name: getattr(row, name) for name in row.__struct_fields__},
            token=None if receipt.repeated else token.text,
        )
        return Response(shown, status_code=201, headers={"Kring-Position": str(receipt.last)})

    @get()
    async def all(self, asking: NamedDependency[Asking], listing: NamedDependency[Listing]) -> Page[views.Token]:
        """List tokens: all to a manager of every programme, one's own to others."""
        rights = await asking.rights()
        return await asking.page(
            views.TOKENS, views.TOKENS_SEEN, manages_all(rights), rights.by.person, listing=listing
        )

    @get("/{token:str}")
    async def one(
        self, token: FromPath[TokenId], asking: NamedDependency[Asking], reading: NamedDependency[Reading]
    ) -> views.Token:
        """Show a token, but for its text: one's own, any to a manager of every programme."""

        def sees(rights: Acting, row: views.Token) -> bool:
            return manages_all(rights) or (row.person is not None and row.person == rights.by.person)

        return await asking.one(views.TOKENS, token, sees, reading)

    @post("/{token:str}/revocation", status_code=200)
    async def revoke(
        self, token: FromPath[TokenId], asking: NamedDependency[Asking], data: JSONBody[Body | None] = None
    ) -> Response[views.Token]:
        """Revoke a token."""
        return await asking.do(data, lambda by: RevokeToken(token, by=by), views.TOKENS, token)
