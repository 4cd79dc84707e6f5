"""References as people read them, from CSL-JSON items (schema 1.0.2) that may have been written by any program."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast
from urllib.parse import quote, urlsplit

Csl = Mapping[str, Any]

MAX_AUTHORS_SHOWN = 3
DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?(10\.\d{4,9}/\S+)", re.IGNORECASE)
"""A DOI, alone or as an address (Crossref: 10.prefix/suffix)."""
YEAR = re.compile(r"\b(1\d{3}|20\d{2})\b")


class Reference(NamedTuple):
    """A reference. `url`: an address that is safe to link to; `host`: its server."""

    kind: str
    title: str
    authors: Sequence[str]
    more_authors: int
    year: str
    within: str
    url: str | None
    host: str
    doi: str
    note: str


def reference_of(csl: Csl | None) -> Reference:
    """The reference that an item describes; empty if it was erased. Parts of another shape than the schema's are left out."""
    if csl is None:
        return Reference("", "", (), 0, "", "", None, "", "", "")
    authors = [name for one in _list(csl.get("author")) if (name := _name(one))]
    doi = doi_of(_text(csl.get("DOI")))
    url = f"https://doi.org/{quote(doi, safe='/:;().-_')}" if doi else safe_url(_text(csl.get("URL")))
    return Reference(
        kind=_text(csl.get("type")),
        title=_text(csl.get("title")),
        authors=authors[:MAX_AUTHORS_SHOWN],
        more_authors=max(0, len(authors) - MAX_AUTHORS_SHOWN),
        year=year_of(csl),
        within=_text(csl.get("container-title")) or _text(csl.get("publisher")),
        url=url,
        host="" if url is None else urlsplit(url).hostname or "",
        doi=doi,
        note=_text(csl.get("note")),
    )


def identity_of(csl: Csl) -> str:
    """The same text for items about the same source: by its DOI, else by title, year and first author."""
    doi = doi_of(_text(csl.get("DOI")))
    if doi:
        return f"doi {doi.lower()}"
    first = next(iter(_list(csl.get("author"))), None)
    name: Csl = cast("Csl", first) if isinstance(first, Mapping) else {}
    family = _text(name.get("family")) or _text(name.get("literal"))
    return " ".join(("title", _folded(_text(csl.get("title"))), year_of(csl), _folded(family)))


def safe_url(address: str) -> str | None:
    """The address if it leads to a page on the web; None for any other, such as a script."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return None
    return address.strip() if parts.scheme in {"http", "https"} and parts.hostname else None


def doi_of(text: str) -> str:
    """The DOI in a text that is one, without its address; else nothing."""
    found = DOI.fullmatch(text.strip())
    return "" if found is None else found[1]


def year_of(csl: Csl) -> str:
    """The year in which it was issued, or nothing."""
    issued: Any = csl.get("issued")
    if not isinstance(issued, Mapping):
        return ""
    stated = cast("Csl", issued)
    parts = next(iter(_list(stated.get("date-parts"))), None)
    year = _text(next(iter(_list(parts)), ""))
    found = YEAR.search(year or _text(stated.get("literal")) or _text(stated.get("raw")))
    return "" if found is None else found[1]


def names_of(lines: str) -> list[dict[str, str]]:
    """The names in a text, one on each line: `Family, Given`, or an organisation."""
    return [name_of(one) for one in lines.splitlines() if one.strip()]


def name_of(line: str) -> dict[str, str]:
    """A name of CSL-JSON."""
    family, comma, given = (one.strip() for one in line.partition(","))
    return {"family": family, "given": given} if comma and given else {"literal": family}


def _name(one: Any) -> str:
    if not isinstance(one, Mapping):
        return ""
    name = cast("Csl", one)
    particles = (_text(name.get("dropping-particle")), _text(name.get("non-dropping-particle")))
    parts = (_text(name.get("given")), *particles, _text(name.get("family")))
    return _text(name.get("literal")) or " ".join(one for one in parts if one)


def _text(value: Any) -> str:
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []


def _folded(text: str) -> str:
    """A text without what programs write differently: capitals, accents, braces, punctuation."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return " ".join(re.findall(r"\w+", "".join(one for one in plain if not unicodedata.combining(one))))
