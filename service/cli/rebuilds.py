"""`kring rebuild`: the views anew from the log, after a restore or a doubt."""

from pathlib import Path

import rich_click as click

from service.cli.asked import configured, data_option, option, quietly, run
from service.config import Config
from service.kring import Kring
from service.supervisor.supervisor import at_hand

ASTRAY = "select name, position from reactions where not in_log(position, mark) order by name"

REACT_AFTER = """
-- Reactions that had seen facts which are gone go on after a fact that they have seen and that is still there.
update reactions set position = $1, stopped_at = null, stopped_because = null where not in_log(position, mark)
"""


@click.command()
@option(
    "--react-after",
    metavar="POSITION",
    type=click.IntRange(min=0),
    help="After a restore, the last fact that is still the same: reactions that have lost their place go on after it.",
)
@data_option
def rebuild(data: Path | None, react_after: int | None) -> None:
    """Empty the views, for the projector to fill them from the first event.

    Until it has come to the end, lists show what it has folded so far. Works beside a running `kring up`, and without one.
    """
    config = configured(data=data)
    quietly()
    for line in run(_rebuild(config, react_after)):
        click.echo(line)


async def _rebuild(config: Config, react_after: int | None) -> list[str]:
    async with at_hand(config) as kring:
        head = await kring.log.head()
        if react_after is not None:
            await _require_seen(kring, react_after, head)
            await kring.log.pool.execute(REACT_AFTER, react_after)
        await kring.views.empty()
        told = [f"{len(kring.views.views)} views begin again; the projector brings them to {head}."]
        lost = ", ".join(row[0] for row in await kring.log.pool.fetch(ASTRAY))
        return [*told, f"Without a place in the log: {lost}. Name one: --react-after."] if lost else told


async def _require_seen(kring: Kring, position: int, head: int) -> None:
    """Nobody goes on after an event that they have not seen: what stands before it would never be reacted to."""
    if position > head:
        raise click.ClickException(f"--react-after {position}: the log ends at {head}.")
    for name, came_to in await kring.log.pool.fetch(ASTRAY):
        if position >= came_to:
            raise click.ClickException(
                f"--react-after {position}: {name} had come to {came_to}, where the log is not the same any more."
            )
