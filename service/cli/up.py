"""`kring up`, `kring demo` and `kring migrate`."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import rich_click as click

from service.cli.asked import Url, configured, data_option, option, own_servers, run, tell
from service.config import Config
from service.kring import open_kring
from service.process import stop_on_signals
from service.store import schema
from service.supervisor import demonstration
from service.supervisor.supervisor import at_hand, everything, local_url, ready, require_running, running_url


@click.command()
@option(
    "--port",
    metavar="PORT",
    type=click.IntRange(0, 65535),
    help="Port; 0: any free one. [default: KRING_PORT, or 8016]",
)
@option("--demo/--no-demo", default=False, show_default=True, help="Play the demo case if there is no data yet.")
@data_option
def up(port: int | None, data: Path | None, *, demo: bool) -> None:
    """Start everything on this machine and stay: PostgreSQL, Valkey, service, projector and worker.

    Prints `ready <url>` when every part answers, and a new token per role. Ctrl-C stops everything; the next start finds
    all data. With KRING_DATABASE_URL it uses servers of your own.
    """
    run(_until_told(_up(configured(port=port, data=data), demo=demo)))


async def _until_told(work: Coroutine[Any, Any, None]) -> None:
    """Run until told to stop, which is no error."""
    task = asyncio.ensure_future(work)
    told = asyncio.Event()

    def stop() -> None:
        if not told.is_set():
            told.set()
            task.cancel()
            tell("stopping")

    stop_on_signals(stop)
    try:
        await task
    except asyncio.CancelledError:
        if not told.is_set():
            raise


async def _up(config: Config, *, demo: bool) -> None:
    async with everything(config, tell) as found, open_kring(found) as kring:
        if demo and await demonstration.wanted(kring):
            tell("playing the demo case")
            await demonstration.play(kring, local_url(found), tell)
        click.echo(f"ready {local_url(found)}")
        async for way in demonstration.ways_in(kring):
            click.echo(f"  {way.label:<12}  {way.token}")
        tell(
            f"tokens are valid for {demonstration.DAYS} days; logs are in {found.data / 'logs'}; Ctrl-C stops everything"
        )
        await asyncio.Event().wait()


@click.command()
@option("--url", metavar="URL", type=Url(), help="Where it answers. [default: where the `kring up` on this data does]")
@option(
    "--programmes",
    metavar="N",
    type=click.IntRange(1, 10_000),
    help="Instead, N invented programmes, for load and tests.",
)
@data_option
def demo(url: str | None, programmes: int | None, data: Path | None) -> None:
    """Play the demo case into a running Kring, through its HTTP API. Started again, it goes on where it was."""
    run(_demo(configured(data=data), url, programmes))


async def _demo(config: Config, url: str | None, programmes: int | None) -> None:
    there = url or running_url(config)
    if config.database_url is None:
        require_running(config)
    async with at_hand(config) as kring:
        await ready(there, config.data / "logs")
        if programmes is None:
            await demonstration.play(kring, there, tell)
        else:
            tell(f"playing {programmes} invented programmes, a quarter of a minute each")
            await demonstration.play_many(kring, there, tell, programmes)
        tell("done")


@click.command()
def migrate() -> None:
    """Bring the database at KRING_OWNER_URL to this version. Safe to repeat, and to run twice at once."""
    config = configured()
    own_servers(config, lambda one: one.owner_url)
    assert config.owner_url is not None
    run(schema.migrate(config.owner_url))
    click.echo("The database is at this version.", err=True)
