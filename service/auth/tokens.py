"""API tokens: `kr_`, the token's id without its prefix, `_`, and 256 random bits, of which the log holds the SHA-256 alone."""

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from datetime import datetime
from typing import NamedTuple, get_args

from domain.events.roles import TokenIssued, TokenRevoked
from domain.foundation import Caller, Digest, Selector, TokenId, TokenRole
from service.clock_and_ids import new_id, new_secret
from service.commands import CommandHandler

SHAPE = re.compile(r"kr_([0-7][0-9a-hjkmnp-tv-z]{25})_([A-Za-z0-9_-]{43})")

DAYS = 90
"""How long a token is valid where nobody says."""
REMEMBERED = 10_000  # tokens


ROLES: dict[str, TokenRole] = {one: one for one in get_args(TokenRole)}


class Token(NamedTuple):
    """A new token: its id, the text that is shown once, and what the log may know of it."""

    id: TokenId
    text: str
    secret_digest: Digest


def new_token() -> Token:
    """Make a token; nothing is recorded by that."""
    token, secret = TokenId(new_id("token")), new_secret()
    return Token(token, f"kr_{token.removeprefix('token_')}_{secret}", digest_of(secret))


class Callers:
    """Who holds which token. What was issued never changes, so it is remembered; whether it was revoked is asked each time."""

    def __init__(self, commands: CommandHandler) -> None:
        self._desk = commands
        self._issued: dict[TokenId, TokenIssued] = {}
        self._gone_back = 0

    async def of(self, text: str, at: datetime, *, revocation_is_checked_later: bool = False) -> Caller | None:
        """Who holds this token; None where it is unknown, wrong, expired or revoked.

        `revocation_is_checked_later`: what follows is a command, which learns of a revocation in its own boundary, and is
        refused by it; asking here as well would be a round trip for nothing.
        """
        shape = SHAPE.fullmatch(text)
        if shape is None:
            return None
        token = TokenId(f"token_{shape[1]}")
        if self._gone_back != self._desk.log.times_gone_back:  # what was issued may not have been
            self._issued.clear()
            self._gone_back = self._desk.log.times_gone_back
        issued = self._issued.get(token) if revocation_is_checked_later else None
        issued = issued or await self._valid(token)
        if (
            issued is None
            or not hmac.compare_digest(issued.secret_digest, digest_of(shape[2]))
            or issued.expires_at <= at
        ):
            return None
        return Caller(
            role=role(issued.role),
            person=issued.person,
            organisations=issued.organisations,
            programmes=issued.programmes,
            via=token,
            at=at,
        )

    async def _valid(self, token: TokenId) -> TokenIssued | None:
        """The issue of a token that was not revoked."""
        query = self._desk.mapper.query([Selector(types=[TokenIssued, TokenRevoked], tags=[token])])
        events = [self._desk.mapper.event(one) for one in (await self._desk.log.slice(query))[0]]
        issued = next((one for one in events if isinstance(one, TokenIssued)), None)
        if issued is None or any(isinstance(one, TokenRevoked) for one in events):
            return None
        if len(self._issued) >= REMEMBERED:
            self._issued.clear()
        self._issued[token] = issued
        return issued


def role(name: str) -> TokenRole:
    """The role of this name. Raises ValueError."""
    if name not in ROLES:
        raise ValueError(name)
    return ROLES[name]


def digest_of(secret: str) -> Digest:
    """What the log may know of a secret: its SHA-256, base64url without padding."""
    return Digest(urlsafe_b64encode(hashlib.sha256(secret.encode()).digest()).rstrip(b"=").decode())
