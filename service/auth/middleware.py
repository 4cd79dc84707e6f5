"""Every request under `/api` is somebody's: the bearer token says whose."""

from collections.abc import Mapping
from typing import Any, cast

from litestar.connection import ASGIConnection
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult

from domain.foundation import Caller, Refusal, Text
from service.auth.tokens import Callers
from service.clock_and_ids import now

COMMANDS = {"POST", "PUT"}


class Unknown(Refusal):
    """A request must name a caller; unknown, expired and revoked tokens are refused alike."""

    CODE = "unauthorized"
    STATUS = 401
    TEXT = Text(
        en="Sign in first, with a token that is valid: Authorization: Bearer kr_….",
        nl="Meld je eerst aan met een geldig token: Authorization: Bearer kr_….",
    )


class Tokens(AbstractAuthenticationMiddleware):
    """RFC 6750: `Authorization: Bearer kr_…`. Raises 401 where it names nobody."""

    async def authenticate_request(self, connection: ASGIConnection[Any, Any, Any, Any]) -> AuthenticationResult:
        by = await caller_of(connection)
        if by is None:
            raise Unknown
        return AuthenticationResult(user=by, auth=by.via)


async def caller_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Caller | None:
    """Whose request this is, at this moment; None where its token names nobody, or nobody any more."""
    callers: Callers = connection.app.state.callers
    scheme, _, text = connection.headers.get("Authorization", "").partition(" ")
    is_command = cast("Mapping[str, object]", connection.scope).get("method") in COMMANDS
    return await callers.of(text, now(), revocation_is_checked_later=is_command) if scheme.lower() == "bearer" else None
