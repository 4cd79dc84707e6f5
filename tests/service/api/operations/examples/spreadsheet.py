"""Reading an XLSX worksheet as cells of text, number or boolean (ECMA-376 part 1, §18.3)."""

import io
import zipfile
from xml.etree import ElementTree as ET

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def cells(content: bytes) -> list[list[str]]:
    """Cells of the only worksheet, row by row; a formula is refused."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        sheet = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))
    assert sheet.find(f".//{MAIN}f") is None, "a formula"
    return [[_text(cell) for cell in row.iter(f"{MAIN}c")] for row in sheet.iter(f"{MAIN}row")]


def _text(cell: ET.Element) -> str:
    return "".join(cell.itertext())
