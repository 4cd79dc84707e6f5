"""Options, arguments and parameter types that several commands share."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import rich_click as click

from domain.foundation import SUFFIX

Decorator = Callable[[Callable[..., None]], Callable[..., None]]

# A strict type checker cannot use click's own annotations.
option = cast("Callable[..., Decorator]", click.option)  # pyright: ignore[reportUnknownMemberType]
argument = cast("Callable[..., Decorator]", click.argument)  # pyright: ignore[reportUnknownMemberType]
version_option = cast("Callable[..., Decorator]", click.version_option)  # pyright: ignore[reportUnknownMemberType]

data_option = option(
    "--data",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="Data folder. [default: KRING_DATA, or .kring]",
)
language_option = option(
    "--language", type=click.Choice(["nl", "en"]), default="nl", show_default=True, help="Language of the output."
)


class Id(click.ParamType[str]):
    """An id with a given prefix, such as `team_` and 26 characters."""

    def __init__(self, kind: str) -> None:
        self.name, self.kind = f"id of a {kind}", kind

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the id unchanged. Fails for anything that is not such an id."""
        a_kind = f"an {self.kind}" if self.kind[0] in "aeiou" else f"a {self.kind}"
        if not re.fullmatch(f"{self.kind}_{SUFFIX}", value):
            self.fail(f"{value!r} is not the id of {a_kind}: {self.kind}_ and 26 letters and digits", param, ctx)
        return value


class Url(click.ParamType[str]):
    """The address of a running Kring: `http://` or `https://`, a host and an optional port, without a path."""

    name = "URL"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the address without a trailing slash. Fails for anything else."""
        try:
            url = urlsplit(value)
            is_address = url.scheme in {"http", "https"} and bool(url.hostname) and (url.port or 1) > 0
        except ValueError:
            is_address, url = False, urlsplit("")
        if not is_address or url.path.strip("/") or url.query or url.fragment:
            self.fail(f"{value!r} is not an address such as http://127.0.0.1:8016", param, ctx)
        return value.rstrip("/")
