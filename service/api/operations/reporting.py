"""Reports over HTTP, as files: CSV and XLSX.

A report is written whole before it is sent: who reads slowly keeps no connection of the database, and who gets a file gets all
of it, with its length.
"""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated, BinaryIO, NamedTuple

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from domain.events.programme import ProgrammeOpened
from domain.foundation import NotAllowed, NotFound, ProgrammeId, Refusal, Selector, Text
from projections.derived.reports import REPORTS, Report
from service.api.http.read_parameters import Position
from service.api.operations.spreadsheets import Csv, Sheet, TooLong, Xlsx
from service.reading.permissions import managed_by, manages_all
from service.reading.reader import Reader
from service.store.views.reporting import Scope, pages
from service.store.views.view_store import ViewStore

PIECE = 1 << 16  # bytes sent at a time
IN_HAND = asyncio.Semaphore(16)
"""Reports that one process writes, or that wait for their turn: each has a file already."""
FORMATS: dict[str, type[Csv | Xlsx]] = {"csv": Csv, "xlsx": Xlsx}
BY_FILE = {f"{one.name}.{ending}": (one, kind) for one in REPORTS for ending, kind in FORMATS.items()}

Programme = Annotated[ProgrammeId | None, QueryParameter()]


class TooManyRows(Refusal):
    """A worksheet has 1,048,576 rows."""

    CODE = "too-many-rows"
    TEXT = Text(
        en="This is more than a worksheet holds. Ask for one programme, or for CSV.",
        nl="Dit is meer dan er in een werkblad past. Vraag om één leergang, of om CSV.",
    )


class TooManyReports(Refusal):
    """This process writes as many reports as it may, or they wait for their turn."""

    CODE = "too-many-reports"
    STATUS = 503
    TEXT = Text(
        en="Too many reports are being made at this moment. Try again.",
        nl="Er worden op dit moment te veel rapportages gemaakt. Probeer het opnieuw.",
    )


class Reporting(Controller):
    path = "/reporting"
    tags = ("Reporting",)

    @get("/{file:str}", opt={"gives": [one.MEDIA_TYPE for one in FORMATS.values()]})
    async def export(
        self,
        file: FromPath[str],
        reader: NamedDependency[Reader],
        programme: Programme = None,
        at_least: Position = None,
    ) -> Stream:
        """Give a report as a file, `turnout.csv` or `turnout.xlsx`: to managers of their programmes, to organisations as told."""
        scope = await scope_of(reader, programme)
        if file not in BY_FILE:
            raise NotFound
        report, kind = BY_FILE[file]
        views = await reader.wait_for_views(at_least)
        if IN_HAND.locked():
            raise TooManyReports
        async with IN_HAND:
            written = await _written(views, report, scope, kind)
        return Stream(
            _pieces(written.file),
            media_type=kind.MEDIA_TYPE,
            headers={
                "Content-Length": str(written.size),
                "Content-Disposition": f'attachment; filename="{file}"',
                "X-Content-Type-Options": "nosniff",
                "Cache-Control": "private, no-store",
            },
        )


class Written(NamedTuple):
    """A file that is whole, at its beginning, and how many bytes it has."""

    file: BinaryIO
    size: int


async def scope_of(reader: Reader, programme: ProgrammeId | None) -> Scope:
    """What the caller may read of reports. Raises `NotAllowed` to whom they are not for, `NotFound` for programmes of others."""
    rights = await reader.rights()
    rights.require_token()
    if reader.caller.role not in {"manager", "reporting"}:
        raise NotAllowed
    if reader.caller.role == "reporting" and rights.is_limited and not (programme and rights.is_within(programme)):
        raise NotAllowed
    everything, mine = manages_all(rights), managed_by(rights)
    organisations = (
        reader.caller.organisations if reader.caller.role == "reporting" and reader.caller.person is None else ()
    )
    if programme is not None:
        opened = [Selector(types=[ProgrammeOpened], tags=[programme])]
        own = everything or programme in mine
        if not await (reader.exists(opened) if own else reader.is_concerned(organisations, [programme])):
            raise NotFound
    return Scope(everything, mine, organisations, programme)


async def _written(views: ViewStore, report: Report, scope: Scope, kind: type[Csv | Xlsx]) -> Written:
    """The report in a file that goes when it is closed; written by threads, a page at a time. Raises `TooManyRows`."""
    file = await asyncio.to_thread(tempfile.TemporaryFile)
    try:
        sheet: Sheet = await asyncio.to_thread(kind, file, [one.name for one in report.columns])
        try:
            async with aclosing(pages(views, report, scope)) as found:
                async for page in found:
                    await asyncio.to_thread(sheet.write, page)
        finally:
            await asyncio.to_thread(sheet.close)  # also of one that is given up: it has a file of its own
    except TooLong:
        file.close()
        raise TooManyRows from None
    except BaseException:
        file.close()
        raise
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return Written(file, size)


async def _pieces(file: BinaryIO) -> AsyncIterator[bytes]:
    with file:
        while piece := await asyncio.to_thread(file.read, PIECE):
            yield piece
