"""Organisations, people, contacts and tokens over HTTP."""

from datetime import timedelta
from typing import Annotated

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Meta
from msgspec.structs import replace

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
    Role,
    TokenId,
)
from domain.people import (
    AppointContact,
    ContactRole,
    IssueToken,
    Language,
    RegisterOrganisation,
    RegisterPerson,
    RevokeToken,
)
from domain.roles import Rights
from projections import people as views
from service.api.asking import Asking
from service.api.bodies import At, Body, Email, Page, Title
from service.auth.tokens import new_token

Limit = Annotated[int, QueryParameter(ge=1, le=200)]
TOKEN_DAYS = 90


class NewOrganisation(Body):
    """An organisation to register."""

    name: Title


class NewPerson(Body):
    """A person to register; the address is unique."""

    name: Title
    email: Email
    language: Language = "nl"


class NewContact(Body, rename={"from_": "from"}):
    """A person who will speak or audit for an organisation; no `challenge_ids`: for all."""

    person_id: PersonId
    role: ContactRole
    challenge_ids: Annotated[tuple[ChallengeId, ...], Meta(max_length=200)] = ()
    from_: At | None = None


class NewToken(Body):
    """A token to issue; without `expires_at` for 90 days."""

    role: Role
    person_id: PersonId | None = None
    organisation_ids: Annotated[tuple[OrganisationId, ...], Meta(max_length=200)] = ()
    expires_at: At | None = None


class IssuedToken(views.Token, frozen=True, kw_only=True):
    """A token with its text, which is shown this once."""

    token: str | None


def administers(rights: Rights) -> bool:
    """Whoever manages or facilitates anything, or holds a manager's token."""
    by = rights.by
    return (by.role == "manager" and (by.person is None or bool(rights.managers))) or (
        by.role == "facilitator" and bool(rights.facilitators)
    )


def programmes_of(rights: Rights) -> list[ProgrammeId]:
    """The programmes in which the caller is somebody, in the role that they ask in."""
    mine = [one for one in (*rights.managers, *rights.participants, *rights.facilitators) if one[0] == rights.by.person]
    return sorted({programme for _, programme in mine if rights.belongs_to(programme)})


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
    async def all(
        self,
        asking: NamedDependency[Asking],
        cursor: FromQuery[str | None] = None,
        limit: Limit = 50,
        at_least: FromQuery[int | None] = None,
    ) -> Page[views.Organisation]:
        """List organisations; their names are public."""
        return await asking.page(
            views.ORGANISATIONS, views.ALL_ORGANISATIONS, cursor=cursor, limit=limit, at_least=at_least
        )

    @get("/{organisation:str}")
    async def one(
        self,
        organisation: FromPath[OrganisationId],
        asking: NamedDependency[Asking],
        at_least: FromQuery[int | None] = None,
    ) -> views.Organisation:
        """Show an organisation."""
        return await asking.one(views.ORGANISATIONS, organisation, lambda _, __: True, at_least)

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
        self,
        organisation: FromPath[OrganisationId],
        asking: NamedDependency[Asking],
        cursor: FromQuery[str | None] = None,
        limit: Limit = 50,
        at_least: FromQuery[int | None] = None,
    ) -> Page[views.Contact]:
        """List an organisation's contacts."""
        await asking.one(views.ORGANISATIONS, organisation, lambda _, __: True, at_least)
        rights = await asking.rights()
        if not (administers(rights) or rights.reads_for((organisation,))):
            raise NotAllowed
        return await asking.page(
            views.CONTACTS,
            views.CONTACTS_OF_ORGANISATION,
            organisation,
            cursor=cursor,
            limit=limit,
            at_least=at_least,
        )


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
    async def all(
        self,
        asking: NamedDependency[Asking],
        cursor: FromQuery[str | None] = None,
        limit: Limit = 50,
        at_least: FromQuery[int | None] = None,
    ) -> Page[views.Person]:
        """List the people whom the caller may see."""
        rights = await asking.rights()
        page = await asking.page(
            views.PEOPLE,
            views.PEOPLE_SEEN,
            administers(rights),
            rights.by.person,
            programmes_of(rights),
            cursor=cursor,
            limit=limit,
            at_least=at_least,
        )
        return Page([_as_seen(rights, one) for one in page.items], page.next)

    @get("/{person:str}")
    async def one(
        self, person: FromPath[PersonId], asking: NamedDependency[Asking], at_least: FromQuery[int | None] = None
    ) -> views.Person:
        """Show a person, their address to themselves and to who manages."""
        rights = await asking.rights()
        seen = await (await asking.ready(at_least)).rows(
            views.Person, views.PERSON_SEEN, person, administers(rights), rights.by.person, programmes_of(rights)
        )
        if not seen:
            raise NotFound
        await asking.open(seen)
        return _as_seen(rights, seen[0])


def _as_seen(rights: Rights, person: views.Person) -> views.Person:
    if administers(rights) or person.id == rights.by.person:
        return person
    return replace(person, email=None)


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
                expires_at=data.expires_at or by.at + timedelta(days=TOKEN_DAYS),
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
    async def all(
        self,
        asking: NamedDependency[Asking],
        cursor: FromQuery[str | None] = None,
        limit: Limit = 50,
        at_least: FromQuery[int | None] = None,
    ) -> Page[views.Token]:
        """List tokens: all to who manages, one's own to others."""
        rights = await asking.rights()
        return await asking.page(
            views.TOKENS,
            views.TOKENS_SEEN,
            administers(rights),
            rights.by.person,
            cursor=cursor,
            limit=limit,
            at_least=at_least,
        )

    @post("/{token:str}/revocation", status_code=200)
    async def revoke(
        self, token: FromPath[TokenId], asking: NamedDependency[Asking], data: JSONBody[Body | None] = None
    ) -> Response[views.Token]:
        """Revoke a token."""
        return await asking.do(data, lambda by: RevokeToken(token, by=by), views.TOKENS, token)
