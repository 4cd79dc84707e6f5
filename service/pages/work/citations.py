"""References in the formats of reference managers, as CSL-JSON items: RIS, BibTeX and CSL-JSON itself.

RIS (Research Information Systems, 2012) is a list of lines with a tag of two characters, and is read here. BibTeX is parsed by
pybtex, and its TeX by latexcodec. Abstracts are left out.
"""

# pybtex and latexcodec have no types:
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false, reportUnknownLambdaType=false

import codecs
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, cast

import latexcodec  # noqa: F401  # pyright: ignore[reportUnusedImport]  registers the codec `ulatex`
import msgspec
from pybtex.bibtex.utils import split_name_list
from pybtex.database import Person
from pybtex.database.input.bibtex import LowLevelParser, UndefinedMacro, month_names
from pybtex.scanner import PybtexSyntaxError

from domain.foundation import Refusal, Text
from service.pages.work.bibliography import YEAR, doi_of, name_of, safe_url

MAX_ENTRIES = 500
"""Entries that are read of one file."""
BIBTEX = re.compile(r"^\s*@\s*\w+\s*[{(]", re.MULTILINE)
BIBTEX_START = re.compile(r"^(?=[ \t]*@)", re.MULTILINE)
RIS_LINE = re.compile(r"([A-Z][A-Z0-9])  ?-(?: (.*)|$)")
"""A line of RIS. Some programs write one space before the hyphen."""

NO_TITLE = Text(en="has no title", nl="heeft geen titel")
NO_END = Text(en="is not complete: its line ER is missing", nl="is niet volledig: de regel ER ontbreekt")
NO_ITEM = Text(en="is not a CSL-JSON item with a type", nl="is geen CSL-JSON-item met een type")
NO_BIBTEX = Text(en="is not well-formed BibTeX", nl="is geen goedgevormd BibTeX")

RIS_TYPES: Mapping[str, str] = {
    "BLOG": "post-weblog",
    "BOOK": "book",
    "CHAP": "chapter",
    "CONF": "paper-conference",
    "CPAPER": "paper-conference",
    "DATA": "dataset",
    "EBOOK": "book",
    "ECHAP": "chapter",
    "EDBOOK": "book",
    "EJOUR": "article-journal",
    "ELEC": "webpage",
    "GOVDOC": "report",
    "JOUR": "article-journal",
    "MGZN": "article-magazine",
    "NEWS": "article-newspaper",
    "RPRT": "report",
    "THES": "thesis",
    "WEB": "webpage",
}
BIBTEX_TYPES: Mapping[str, str] = {
    "article": "article-journal",
    "book": "book",
    "conference": "paper-conference",
    "dataset": "dataset",
    "electronic": "webpage",
    "inbook": "chapter",
    "incollection": "chapter",
    "inproceedings": "paper-conference",
    "manual": "report",
    "mastersthesis": "thesis",
    "online": "webpage",
    "phdthesis": "thesis",
    "report": "report",
    "techreport": "report",
    "thesis": "thesis",
}
OTHER_TYPE = "document"


class NoCitations(Refusal):
    """A text in none of the formats of references."""

    CODE = "no-citations"
    STATUS = 422
    TEXT = Text(
        en="This is neither RIS, nor BibTeX, nor CSL-JSON. Export the references again in one of these formats.",
        nl="Dit is geen RIS, BibTeX of CSL-JSON. Exporteer de bronnen opnieuw in een van deze formaten.",
    )


class Entry(NamedTuple):
    """One entry of a file: its CSL-JSON item, or what is wrong with it. `label`: what people find it by in the file."""

    label: str
    csl: dict[str, Any] | None
    wrong: Text | None = None


def entries_of(text: str) -> list[Entry]:
    """The entries of a text in one of the formats, in order. Raises `NoCitations`."""
    text = text.removeprefix("\ufeff").strip()
    read = _reader_of(text)
    found = read(text)[:MAX_ENTRIES]
    if not found:
        raise NoCitations(field="text")
    return [_with_title(one) for one in found]


def _reader_of(text: str) -> Callable[[str], list[Entry]]:
    if text.startswith(("[", "{")):
        return _csl_entries
    if re.match(r"TY  ?-", text) or re.search(r"^TY  ?-", text, re.MULTILINE):
        return _ris_entries
    if BIBTEX.search(text):
        return _bibtex_entries
    raise NoCitations(field="text")


def _with_title(entry: Entry) -> Entry:
    if entry.wrong is None and entry.csl is not None and not entry.csl.get("title"):
        return entry._replace(csl=None, wrong=NO_TITLE)
    return entry


# CSL-JSON


def _csl_entries(text: str) -> list[Entry]:
    try:
        decoded: Any = msgspec.json.decode(text)
    except msgspec.DecodeError:
        raise NoCitations(field="text") from None
    items = cast("list[Any]", decoded if isinstance(decoded, list) else [decoded])
    return [_csl_entry(number, one) for number, one in enumerate(items, start=1)]


def _csl_entry(number: int, item: Any) -> Entry:
    csl = cast("dict[str, Any]", item) if isinstance(item, dict) else {}
    label = str(csl.get("title") or csl.get("id") or number)
    if not isinstance(csl.get("type"), str):
        return Entry(label, None, NO_ITEM)
    return Entry(label, {name: one for name, one in csl.items() if name != "abstract"})


# RIS


