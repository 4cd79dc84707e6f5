"""Evidence in words: sources as a bibliography names them, and what a recommendation rests on."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple, cast

import msgspec

from domain.foundation import Personal, Words
from projections.derived.evidence_graph import Known
from projections.research import Insight, Interview, Source
from projections.trips import Item
from projections.wording.names import MAX_TITLE_LENGTH, shortened
from service.pages.frame.people import Names

Kind = Literal["source", "interview", "insight", "visit"]
KINDS: dict[str, Kind] = {"source": "source", "interview": "interview", "insight": "insight", "item": "visit"}
"""The kind of evidence, by the prefix of its id."""
ORDER = {"source": 0, "interview": 1, "visit": 2, "insight": 3}


class Reference(NamedTuple):
    """A source as a bibliography names it. Each may be empty. `where`: the journal or publisher."""

    who: tuple[str, ...]
    year: str
    title: str
    where: str
    url: str


class Cited(NamedTuple):
    """A piece of evidence in words. `head`, `text` may be empty. `withdrawn`: the interviewed person withdrew consent."""

    id: str
    kind: Kind
    head: str
    text: str
    withdrawn: bool = False


def reference(csl: Words) -> Reference:
    """The reference of a source: its CSL-JSON item (CSL-JSON schema 1.0.2), which others made and may lack any field."""
    try:
        decoded = msgspec.json.decode(csl.text or "{}")
    except msgspec.DecodeError:
        decoded = {}
    item = cast("dict[str, Any]", decoded) if isinstance(decoded, dict) else {}
    return Reference(
        who=tuple(_names(item.get("author")) or _names(item.get("editor"))),
        year=_year(item.get("issued")),
        title=_text(item.get("title")),
        where=_text(item.get("container-title")) or _text(item.get("publisher")),
        url=_web_address(item.get("URL")),
    )


def cited(ids: Iterable[str], known: Mapping[str, Known], names: Names) -> list[Cited]:
    """These pieces of evidence as far as they are known, in words: sources, interviews, visits, insights."""
    found = [_in_words(known[one], one, names) for one in ids if one in known and one.rpartition("_")[0] in KINDS]
    return sorted(found, key=lambda one: ORDER[one.kind])


def options(known: Iterable[Known], names: Names) -> dict[Kind, list[Cited]]:
    """Evidence to choose from, by kind."""
    found: dict[Kind, list[Cited]] = {kind: [] for kind in sorted(KINDS.values(), key=ORDER.__getitem__)}
    for row in known:
        if row.id.rpartition("_")[0] in KINDS:
            one = _in_words(row, row.id, names)
            found[one.kind].append(one)
    return {kind: some for kind, some in found.items() if some}


def people_in(known: Iterable[Known]) -> set[str]:
    """The people whose names these pieces of evidence need."""
    return {one.author for one in known if isinstance(one, Insight)}


def _in_words(row: Known, id_: str, names: Names) -> Cited:
    kind = KINDS[id_.rpartition("_")[0]]
    match row:
        case Source():
            one = reference(row.csl)
            who = ", ".join(one.who)
            return Cited(id_, kind, f"{who} ({one.year})" if who and one.year else who or one.year, one.title)
        case Interview():
            role = "" if row.role is None else _open(row.role)
            return Cited(id_, kind, "" if row.who is None else _open(row.who), role, row.consent is None)
        case Insight():
            return Cited(id_, kind, names.of(row.author), shortened(_open(row.text)))
        case Item():
            return Cited(id_, kind, shortened(_open(row.title)), "" if row.host is None else _open(row.host))
        case _:
            return Cited(id_, kind, "", "")


def _open(words: Words | Personal) -> str:
    return words.text or "…"


def _names(people: object) -> list[str]:
    if not isinstance(people, list):
        return []
    return [name for one in cast("list[object]", people) if isinstance(one, dict) and (name := _name(cast("Any", one)))]


def _name(one: dict[str, Any]) -> str:
    literal, family, given = _text(one.get("literal")), _text(one.get("family")), _text(one.get("given"))
    particle = _text(one.get("non-dropping-particle"))
    initial = f"{given[0]}. " if given else ""
    return literal or (f"{initial}{particle} {family}".replace("  ", " ").strip() if family else given)


def _year(issued: object) -> str:
    parts = cast("dict[str, Any]", issued).get("date-parts") if isinstance(issued, dict) else None
    match parts:
        case [[int() | str() as year, *_], *_]:
            return str(year)[:MAX_TITLE_LENGTH]
        case _:
            return ""


def _web_address(stated: object) -> str:
    """An address of the web; another scheme would run a script or open a file."""
    text = stated if isinstance(stated, str) else ""
    return text if text.startswith(("https://", "http://")) else ""


def _text(stated: object) -> str:
    return shortened(stated) if isinstance(stated, str) else ""
