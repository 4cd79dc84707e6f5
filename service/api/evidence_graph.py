"""On what a team's advice rests, over HTTP."""

from collections.abc import Callable
from typing import TypeVar

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct

from domain.foundation import ItemId, NotFound, TeamId
from domain.sharing import WorkReader
from projections.advice import ADVICE, Advice, as_handed_over
from projections.evidence_graph import EvidenceGraph, Known, graph, named_by
from projections.recommendations import RECOMMENDATIONS, Recommendation, as_presented, at_moment
from projections.research import INSIGHTS, INTERVIEWS, SOURCES, STAKEHOLDERS, Insight
from projections.trips import TRIPS
from projections.view import View
from service.api.asking import Asking
from service.api.reading import Reading
from service.api.research import quoted
from service.api.trips import trip_of_item
from service.api.work import reader

Row = TypeVar("Row", bound=Struct)

DEEPEST = 4  # insights about insights about …


class GraphOfTeam(Controller):
    path = "/teams/{team:str}/evidence-graph"
    tags = ("Advice",)

    @get()
    async def read(
        self, team: FromPath[TeamId], asking: NamedDependency[Asking], reading: NamedDependency[Reading]
    ) -> EvidenceGraph:
        """Show on what an advice rests: to its team as it stands, to the commissioner as it was handed over last."""
        rights = await reader(asking, team)
        row = await asking.row(ADVICE, team, reading)
        if not rights.reads_all:
            if row is None or not (rights.for_commissioner and row.handed_over):
                raise NotFound
            row = as_handed_over(row)
        if row is None:
            return EvidenceGraph([], [])
        shown = await stated(asking, rights, row, reading)
        known = await evidence(asking, rights, shown, reading)
        await asking.open([row, *shown, *known.values()])
        return graph(row.parts, shown, known)


async def stated(asking: Asking, rights: WorkReader, advice: Advice, reading: Reading) -> list[Recommendation]:
    """The recommendations of this advice as the reader sees them, closed."""
    at = await asking.moment(reading)
    rows = [await asking.row(RECOMMENDATIONS, one.recommendation, reading) for one in advice.recommendations]
    now = [at_moment(one, at) for one in rows if one is not None]
    return now if rights.reads_all else [as_presented(one) for one in now]


async def evidence(
    asking: Asking, rights: WorkReader, recommendations: list[Recommendation], reading: Reading
) -> dict[str, Known]:
    """What these recommendations rest on and address, as far as the reader sees it."""
    known: dict[str, Known] = {}
    wanted = set(named_by(recommendations))
    for _ in range(DEEPEST):
        for one in sorted(wanted):
            if (row := await thing(asking, rights, one, reading)) is not None:
                known[one] = row
        about = {str(row.about) for row in known.values() if isinstance(row, Insight) and row.about is not None}
        wanted = about - known.keys()
    return known


async def thing(asking: Asking, rights: WorkReader, id_: str, reading: Reading) -> Known | None:
    """The row of this id, closed, if the reader sees it."""
    match id_.rpartition("_")[0]:
        case "source":
            return await _seen(asking, SOURCES, id_, reading, lambda row: rights.sees(row.shared_with))
        case "interview":
            row = await _seen(asking, INTERVIEWS, id_, reading, lambda row: rights.sees(row.shared_with))
            return None if row is None else quoted(rights, row)
        case "insight":
            return await _seen(asking, INSIGHTS, id_, reading, lambda row: rights.sees(row.shared_with))
        case "stakeholder" if rights.reads_all:
            return await asking.row(STAKEHOLDERS, id_, reading)
        case "item" if rights.reads_all:
            trip = await asking.row(TRIPS, await trip_of_item(asking, ItemId(id_)), reading)
            return None if trip is None else next((one for one in trip.itinerary if one.id == id_), None)
        case _:
            return None


async def _seen(asking: Asking, view: View[Row], id_: str, reading: Reading, sees: Callable[[Row], bool]) -> Row | None:
    row = await asking.row(view, id_, reading)
    return row if row is not None and sees(row) else None
