"""`kring replay`: a history in words."""

import shutil
import sys
import textwrap
from datetime import datetime
from pathlib import Path

import rich_click as click

from domain.foundation import BallotId, Language, OrganisationId, ProgrammeId, Selector, TeamId
from service.cli.asked import Id, configured, data_option, language_option, option, quietly, run
from service.clock_and_ids import now
from service.config import Config
from service.kring import Kring
from service.operations import history
from service.operations.history import Stretch
from service.supervisor.supervisor import at_hand

THINGS = {"programme": ProgrammeId, "team": TeamId, "ballot": BallotId}
"""Of what a history can be told, by the name of its option."""


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
@option("--organisation", metavar="ID", type=Id("organisation"), help="What was told to this organisation.")
@option("--programme", metavar="ID", type=Id("programme"), help="What happened in this programme.")
@option("--team", metavar="ID", type=Id("team"), help="What happened in this CoP.")
@option("--ballot", metavar="ID", type=Id("ballot"), help="What happened to this ballot.")
@language_option
@option("--since", type=PositionOrMoment(), help="After this position, or this moment.")
@option("--as-of", type=PositionOrMoment(), help="Up to this position, or this moment.")
@data_option
def replay(
    *,
    language: Language,
    since: int | datetime | None,
    as_of: int | datetime | None,
    data: Path | None,
    **named: str | None,
) -> None:
    """Tell a history in words, event by event, from the log itself.

    With `--since`: what came after that, and then what differs between the two moments, field by field. Works beside a running
    `kring up`, and without one.
    """
    found = {kind: one for kind, one in named.items() if one is not None}
    if len(found) > 1:
        raise click.UsageError(f"Name one of these, not {len(found)}: {', '.join(f'--{kind}' for kind in named)}.")
    config = configured(data=data)
    quietly()
    run(_replay(config, found, language, Stretch(since, as_of)))


async def _replay(config: Config, named: dict[str, str], language: Language, stretch: Stretch) -> None:
    organisation = OrganisationId(named["organisation"]) if "organisation" in named else None
    about = next((THINGS[kind](one) for kind, one in named.items() if kind in THINGS), None)
    async with at_hand(config) as kring:
        await _require_within(kring, stretch)
        if named and not await _is_on_record(kring, organisation, about):
            raise click.ClickException(
                f"Nothing is on record about {organisation or about}. `kring replay` tells everything."
            )
        lines = history.replay(kring, organisation=organisation, about=about, language=language, stretch=stretch)
        told = 0
        async for line in lines:
            click.echo(line)
            told += 1
        if named and stretch.since is not None:
            found = await history.what_differs(
                kring, organisation=organisation, about=about, language=language, stretch=stretch
            )
            click.echo("\n".join(["", *map(fitted, found)] if told else map(fitted, found)))


async def _require_within(kring: Kring, stretch: Stretch) -> None:
    """Raises a usage error unless both ends lie within the log, in order."""
    head, at = await kring.log.head(), now()
    for name, end in (("--since", stretch.since), ("--as-of", stretch.as_of)):
        if isinstance(end, int) and end > head:
            raise click.UsageError(f"{name} {end}: the log ends at {head}.")
        if isinstance(end, datetime) and end > at:
            raise click.UsageError(f"{name} {end.isoformat()} lies in the future.")
    since, as_of = [
        await kring.log.position_at(end) if isinstance(end, datetime) else end for end in (stretch.since, stretch.as_of)
    ]
    moments = (
        isinstance(stretch.since, datetime) and isinstance(stretch.as_of, datetime) and stretch.since > stretch.as_of
    )
    if moments or (since is not None and as_of is not None and since > as_of):
        raise click.UsageError(f"--since {stretch.since} comes after --as-of {stretch.as_of}: exchange them.")


async def _is_on_record(
    kring: Kring, organisation: OrganisationId | None, about: ProgrammeId | TeamId | BallotId | None
) -> bool:
    """Whether the log has any event of this thing, or told to this organisation."""
    tag = about or f"to:{organisation}"
    found, _ = await kring.log.read(kring.commands.mapper.query([Selector(types=[], tags=[tag])]), limit=1)
    return bool(found)


def fitted(line: str) -> str:
    """A line of a difference, on a terminal in as many as it takes, each of which stands further in than what it goes on."""
    if not sys.stdout.isatty():
        return line
    margin = line[: len(line) - len(line.lstrip())]
    return textwrap.fill(
        line,
        width=shutil.get_terminal_size().columns,
        subsequent_indent=f"{margin}        ",
        break_long_words=False,
        break_on_hyphens=False,
    )
