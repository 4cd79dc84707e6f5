"""A team's files over HTTP: uploaded, listed and downloaded unchanged."""

import hashlib
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from domain.foundation import Digest, FileId, NotFound, Refusal, TeamId, Words
from domain.research.files import AttachFile
from projections.files import FILES, File
from service.api.http.json_bodies import UPLOAD
from service.api.http.uploads import MAX_UPLOAD_BYTES, UNKNOWN_KIND, FileForm, drain, uploaded
from service.api.requests.request_context import RequestContext
from service.clock_and_ids import new_id
from service.preparing.files import require_writer, stored
from service.reading.files import files_of, visible_file
from service.reading.options import ListOptions, Page, ReadOptions
from service.reading.reader import Reader
from service.reading.team_work import work_of
from service.sealing.sealed_fields import digest_bytes, digest_text
from service.store import files

OFFICE = "application/vnd.openxmlformats-officedocument"
OPEN = "application/vnd.oasis.opendocument"
SERVED_TYPES = frozenset(
    {
        UNKNOWN_KIND,
        "application/pdf",
        "application/zip",
        f"{OFFICE}.wordprocessingml.document",
        f"{OFFICE}.spreadsheetml.sheet",
        f"{OFFICE}.presentationml.presentation",
        f"{OPEN}.text",
        f"{OPEN}.spreadsheet",
        f"{OPEN}.presentation",
        "image/gif",
        "image/jpeg",
        "image/png",
        "image/webp",
        "text/csv",
        "text/plain",
    }
)
"""The media types with which files are served: browsers execute none of them. Others are served as octet streams."""


class FilesOfTeam(Controller):
    path = "/teams/{team:str}/files"
    tags = ("Research",)

    @post(request_max_body_size=MAX_UPLOAD_BYTES, opt={UPLOAD: FileForm})
    async def attach(
        self, team: FromPath[TeamId], context: NamedDependency[RequestContext], request: Request[Any, Any, Any]
    ) -> Response[File]:
        """Attach a file to the team's work: multipart, at most 20 MiB."""
        try:
            await require_writer(context.reader, team)
        except Refusal:
            await drain(request)
            raise
        upload = await uploaded(request)
        file, sha256 = FileId(new_id("file")), hashlib.sha256(upload.octets).digest()
        context.content = sha256 + msgspec.json.encode((upload.form, upload.media_type))
        async with stored(context.reader, file, upload.octets):
            receipt = await context.submit(
                upload.form,
                lambda by: AttachFile(
                    file,
                    team=team,
                    name=Words(upload.name),
                    media_type=upload.media_type,
                    size=len(upload.octets),
                    sha256=Digest(digest_text(sha256)),
                    by=by,
                ),
                resource=file,
            )
        first = receipt.resource_id or file
        if first != file:  # rule 24: a repeated command; the file is there already
            await files.delete(context.kring.log.pool, file)
        return await context.answer(FILES, first, receipt, status=201)

    @get()
    async def list_all(
        self, team: FromPath[TeamId], reader: NamedDependency[Reader], listing: NamedDependency[ListOptions]
    ) -> Page[File]:
        """List a team's files that the caller may see."""
        return await files_of(reader, await work_of(reader, team, listing.reading), listing)


class Files(Controller):
    path = "/files/{file_id:str}"
    tags = ("Research",)

    @get()
    async def show(
        self, file_id: FromPath[FileId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> File:
        """Show a file's name, type, size and digest."""
        return await visible_file(reader, file_id, reading)

    @get("/content", opt={"gives": SERVED_TYPES})
    async def content(
        self, file_id: FromPath[FileId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> Stream:
        """Download a file unchanged."""
        return await download(reader, await visible_file(reader, file_id, reading))


async def download(reader: Reader, row: File) -> Stream:
    """The content of a file, unsealed, unchanged. Raises `NotFound`."""
    content = files.Content(row.id, row.size, digest_bytes(row.sha256))
    pieces = files.read(reader.kring.log.pool, reader.kring.keys, content)
    try:
        first = await anext(pieces)
    except files.ContentMissing:
        raise NotFound from None
    return Stream(
        _beginning_with(first, pieces),
        media_type=row.media_type if row.media_type in SERVED_TYPES else UNKNOWN_KIND,
        headers={
            "Content-Length": str(row.size),
            "Content-Disposition": attachment(row.name.text or row.id),
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox",
            "Cache-Control": "private, no-store",
        },
    )


def attachment(name: str) -> str:
    """The Content-Disposition of a file: the name in ASCII for old clients, and encoded as in RFC 8187 §3.2.1 (RFC 6266 §4)."""
    plain = "".join(one if one.isascii() and one.isprintable() and one not in '"\\%' else "_" for one in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


async def _beginning_with(first: bytes, others: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for one in others:
        yield one
