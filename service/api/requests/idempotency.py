"""Idempotency keys (rule 24): a command that is sent again with its key has one effect, and the same answer."""

import hmac
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from litestar import Request
from msgspec import json

from domain.foundation import Caller, Refusal, Text
from service.api.http import headers
from service.sealing.keys import KeyStore
from service.store.log.types import IdempotencyKey

SECRET = "store/commands"  # noqa: S105  the name of a secret in the key store


class StillRunning(Refusal):
    """The same command is being executed."""

    CODE = "in-flight"
    TEXT = Text(en="The same request is still running.", nl="Hetzelfde verzoek wordt nog uitgevoerd.")


async def command_identity(
    request: Request[Caller, Any, Any],
    keys: KeyStore,
    resource: str | None = None,
    body: Callable[[], Awaitable[bytes]] | None = None,
) -> IdempotencyKey | None:
    """The id and fingerprint of the command, if the request has a key; else None.

    `resource`: the id that the command makes. `body`: gives the content for the fingerprint; None: leave it out.
    """
    key = headers.command_key(request.headers)
    if key is None:
        return None
    secret = keys.secret(SECRET)
    stated = headers.reason(request.headers), headers.on_behalf_of(request.headers)
    line = json.encode((request.method, request.url.path, *stated)) + b"\n"
    fingerprint = hmac.digest(secret, line + (b"" if body is None else await body()), "sha256")
    return IdempotencyKey(_command_id(secret, request.user, key), fingerprint, resource)


@contextmanager
def running(in_flight: set[UUID], command: UUID) -> Generator[None]:
    """Mark the command as running while the body of the `with` runs. Raises `StillRunning` if it is running already."""
    if command in in_flight:
        raise StillRunning
    in_flight.add(command)
    try:
        yield
    finally:
        in_flight.discard(command)


def _command_id(secret: bytes, caller: Caller, key: str) -> UUID:
    # A limited token has its own keys: its issuer can neither find nor occupy those of the person (rule 28).
    principal = " ".join((caller.person or caller.via, *(caller.programmes or ())))
    return UUID(bytes=hmac.digest(secret, f"{principal}\n{key}".encode(), "sha256")[:16])
