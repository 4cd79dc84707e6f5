"""Tokens over HTTP: issuing, showing and revoking them."""

from datetime import timedelta
from typing import Annotated

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from domain.administration.tokens import IssueToken, RevokeToken
from domain.foundation import NotFound, OrganisationId, PersonId, TokenId, TokenRole
from projections import people as views
from service.api.http.bodies import At, Body
from service.api.requests.request_context import RequestContext
from service.auth.tokens import DEFAULT_VALIDITY_DAYS, new_token
from service.reading.options import ListOptions, Page, ReadOptions
from service.reading.reader import Reader
from service.reading.tokens import can_see_token, token_scope


class NewToken(Body):
    """A token to issue. Without `expires_at` it is valid for 90 days."""

    role: TokenRole
    person_id: PersonId | None = None
    organisation_ids: Annotated[tuple[OrganisationId, ...], Meta(max_length=200)] = ()
    expires_at: At | None = None


class IssuedToken(views.Token, frozen=True, kw_only=True):
    """A token with its text, which is shown only once."""

    token: str | None


class Tokens(Controller):
    path = "/tokens"
    tags = ("People",)

    @post()
    async def issue(self, data: JSONBody[NewToken], context: NamedDependency[RequestContext]) -> Response[IssuedToken]:
        """Issue a token; its text is shown only in this answer.

        A token issued by a manager is limited to the programmes that they manage now (`programme_ids`).
        """
        token = new_token()
        receipt = await context.submit(
            data,
            lambda by: IssueToken(
                token.id,
                role=data.role,
                person=data.person_id,
                organisations=data.organisation_ids,
                secret_digest=token.secret_digest,
                expires_at=data.expires_at or by.at + timedelta(days=DEFAULT_VALIDITY_DAYS),
                by=by,
            ),
            resource=token.id,
            answered=True,
        )
        answer = await context.answer(views.TOKENS, receipt.resource_id or token.id, receipt, status=201)
        row = answer.content
        shown = IssuedToken(
            **{name: getattr(row, name) for name in row.__struct_fields__},
            token=None if receipt.repeated else token.text,
        )
        return Response(shown, status_code=201, headers={"Kring-Position": str(receipt.last)})

    @get()
    async def list_all(
        self, reader: NamedDependency[Reader], current: NamedDependency[ListOptions]
    ) -> Page[views.Token]:
        """List tokens: the caller's own and those limited to programmes that they manage; for the operator all."""
        return await reader.page(views.TOKENS, views.VISIBLE_TOKENS, *await token_scope(reader), listing=current)

    @get("/{token:str}")
    async def show(
        self, token: FromPath[TokenId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> views.Token:
        """Show a token without its text, to callers who may revoke it."""
        row = await reader.row(views.TOKENS, token, reading)
        if row is None or not await can_see_token(reader, row):
            raise NotFound
        return row

    @post("/{token:str}/revocation", status_code=200)
    async def revoke(
        self, token: FromPath[TokenId], context: NamedDependency[RequestContext], data: JSONBody[Body | None] = None
    ) -> Response[views.Token]:
        """Revoke a token."""
        row = await context.reader.existing_row(views.TOKENS, token)
        return await context.execute(
            data,
            lambda by: RevokeToken(token, person=row.person, organisations=row.organisations, by=by),
            views.TOKENS,
            token,
        )
