"""`kring check`: what was worked out once is worked out again."""

import sys
from pathlib import Path

import rich_click as click

from service.cli.asked import configured, data_option, quietly, run
from service.config import Config
from service.operations import recheck
from service.supervisor.supervisor import at_hand


@click.command()
@data_option
def check(data: Path | None) -> None:
    """Count every counted ballot again, and check every team assignment against its question; exits with 1 where one differs.

    Everything is read from the log itself. Works beside a running `kring up`, and without one.
    """
    config = configured(data=data)
    quietly()
    sys.exit(1 if run(_check(config)) else 0)


async def _check(config: Config) -> int:
    """How many do not agree."""
    counted = wrong = unchecked = 0
    async with at_hand(config) as kring:
        async for one in recheck.check(kring):
            counted += 1
            wrong += bool(one.differences)
            unchecked += one.unchecked is not None
            _tell(one)
    click.echo(_summary(counted, wrong, unchecked))
    return wrong


def _tell(one: recheck.Checked) -> None:
    where = f"{one.about} (fact {one.position})"
    if one.unchecked is not None:
        click.echo(f"{click.style('!', fg='yellow')} {where}: cannot be worked out again: {one.unchecked}")
    elif one.differences:
        click.echo(f"{click.style('✗', fg='red')} {where} does not agree with what it rests on:")
        for difference in one.differences:
            click.echo(f"  → {difference}")
    else:
        click.echo(f"{click.style('✓', fg='green')} {where} agrees.")


def _summary(counted: int, wrong: int, unchecked: int) -> str:
    if not counted:
        return "No ballot was counted and no team assignment was answered yet."
    return f"Counts and team assignments: {counted}; do not agree: {wrong}; cannot be worked out again: {unchecked}."
