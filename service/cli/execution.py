"""Execution of commands: configuration, the event loop, progress, and errors as messages for the operator."""

import contextlib
import sys
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from typing import Any, TypeVar

import rich_click as click
import structlog
import uvloop

from domain.foundation import Refusal
from projections.view import CannotFold
from projections.wording.sentences import refusal_in_words
from service.config import BadSetting, Config, load
from service.embedded import EmbeddedError
from service.process import start_logging
from service.sealing.keys import KeyStoreError
from service.store.database import DATABASE_ERRORS
from service.store.log.mapper import CannotDecode
from service.store.schema import SchemaError
from service.store.views.view_store import Lagging
from service.supervisor.child_processes import PartFailed
from service.supervisor.supervisor import UpFailed

Result = TypeVar("Result")


def load_config(**overrides: Any) -> Config:
    """Load the configuration and start logging to stderr at its level. An invalid setting ends the command."""
    with report_errors():
        config = load(**overrides)
        start_logging(config)
        return config


def log_warnings_only() -> None:
    """Log only warnings and errors, so that they stand apart from a command's output."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("warning"))


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Run `work` to completion. Expected errors end the command with a message and exit code 1."""
    with report_errors():
        return uvloop.run(work)


@contextmanager
def report_errors() -> Generator[None]:
    """Turn expected errors into messages for the operator: the text of our own errors, only the class of others."""
    try:
        yield
    except Refusal as error:
        raise click.ClickException(refusal_in_words(error, "en")) from None
    except (BadSetting, EmbeddedError, SchemaError, KeyStoreError, PartFailed, UpFailed) as error:
        raise click.ClickException(str(error)) from None
    except (CannotFold, CannotDecode) as error:
        raise click.ClickException(f"{error}. Run `kring doctor` to find the cause.") from None
    except Lagging:
        raise click.ClickException("The views are behind the log. Run `kring doctor` to find the cause.") from None
    except DATABASE_ERRORS as error:
        if isinstance(error, OSError) and error.filename is not None:  # about a local file, not about a server
            raise click.ClickException(f"{error.filename}: {error.strerror}") from None
        text = f"The database or another server does not answer properly ({type(error).__name__}). Run `kring doctor`."
        raise click.ClickException(text) from None


def show_progress(text: str) -> None:
    """Print a progress message to stderr; stdout is for results."""
    with contextlib.suppress(OSError):  # a closed terminal or a full disk must not stop the work itself
        click.echo(click.style(f"· {text}", dim=True), err=True)
        sys.stderr.flush()


def require_own_servers(config: Config, *fields: Callable[[Config], str | None]) -> None:
    """End the command unless these fields (the URLs of servers) are configured."""
    if any(field(config) is None for field in fields):
        raise click.ClickException(
            "This command needs servers of your own: set KRING_DATABASE_URL. To run Kring on one machine, use `kring up`."
        )
