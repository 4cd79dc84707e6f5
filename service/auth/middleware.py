"""Every request under `/api` is somebody's: the bearer token says whose."""

from collections.abc import Mapping
from typing import Any, cast

from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult

from domain.foundation import Caller
from service.auth.tokens import Callers
from service.edge import now

COMMANDS = {"POST", "PUT"}


class Tokens(AbstractAuthenticationMiddleware):
    """RFC 6750: `Authorization: Bearer kr_…`. Raises 401 where it names nobody."""

    async def authenticate_request(self, connection: ASGIConnection[Any, Any, Any, Any]) -> AuthenticationResult:
        by = await caller_of(connection)
        if by is None:
            raise NotAuthorizedException(
                "Say who you are: Authorization: Bearer kr_… (unknown, expired and revoked tokens are refused alike).",
                headers={"WWW-Authenticate": "Bearer"},
            )
        return AuthenticationResult(user=by, auth=by.via)


async def caller_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Caller | None:
    """Whose request this is, at this moment; None where its token names nobody, or nobody any more."""
    callers: Callers = connection.app.state.callers
    scheme, _, text = connection.headers.get("Authorization", "").partition(" ")
    is_command = cast("Mapping[str, object]", connection.scope).get("method") in COMMANDS
    return await callers.of(text, now(), revocation_is_checked_later=is_command) if scheme.lower() == "bearer" else None
