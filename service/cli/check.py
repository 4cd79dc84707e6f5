"""`kring check`: verifies recorded counts and team assignments by computing them again."""

import sys
from pathlib import Path

import rich_click as click

from service.cli.arguments import data_option
from service.cli.execution import load_config, log_warnings_only, run
from service.config import Config
from service.operations import recheck
from service.supervisor.supervisor import open_for_command


@click.command()
@data_option
def check(data: Path | None) -> None:
    """Recount every counted ballot, and check every team assignment against its input.

    Reads only the log. The exit code is 1 if a result differs. Works whether `kring up` runs or not.
    """
    config = load_config(data=data)
    log_warnings_only()
    sys.exit(1 if run(_check(config)) else 0)


async def _check(config: Config) -> int:
    """Check everything, print the results, and return how many differ."""
    checked = different = unchecked = 0
    async with open_for_command(config) as kring:
        async for one in recheck.check(kring):
            checked += 1
            different += bool(one.differences)
            unchecked += one.unchecked is not None
            _print(one)
    click.echo(_summary(checked, different, unchecked))
    return different


def _print(one: recheck.Checked) -> None:
    subject = f"{one.about} (event {one.position})"
    if one.unchecked is not None:
        click.echo(f"{click.style('!', fg='yellow')} {subject} cannot be checked: {one.unchecked}")
    elif one.differences:
        click.echo(f"{click.style('✗', fg='red')} {subject} differs from what its input gives:")
        for difference in one.differences:
            click.echo(f"  → {difference}")
    else:
        click.echo(f"{click.style('✓', fg='green')} {subject} agrees.")


def _summary(checked: int, different: int, unchecked: int) -> str:
    if not checked:
        return "There are no counts or team assignments yet."
    return f"Checked {checked} counts and team assignments: {different} differ, {unchecked} cannot be checked."
