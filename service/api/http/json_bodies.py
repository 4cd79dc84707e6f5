"""Bodies are JSON of exactly the declared shape. Litestar alone would take any media type, and `"1"` for 1 and 1 for a moment."""

import re
from functools import cache
from typing import Any, get_type_hints

import msgspec
from litestar import HttpMethod, Request
from litestar.datastructures import Headers
from litestar.handlers import HTTPRouteHandler
from litestar.types import Empty

from domain.foundation import Refusal, Text
from service.api.http.bodies import NotAsDeclared, check
from service.api.http.validation_words import MALFORMED, TOO_DEEP, in_words

JSON = "application/json"
UPLOAD = "upload"
"""Marks a handler (`opt`) that reads its own body: see `uploads.py`."""
PLACE = re.compile(r" - at `\$\.?(.*?)`$")
NAMED = re.compile(r"field `([^`]*)`")
INDEX = re.compile(r"\[(\d*)(?:\.\.\.)?\]")


class WrongMediaType(Refusal):
    """A body has one media type."""

    CODE = "unsupported-media-type"
    STATUS = 415
    TEXT = Text(en="Send this as {wanted}.", nl="Stuur dit als {wanted}.")


class EncodedBody(Refusal):
    """A body is sent as it is, not compressed (RFC 9110 §8.4)."""

    CODE = "unsupported-content-encoding"
    STATUS = 415
    TEXT = Text(en="Send this without Content-Encoding.", nl="Stuur dit zonder Content-Encoding.")


class OnceDecoded(Request[Any, Any, Any]):
    """A request whose headers are looked up once, and its body is decoded once: what was looked at is what the handler gets."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.declared: object = Empty
        self._headers: Headers | None = None

    @property
    def headers(self) -> Headers:
        """As Litestar has them, which looks them up each time that somebody asks."""
        if self._headers is None:
            self._headers = super().headers
        return self._headers

    async def json(self) -> Any:
        """The body as `exactly_as_declared` decoded it; where it did not, as Litestar does."""
        return await super().json() if self.declared is Empty else self.declared


async def exactly_as_declared(request: OnceDecoded) -> None:
    """Look at the body before anything is done with it, but a file's. Raises 413, 415, `BadText`, and 422 naming the field."""
    if request.route_handler.opt.get(UPLOAD) or request.method == HttpMethod.OPTIONS:  # Litestar's own handler
        return
    decoder = _decoder(request.route_handler)
    body = await request.body()
    if decoder is None or not body:
        return
    if request.content_type[0] != JSON:
        raise WrongMediaType(wanted=JSON)
    try:
        told = decoder.decode(body)
    except RecursionError:
        raise NotAsDeclared("", TOO_DEEP) from None
    except msgspec.ValidationError as error:
        raise not_as_declared(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise NotAsDeclared("", MALFORMED) from None
    check(told)
    request.declared = told


def require_plain(request: Request[Any, Any, Any]) -> None:
    """Raises `EncodedBody`, whatever the encoding is (RFC 9110 §8.4.1)."""
    if request.headers.get("Content-Encoding", "identity").strip().lower() not in {"identity", ""}:
        raise EncodedBody


def not_as_declared(error: msgspec.ValidationError) -> NotAsDeclared:
    """A fault and its field, as the client wrote it: `agenda.0.title`."""
    said = str(error)
    parts = [found[1] for found in (PLACE.search(said), NAMED.search(said)) if found and found[1]]
    return NotAsDeclared(INDEX.sub(r".\1", ".".join(parts)).strip("."), in_words(PLACE.sub("", said)))


@cache
def _decoder(handler: HTTPRouteHandler) -> msgspec.json.Decoder[Any] | None:
    declared = get_type_hints(handler.fn).get("data")
    return None if declared is None else msgspec.json.Decoder(declared)
