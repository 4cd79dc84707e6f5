"""`kring replay`: shows a history in words."""

import shutil
import sys
import textwrap
from datetime import datetime
from pathlib import Path

import rich_click as click

from domain.foundation import BallotId, Language, OrganisationId, ProgrammeId, Selector, TeamId
from service.cli.arguments import Id, data_option, language_option, option
from service.cli.execution import load_config, log_warnings_only, run
from service.clock_and_ids import now
from service.config import Config
from service.kring import Kring
from service.operations import history
from service.operations.history import HistoryRange
from service.supervisor.supervisor import open_for_command

SUBJECTS = {"programme": ProgrammeId, "team": TeamId, "ballot": BallotId}
"""Subjects of a history, by the name of the option."""


class PositionOrTime(click.ParamType[int | datetime]):
    """A position in the log, or a time with its UTC offset."""

    name = "position or time"

    def convert(
        self, value: str | datetime | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | datetime:
        """Return the position or time. Fails for anything else."""
        if not isinstance(value, str):
            return value
        try:
            found = int(value) if value.isascii() and value.isdigit() else datetime.fromisoformat(value)
        except ValueError:
            found = None
        if found is None or (isinstance(found, datetime) and found.tzinfo is None):
            self.fail("use a position (120) or a time with offset (2026-11-23T12:00:00+01:00)", param, ctx)
        return found


@click.command()
@option("--organisation", metavar="ID", type=Id("organisation"), help="Show the events visible to this organisation.")
@option("--programme", metavar="ID", type=Id("programme"), help="Show the events of this programme.")
@option("--team", metavar="ID", type=Id("team"), help="Show the events of this CoP.")
@option("--ballot", metavar="ID", type=Id("ballot"), help="Show the events of this ballot.")
@language_option
@option("--since", type=PositionOrTime(), help="Only events after this position or time.")
@option("--as-of", type=PositionOrTime(), help="Only events up to this position or time.")
@data_option
def replay(
    *,
    language: Language,
    since: int | datetime | None,
    as_of: int | datetime | None,
    data: Path | None,
    **named: str | None,
) -> None:
    """Show a history in words, event by event, straight from the log.

    With `--since`, also shows which fields differ between the two points in time. Works whether `kring up` runs or not.
    """
    found = {kind: one for kind, one in named.items() if one is not None}
    if len(found) > 1:
        raise click.UsageError(f"Use only one of {', '.join(f'--{kind}' for kind in named)}, not {len(found)}.")
    config = load_config(data=data)
    log_warnings_only()
    run(_replay(config, found, language, HistoryRange(since, as_of)))


async def _replay(config: Config, named: dict[str, str], language: Language, within: HistoryRange) -> None:
    organisation = OrganisationId(named["organisation"]) if "organisation" in named else None
    about = next((SUBJECTS[kind](one) for kind, one in named.items() if kind in SUBJECTS), None)
    async with open_for_command(config) as kring:
        await _require_in_log(kring, within)
        if named and not await _has_events(kring, organisation, about):
            raise click.ClickException(
                f"There are no events about {organisation or about}. `kring replay` without an id shows all events."
            )
        lines = history.replay(kring, organisation=organisation, about=about, language=language, within=within)
        shown = 0
        async for line in lines:
            click.echo(line)
            shown += 1
        if named and within.since is not None:
            found = await history.describe_differences(
                kring, organisation=organisation, about=about, language=language, within=within
            )
            click.echo("\n".join(["", *map(wrapped, found)] if shown else map(wrapped, found)))


async def _require_in_log(kring: Kring, within: HistoryRange) -> None:
    """Raises a usage error unless both ends are within the log, in order."""
    head, at = await kring.log.head(), now()
    for name, end in (("--since", within.since), ("--as-of", within.as_of)):
        if isinstance(end, int) and end > head:
            raise click.UsageError(f"{name} {end}: the log ends at {head}.")
        if isinstance(end, datetime) and end > at:
            raise click.UsageError(f"{name} {end.isoformat()} is in the future.")
    since, as_of = [
        await kring.log.position_at(end) if isinstance(end, datetime) else end for end in (within.since, within.as_of)
    ]
    reversed_times = (
        isinstance(within.since, datetime) and isinstance(within.as_of, datetime) and within.since > within.as_of
    )
    if reversed_times or (since is not None and as_of is not None and since > as_of):
        raise click.UsageError(f"--since {within.since} is after --as-of {within.as_of}.")


async def _has_events(
    kring: Kring, organisation: OrganisationId | None, about: ProgrammeId | TeamId | BallotId | None
) -> bool:
    """Whether the log has any event about this subject, or visible to this organisation."""
    tag = about or f"to:{organisation}"
    found, _ = await kring.log.read(kring.commands.mapper.query([Selector(types=[], tags=[tag])]), limit=1)
    return bool(found)


def wrapped(line: str) -> str:
    """A line of a difference, wrapped and indented if stdout is a terminal."""
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
