"""Shared by `kring views skip` and `kring reactions skip`: the reason, who gives it, and what was skipped, in words."""

import getpass
import socket

import rich_click as click

from service.cli.asked import option
from service.store.views.skipping import Skipped

MAX_REASON_LENGTH = 500


class Reason(click.ParamType[str]):
    """A reason: one line that says something."""

    name = "text"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The reason without white space around it. Fails for one that is empty, too long, or of several lines."""
        reason = value.strip()
        if not reason or not reason.isprintable():
            self.fail("is one line of text", param, ctx)
        if len(reason) > MAX_REASON_LENGTH:
            self.fail(f"has at most {MAX_REASON_LENGTH} characters", param, ctx)
        return reason


reason_option = option(
    "--reason", type=Reason(), required=True, help="Why; kept as it is typed, so name nobody and quote nothing sealed."
)


def operator() -> str:
    """The account that runs this command, and on which machine."""
    try:
        account = getpass.getuser()
    except (KeyError, OSError):  # an id without a name, as in a container
        account = "unknown"
    return f"{account}@{socket.gethostname()}"[:200]


def tell_skipped(one: Skipped) -> None:
    """Say what is left out, why, since when and by whom."""
    click.echo(f"{click.style('!', fg='yellow')} {one.name}: leaves out event {one.position} ({one.because})")
    click.echo(f"  → {one.skipped_at:%Y-%m-%d %H:%M} UTC, {one.skipped_by}: {one.reason}")
