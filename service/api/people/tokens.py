"""Tokens over HTTP: issued, shown without their text, revoked."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from domain.administration.tokens import IssueToken, RevokeToken, TokenRights
from domain.foundation import NotFound, OrganisationId, PersonId, ProgrammeId, TokenId, TokenRole
from projections import people as views
from service.api.http.bodies import At, Body
from service.api.requests.request_context import RequestContext
from service.auth.tokens import DAYS, new_token
from service.reading.options import ListOptions, Page, ReadOptions
from service.reading.permissions import managed_by, manages_all, served
from service.reading.reader import Reader


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
    async def issue(self, data: JSONBody[NewToken], context: NamedDependency[RequestContext]) -> Response[IssuedToken]:
        """Issue a token; its text is shown in this answer and nowhere else.

        A manager's gives rights within the programmes that they manage now (`programme_ids`), whatever its person is elsewhere.
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
                expires_at=data.expires_at or by.at + timedelta(days=DAYS),
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
    async def all(self, reader: NamedDependency[Reader], current: NamedDependency[ListOptions]) -> Page[views.Token]:
        """List tokens: one's own, and those that give rights only within programmes that one manages; all to the operator."""
        return await reader.page(views.TOKENS, views.TOKENS_SEEN, *await _seen(reader), listing=current)

    @get("/{token:str}")
    async def one(
        self, token: FromPath[TokenId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> views.Token:
        """Show a token, but for its text, to whoever may revoke it."""
        row = await reader.row(views.TOKENS, token, reading)
        if row is None or not await _sees(reader, row):
            raise NotFound
        return row

    @post("/{token:str}/revocation", status_code=200)
    async def revoke(
        self, token: FromPath[TokenId], context: NamedDependency[RequestContext], data: JSONBody[Body | None] = None
    ) -> Response[views.Token]:
        """Revoke a token."""
        row = await context.reader.row_from_log(views.TOKENS, token)
        if row is None:
            raise NotFound
        return await context.execute(
            data,
            lambda by: RevokeToken(token, person=row.person, organisations=row.organisations, by=by),
            views.TOKENS,
            token,
        )


async def _seen(
    reader: Reader,
) -> tuple[bool, PersonId | None, Sequence[ProgrammeId] | None, list[ProgrammeId], list[OrganisationId]]:
    """Which tokens the caller sees, in the terms of `TOKENS_SEEN` from $3 on."""
    rights = await reader.rights()
    mine = served(rights) if rights.by.role == "commissioner" else []
    return manages_all(rights), rights.by.person, rights.by.programmes, managed_by(rights), mine


async def _sees(reader: Reader, row: views.Token) -> bool:
    of = TokenRights(person=row.person, organisations=row.organisations, by=reader.caller)
    learnt, _ = await reader.kring.commands.load(of)
    return learnt.has_control_of(row.programmes)
