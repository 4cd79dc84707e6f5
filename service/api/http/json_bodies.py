"""JSON bodies, of exactly the declared shape. Litestar alone accepts any media type, `"1"` as 1, and 1 as a time."""

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
"""Option (`opt`) of a handler that reads its own body: see `uploads.py`."""
PATH = re.compile(r" - at `\$\.?(.*?)`$")
NAMED = re.compile(r"field `([^`]*)`")
INDEX = re.compile(r"\[(\d*)(?:\.\.\.)?\]")


class WrongMediaType(Refusal):
    """The body has another media type than the route accepts."""

    CODE = "unsupported-media-type"
    STATUS = 415
    TEXT = Text(en="Send this as {wanted}.", nl="Stuur dit als {wanted}.")


class EncodedBody(Refusal):
    """The body is compressed (RFC 9110 §8.4)."""

    CODE = "unsupported-content-encoding"
    STATUS = 415
    TEXT = Text(en="Send this without Content-Encoding.", nl="Stuur dit zonder Content-Encoding.")


class ApiRequest(Request[Any, Any, Any]):
    """A request whose headers are read once and whose body is decoded once: the handler gets what was checked."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.declared: object = Empty
        self._headers: Headers | None = None

    @property
    def headers(self) -> Headers:
        """The headers; Litestar alone builds them at each access."""
        if self._headers is None:
            self._headers = super().headers
        return self._headers

    async def json(self) -> Any:
        """The body as `decode_body` decoded it, or else as Litestar does."""
        return await super().json() if self.declared is Empty else self.declared


async def decode_body(request: ApiRequest) -> None:
    """Decode and check the body, unless it is an upload. Raises 413, 415, `BadText`, and 422 naming the field."""
    if request.route_handler.opt.get(UPLOAD) or request.method == HttpMethod.OPTIONS:  # Litestar's own handler
        return
    decoder = _decoder(request.route_handler)
    body = await request.body()
    if decoder is None or not body:
        return
    if request.content_type[0] != JSON:
        raise WrongMediaType(wanted=JSON)
    try:
        decoded = decoder.decode(body)
    except RecursionError:
        raise NotAsDeclared("", TOO_DEEP) from None
    except msgspec.ValidationError as error:
        raise not_as_declared(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise NotAsDeclared("", MALFORMED) from None
    check(decoded)
    request.declared = decoded


def require_plain(request: Request[Any, Any, Any]) -> None:
    """Raises `EncodedBody` for any encoding but identity (RFC 9110 §8.4.1)."""
    if request.headers.get("Content-Encoding", "identity").strip().lower() not in {"identity", ""}:
        raise EncodedBody


def not_as_declared(error: msgspec.ValidationError) -> NotAsDeclared:
    """The refusal of a body, with its field as the client wrote it: `agenda.0.title`."""
    message = str(error)
    parts = [found[1] for found in (PATH.search(message), NAMED.search(message)) if found and found[1]]
    return NotAsDeclared(INDEX.sub(r".\1", ".".join(parts)).strip("."), in_words(PATH.sub("", message)))


@cache
def _decoder(handler: HTTPRouteHandler) -> msgspec.json.Decoder[Any] | None:
    declared = get_type_hints(handler.fn).get("data")
    return None if declared is None else msgspec.json.Decoder(declared)
