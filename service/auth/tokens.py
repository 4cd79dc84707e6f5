"""API tokens: `kr_`, the token's id without its prefix, `_`, and 256 random bits, of which the log holds only the SHA-256."""

import hashlib
import hmac
import re
from datetime import datetime
from typing import NamedTuple, get_args

from domain import base64url
from domain.events.roles import TokenIssued, TokenRevoked
from domain.foundation import Caller, Digest, Selector, TokenId, TokenRole
from service.clock_and_ids import new_id, new_secret
from service.commands import CommandHandler

SHAPE = re.compile(r"kr_([0-7][0-9a-hjkmnp-tv-z]{25})_([A-Za-z0-9_-]{43})")

DEFAULT_VALIDITY_DAYS = 90
MAX_CACHED_TOKENS = 10_000

ROLES: dict[str, TokenRole] = {one: one for one in get_args(TokenRole)}


class Token(NamedTuple):
    """A new token: its id, its text, which is shown once, and the digest of its secret for the log."""

    id: TokenId
    text: str
    secret_digest: Digest


def new_token() -> Token:
    """Make a token, without recording it."""
    token, secret = TokenId(new_id("token")), new_secret()
    return Token(token, f"kr_{token.removeprefix('token_')}_{secret}", digest_of(secret))


class Callers:
    """Finds the callers of tokens. Issued tokens never change, so they are cached; revocation is checked each time."""

    def __init__(self, commands: CommandHandler) -> None:
        self._commands = commands
        self._issued: dict[TokenId, TokenIssued] = {}
        self._times_restored = 0

    async def of(self, text: str, at: datetime, *, revocation_is_checked_later: bool = False) -> Caller | None:
        """The caller to whom this token belongs; None if it is unknown, wrong, expired or revoked.

        `revocation_is_checked_later`: a command follows, which reads a revocation in its own boundary and is refused by it;
        checking here as well would cost a query.
        """
        shape = SHAPE.fullmatch(text)
        if shape is None:
            return None
        token = TokenId(f"token_{shape[1]}")
        if self._times_restored != self._commands.log.times_restored:  # a restore: a cached token may not be in the log
            self._issued.clear()
            self._times_restored = self._commands.log.times_restored
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
        """The event that issued this token, unless it was revoked."""
        query = self._commands.mapper.query([Selector(types=[TokenIssued, TokenRevoked], tags=[token])])
        events = [self._commands.mapper.decode(one) for one in (await self._commands.log.read_boundary(query))[0]]
        issued = next((one for one in events if isinstance(one, TokenIssued)), None)
        if issued is None or any(isinstance(one, TokenRevoked) for one in events):
            return None
        if len(self._issued) >= MAX_CACHED_TOKENS:
            self._issued.clear()
        self._issued[token] = issued
        return issued


def role(name: str) -> TokenRole:
    """The role of this name. Raises ValueError."""
    if name not in ROLES:
        raise ValueError(name)
    return ROLES[name]


def digest_of(secret: str) -> Digest:
    """The digest of a secret for the log: its SHA-256, base64url without padding."""
    return Digest(base64url.encode(hashlib.sha256(secret.encode()).digest()))
