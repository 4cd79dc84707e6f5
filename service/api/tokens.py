"""Tokens over HTTP: issued, shown without their text, revoked."""

from datetime import timedelta
from typing import Annotated

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from domain.foundation import NotFound, OrganisationId, PersonId, ProgrammeId, TokenId, TokenRole
from domain.scope import PersonRights
from domain.tokens import IssueToken, RevokeToken
from projections import people as views
from service.api.asking import Asking
from service.api.bodies import At, Body, Page
from service.api.reading import Listing, Reading
from service.api.seeing import contact_organisations, managed_by, manages_all
from service.auth.tokens import DAYS, new_token


class NewToken(Body):
    """A token to issue; without `expires_at` for 90 days."""

    role: TokenRole
    person_id: PersonId | None = None
    organisation_ids: Annotated[tuple[OrganisationId, ...], Meta(max_length=200)] = ()
    expires_at: At | None = None


class IssuedToken(views.Token, frozen=True, kw_only=True):
    """A token with its text, which is shown this once."""

    token: str | None


class Tokens(Controller):
    path = "/tokens"
    tags = ("People",)

    @post()
    async def issue(self, data: JSONBody[NewToken], asking: NamedDependency[Asking]) -> Response[IssuedToken]:
        """Issue a token; its text is shown in this answer and nowhere else."""
        token, contact_of = new_token(), await contact_organisations(asking, data.person_id)
        receipt = await asking.record(
            data,
            lambda by: IssueToken(
                token.id,
                role=data.role,
                person=data.person_id,
                contact_of=contact_of,
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
    async def all(self, asking: NamedDependency[Asking], current: NamedDependency[Listing]) -> Page[views.Token]:
        """List tokens: one's own, and those of whom one sets up; all to a manager of every programme."""
        return await asking.page(views.TOKENS, views.TOKENS_SEEN, *await _seen(asking), listing=current)

    @get("/{token:str}")
    async def one(
        self, token: FromPath[TokenId], asking: NamedDependency[Asking], reading: NamedDependency[Reading]
    ) -> views.Token:
        """Show a token, but for its text: one's own, that of whom one sets up, any to a manager of every programme."""
        row = await asking.row(views.TOKENS, token, reading)
        if row is None or not await _sees(asking, row):
            raise NotFound
        return row

    @post("/{token:str}/revocation", status_code=200)
    async def revoke(
        self, token: FromPath[TokenId], asking: NamedDependency[Asking], data: JSONBody[Body | None] = None
    ) -> Response[views.Token]:
        """Revoke a token."""
        row = await asking.as_of(views.TOKENS, token)
        if row is None:
            raise NotFound
        contact_of = await contact_organisations(asking, row.person)
        return await asking.do(
            data,
            lambda by: RevokeToken(token, person=row.person, contact_of=contact_of, by=by),
            views.TOKENS,
            token,
        )


async def _seen(asking: Asking) -> tuple[bool, PersonId | None, list[ProgrammeId], bool]:
    """Whose tokens the caller sees, in the terms of `TOKENS_SEEN` from $3 on."""
    rights = await asking.rights()
    managed = managed_by(rights)
    return manages_all(rights), rights.by.person, managed, bool(managed)


async def _sees(asking: Asking, row: views.Token) -> bool:
    rights = await asking.rights()
    if row.person is None or row.person == rights.by.person:
        return row.person is not None or manages_all(rights)
    of = PersonRights(row.person, contact_of=await contact_organisations(asking, row.person), by=asking.by)
    learnt, _ = await asking.kring.desk.learn(of)
    return learnt.sets_up_person(row.person)
