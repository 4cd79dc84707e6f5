"""Shared by `kring views skip` and `kring reactions skip`: the reason, the operator, and the line about a skipped event."""

import getpass
import socket

import rich_click as click

from service.cli.arguments import option
from service.store.views.skipping import Skipped

MAX_REASON_LENGTH = 500


class Reason(click.ParamType[str]):
    """A reason: one non-empty line."""

    name = "text"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the reason without surrounding white space. Fails if it is empty, too long, or has several lines."""
        reason = value.strip()
        if not reason or not reason.isprintable():
            self.fail("must be one line of text", param, ctx)
        if len(reason) > MAX_REASON_LENGTH:
            self.fail(f"may have at most {MAX_REASON_LENGTH} characters", param, ctx)
        return reason


reason_option = option(
    "--reason", type=Reason(), required=True, help="Reason; stored unencrypted, so name nobody and quote no texts."
)


def operator() -> str:
    """The account that runs this command, and its machine."""
    try:
        account = getpass.getuser()
    except (KeyError, OSError):  # a user id without an account, as in a container
        account = "unknown"
    return f"{account}@{socket.gethostname()}"[:200]


def print_skipped(one: Skipped) -> None:
    """Print which event is skipped, its error, and when, by whom and why."""
    click.echo(f"{click.style('!', fg='yellow')} {one.name}: skips event {one.position} ({one.because})")
    click.echo(f"  → {one.skipped_at:%Y-%m-%d %H:%M} UTC, {one.skipped_by}: {one.reason}")
