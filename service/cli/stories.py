"""`kring replay`: a history in words."""

from datetime import datetime
from pathlib import Path

import rich_click as click

from domain.foundation import OrganisationId, ProgrammeId
from projections.names import Language
from service import replaying
from service.cli.asked import configured, data_option, language_option, option, quietly, run
from service.config import Config
from service.up.whole import at_hand


class PositionOrMoment(click.ParamType[int | datetime]):
    """A position in the log, or a moment with its offset."""

    name = "position or moment"

    def convert(
        self, value: str | datetime | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | datetime:
        """What was typed. Fails for anything else."""
        if not isinstance(value, str):
            return value
        try:
            found = int(value) if value.isascii() and value.isdigit() else datetime.fromisoformat(value)
        except ValueError:
            found = None
        if found is None or (isinstance(found, datetime) and found.tzinfo is None):
            self.fail("is a position (120) or a moment with offset (2026-11-23T12:00:00+01:00)", param, ctx)
        return found


@click.command()
@option("--organisation", metavar="ID", help="What was told to this organisation.")
@option("--programme", metavar="ID", help="What happened in this programme.")
@language_option
@option("--as-of", type=PositionOrMoment(), help="Up to this position, or this moment.")
@data_option
def replay(
    organisation: str | None, programme: str | None, language: Language, as_of: int | datetime | None, data: Path | None
) -> None:
    """Tell a history in words, fact by fact, from the log itself.

    Works beside a running `kring up`, and without one.
    """
    if organisation is not None and programme is not None:
        raise click.UsageError("Name an organisation or a programme, not both.")
    config = configured(data=data)
    quietly()
    run(_replay(config, organisation, programme, language, as_of))


async def _replay(
    config: Config, organisation: str | None, programme: str | None, language: Language, as_of: int | datetime | None
) -> None:
    async with at_hand(config) as kring:
        lines = replaying.replay(
            kring,
            organisation=None if organisation is None else OrganisationId(organisation),
            programme=None if programme is None else ProgrammeId(programme),
            language=language,
            as_of=as_of,
        )
        told = 0
        async for line in lines:
            click.echo(line)
            told += 1
    about, beginning = organisation or programme, int(organisation is not None)
    if about is not None and as_of is None and told == beginning:
        raise click.ClickException(f"Nothing is on record about {about}. `kring replay` alone tells everything.")
