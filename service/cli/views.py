"""`kring views`: progress of the views, retrying or skipping where one stopped, and comparing rows with the log."""

import sys
from pathlib import Path

import rich_click as click

from service.cli.arguments import argument, data_option, option
from service.cli.execution import load_config, log_warnings_only, run
from service.cli.skips import operator, print_skipped, reason_option
from service.config import Config
from service.operations.drift import SAMPLE_SIZE, look_for_drift
from service.store.views.progress import Progress, progress
from service.store.views.skipping import Skipped, retry_views, skip_of_view, skipped
from service.supervisor.supervisor import open_for_command
from service.views import VIEWS

NAMES = [one.name for one in VIEWS]


@click.group()
def views() -> None:
    """Look after the views, the tables that people read."""


@views.command()
@data_option
def show(data: Path | None) -> None:
    """Show the progress and speed of each view, and where one stopped. The exit code is 1 if a view has stopped."""
    config = load_config(data=data)
    log_warnings_only()
    found, skipped_events = run(_progress(config))
    for one in found:
        _print(one)
    for one in skipped_events:
        print_skipped(one)
    sys.exit(1 if any(one.stopped_at is not None for one in found) else 0)


async def _progress(config: Config) -> tuple[list[Progress], list[Skipped]]:
    async with open_for_command(config) as kring:
        skipped_events = [one for one in await skipped(kring.views) if one.kind == "view"]
        return await progress(kring.views), skipped_events


def _print(one: Progress) -> None:
    speed = "" if one.events_per_second is None else f", {one.events_per_second:.0f} events/s"
    line = f"{one.view}: at {one.position}, {one.behind} behind, {one.rows} rows written{speed}"
    if one.stopped_at is None:
        click.echo(f"{click.style('✓', fg='green')} {line}")
    else:
        click.echo(f"{click.style('✗', fg='red')} {line}")
        click.echo(
            f"  → stopped at event {one.stopped_at}: {one.stopped_because}. Fix the cause and retry, or skip the event."
        )


@views.command(name="retry")
@argument("names", metavar="VIEW…", nargs=-1, required=True, type=click.Choice(NAMES))
@data_option
def retry_(names: tuple[str, ...], data: Path | None) -> None:
    """Continue views that stopped at an event that they could not process.

    The projector retries that event. A view whose definition has changed needs no retry: it is rebuilt.
    """
    config = load_config(data=data)
    log_warnings_only()
    continued = run(_retry(config, names))
    for name in names:
        click.echo(
            f"{name} continues after event {continued[name]}." if name in continued else f"{name} was not stopped."
        )


async def _retry(config: Config, names: tuple[str, ...]) -> dict[str, int]:
    async with open_for_command(config) as kring:
        return await retry_views(kring.views, names)


@views.command(name="skip")
@argument("name", metavar="VIEW", type=click.Choice(NAMES))
@reason_option
@data_option
def skip_(name: str, reason: str, data: Path | None) -> None:
    """Skip the event at which a view stopped, and continue after it.

    Your account, the time and the reason are stored, and `kring doctor` shows them. `kring rebuild` skips the event again;
    a view whose definition has changed tries it again.
    """
    config = load_config(data=data)
    log_warnings_only()
    position = run(_skip(config, name, reason))
    if position is None:
        raise click.ClickException(f"{name} has not stopped at an event that can be skipped. Run `kring views show`.")
    click.echo(f"{name} skips event {position} and continues.")


async def _skip(config: Config, name: str, reason: str) -> int | None:
    async with open_for_command(config) as kring:
        return await skip_of_view(kring.views, name, reason, operator())


@views.command()
@option(
    "--sample",
    metavar="N",
    type=click.IntRange(1, 1_000_000),
    default=SAMPLE_SIZE,
    show_default=True,
    help="Number of rows of each view, and of rows named by a sample of events.",
)
@data_option
def drift(sample: int, data: Path | None) -> None:
    """Compare some rows of each view with the log. The exit code is 1 if one differs. Repairs nothing.

    The worker does the same every hour.
    """
    config = load_config(data=data)
    log_warnings_only()
    sys.exit(1 if run(_drift(config, sample)) else 0)


async def _drift(config: Config, sample: int) -> int:
    """Compare, print the differences, and return how many rows differ."""
    rows = different = 0
    async with open_for_command(config) as kring:
        async for one in look_for_drift(kring, sample):
            rows += one.rows
            different += len(one.drifts) + (one.failed is not None)
            if one.failed is not None:
                click.echo(f"{click.style('✗', fg='red')} {one.view} cannot be compared: {one.failed}")
            for found in one.drifts:
                click.echo(f"{click.style('✗', fg='red')} {found}")
    click.echo(
        f"Compared {rows} rows with the log; {different} differ."
        + (" Run `kring rebuild` to rebuild the views." if different else "")
    )
    return different
