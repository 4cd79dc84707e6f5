"""`kring views`: how the views come on, what to do about one that stopped, and whether they tell what the log tells."""

import sys
from pathlib import Path

import rich_click as click

from service.cli.asked import argument, configured, data_option, option, quietly, run
from service.cli.skips import operator, reason_option, tell_skipped
from service.config import Config
from service.operations.drift import SAMPLE, look_for_drift
from service.store.views.progress import Progress, progress
from service.store.views.skipping import Skipped, retry_views, skip_of_view, skipped
from service.supervisor.supervisor import at_hand
from service.views import VIEWS

NAMES = [one.name for one in VIEWS]


@click.group()
def views() -> None:
    """Look after the views, which are what people read."""


@views.command()
@data_option
def show(data: Path | None) -> None:
    """Show how far each view has come, how fast it goes, and what stopped it; exits with 1 where one is stopped."""
    config = configured(data=data)
    quietly()
    found, left_out = run(_progress(config))
    for one in found:
        _tell(one)
    for one in left_out:
        tell_skipped(one)
    sys.exit(1 if any(one.stopped_at is not None for one in found) else 0)


async def _progress(config: Config) -> tuple[list[Progress], list[Skipped]]:
    async with at_hand(config) as kring:
        left_out = [one for one in await skipped(kring.views) if one.kind == "view"]
        return await progress(kring.views), left_out


def _tell(one: Progress) -> None:
    speed = "" if one.events_per_second is None else f", {one.events_per_second:.0f} facts/s"
    line = f"{one.view}: at {one.position}, {one.behind} behind, {one.rows} rows written{speed}"
    if one.stopped_at is None:
        click.echo(f"{click.style('✓', fg='green')} {line}")
    else:
        click.echo(f"{click.style('✗', fg='red')} {line}")
        click.echo(
            f"  → stopped at event {one.stopped_at}: {one.stopped_because}. Once that is mended: retry; or skip it"
        )


@views.command(name="retry")
@argument("names", metavar="VIEW…", nargs=-1, required=True, type=click.Choice(NAMES))
@data_option
def retry_(names: tuple[str, ...], data: Path | None) -> None:
    """Let views that met an event which they could not take go on where they stopped.

    The projector tries that event again. A view whose definition was changed needs no retry: it is made anew.
    """
    config = configured(data=data)
    quietly()
    again = run(_retry(config, names))
    for name in names:
        click.echo(f"{name} goes on after fact {again[name]}." if name in again else f"{name} was not stopped.")


async def _retry(config: Config, names: tuple[str, ...]) -> dict[str, int]:
    async with at_hand(config) as kring:
        return await retry_views(kring.views, names)


@views.command(name="skip")
@argument("name", metavar="VIEW", type=click.Choice(NAMES))
@reason_option
@data_option
def skip_(name: str, reason: str, data: Path | None) -> None:
    """Let a view leave out the event at which it stopped, and go on after it.

    Who decided, when and why is kept, and `kring doctor` shows it. It lasts through `kring rebuild`; a view that is defined anew
    tries the event again.
    """
    config = configured(data=data)
    quietly()
    position = run(_skip(config, name, reason))
    if position is None:
        raise click.ClickException(f"{name} has not stopped at an event that could be left out: kring views show")
    click.echo(f"{name} leaves out event {position}, and goes on.")


async def _skip(config: Config, name: str, reason: str) -> int | None:
    async with at_hand(config) as kring:
        return await skip_of_view(kring.views, name, reason, operator())


@views.command()
@option(
    "--sample",
    metavar="N",
    type=click.IntRange(1, 1_000_000),
    default=SAMPLE,
    show_default=True,
    help="How many rows of each view, and as many of those that facts name.",
)
@data_option
def drift(sample: int, data: Path | None) -> None:
    """Fold some rows of each view anew from the log, and compare; exits with 1 where one differs. It mends nothing.

    The worker does the same every hour.
    """
    config = configured(data=data)
    quietly()
    sys.exit(1 if run(_drift(config, sample)) else 0)


async def _drift(config: Config, sample: int) -> int:
    """How many rows differ."""
    rows = wrong = 0
    async with at_hand(config) as kring:
        async for one in look_for_drift(kring, sample):
            rows += one.rows
            wrong += len(one.drifts) + (one.failed is not None)
            if one.failed is not None:
                click.echo(f"{click.style('✗', fg='red')} {one.view} cannot be compared: {one.failed}")
            for found in one.drifts:
                click.echo(f"{click.style('✗', fg='red')} {found}")
    click.echo(
        f"Compared {rows} rows with the log; {wrong} differ." + (" Make them anew: kring rebuild" if wrong else "")
    )
    return wrong
