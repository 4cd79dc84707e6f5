"""Uploads as multipart/form-data (RFC 7578), parsed as they arrive and held in memory, never in plain text on disk."""

# multipart says little about its types:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any, NamedTuple

import msgspec
from litestar import Request
from multipart import MultipartError, MultipartSegment, PushMultipartParser

from domain.foundation import MediaType, Refusal, Text
from service.api.http.bodies import Body, NotAsDeclared, Title, check
from service.api.http.json_bodies import WrongMediaType, not_as_declared
from service.reading.options import BadText

MAX_FILE_BYTES = 20 << 20
MAX_FIELD_BYTES = 100_000
"""The size of a text field beside the file."""
MAX_UPLOAD_BYTES = 64 << 20
"""The size up to which a refused upload is read to its end, so that the client reads the answer."""
MAX_PARTS = 10
FORM = "multipart/form-data"
UNKNOWN_KIND = MediaType("application/octet-stream")


class TooLarge(Refusal):
    """The file is larger than 20 MiB."""

    CODE = "file-too-large"
    STATUS = 413
    TEXT = Text(en="A file can be at most 20 MiB.", nl="Een bestand mag hooguit 20 MiB groot zijn.")


class FileForm(Body):
    """The fields beside the file. `name`: by default the file name of the upload."""

    name: Title | None = None


class Upload(NamedTuple):
    """An uploaded file."""

    form: FileForm
    name: Title
    media_type: MediaType
    octets: bytes


class Sent(NamedTuple):
    """A file as it was sent, with the text fields beside it. `filename`: without folders; empty if no file was chosen."""

    texts: dict[str, str]
    filename: str
    media_type: MediaType
    octets: bytes


class _Part(NamedTuple):
    name: str
    filename: str | None
    media_type: str | None
    octets: bytearray


async def uploaded(request: Request[Any, Any, Any]) -> Upload:
    """The file of this request, from its part `file`. Raises `TooLarge`, 415, and 422 naming the field."""
    sent = await received(request)
    form = _form({"name": sent.filename, **sent.texts})
    assert form.name is not None, "the file part has a name"
    return Upload(form, form.name, sent.media_type, sent.octets)


async def received(request: Request[Any, Any, Any]) -> Sent:
    """The file of this request, from its part `file`, and its text fields. Raises as `uploaded` does."""
    kind, parameters = request.content_type
    if kind != FORM:
        await drain(request)
        raise WrongMediaType(wanted=FORM)
    parts = await _parts(request, parameters.get("boundary", ""))
    files = [one for one in parts if one.name == "file"]
    if len(files) != 1 or files[0].filename is None:
        raise BadText(
            "file", Text(en="must be one part with a file name", nl="moet één deel zijn, met een bestandsnaam")
        )
    texts = {one.name: _text(one) for one in parts if one.name != "file"}
    if len(texts) + 1 != len(parts):
        raise BadText(
            "file", Text(en="must be sent with each field once", nl="moet met elk veld één keer worden gestuurd")
        )
    (file,) = files
    return Sent(texts, _last_part(file.filename or ""), _media_type(file.media_type), bytes(file.octets))


async def drain(request: Request[Any, Any, Any]) -> None:
    """Read and discard the body to its end: a client that is still sending does not read the answer."""
    async with aclosing(request.stream()) as stream:
        async for _ in stream:
            pass


async def _parts(request: Request[Any, Any, Any], boundary: str) -> list[_Part]:
    """The parts of the form. Raises `TooLarge` after everything has been read."""
    parts: list[_Part] = []
    too_large = False
    wrong = NotAsDeclared("", Text(en=f"is not {FORM}", nl=f"is geen {FORM}"))
    try:
        parser = PushMultipartParser(boundary, max_segment_count=MAX_PARTS, strict=True)
    except MultipartError:
        await drain(request)
        raise wrong from None
    async for chunk in _chunks(request):
        if parser.error is not None:
            continue
        try:
            for event in parser.parse(chunk):
                if isinstance(event, MultipartSegment):
                    parts.append(_Part(event.name or "", event.filename, event.content_type, bytearray()))
                elif event is not None and not too_large:
                    parts[-1].octets.extend(event)
                    too_large = len(parts[-1].octets) > _max_bytes(parts[-1])
        except MultipartError:
            parts.clear()
    if parser.error is not None or not parser.closed:
        raise wrong
    if too_large:
        raise TooLarge(field="file")
    return parts


async def _chunks(request: Request[Any, Any, Any]) -> AsyncIterator[bytes]:
    async with aclosing(request.stream()) as stream:
        async for chunk in stream:
            yield chunk


def _max_bytes(part: _Part) -> int:
    return MAX_FIELD_BYTES if part.filename is None else MAX_FILE_BYTES


def _last_part(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]


def _form(texts: dict[str, str]) -> FileForm:
    try:
        form = msgspec.convert(texts, FileForm)
    except msgspec.ValidationError as error:
        raise not_as_declared(error) from None
    check(form)
    return form


def _text(part: _Part) -> str:
    if part.filename is not None:
        raise BadText(part.name, Text(en="must be a text, not a file", nl="moet een tekst zijn, geen bestand"))
    try:
        return part.octets.decode()
    except UnicodeDecodeError:
        raise BadText(part.name, Text(en="is not UTF-8", nl="is geen UTF-8")) from None


def _media_type(stated: str | None) -> MediaType:
    """The stated media type without its parameters; `UNKNOWN_KIND` if it is not one."""
    try:
        return msgspec.convert((stated or "").partition(";")[0].strip().lower(), MediaType)
    except msgspec.ValidationError:
        return UNKNOWN_KIND
