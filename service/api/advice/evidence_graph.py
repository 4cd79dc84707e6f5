"""The evidence graph of a team's advice, over HTTP."""

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from domain.foundation import TeamId
from projections.derived.evidence_graph import EvidenceGraph
from service.reading.evidence_graph import evidence_graph_of
from service.reading.options import ReadOptions
from service.reading.reader import Reader


class GraphOfTeam(Controller):
    path = "/teams/{team:str}/evidence-graph"
    tags = ("Advice",)

    @get()
    async def read(
        self, team: FromPath[TeamId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> EvidenceGraph:
        """Show the evidence of an advice: of its current version for the team, of the last handover for the commissioner."""
        return await evidence_graph_of(reader, team, reading)
