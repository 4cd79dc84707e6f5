"""Static files. Their address contains a hash of all of them, so browsers keep them for ever and never mix two versions."""

import gzip
import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, NamedTuple

from litestar import Request, Response, get
from litestar.params import FromPath

from domain.foundation import NotFound
from service.pages.frame.headers import COMMON_HEADERS

MEDIA_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
DIGEST_CHARACTERS = 16


class Asset(NamedTuple):
    """A static file, as it is and compressed."""

    media_type: str
    content: bytes
    compressed: bytes


@cache
def assets() -> dict[str, Asset]:
    """All static files, by name."""
    return dict(sorted(_within(files("service.pages").joinpath("static"))))


def _within(folder: Traversable, path: str = "") -> Iterator[tuple[str, Asset]]:
    for one in folder.iterdir():
        suffix = one.name[one.name.rfind(".") :]
        if one.is_dir():
            yield from _within(one, f"{path}{one.name}/")
        elif suffix in MEDIA_TYPES:
            content = one.read_bytes()
            yield f"{path}{one.name}", Asset(MEDIA_TYPES[suffix], content, gzip.compress(content, mtime=0))


@cache
def version() -> str:
    """A hash of all static files. They share it so that a module finds the modules beside it that it was written for."""
    digest = hashlib.sha256()
    for name, one in assets().items():
        digest.update(b"%d %s %d\n" % (len(name), name.encode(), len(one.content)) + one.content)
    return digest.hexdigest()[:DIGEST_CHARACTERS]


def address_of(name: str) -> str:
    """The address of a static file. Raises KeyError for an unknown name: a template names a file that does not exist."""
    assets()[name]
    return f"/static/{version()}/{name}"


@get("/static/{digest:str}/{name:path}", include_in_schema=False)
async def asset(request: Request[Any, Any, Any], digest: FromPath[str], name: FromPath[Path]) -> Response[bytes]:
    """Serve a static file of this version. Raises `NotFound`: another version would be kept for ever under a wrong address."""
    found = assets().get(str(name).lstrip("/"))
    if found is None or digest != version():
        raise NotFound
    headers = {**COMMON_HEADERS, "Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        return Response(found.compressed, media_type=found.media_type, headers={**headers, "Content-Encoding": "gzip"})
    return Response(found.content, media_type=found.media_type, headers=headers)
