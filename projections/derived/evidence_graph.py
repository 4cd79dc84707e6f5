"""The evidence graph of an advice: problem statement → guiding question → answer → recommendations → evidence. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct

from domain.advice.advice import PartKind
from domain.foundation import Code, Words
from projections.advice import Part, Parts
from projections.recommendations import CONSENT_WITHDRAWN, STALE, Recommendation
from projections.research import Insight, Interview, Source, Stakeholder
from projections.trips import Item
from projections.wording.names import shortened

NodeKind: TypeAlias = (
    PartKind
    | Literal["recommendation", "source", "interview", "insight", "visit", "stakeholder", "organisation", "addressee"]
)
EdgeKind: TypeAlias = Literal["leads_to", "cites", "addresses", "about"]
Known: TypeAlias = Source | Interview | Insight | Item | Stakeholder

ORDER: tuple[PartKind, ...] = ("problem_statement", "guiding_question", "answer")
"""The order of the parts (rule 16); recommendations follow."""

KINDS: Mapping[str, NodeKind] = {
    "source": "source",
    "interview": "interview",
    "insight": "insight",
    "item": "visit",
    "stakeholder": "stakeholder",
    "organisation": "organisation",
}
"""The kind of thing that an id names, by its prefix."""


class Node(Struct, frozen=True, kw_only=True):
    """A node of the graph. `id`: its id, or the name of the part. `title` and `status` null: hidden from the reader.

    `warnings`: `stale` if its basis was revised since, `consent-withdrawn` for an interview that may no longer be cited.
    """

    id: str
    kind: NodeKind
    status: str | None = None
    version: int | None = None
    title: str | None = None
    warnings: tuple[Code, ...] = ()


class Edge(Struct, frozen=True, rename={"start": "from", "end": "to"}):
    """A directed edge between two nodes."""

    start: str
    end: str
    kind: EdgeKind


class EvidenceGraph(Struct, frozen=True):
    """The nodes, each once, and the edges between them."""

    nodes: list[Node]
    edges: list[Edge]


def graph(parts: Parts, recommendations: Iterable[Recommendation], known: Mapping[str, Known]) -> EvidenceGraph:
    """The graph for one reader. `known`: the evidence that they may see, unsealed; other evidence has only its id and kind."""
    nodes: dict[str, Node] = {}
    edges: list[Edge] = []
    written = [one for one in (getattr(parts, kind) for kind in ORDER) if one is not None]
    for before, part in zip([None, *written], written, strict=False):
        nodes[part.part] = _part(part)
        if before is not None:
            edges.append(Edge(before.part, part.part, "leads_to"))
    for one in recommendations:
        nodes[one.id] = _recommendation(one)
        if written:
            edges.append(Edge(written[-1].part, one.id, "leads_to"))
        edges += [Edge(one.id, cited, "cites") for cited in one.evidence]
        nodes |= {cited: _thing(cited, known) for cited in one.evidence if cited not in nodes}
        node = _addressee(one, known)
        nodes.setdefault(node.id, node)
        edges.append(Edge(one.id, node.id, "addresses"))
    for insight, about in _abouts(known):
        nodes.setdefault(about, _thing(about, known))
        edges.append(Edge(insight, about, "about"))
    return EvidenceGraph(list(nodes.values()), edges)


def named_by(recommendations: Iterable[Recommendation]) -> Iterator[str]:
    """The ids of the team's things that these recommendations name."""
    for one in recommendations:
        yield from one.evidence
        if one.addressee.stakeholder is not None:
            yield one.addressee.stakeholder


def _part(part: Part) -> Node:
    warnings = (STALE,) if part.status == "stale" else ()
    title = _title(part.text)
    return Node(id=part.part, kind=part.part, status=part.status, version=part.version, title=title, warnings=warnings)


def _recommendation(row: Recommendation) -> Node:
    return Node(
        id=row.id,
        kind="recommendation",
        status=row.status,
        version=row.version,
        title=_title(row.text),
        warnings=row.warnings,
    )


def _addressee(row: Recommendation, known: Mapping[str, Known]) -> Node:
    to = row.addressee
    named = to.stakeholder or to.organisation
    if named is not None:
        return _thing(named, known)
    return Node(id=f"{row.id}/addressee", kind="addressee", title=_title(to.name))


def _thing(id_: str, known: Mapping[str, Known]) -> Node:
    kind = KINDS[id_.rpartition("_")[0]]
    match known.get(id_):
        case Source() as row:
            return Node(id=id_, kind=kind, status=row.status, title=_csl_title(row.csl))
        case Interview() as row:
            warnings = (CONSENT_WITHDRAWN,) if row.consent is None else ()
            name = None if row.who is None else row.who.text
            return Node(id=id_, kind=kind, status=row.status, title=name, warnings=warnings)
        case Insight() as row:
            return Node(id=id_, kind=kind, status=row.status, title=_title(row.text))
        case Item() as row:
            return Node(id=id_, kind=kind, status=row.status, title=_title(row.title))
        case Stakeholder() as row:
            return Node(id=id_, kind=kind, status=row.status, title=row.name.text)
        case None:
            return Node(id=id_, kind=kind)


def _abouts(known: Mapping[str, Known]) -> Iterator[tuple[str, str]]:
    for id_, row in list(known.items()):
        if isinstance(row, Insight) and row.about is not None:
            yield id_, row.about


def _title(text: Words | None) -> str | None:
    return None if text is None or text.text is None else shortened(text.text)


def _csl_title(csl: Words) -> str | None:
    item: dict[str, object] = {} if csl.text is None else msgspec.json.decode(csl.text)
    title = item.get("title")
    return shortened(title) if isinstance(title, str) else None