def _ris_entries(text: str) -> list[Entry]:
    entries, fields = list[Entry](), list[tuple[str, str]]()
    for line in text.splitlines():
        found = RIS_LINE.match(line.strip("\ufeff"))
        if found is None:
            if fields and line.strip():
                tag, value = fields[-1]
                fields[-1] = tag, f"{value} {line.strip()}"
            continue
        tag, value = found[1], (found[2] or "").strip()
        if tag == "TY" and fields:
            entries.append(Entry(_ris_label(fields), None, NO_END))
            fields = []
        if tag == "ER":
            entries += [_ris_entry(fields)] if fields else []
            fields = []
        elif tag == "TY" or fields:
            fields.append((tag, value))
    return [*entries, Entry(_ris_label(fields), None, NO_END)] if fields else entries


def _ris_label(fields: Iterable[tuple[str, str]]) -> str:
    return next((value for tag, value in fields if tag in {"TI", "T1"} and value), "…")


def _ris_entry(fields: list[tuple[str, str]]) -> Entry:
    def first(*tags: str) -> str:
        return next((value for tag in tags for name, value in fields if name == tag and value), "")

    kind = RIS_TYPES.get(first("TY").upper(), OTHER_TYPE)
    pages = "–".join(one for one in (first("SP"), first("EP")) if one)
    within = first("JO", "JF", "T2", "JA", "BT") if kind != "book" else ""
    csl = _item(
        kind,
        title=first("TI", "T1", "CT"),
        authors=[name_of(value) for tag, value in fields if tag in {"AU", "A1"} and value],
        year=first("PY", "Y1", "DA"),
        within=within,
        doi=first("DO"),
        url=first("UR", "L2"),
        other={
            "publisher": first("PB"),
            "publisher-place": first("CY"),
            "volume": first("VL"),
            "issue": first("IS"),
            "page": pages,
            "note": first("N1"),
        },
    )
    return Entry(csl.get("title") or "…", csl)


# BibTeX


def _bibtex_entries(text: str) -> list[Entry]:
    """The entries of BibTeX, each parsed alone, so that an open brace spoils no other entry. Macros hold for those after them."""
    macros = dict(month_names)
    return [entry for one in BIBTEX_START.split(text) for entry in _bibtex_entry_of(one, macros)]


def _bibtex_entry_of(text: str, macros: dict[str, str]) -> list[Entry]:
    wrong = list[Entry]()

    def refuse(error: PybtexSyntaxError) -> None:
        if not isinstance(error, UndefinedMacro):  # an abbreviation that stands in another file is left out
            first_line = text.strip().partition("\n")[0]
            wrong.append(Entry(parser.current_entry_key or first_line, None, NO_BIBTEX))

    parser = LowLevelParser(text, macros=macros, handle_error=refuse)
    found: list[Any] = list(parser)
    entries = [body for command, body in found if command.lower() not in {"string", "preamble", "comment"}]
    kinds = [command.lower() for command, _ in found]
    return wrong[:1] or [_bibtex_entry(kinds[-1], key, fields) for key, fields in entries]


def _bibtex_entry(command: str, key: str, fields: Iterable[tuple[str, list[str]]]) -> Entry:
    raw = {name.lower(): " ".join("".join(parts).split()) for name, parts in fields}
    value = {name: _plain(one) for name, one in raw.items()}

    def first(*names: str) -> str:
        return next((value[name] for name in names if value.get(name)), "")

    csl = _item(
        BIBTEX_TYPES.get(command, OTHER_TYPE),
        title=first("title"),
        authors=[_bibtex_name(one) for one in split_name_list(raw.get("author", ""))],
        year=first("year", "date"),
        within=first("journal", "journaltitle", "booktitle"),
        doi=_unescaped(raw.get("doi", "")),
        url=_unescaped(raw.get("url", "") or raw.get("howpublished", "")),
        other={
            "publisher": first("publisher", "institution", "school", "organization"),
            "publisher-place": first("address", "location"),
            "volume": first("volume"),
            "issue": first("number", "issue"),
            "page": first("pages").replace("--", "–"),
            "note": first("note", "annote"),
        },
    )
    return Entry(csl.get("title") or key, csl)


def _bibtex_name(text: str) -> dict[str, str]:
    if text.startswith("{") and text.endswith("}"):
        return {"literal": _plain(text)}
    person: Any = Person(text)
    name: dict[str, list[str]] = {
        "given": [*person.first_names, *person.middle_names],
        "non-dropping-particle": person.prelast_names,
        "family": person.last_names,
        "suffix": person.lineage_names,
    }
    return {part: _plain(" ".join(words)) for part, words in name.items() if words}


def _plain(text: str) -> str:
    """A text without TeX."""
    try:
        decoded = codecs.decode(text, "ulatex")  # pyright: ignore[reportCallIssue, reportArgumentType]  from text to text
    except ValueError:
        decoded = text
    return " ".join(str(decoded).replace("{", "").replace("}", "").split())


def _unescaped(text: str) -> str:
    r"""An address without `\url{}` and backslashes: TeX would take its `%` for a comment."""
    return re.sub(r"\\url\s*|[{}]|\\(?=[_%&#~])", "", text).strip()


# Both


def _item(
    kind: str,
    *,
    title: str,
    authors: list[dict[str, str]],
    year: str,
    within: str,
    doi: str,
    url: str,
    other: Mapping[str, str],
) -> dict[str, Any]:
    found = YEAR.search(year)
    csl: dict[str, Any] = {
        "type": kind,
        "title": title,
        "author": authors,
        "issued": {"date-parts": [[int(found[1])]]} if found else None,
        "container-title": within,
        "DOI": doi_of(doi),
        "URL": safe_url(url),
        **other,
    }
    return {name: one for name, one in csl.items() if one}
