"""`kring token`: whoever may run commands on this machine may let people in."""

from pathlib import Path
from typing import get_args

import rich_click as click

from domain.administration.tokens import RevokeToken
from domain.foundation import Caller, TokenId, TokenRole
from service.auth.issuing import OPERATOR, issue_token
from service.auth.tokens import DAYS
from service.auth.tokens import role as role_named
from service.cli.asked import Id, argument, configured, data_option, option, quietly, run
from service.clock_and_ids import now
from service.config import Config
from service.supervisor.supervisor import at_hand

ROLES = list(get_args(TokenRole))


@click.group()
def token() -> None:
    """Issue and revoke API tokens."""


@token.command()
@option(
    "--role",
    metavar="ROLE",
    type=click.Choice(ROLES),
    required=True,
    help=f"What the token may do at most: {', '.join(ROLES)}.",
)
@option("--person", metavar="ID", type=Id("person"), help="Whose it is; participants and facilitators are persons.")
@option(
    "--organisation",
    "organisations",
    metavar="ID",
    type=Id("organisation"),
    multiple=True,
    help="For which organisation; repeatable.",
)
@option(
    "--days", metavar="N", type=click.IntRange(1, 3660), default=DAYS, show_default=True, help="How long it is valid."
)
@data_option
def issue(role: str, person: str | None, organisations: tuple[str, ...], days: int, data: Path | None) -> None:
    """Issue a token and print it, alone, on stdout. It is shown this once.

    Works beside a running `kring up`, and without one.
    """
    config = configured(data=data)
    quietly()
    click.echo(run(_issue(config, role_named(role), person, organisations, days)))


async def _issue(config: Config, role: TokenRole, person: str | None, organisations: tuple[str, ...], days: int) -> str:
    async with at_hand(config) as kring:
        return await issue_token(kring.commands, role, person=person, organisations=organisations, days=days)


@token.command()
@argument("token_id", metavar="ID", type=Id("token"))
@data_option
def revoke(token_id: str, data: Path | None) -> None:
    """Take all rights from the token with this id (`token_…`), at once."""
    config = configured(data=data)
    quietly()
    run(_revoke(config, TokenId(token_id)))
    click.echo(f"{token_id} is revoked.", err=True)


async def _revoke(config: Config, token_id: TokenId) -> None:
    by = Caller(role="system", via=OPERATOR, at=now())
    async with at_hand(config) as kring:
        await kring.commands.execute(lambda: RevokeToken(token_id, by=by))
