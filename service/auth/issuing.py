"""Tokens issued from the command line, by anyone who may run commands on this machine."""

from datetime import timedelta

from domain.administration.tokens import IssueToken
from domain.foundation import Caller, OrganisationId, PersonId, TokenRole
from service.auth.tokens import DEFAULT_VALIDITY_DAYS, new_token
from service.clock_and_ids import now
from service.commands import CommandHandler

OPERATOR = "operator"


async def issue_token(
    commands: CommandHandler,
    role: TokenRole,
    *,
    person: str | None = None,
    organisations: tuple[str, ...] = (),
    days: int = DEFAULT_VALIDITY_DAYS,
) -> str:
    """Issue a token and return its text. Raises the refusals of `IssueToken`."""
    token, at = new_token(), now()
    by = Caller(role="system", via=OPERATOR, at=at)
    await commands.execute(
        lambda: IssueToken(
            token.id,
            role=role,
            person=None if person is None else PersonId(person),
            organisations=tuple(OrganisationId(one) for one in organisations),
            secret_digest=token.secret_digest,
            expires_at=at + timedelta(days=days),
            by=by,
        )
    )
    return token.text
