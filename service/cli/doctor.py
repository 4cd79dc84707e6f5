"""`kring doctor`: what is wrong with this installation, and what to do about it."""

import sys
from pathlib import Path

import rich_click as click

from service.cli.asked import configured, data_option, quietly, run
from service.cli.checks import Finding, is_set_up, of_installation, of_servers, of_service
from service.config import Config
from service.embedded import EmbeddedError, running_servers
from service.sealing.keys import KeyStoreError
from service.store.database import BROKEN
from service.store.schema import SchemaError
from service.supervisor.supervisor import at_hand

MARKS = {"well": ("✓", "green"), "mind": ("!", "yellow"), "wrong": ("✗", "red")}


@click.command()
@data_option
def doctor(data: Path | None) -> None:
    """Check this installation and say what to do about what is wrong; the exit code is 1 if anything is.

    Works beside a running `kring up`; when nothing runs, it starts the servers for the moment.
    """
    config = configured(data=data)
    quietly()
    found = [told(one) for one in of_installation(config)]
    if config.database_url is not None or is_set_up(config):
        found += run(_of_servers(config))
    wrong = sum(one.level == "wrong" for one in found)
    click.echo(f"{wrong} wrong: see the arrows." if wrong else "Nothing is wrong.")
    sys.exit(1 if wrong else 0)


def told(finding: Finding) -> Finding:
    """The finding, as soon as it is known."""
    mark, colour = MARKS[finding.level]
    click.echo(f"{click.style(mark, fg=colour)} {finding.about}: {finding.found}")
    if finding.advice is not None:
        click.echo(f"  → {finding.advice}")
    return finding


async def _of_servers(config: Config) -> list[Finding]:
    ours = config.database_url is None and running_servers(config.data) is not None
    try:
        found = [told(of_service(config))] if ours else []
        async with at_hand(config, make_keys=False) as kring:
            return found + [
                told(one) async for one in of_servers(kring, running=ours or config.database_url is not None)
            ]
    except (EmbeddedError, SchemaError) as error:
        return [told(Finding("wrong", "servers", str(error), "See the logs in the data folder."))]
    except KeyStoreError as error:
        return [told(Finding("wrong", "keys", str(error), "See docs/how-to/back-up-and-restore.md."))]
    except BROKEN as error:
        advice = "See that it runs and that KRING_DATABASE_URL is right; `kring migrate` makes what is missing."
        return [told(Finding("wrong", "database", f"does not answer as it should ({type(error).__name__})", advice))]
    except Exception as error:  # noqa: BLE001  whatever keeps it from starting, a doctor has to say so
        advice = "A file of the data folder may be damaged: put back a copy, and see its logs."
        return [told(Finding("wrong", "start", f"Kring cannot be opened ({type(error).__name__})", advice))]
