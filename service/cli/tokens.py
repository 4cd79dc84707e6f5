"""`kring token`: issues and revokes API tokens. Everybody who may run commands on this machine can issue one."""

from pathlib import Path
from typing import get_args

import rich_click as click

from domain.administration.tokens import RevokeToken
from domain.foundation import Caller, TokenId, TokenRole
from service.auth.issuing import OPERATOR, issue_token
from service.auth.tokens import DEFAULT_VALIDITY_DAYS
from service.auth.tokens import role as role_named
from service.cli.arguments import Id, argument, data_option, option
from service.cli.execution import load_config, log_warnings_only, run
from service.clock_and_ids import now
from service.config import Config
from service.supervisor.supervisor import open_for_command

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
    help=f"Role of the token: {', '.join(ROLES)}.",
)
@option(
    "--person",
    metavar="ID",
    type=Id("person"),
    help="Person that the token stands for; required for participants and facilitators.",
)
@option(
    "--organisation",
    "organisations",
    metavar="ID",
    type=Id("organisation"),
    multiple=True,
    help="Organisation that the token is for; repeatable.",
)
@option(
    "--days",
    metavar="N",
    type=click.IntRange(1, 3660),
    default=DEFAULT_VALIDITY_DAYS,
    show_default=True,
    help="Days until it expires.",
)
@data_option
def issue(role: str, person: str | None, organisations: tuple[str, ...], days: int, data: Path | None) -> None:
    """Issue a token and print it on stdout. It cannot be shown again.

    Works whether `kring up` runs or not.
    """
    config = load_config(data=data)
    log_warnings_only()
    click.echo(run(_issue(config, role_named(role), person, organisations, days)))


async def _issue(config: Config, role: TokenRole, person: str | None, organisations: tuple[str, ...], days: int) -> str:
    async with open_for_command(config) as kring:
        return await issue_token(kring.commands, role, person=person, organisations=organisations, days=days)


@token.command()
@argument("token_id", metavar="ID", type=Id("token"))
@data_option
def revoke(token_id: str, data: Path | None) -> None:
    """Revoke the token with this id (`token_…`); it stops working at once."""
    config = load_config(data=data)
    log_warnings_only()
    run(_revoke(config, TokenId(token_id)))
    click.echo(f"{token_id} is revoked.", err=True)


async def _revoke(config: Config, token_id: TokenId) -> None:
    by = Caller(role="system", via=OPERATOR, at=now())
    async with open_for_command(config) as kring:
        await kring.commands.execute(lambda: RevokeToken(token_id, by=by))
