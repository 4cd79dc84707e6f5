"""On what a team's advice rests, over HTTP."""

from typing import TypeVar

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct

from domain.foundation import ItemId, NotFound, TeamId
from projections.advice import ADVICE, Advice, as_handed_over
from projections.derived.evidence_graph import EvidenceGraph, Known, graph, named_by
from projections.recommendations import RECOMMENDATIONS, Recommendation, as_presented, at_moment
from projections.research import INSIGHTS, INTERVIEWS, SOURCES, STAKEHOLDERS, Insight
from projections.trips import TRIPS
from projections.view import View
from service.api.research.research import quotable
from service.reading.options import ReadOptions
from service.reading.reader import Reader
from service.reading.team_work import Work, work_of
from service.reading.trips import trip_of_item

Row = TypeVar("Row", bound=Struct)

DEEPEST = 4  # insights about insights about …


class GraphOfTeam(Controller):
    path = "/teams/{team:str}/evidence-graph"
    tags = ("Advice",)

    @get()
    async def read(
        self, team: FromPath[TeamId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> EvidenceGraph:
        """Show on what an advice rests: to its team as it stands, to the commissioner as it was handed over last."""
        work = await work_of(reader, team, reading)
        row = await _shown(work, ADVICE, await reader.row(ADVICE, team, reading))
        if not work.reads_all:
            if row is None or not (work.for_organisation and row.handed_over):
                raise NotFound
            row = as_handed_over(row)
        if row is None:
            return EvidenceGraph([], [])
        shown = await stated(reader, work, row, reading)
        known = await evidence(reader, work, shown, reading)
        await reader.unseal([row, *shown, *known.values()])
        return graph(row.parts, shown, known)


async def stated(reader: Reader, work: Work, advice: Advice, reading: ReadOptions) -> list[Recommendation]:
    """The recommendations of this advice as the reader sees them, closed."""
    at = await reader.time_of(reading)
    rows = [await reader.row(RECOMMENDATIONS, one.recommendation, reading) for one in advice.recommendations]
    shown = await work.shown(RECOMMENDATIONS, *[one for one in rows if one is not None])
    now = [at_moment(one, at) for one in shown if one is not None]
    return now if work.reads_all else [as_presented(one) for one in now]


async def evidence(
    reader: Reader, work: Work, recommendations: list[Recommendation], reading: ReadOptions
) -> dict[str, Known]:
    """What these recommendations rest on and address, as far as the reader sees it."""
    known: dict[str, Known] = {}
    wanted = set(named_by(recommendations))
    for _ in range(DEEPEST):
        for one in sorted(wanted):
            if (row := await thing(reader, work, one, reading)) is not None:
                known[one] = row
        about = {str(row.about) for row in known.values() if isinstance(row, Insight) and row.about is not None}
        wanted = about - known.keys()
    return known


async def thing(reader: Reader, work: Work, id_: str, reading: ReadOptions) -> Known | None:
    """The row of this id, closed, if the reader sees it."""
    match id_.rpartition("_")[0]:
        case "source":
            return await _seen(work, SOURCES, id_, reading)
        case "interview":
            row = await _seen(work, INTERVIEWS, id_, reading)
            return None if row is None else (await quotable(work, row))[0]
        case "insight":
            return await _seen(work, INSIGHTS, id_, reading)
        case "stakeholder" if work.reads_all:
            return await reader.row(STAKEHOLDERS, id_, reading)
        case "item" if work.reads_all:
            trip = await reader.row(TRIPS, await trip_of_item(reader, ItemId(id_)), reading)
            return None if trip is None else next((one for one in trip.itinerary if one.id == id_), None)
        case _:
            return None


async def _seen(work: Work, view: View[Row], id_: str, reading: ReadOptions) -> Row | None:
    return await _shown(work, view, await work.reader.row(view, id_, reading) if work.sees(id_) else None)


async def _shown(work: Work, view: View[Row], row: Row | None) -> Row | None:
    return None if row is None else (await work.shown(view, row))[0]
