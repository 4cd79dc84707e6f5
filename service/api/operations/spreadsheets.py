"""Tables as CSV (RFC 4180) and XLSX files, written row by row. No text in a cell is interpreted as a formula."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, BinaryIO, Protocol

import xlsxwriter

Cell = str | bool | int | Decimal | date | datetime | None

MAX_ROWS = 1_048_576
"""Rows of a worksheet, its heading included: the limit of spreadsheet programs (ISO/IEC 29500 has none)."""

DANGEROUS = re.compile(r"""(^|[;\t])(?=["\s]*[=+\-@\t\r\n＝＋－＠])""")  # noqa: RUF001  full-width ones count as well
"""The start of a cell that spreadsheet programs may execute (OWASP, CSV Injection): at the beginning of a text and, since they
may separate cells at a semicolon (as in the Netherlands) or a tab, after those as well."""

MAX_EXACT_NUMBER = 10**15
"""Spreadsheet programs keep 15 digits of a number: larger ones are written as texts."""

DAY, TIME = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"


class TooLong(Exception):
    """There are more rows than a worksheet can have."""


class Sheet(Protocol):
    """A table file that is being written."""

    def write(self, rows: Iterable[Iterable[Cell]]) -> None: ...
    def close(self) -> None: ...


class Csv:
    """A CSV file in UTF-8 with CRLF and a heading; times and dates as in RFC 3339, missing values empty."""

    MEDIA_TYPE = "text/csv"

    def __init__(self, file: BinaryIO, heading: Sequence[str]) -> None:
        self._text = io.TextIOWrapper(file, "utf-8", newline="")
        self._rows = csv.writer(self._text)
        self._rows.writerow(heading)

    def write(self, rows: Iterable[Iterable[Cell]]) -> None:
        self._rows.writerows([_plain(one) for one in row] for row in rows)

    def close(self) -> None:
        """Finish; the file below stays open."""
        self._text.flush()
        self._text.detach()


class Xlsx:
    """An XLSX file of one worksheet with a fixed heading. Times are in UTC, since cells have no time zones."""

    MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    def __init__(self, file: BinaryIO, heading: Sequence[str]) -> None:
        self._book: Any = xlsxwriter.Workbook(file, {"constant_memory": True})
        self._sheet: Any = self._book.add_worksheet()
        self._formats = {name: self._book.add_format({"num_format": name}) for name in (DAY, TIME)}
        self._next = 0
        self._sheet.freeze_panes(1, 0)
        self._sheet.set_column(0, len(heading) - 1, 20)
        self.write([heading])

    def write(self, rows: Iterable[Iterable[Cell]]) -> None:
        """Raises `TooLong`."""
        for row in rows:
            if self._next == MAX_ROWS:
                raise TooLong
            for column, value in enumerate(row):
                self._put(column, value)
            self._next += 1

    def close(self) -> None:
        """Finish; the file below stays open."""
        self._book.close()

    def _put(self, column: int, value: Cell) -> None:
        """Write a cell with the method for its type: `write` would turn texts into formulas and links."""
        match value:
            case None:
                pass
            case bool():
                self._sheet.write_boolean(self._next, column, value)
            case int() | Decimal() if abs(value) >= MAX_EXACT_NUMBER:
                self._sheet.write_string(self._next, column, f"{value:f}" if isinstance(value, Decimal) else str(value))
            case int() | Decimal():
                self._sheet.write_number(self._next, column, value)
            case datetime():
                naive = value.astimezone(UTC).replace(tzinfo=None)
                self._sheet.write_datetime(self._next, column, naive, self._formats[TIME])
            case date():
                self._sheet.write_datetime(self._next, column, value, self._formats[DAY])
            case str():
                self._sheet.write_string(self._next, column, value)


def _plain(value: Cell) -> str | int | Decimal | None:
    match value:
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case Decimal():
            return f"{value:f}"  # never 3E+4
        case str():
            return DANGEROUS.sub(r"\1'", value)
        case _:
            return value
