"""The evidence graph of a team's advice, as far as its reader may see it."""

from typing import TypeVar

from msgspec import Struct

from domain.foundation import ItemId, NotFound, TeamId
from projections.advice import ADVICE, Advice, as_handed_over
from projections.derived.evidence_graph import EvidenceGraph, Known, graph, named_by
from projections.recommendations import RECOMMENDATIONS, Recommendation, as_of, as_presented
from projections.research import INSIGHTS, INTERVIEWS, SOURCES, STAKEHOLDERS, Insight
from projections.trips import TRIPS
from projections.view import View
from service.reading.options import ReadOptions
from service.reading.reader import Reader
from service.reading.research import as_consented
from service.reading.team_work import TeamWork, work_of
from service.reading.trips import trip_of_item

Row = TypeVar("Row", bound=Struct)

MAX_DEPTH = 4
"""Insights about insights that are followed."""


async def evidence_graph_of(reader: Reader, team: TeamId, reading: ReadOptions) -> EvidenceGraph:
    """The evidence graph of the current advice for its team, of the last handover for its organisation. Raises `NotFound`."""
    work = await work_of(reader, team, reading)
    row = await _shown(work, ADVICE, await reader.row(ADVICE, team, reading))
    if not work.reads_all:
        if row is None or not (work.for_organisation and row.handed_over):
            raise NotFound
        row = as_handed_over(row)
    if row is None:
        return EvidenceGraph([], [])
    shown = await visible_recommendations(reader, work, row, reading)
    known = await visible_evidence(reader, work, shown, reading)
    await reader.unseal([row, *shown, *known.values()])
    return graph(row.parts, shown, known)


async def visible_recommendations(
    reader: Reader, work: TeamWork, advice: Advice, reading: ReadOptions
) -> list[Recommendation]:
    """The recommendations of this advice, as far as the reader may see them, sealed."""
    at = await reader.time_of(reading)
    rows = [await reader.row(RECOMMENDATIONS, one.recommendation, reading) for one in advice.recommendations]
    shown = await work.visible(RECOMMENDATIONS, *[one for one in rows if one is not None])
    now = [as_of(one, at) for one in shown if one is not None]
    return now if work.reads_all else [as_presented(one) for one in now]


async def visible_evidence(
    reader: Reader, work: TeamWork, recommendations: list[Recommendation], reading: ReadOptions
) -> dict[str, Known]:
    """The evidence and addressees of these recommendations, by id, as far as the reader may see them."""
    known: dict[str, Known] = {}
    wanted = set(named_by(recommendations))
    for _ in range(MAX_DEPTH):
        for one in sorted(wanted):
            if (row := await evidence_of(reader, work, one, reading)) is not None:
                known[one] = row
        about = {str(row.about) for row in known.values() if isinstance(row, Insight) and row.about is not None}
        wanted = about - known.keys()
    return known


async def evidence_of(reader: Reader, work: TeamWork, id_: str, reading: ReadOptions) -> Known | None:
    """The row of this id, sealed, if the reader may see it."""
    match id_.rpartition("_")[0]:
        case "source":
            return await _visible(work, SOURCES, id_, reading)
        case "interview":
            row = await _visible(work, INTERVIEWS, id_, reading)
            return None if row is None else (await as_consented(work, row))[0]
        case "insight":
            return await _visible(work, INSIGHTS, id_, reading)
        case "stakeholder" if work.reads_all:
            return await reader.row(STAKEHOLDERS, id_, reading)
        case "item" if work.reads_all:
            trip = await reader.row(TRIPS, await trip_of_item(reader, ItemId(id_)), reading)
            return None if trip is None else next((one for one in trip.itinerary if one.id == id_), None)
        case _:
            return None


async def _visible(work: TeamWork, view: View[Row], id_: str, reading: ReadOptions) -> Row | None:
    return await _shown(work, view, await work.reader.row(view, id_, reading) if work.can_see(id_) else None)


async def _shown(work: TeamWork, view: View[Row], row: Row | None) -> Row | None:
    return None if row is None else (await work.visible(view, row))[0]
