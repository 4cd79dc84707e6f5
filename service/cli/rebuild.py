"""`kring rebuild`: empties the views so that they are filled from the log again, after a restore or when in doubt."""

from pathlib import Path

import rich_click as click

from service.cli.arguments import data_option, option
from service.cli.execution import load_config, log_warnings_only, run
from service.config import Config
from service.kring import Kring
from service.supervisor.supervisor import open_for_command

AHEAD_OF_LOG = "select name, position from reactions where not in_log(position, mark) order by name"

REACT_AFTER = """
-- Continue reactions that have processed events which the log no longer holds, after an event that it still holds.
update reactions set position = $1, stopped_at = null, stopped_because = null where not in_log(position, mark)
"""


@click.command()
@option(
    "--react-after",
    metavar="POSITION",
    type=click.IntRange(min=0),
    help="After a restore: the last restored event. Reactions that are ahead of the log continue after it.",
)
@data_option
def rebuild(data: Path | None, react_after: int | None) -> None:
    """Empty the views, so that the projector fills them again from the first event.

    Until it has finished, lists are incomplete. Works whether `kring up` runs or not.
    """
    config = load_config(data=data)
    log_warnings_only()
    for line in run(_rebuild(config, react_after)):
        click.echo(line)


async def _rebuild(config: Config, react_after: int | None) -> list[str]:
    async with open_for_command(config) as kring:
        head = await kring.log.head()
        if react_after is not None:
            await _require_processed(kring, react_after, head)
            await kring.log.pool.execute(REACT_AFTER, react_after)
        await kring.views.empty()
        lines = [f"{len(kring.views.views)} views were emptied; the projector fills them again up to event {head}."]
        ahead = ", ".join(row[0] for row in await kring.log.pool.fetch(AHEAD_OF_LOG))
        return [*lines, f"These reactions are ahead of the log: {ahead}. Use --react-after."] if ahead else lines


async def _require_processed(kring: Kring, position: int, head: int) -> None:
    """Require that the reactions have processed everything up to `position`; else they would never process some events."""
    if position > head:
        raise click.ClickException(f"--react-after {position}: the log ends at {head}.")
    for name, reached in await kring.log.pool.fetch(AHEAD_OF_LOG):
        if position >= reached:
            raise click.ClickException(
                f"--react-after {position}: {name} had reached event {reached}, and the log now has another event there."
            )
