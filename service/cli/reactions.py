"""`kring reactions`: progress of the reactions, and retrying or skipping events that they could not process."""

import sys
from pathlib import Path

import rich_click as click

from service.cli.arguments import argument, data_option, option
from service.cli.execution import load_config, log_warnings_only, run
from service.cli.skips import operator, print_skipped, reason_option
from service.config import Config
from service.store.views.progress import ReactionProgress, progress_of_reactions
from service.store.views.skipping import Parked, Skipped, parked, retry_reaction, skip_of_reaction, skipped
from service.store.views.skipping import reactions as names_of_reactions
from service.supervisor.supervisor import open_for_command

position_option = option(
    "--position",
    type=click.IntRange(min=1),
    metavar="POSITION",
    help="Only this event. [default: all events that it parked]",
)


@click.group()
def reactions() -> None:
    """Look after the reactions, which create the jobs that events require."""


@reactions.command()
@data_option
def show(data: Path | None) -> None:
    """Show the progress of each reaction, its parked events and the events it skips.

    The exit code is 1 if a reaction has stopped or has parked events.
    """
    config = load_config(data=data)
    log_warnings_only()
    found, parked_events, skipped_events = run(_progress(config))
    for one in found:
        _print(one, [each for each in parked_events if each.reaction == one.reaction])
    for one in skipped_events:
        print_skipped(one)
    sys.exit(1 if parked_events or any(one.stopped_at is not None for one in found) else 0)


async def _progress(config: Config) -> tuple[list[ReactionProgress], list[Parked], list[Skipped]]:
    async with open_for_command(config) as kring:
        pool = kring.log.pool
        skipped_events = [one for one in await skipped(kring.views) if one.kind == "reaction"]
        return await progress_of_reactions(pool), await parked(pool), skipped_events


def _print(one: ReactionProgress, parked_events: list[Parked]) -> None:
    mark = ("✓", "green") if not parked_events and one.stopped_at is None else ("✗", "red")
    click.echo(f"{click.style(mark[0], fg=mark[1])} {one.reaction}: at {one.position}, {one.behind} behind")
    if one.stopped_at is not None:
        click.echo(f"  → stopped at event {one.stopped_at}: {one.stopped_because}")
    for each in parked_events:
        retry = ", will be retried" if each.again else ""
        click.echo(f"  → could not process event {each.position}: {each.because}{retry}")


@reactions.command()
@argument("name", metavar="REACTION")
@position_option
@data_option
def retry(name: str, position: int | None, data: Path | None) -> None:
    """Retry the events that a reaction parked; a stopped reaction continues.

    A running worker retries them within two seconds.
    """
    config = load_config(data=data)
    log_warnings_only()
    positions = run(_retry(config, name, position))
    click.echo(f"{name} will retry: {_list(positions)}.")


async def _retry(config: Config, name: str, position: int | None) -> list[int]:
    async with open_for_command(config) as kring:
        _require_known(name, await names_of_reactions(kring.log.pool))
        return await retry_reaction(kring.log.pool, name, position)


@reactions.command()
@argument("name", metavar="REACTION")
@reason_option
@position_option
@data_option
def skip(name: str, reason: str, position: int | None, data: Path | None) -> None:
    """Skip the events that a reaction parked: the jobs that they require are never created.

    Your account, the time and the reason are stored, and `kring doctor` shows them.
    """
    config = load_config(data=data)
    log_warnings_only()
    positions = run(_skip(config, name, position, reason))
    if not positions:
        raise click.ClickException(f"{name} has not parked such an event. Run `kring reactions show`.")
    click.echo(f"{name} will skip: {_list(positions)}.")


async def _skip(config: Config, name: str, position: int | None, reason: str) -> list[int]:
    async with open_for_command(config) as kring:
        _require_known(name, await names_of_reactions(kring.log.pool))
        return await skip_of_reaction(kring.log.pool, name, position, reason, operator())


def _require_known(name: str, known: list[str]) -> None:
    if name not in known:
        raise click.ClickException(f"There is no reaction {name}. There are: {', '.join(known) or 'none yet'}.")


def _list(positions: list[int]) -> str:
    return ", ".join(f"event {one}" for one in positions) or "nothing; it has no parked events"
