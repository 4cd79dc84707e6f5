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
from service.api.access.team_work import Work, reader
from service.api.http.read_parameters import Reading
from service.api.requests.request_context import Asking
from service.api.research.research import quotable
from service.api.trips.visibility import trip_of_item

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
        work = await reader(asking, team, reading)
        row = await _shown(work, ADVICE, await asking.row(ADVICE, team, reading))
        if not work.reads_all:
            if row is None or not (work.for_organisation and row.handed_over):
                raise NotFound
            row = as_handed_over(row)
        if row is None:
            return EvidenceGraph([], [])
        shown = await stated(asking, work, row, reading)
        known = await evidence(asking, work, shown, reading)
        await asking.open([row, *shown, *known.values()])
        return graph(row.parts, shown, known)


async def stated(asking: Asking, work: Work, advice: Advice, reading: Reading) -> list[Recommendation]:
    """The recommendations of this advice as the reader sees them, closed."""
    at = await asking.moment(reading)
    rows = [await asking.row(RECOMMENDATIONS, one.recommendation, reading) for one in advice.recommendations]
    shown = await work.shown(RECOMMENDATIONS, *[one for one in rows if one is not None])
    now = [at_moment(one, at) for one in shown if one is not None]
    return now if work.reads_all else [as_presented(one) for one in now]


async def evidence(
    asking: Asking, work: Work, recommendations: list[Recommendation], reading: Reading
) -> dict[str, Known]:
    """What these recommendations rest on and address, as far as the reader sees it."""
    known: dict[str, Known] = {}
    wanted = set(named_by(recommendations))
    for _ in range(DEEPEST):
        for one in sorted(wanted):
            if (row := await thing(asking, work, one, reading)) is not None:
                known[one] = row
        about = {str(row.about) for row in known.values() if isinstance(row, Insight) and row.about is not None}
        wanted = about - known.keys()
    return known


async def thing(asking: Asking, work: Work, id_: str, reading: Reading) -> Known | None:
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
            return await asking.row(STAKEHOLDERS, id_, reading)
        case "item" if work.reads_all:
            trip = await asking.row(TRIPS, await trip_of_item(asking, ItemId(id_)), reading)
            return None if trip is None else next((one for one in trip.itinerary if one.id == id_), None)
        case _:
            return None


async def _seen(work: Work, view: View[Row], id_: str, reading: Reading) -> Row | None:
    return await _shown(work, view, await work.asking.row(view, id_, reading) if work.sees(id_) else None)


async def _shown(work: Work, view: View[Row], row: Row | None) -> Row | None:
    return None if row is None else (await work.shown(view, row))[0]
