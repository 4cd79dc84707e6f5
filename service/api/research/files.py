"""A team's files over HTTP: put there, listed, and given back as they came."""

import hashlib
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from domain.foundation import Digest, FileId, NotFound, Refusal, TeamId, Text, Words
from domain.research.files import AttachFile
from domain.spanning.sharing import WorkReader
from projections.files import FILES, FILES_OF_TEAM, File
from service.api.http.json_bodies import UPLOAD
from service.api.http.uploads import READ_ON, UNKNOWN_KIND, FileForm, Upload, read_on, uploaded
from service.api.requests.request_context import RequestContext
from service.clock_and_ids import new_id
from service.commands import OutcomeUnknown
from service.reading.options import ListOptions, Page, ReadOptions
from service.reading.reader import Reader
from service.reading.team_work import Work, one_of, work_of
from service.sealing.sealed_fields import digest_bytes, digest_text
from service.store import files

OFFICE = "application/vnd.openxmlformats-officedocument"
OPEN = "application/vnd.oasis.opendocument"
GIVEN_AS = frozenset(
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
"""The media types under which files are given out: no browser runs any of them. Every other goes as unknown."""


class NoRoom(Refusal):
    """The disk is full; nothing was recorded."""

    CODE = "no-room"
    STATUS = 507
    TEXT = Text(
        en="There is no room for this file at the moment; nothing was recorded.",
        nl="Er is op dit moment geen ruimte voor dit bestand; er is niets vastgelegd.",
    )


def sees(work: Work, row: File) -> bool:
    """Its team, organisations to which it was handed over with an advice, with whom it was shared, who attached it."""
    return work.sees(row.id, row.attached_by) or (row.handed_over and work.for_organisation)


async def files_of(reader: Reader, work: Work, listing: ListOptions) -> Page[File]:
    """A page of a team's files, as far as the reader sees them."""
    team, author = work.rights.team, work.rights.author
    seen = (team, work.reads_all, work.for_organisation, work.shared, author)
    part = await work.page(FILES, FILES_OF_TEAM, *seen, listing=listing)
    items = [one for one in part.items if sees(work, one)]
    await reader.unseal(items)
    return Page(items, part.next)


class FilesOfTeam(Controller):
    path = "/teams/{team:str}/files"
    tags = ("Research",)

    @post(request_max_body_size=READ_ON, opt={UPLOAD: FileForm})
    async def attach(
        self, team: FromPath[TeamId], context: NamedDependency[RequestContext], request: Request[Any, Any, Any]
    ) -> Response[File]:
        """Put a file with the team's work: multipart, at most 20 MiB."""
        await require_writer(context, team)
        upload = await uploaded(request)
        file, sha256 = FileId(new_id("file")), hashlib.sha256(upload.octets).digest()
        context.content = sha256 + msgspec.json.encode((upload.form, upload.media_type))
        async with kept(context.reader, file, upload):
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
        if first != file:  # rule 24: sent again, the file is there
            await files.drop(context.kring.log.pool, file)
        return await context.answer(FILES, first, receipt, status=201)

    @get()
    async def all(
        self, team: FromPath[TeamId], reader: NamedDependency[Reader], listing: NamedDependency[ListOptions]
    ) -> Page[File]:
        """List a team's files, as far as the caller sees them."""
        return await files_of(reader, await work_of(reader, team, listing.reading), listing)


class Files(Controller):
    path = "/files/{file_id:str}"
    tags = ("Research",)

    @get()
    async def one(
        self, file_id: FromPath[FileId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> File:
        """Show what a file is."""
        return await seen(reader, file_id, reading)

    @get("/content", opt={"gives": GIVEN_AS})
    async def content(
        self, file_id: FromPath[FileId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> Stream:
        """Give the file as it came."""
        row = await seen(reader, file_id, reading)
        told = files.Content(row.id, row.size, digest_bytes(row.sha256))
        pieces = files.read(reader.kring.log.pool, reader.kring.keys, told)
        try:
            first = await anext(pieces)
        except files.Gone:
            raise NotFound from None
        return Stream(
            _beginning_with(first, pieces),
            media_type=row.media_type if row.media_type in GIVEN_AS else UNKNOWN_KIND,
            headers={
                "Content-Length": str(row.size),
                "Content-Disposition": attachment(row.name.text or row.id),
                "X-Content-Type-Options": "nosniff",
                "Content-Security-Policy": "sandbox",
                "Cache-Control": "private, no-store",
            },
        )


async def require_writer(context: RequestContext, team: TeamId) -> None:
    """Refuses who may not attach a file before any of it is kept; `AttachFile` decides again. Raises `NotFound`, `NotAllowed`."""
    rights, _ = await context.kring.commands.load(WorkReader(team, by=context.caller))
    try:
        formed = rights.require_team()
        rights.require_member(team, formed.programme, formed.organisation)
    except Refusal:
        await read_on(context.request)
        raise


@asynccontextmanager
async def kept(reader: Reader, file: FileId, upload: Upload) -> AsyncGenerator[None]:
    """Keep the bytes while their event is recorded, and for good unless it surely was not. Raises `NoRoom`."""
    pool = reader.kring.log.pool
    try:
        await files.keep(pool, reader.kring.keys, file, upload.octets)
    except files.NoRoom:
        raise NoRoom from None
    try:
        yield
    except OutcomeUnknown:
        raise
    except Refusal:
        await files.drop(pool, file)
        raise


async def seen(reader: Reader, file: FileId, reading: ReadOptions) -> File:
    """The file as a row. Raises `NotFound`."""
    row, work = await one_of(reader, FILES, file, lambda one: one.team, reading)
    if not sees(work, row):
        raise NotFound
    await reader.unseal([row])
    return row


def attachment(name: str) -> str:
    """RFC 6266 §4: the name in ASCII for old readers, and as RFC 8187 §3.2.1 has it."""
    plain = "".join(one if one.isascii() and one.isprintable() and one not in '"\\%' else "_" for one in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


async def _beginning_with(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for one in rest:
        yield one
