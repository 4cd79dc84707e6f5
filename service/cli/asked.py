"""What all commands share: their settings, the loop that they run in, and errors in words."""

import contextlib
import re
import sys
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

import rich_click as click
import structlog
import uvloop

from domain.foundation import SUFFIX, Refusal
from projections.view import CannotFold
from projections.wording.sentences import refusal_in_words
from service.config import BadSetting, Config, load
from service.embedded import EmbeddedError
from service.process import start_logging
from service.sealing.keys import KeyStoreError
from service.store.database import BROKEN
from service.store.log.mapper import CannotDecode
from service.store.schema import SchemaError
from service.store.views.view_store import Lagging
from service.supervisor.child_processes import Failed
from service.supervisor.supervisor import UpFailed

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


class Id(click.ParamType[str]):
    """The id of a thing of one kind: `team_` and 26 characters."""

    def __init__(self, kind: str) -> None:
        self.name, self.kind = f"id of a {kind}", kind

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """What was typed. Fails for what cannot be such an id."""
        a_kind = f"an {self.kind}" if self.kind[0] in "aeiou" else f"a {self.kind}"
        if not re.fullmatch(f"{self.kind}_{SUFFIX}", value):
            self.fail(f"{value!r} is not the id of {a_kind}: {self.kind}_ and 26 letters and digits", param, ctx)
        return value


class Url(click.ParamType[str]):
    """Where a Kring answers: `http://` or `https://`, a host and perhaps a port, and nothing after it."""

    name = "URL"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """What was typed, without a last slash. Fails for anything else."""
        try:
            url = urlsplit(value)
            whole = url.scheme in {"http", "https"} and bool(url.hostname) and (url.port or 1) > 0
        except ValueError:
            whole, url = False, urlsplit("")
        if not whole or url.path.strip("/") or url.query or url.fragment:
            self.fail(f"{value!r} is not an address such as http://127.0.0.1:8016", param, ctx)
        return value.rstrip("/")


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
    except (BadSetting, EmbeddedError, SchemaError, KeyStoreError, Failed, UpFailed) as error:
        raise click.ClickException(str(error)) from None
    except (CannotFold, CannotDecode) as error:
        raise click.ClickException(f"{error}: kring doctor") from None
    except Lagging:
        raise click.ClickException("The views do not keep up with the log: kring doctor") from None
    except BROKEN as error:
        if isinstance(error, OSError) and error.filename is not None:  # of this machine, not of a server
            raise click.ClickException(f"{error.filename}: {error.strerror}") from None
        text = f"The database or another server does not answer as it should ({type(error).__name__}): kring doctor"
        raise click.ClickException(text) from None


def tell(text: str) -> None:
    """Say on the terminal how far we are; answers go to stdout, this does not."""
    with contextlib.suppress(OSError):  # the terminal is gone or the disk behind it full: what is told of goes on
        click.echo(click.style(f"· {text}", dim=True), err=True)
        sys.stderr.flush()


def own_servers(config: Config, *fields: Callable[[Config], str | None]) -> None:
    """End the command unless the environment names the servers."""
    if any(field(config) is None for field in fields):
        raise click.ClickException(
            "KRING_DATABASE_URL: is needed, as this is for servers of your own. On one machine: kring up"
        )
