"""`kring doctor`: finds problems of an installation and says what to do about them."""

import sys
from pathlib import Path

import rich_click as click

from service.cli.arguments import data_option
from service.cli.doctor_checks import Finding, check_installation, check_servers, check_service, is_set_up
from service.cli.execution import load_config, log_warnings_only, run
from service.config import Config
from service.embedded import EmbeddedError, running_servers
from service.sealing.keys import KeyStoreError
from service.store.database import DATABASE_ERRORS
from service.store.schema import SchemaError
from service.supervisor.supervisor import open_for_command

MARKS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "error": ("✗", "red")}


@click.command()
@data_option
def doctor(data: Path | None) -> None:
    """Check this installation and say how to fix what is wrong. The exit code is 1 if there are problems.

    Works while `kring up` runs; otherwise it starts the servers temporarily.
    """
    config = load_config(data=data)
    log_warnings_only()
    found = [_print(one) for one in check_installation(config)]
    if config.database_url is not None or is_set_up(config):
        found += run(_check_servers(config))
    problems = sum(one.level == "error" for one in found)
    click.echo(_summary(problems))
    sys.exit(1 if problems else 0)


def _summary(problems: int) -> str:
    if not problems:
        return "No problems found."
    return "1 problem found." if problems == 1 else f"{problems} problems found."


def _print(finding: Finding) -> Finding:
    """Print a finding as soon as it is known, and return it."""
    mark, colour = MARKS[finding.level]
    click.echo(f"{click.style(mark, fg=colour)} {finding.about}: {finding.found}")
    if finding.advice is not None:
        click.echo(f"  → {finding.advice}")
    return finding


async def _check_servers(config: Config) -> list[Finding]:
    ours = config.database_url is None and running_servers(config.data) is not None
    try:
        found = [_print(check_service(config))] if ours else []
        async with open_for_command(config, make_keys=False) as kring:
            return found + [
                _print(one) async for one in check_servers(kring, running=ours or config.database_url is not None)
            ]
    except (EmbeddedError, SchemaError) as error:
        return [_print(Finding("error", "servers", str(error), "See the logs in the data folder."))]
    except KeyStoreError as error:
        return [_print(Finding("error", "keys", str(error), "See docs/how-to/back-up-and-restore.md."))]
    except DATABASE_ERRORS as error:
        advice = "Check that it runs and that KRING_DATABASE_URL is right; `kring migrate` creates missing tables."
        return [_print(Finding("error", "database", f"does not answer properly ({type(error).__name__})", advice))]
    except Exception as error:  # noqa: BLE001  the doctor must report whatever prevents a start
        advice = "A file in the data folder may be damaged: restore a backup, and see the logs there."
        return [_print(Finding("error", "start", f"Kring cannot be opened ({type(error).__name__})", advice))]
