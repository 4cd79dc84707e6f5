"""Bodies are JSON of exactly the declared shape. Litestar alone would take any media type, and `"1"` for 1 and 1 for a moment."""

import re
from functools import cache
from typing import Any, get_type_hints

import msgspec
from litestar import HttpMethod, Request
from litestar.datastructures import Headers
from litestar.exceptions import HTTPException, ValidationException
from litestar.handlers import HTTPRouteHandler
from litestar.types import Empty

from service.api.bodies import check

JSON = "application/json"
UPLOAD = "upload"
"""Marks a handler (`opt`) that reads its own body: see `uploads.py`."""
PLACE = re.compile(r" - at `\$\.?(.*?)`$")
NAMED = re.compile(r"field `(\w+)`")


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
        raise HTTPException(f"Send {JSON}.", status_code=415)
    try:
        told = decoder.decode(body)
    except RecursionError:
        raise ValidationException("Nested too deeply.") from None
    except msgspec.ValidationError as error:
        raise not_as_declared(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValidationException(str(error)) from None
    check(told)
    request.declared = told


def not_as_declared(error: msgspec.ValidationError) -> ValidationException:
    """What is wrong, and with which field."""
    said = str(error)
    parts = [found[1] for found in (PLACE.search(said), NAMED.search(said)) if found and found[1]]
    extra = [{"key": ".".join(parts) or "data", "message": PLACE.sub("", said)}]
    return ValidationException("Not of the declared shape.", extra=extra)


@cache
def _decoder(handler: HTTPRouteHandler) -> msgspec.json.Decoder[Any] | None:
    declared = get_type_hints(handler.fn).get("data")
    return None if declared is None else msgspec.json.Decoder(declared)
