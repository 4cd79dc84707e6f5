"""`kring up`, `kring demo` and `kring migrate`."""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any

import rich_click as click

from service.auth.sign_in import OPERATOR_LINK_VALIDITY
from service.cli.arguments import Url, data_option, option
from service.cli.execution import load_config, require_own_servers, run, show_progress
from service.config import Config
from service.kring import open_kring
from service.process import stop_on_signals
from service.store import schema
from service.supervisor import demonstration
from service.supervisor.supervisor import (
    local_url,
    open_for_command,
    require_running,
    run_all_parts,
    running_url,
    wait_until_ready,
)

LINK_VALIDITY_HOURS = OPERATOR_LINK_VALIDITY // timedelta(hours=1)


@click.command()
@option(
    "--port",
    metavar="PORT",
    type=click.IntRange(0, 65535),
    help="Port; 0: any free one. [default: KRING_PORT, or 8016]",
)
@option("--demo/--no-demo", default=False, show_default=True, help="Play the demo if there is no data yet.")
@data_option
def up(port: int | None, data: Path | None, *, demo: bool) -> None:
    """Run Kring on this machine: PostgreSQL, Valkey, service, projector and worker.

    Prints `ready <url>` when every part answers, a new token per role, and a link that signs in one person per role.
    Ctrl-C stops all parts; the next start finds all data. With KRING_DATABASE_URL it uses servers of your own, and prints
    no links.
    """
    run(_until_stopped(_up(load_config(port=port, data=data), demo=demo)))


async def _until_stopped(work: Coroutine[Any, Any, None]) -> None:
    """Run `work` until it ends or a signal stops it, which is not an error."""
    task = asyncio.ensure_future(work)
    stopped = asyncio.Event()

    def stop() -> None:
        if not stopped.is_set():
            stopped.set()
            task.cancel()
            show_progress("stopping")

    stop_on_signals(stop)
    try:
        await task
    except asyncio.CancelledError:
        if not stopped.is_set():
            raise


async def _up(config: Config, *, demo: bool) -> None:
    async with run_all_parts(config, show_progress) as found, open_kring(found) as kring:
        if demo and await demonstration.should_play(kring):
            show_progress("playing the demo")
            await demonstration.play(kring, local_url(found), show_progress)
        click.echo(f"ready {local_url(found)}")
        async for issued in demonstration.issue_tokens(kring):
            click.echo(f"  {issued.label:<12}  {issued.token}")
        if config.database_url is None:
            async for link in demonstration.sign_in_links(kring, local_url(found)):
                click.echo(f"  {link.label:<12}  {link.url}")
        if demonstration.was_played(kring):
            show_progress(demonstration.SEE)
        show_progress(
            f"tokens are valid for {demonstration.TOKEN_VALIDITY_DAYS} days, links for {LINK_VALIDITY_HOURS} hours; "
            f"logs are in {found.data / 'logs'}; Ctrl-C stops everything"
        )
        await asyncio.Event().wait()


@click.command()
@option(
    "--url", metavar="URL", type=Url(), help="Address of a running Kring. [default: the `kring up` on this data folder]"
)
@option(
    "--programmes",
    metavar="N",
    type=click.IntRange(1, 10_000),
    help="Play N generated programmes instead, for load and tests.",
)
@data_option
def demo(url: str | None, programmes: int | None, data: Path | None) -> None:
    """Play the demo on a running Kring, through its HTTP API. Started again, it continues where it stopped."""
    run(_demo(load_config(data=data), url, programmes))


async def _demo(config: Config, url: str | None, programmes: int | None) -> None:
    there = url or running_url(config)
    if config.database_url is None:
        require_running(config)
    async with open_for_command(config) as kring:
        await wait_until_ready(there, config.data / "logs")
        if programmes is None:
            await demonstration.play(kring, there, show_progress)
        else:
            show_progress(f"playing {programmes} generated programmes, about 15 seconds each")
            await demonstration.play_many(kring, there, show_progress, programmes)
        show_progress("done")


@click.command()
def migrate() -> None:
    """Migrate the database at KRING_OWNER_URL to this version. Safe to repeat, and to run concurrently."""
    config = load_config()
    require_own_servers(config, lambda one: one.owner_url)
    assert config.owner_url is not None
    run(schema.migrate(config.owner_url))
    click.echo("The database is up to date.", err=True)
