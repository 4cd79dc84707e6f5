"""What all commands share: their settings, the loop that they run in, and errors in words."""

import sys
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

import rich_click as click
import structlog
import uvloop

from domain.foundation import Refusal
from projections.wording import refusal_in_words
from service.config import BadSetting, Config, load
from service.embedded import EmbeddedError
from service.store.database import BROKEN
from service.store.schema import SchemaError
from service.store.views import Lagging
from service.up.family import Failed
from service.up.process import start_logging
from service.up.whole import UpFailed

Answer = TypeVar("Answer")
Decorate = Callable[[Callable[..., None]], Callable[..., None]]

# click's own annotations say little to a strict checker.
option = cast("Callable[..., Decorate]", click.option)  # pyright: ignore[reportUnknownMemberType]
argument = cast("Callable[..., Decorate]", click.argument)  # pyright: ignore[reportUnknownMemberType]
version_option = cast("Callable[..., Decorate]", click.version_option)  # pyright: ignore[reportUnknownMemberType]

data_option = option(
    "--data",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="Data folder. [default: KRING_DATA, or .kring]",
)
language_option = option(
    "--language", type=click.Choice(["nl", "en"]), default="nl", show_default=True, help="Language of the words."
)


def configured(**overrides: Any) -> Config:
    """The configuration, with logging to stderr as it says. A wrong setting ends the command."""
    with in_words():
        config = load(**overrides)
        start_logging(config)
        return config


def quietly() -> None:
    """Tell warnings alone: for commands whose output is an answer."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("warning"))


def run(work: Coroutine[Any, Any, Answer]) -> Answer:
    """Run `work` to its end. What can go wrong is told in words, and the exit code is 1."""
    with in_words():
        return uvloop.run(work)


@contextmanager
def in_words() -> Generator[None]:
    """Errors whose text is for people, as such; of others their kind alone."""
    try:
        yield
    except Refusal as error:
        raise click.ClickException(refusal_in_words(error, "en")) from None
    except (BadSetting, EmbeddedError, SchemaError, Failed, UpFailed) as error:
        raise click.ClickException(str(error)) from None
    except Lagging:
        raise click.ClickException("The views do not keep up with the log: kring doctor") from None
    except BROKEN as error:
        text = f"The database or another server does not answer as it should ({type(error).__name__}): kring doctor"
        raise click.ClickException(text) from None


def tell(text: str) -> None:
    """Say on the terminal how far we are; answers go to stdout, this does not."""
    click.echo(click.style(f"· {text}", dim=True), err=True)
    sys.stderr.flush()


def own_servers(config: Config, *fields: Callable[[Config], str | None]) -> None:
    """End the command unless the environment names the servers."""
    if any(field(config) is None for field in fields):
        raise click.ClickException(
            "KRING_DATABASE_URL: is needed, as this is for servers of your own. On one machine: kring up"
        )
