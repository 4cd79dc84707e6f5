"""`kring reactions`: how the reactions come on, and what to do about events that they could not take."""

import sys
from pathlib import Path

import rich_click as click

from service.cli.asked import argument, configured, data_option, option, quietly, run
from service.cli.skips import operator, reason_option, tell_skipped
from service.config import Config
from service.store.views.progress import ReactionProgress, progress_of_reactions
from service.store.views.skipping import Parked, Skipped, parked, retry_reaction, skip_of_reaction, skipped
from service.store.views.skipping import reactions as names_of_reactions
from service.supervisor.supervisor import at_hand

position_option = option(
    "--position",
    type=click.IntRange(min=1),
    metavar="POSITION",
    help="This event alone. [default: all that it put aside]",
)


@click.group()
def reactions() -> None:
    """Look after the reactions, which write the jobs that events call for."""


@reactions.command()
@data_option
def show(data: Path | None) -> None:
    """Show how far each reaction has come, what it put aside and what it skips; exits with 1 where somebody has to decide."""
    config = configured(data=data)
    quietly()
    found, aside, left_out = run(_standing(config))
    for one in found:
        _tell(one, [each for each in aside if each.reaction == one.reaction])
    for one in left_out:
        tell_skipped(one)
    sys.exit(1 if aside or any(one.stopped_at is not None for one in found) else 0)


async def _standing(config: Config) -> tuple[list[ReactionProgress], list[Parked], list[Skipped]]:
    async with at_hand(config) as kring:
        pool = kring.log.pool
        left_out = [one for one in await skipped(kring.views) if one.kind == "reaction"]
        return await progress_of_reactions(pool), await parked(pool), left_out


def _tell(one: ReactionProgress, aside: list[Parked]) -> None:
    mark = ("✓", "green") if not aside and one.stopped_at is None else ("✗", "red")
    click.echo(f"{click.style(mark[0], fg=mark[1])} {one.reaction}: at {one.position}, {one.behind} behind")
    if one.stopped_at is not None:
        click.echo(f"  → stopped at event {one.stopped_at}: {one.stopped_because}")
    for each in aside:
        ending = ", is tried again" if each.again else ""
        click.echo(f"  → could not take event {each.position}: {each.because}{ending}")


@reactions.command()
@argument("name", metavar="REACTION")
@position_option
@data_option
def retry(name: str, position: int | None, data: Path | None) -> None:
    """Let a reaction try again the events that it put aside; one that stopped goes on.

    A running worker does it within a second or two.
    """
    config = configured(data=data)
    quietly()
    positions = run(_retry(config, name, position))
    click.echo(f"{name} tries again: {_listed(positions)}.")


async def _retry(config: Config, name: str, position: int | None) -> list[int]:
    async with at_hand(config) as kring:
        _require_known(name, await names_of_reactions(kring.log.pool))
        return await retry_reaction(kring.log.pool, name, position)


@reactions.command()
@argument("name", metavar="REACTION")
@reason_option
@position_option
@data_option
def skip(name: str, reason: str, position: int | None, data: Path | None) -> None:
    """Leave out the events that a reaction put aside: what they call for is never done.

    Who decided, when and why is kept, and `kring doctor` shows it.
    """
    config = configured(data=data)
    quietly()
    positions = run(_skip(config, name, position, reason))
    if not positions:
        raise click.ClickException(f"{name} has put aside no such event: kring reactions show")
    click.echo(f"{name} leaves out: {_listed(positions)}.")


async def _skip(config: Config, name: str, position: int | None, reason: str) -> list[int]:
    async with at_hand(config) as kring:
        _require_known(name, await names_of_reactions(kring.log.pool))
        return await skip_of_reaction(kring.log.pool, name, position, reason, operator())


def _require_known(name: str, known: list[str]) -> None:
    if name not in known:
        raise click.ClickException(f"There is no reaction {name}. There are: {', '.join(known) or 'none yet'}.")


def _listed(positions: list[int]) -> str:
    return ", ".join(f"event {one}" for one in positions) or "nothing, it had put nothing aside"
