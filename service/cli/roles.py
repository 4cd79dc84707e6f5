"""`kring serve`, `kring project`, `kring work`: one role in one process, for scaling out."""

import os
import socket
import sys
from contextlib import nullcontext

import rich_click as click
import uvloop

from service.cli.arguments import option
from service.cli.execution import load_config, require_own_servers, run
from service.config import Config
from service.process import stop_on_signals, when_parent_ends
from service.store.database import connect
from service.store.key_binding import bound_keys
from service.store.schema import require_this_version


@click.command()
@option("--host", metavar="ADDRESS", help="Address to listen on. [default: KRING_HOST, or 127.0.0.1]")
@option("--port", metavar="PORT", type=click.IntRange(0, 65535), help="Port. [default: KRING_PORT, or 8016]")
@option("--socket", "inherited", type=int, hidden=True, help="Descriptor of an inherited listening socket.")
@option("--with-parent", is_flag=True, hidden=True, help="Stop when standard input ends.")
def serve(host: str | None, port: int | None, inherited: int | None, *, with_parent: bool) -> None:
    """Serve the HTTP API, the pages, health and documentation.

    Any number of processes may run on the same servers. Needs KRING_DATABASE_URL, KRING_REDIS_URL and KRING_KEYS.
    """
    config = load_config(host=host, port=port)
    require_own_servers(config, lambda one: one.database_url)
    run(_check_servers(config))
    uvloop.run(_serve(config, inherited, with_parent=with_parent))


async def _serve(config: Config, inherited: int | None, *, with_parent: bool) -> None:
    from service.app import serving_app  # noqa: PLC0415  half a second that only this command needs
    from service.http_server import server_of  # noqa: PLC0415  the same

    server = server_of(serving_app(config), config)

    def stop() -> None:
        server.should_exit = True

    # When it has stopped, uvicorn raises the signal again, so that an orderly stop would look like a killed process.
    server.capture_signals = nullcontext  # pyright: ignore[reportAttributeAccessIssue]
    stop_on_signals(stop)
    if with_parent:
        when_parent_ends(stop)
    await server.serve(None if inherited is None else [socket.socket(fileno=inherited)])
    if not server.started:
        sys.exit(3)


@click.command()
def project() -> None:
    """Project events into the views.

    One process is active, others stand by. Needs KRING_DATABASE_URL, KRING_REDIS_URL and KRING_KEYS.
    """
    _run_worker("project")


@click.command()
def work() -> None:
    """Run jobs: timers, counts, team assignments, mails.

    Any number of processes may run. Needs KRING_DATABASE_URL, KRING_REDIS_URL and KRING_KEYS.
    """
    _run_worker("work")


async def _check_servers(config: Config) -> None:
    """Check the version of the database and the key store first, so that the operator gets a message, not a traceback."""
    assert config.database_url is not None
    connection = await connect(config.database_url)
    try:
        await require_this_version(connection)
        await bound_keys(config.keys, connection, make=False)
    finally:
        await connection.close()


def _run_worker(role: str) -> None:
    """Replace this process by a worker: the service may start `workers`, but not import it."""
    config = load_config()
    require_own_servers(config, lambda one: one.database_url)
    run(_check_servers(config))
    os.execv(sys.executable, [sys.executable, "-P", "-m", "workers", role])  # noqa: S606  our own program
