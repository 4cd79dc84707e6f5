"""Reports over HTTP, as files: CSV and XLSX.

A report is written to a temporary file before it is sent. So a slow reader holds no database connection, and a file that
begins to arrive is complete and has a length.
"""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any, BinaryIO, NamedTuple

from litestar import Controller, Request, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from domain.foundation import Caller, NotFound, ProgrammeId, Refusal, Text
from projections.derived.reports import REPORTS, Report
from service.api.http.read_parameters import Position
from service.api.operations.spreadsheets import Csv, Sheet, TooLong, Xlsx
from service.reading.reader import Reader
from service.reading.reports import scope_of
from service.store.views.reporting import Scope, pages
from service.store.views.view_store import ViewStore

CHUNK_BYTES = 1 << 16
MAX_REPORTS = 16
"""Reports that one process writes or has waiting at the same time: each has a temporary file."""
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
    """This process has the maximum number of reports in hand, being written or waiting."""

    CODE = "too-many-reports"
    STATUS = 503
    TEXT = Text(
        en="Too many reports are being made at the moment. Try again.",
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
        request: Request[Caller, Any, Any],
        programme: Programme = None,
        at_least: Position = None,
    ) -> Stream:
        """Download a report as a file, such as `turnout.csv` or `turnout.xlsx`.

        Managers get the rows of their programmes, organisations the rows that are visible to them.
        """
        scope = await scope_of(reader, programme)
        if file not in BY_FILE:
            raise NotFound
        report, kind = BY_FILE[file]
        views = await reader.wait_for_views(at_least)
        slots: asyncio.Semaphore = request.app.state.report_slots
        if slots.locked():
            raise TooManyReports
        async with slots:
            written = await _written(views, report, scope, kind)
        return Stream(
            _chunks(written.file),
            media_type=kind.MEDIA_TYPE,
            headers={
                "Content-Length": str(written.size),
                "Content-Disposition": f'attachment; filename="{file}"',
                "X-Content-Type-Options": "nosniff",
                "Cache-Control": "private, no-store",
            },
        )


class Written(NamedTuple):
    """A complete file, positioned at its beginning, and its size in bytes."""

    file: BinaryIO
    size: int


async def _written(views: ViewStore, report: Report, scope: Scope, kind: type[Csv | Xlsx]) -> Written:
    """Write the report to a temporary file, in threads, a page at a time. Raises `TooManyRows`."""
    file = await asyncio.to_thread(tempfile.TemporaryFile)
    try:
        sheet: Sheet = await asyncio.to_thread(kind, file, [one.name for one in report.columns])
        try:
            async with aclosing(pages(views, report, scope)) as found:
                async for page in found:
                    await asyncio.to_thread(sheet.write, page)
        finally:
            await asyncio.to_thread(sheet.close)  # also after an error: XLSX has a temporary file of its own
    except TooLong:
        file.close()
        raise TooManyRows from None
    except BaseException:
        file.close()
        raise
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return Written(file, size)


async def _chunks(file: BinaryIO) -> AsyncIterator[bytes]:
    with file:
        while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
            yield chunk
