"""Tokens from the command line: whoever may run commands on this machine may issue them."""

from datetime import timedelta

from domain.administration.tokens import IssueToken
from domain.foundation import Caller, OrganisationId, PersonId, TokenRole
from service.auth.tokens import DAYS, new_token
from service.clock_and_ids import now
from service.commands import CommandHandler

OPERATOR = "operator"


async def issue_token(
    commands: CommandHandler,
    role: TokenRole,
    *,
    person: str | None = None,
    organisations: tuple[str, ...] = (),
    days: int = DAYS,
) -> str:
    """Issue a token and give its text. Raises what the rules on tokens refuse."""
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
