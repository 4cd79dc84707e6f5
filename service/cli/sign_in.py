"""`kring sign-in-link`: prints a link that signs a person in, without a mail."""

from pathlib import Path

import rich_click as click

from domain.foundation import PersonId
from service.addresses import BadEmail
from service.auth.sign_in import operator_link
from service.cli.arguments import Id, data_option, option
from service.cli.execution import load_config, log_warnings_only, run
from service.config import Config
from service.kring import Kring
from service.supervisor.supervisor import NotRunning, open_for_command, running_url


@click.command(name="sign-in-link")
@option("--person", metavar="ID", type=Id("person"), help="Person whom the link signs in.")
@option("--email", metavar="ADDRESS", help="Their mail address, instead of their id.")
@data_option
def sign_in_link(person: str | None, email: str | None, data: Path | None) -> None:
    """Print a link that signs a person in, in any browser, once, within twelve hours.

    For the first manager, and for people whom no mail reaches. The person sees that the operator's link was used.
    """
    if (person is None) == (email is None):
        raise click.UsageError("Give either --person or --email.")
    config = load_config(data=data)
    log_warnings_only()
    click.echo(run(_link(config, person, email)))


async def _link(config: Config, person: str | None, email: str | None) -> str:
    try:
        base = running_url(config)
    except NotRunning:
        base = config.public_url
    async with open_for_command(config) as kring:
        if email is not None:
            person = await _holder(kring, email)
        assert person is not None, "one of the two is given"
        return base + await operator_link(kring, PersonId(person))


async def _holder(kring: Kring, email: str) -> str:
    try:
        holder = await kring.commands.holder("email", email)
    except BadEmail:
        raise click.BadParameter(f"{email!r} is not a mail address", param_hint="--email") from None
    if holder is None:
        raise click.ClickException("Nobody is registered with this address.")
    return holder
