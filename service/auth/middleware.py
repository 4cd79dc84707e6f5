"""Authentication of requests under `/api` by their bearer token."""

from collections.abc import Mapping
from typing import Any, cast

from litestar.connection import ASGIConnection
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult

from domain.foundation import Caller, Refusal, Text
from service.auth.tokens import Callers
from service.clock_and_ids import now

COMMANDS = {"POST", "PUT"}


class Unauthenticated(Refusal):
    """A request without a valid token; unknown, expired and revoked tokens are refused in the same way."""

    CODE = "unauthorized"
    STATUS = 401
    TEXT = Text(
        en="Sign in first with a valid token: Authorization: Bearer kr_….",
        nl="Meld je eerst aan met een geldig token: Authorization: Bearer kr_….",
    )


class TokenAuthentication(AbstractAuthenticationMiddleware):
    """RFC 6750: `Authorization: Bearer kr_…`. Raises `Unauthenticated`."""

    async def authenticate_request(self, connection: ASGIConnection[Any, Any, Any, Any]) -> AuthenticationResult:
        by = await caller_of(connection)
        if by is None:
            raise Unauthenticated
        return AuthenticationResult(user=by, auth=by.via)


async def caller_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Caller | None:
    """The caller of this request; None if its token is missing, unknown, expired or revoked."""
    callers: Callers = connection.app.state.callers
    scheme, _, text = connection.headers.get("Authorization", "").partition(" ")
    is_command = cast("Mapping[str, object]", connection.scope).get("method") in COMMANDS
    return await callers.of(text, now(), revocation_is_checked_later=is_command) if scheme.lower() == "bearer" else None
