"""Operations of the API that are documented but not built yet: each answers 501, problem `not-yet`."""

import re
from collections.abc import Iterator

from litestar.handlers import HTTPRouteHandler
from litestar.types import Method

from domain.foundation import Refusal, Text

NOT_BUILT: tuple[tuple[Method, str, str], ...] = (
    ("GET", "/organisations/{organisation}/trail/bundle", "the whole trail with its proofs, to be verified offline"),
    ("GET", "/organisations/{organisation}/trail/checkpoint", "the signed size and root hash of the trail"),
    ("GET", "/organisations/{organisation}/trail/proof", "the proof that the trail includes an event, or only grew"),
    ("GET", "/people/{person}/data", "everything that is held about a person"),
    ("POST", "/people/{person}/erasure", "the erasure of a person's data, with a certificate"),
    ("GET", "/teams/{team}/advice.pdf", "the advice as a PDF"),
)
"""Method, path and description. An operation leaves this list when it is built."""


class NotYet(Refusal):
    """The operation is documented but not built yet."""

    CODE = "not-yet"
    STATUS = 501
    TEXT = Text(en="Kring cannot do this yet.", nl="Dit kan Kring nog niet.")


def not_built() -> Iterator[HTTPRouteHandler]:
    """A handler for each operation of `NOT_BUILT`."""
    return (_handler(method, path, gives) for method, path, gives in NOT_BUILT)


def _handler(method: Method, path: str, gives: str) -> HTTPRouteHandler:
    async def handler() -> None:
        raise NotYet

    handler.__doc__ = f"Not built yet: {gives}."
    return HTTPRouteHandler(
        re.sub(r"\{(\w+)\}", r"{\1:str}", path),
        http_method=method,
        name=f"{method} {path}",
        tags=["Not yet"],
        opt={"not_yet": True},
        status_code=501,
    )(handler)
