"""Sources that are logged together, as those of an import are."""

from collections.abc import Collection, Mapping

from domain.events.research import SourceLogged
from domain.foundation import AsIs, Caller, Refusal, Selector, SourceId, TeamId, Text, Words, applies
from domain.teams.team import TeamCommand

# Refusals


class SourcesChanged(Refusal):
    """Sources are imported beside the sources that the caller knows, so that none is logged twice."""

    CODE = "sources-changed"
    TEXT = Text(
        en="Somebody logged a source in the meantime. Look at the list once more; what is new is still ticked.",
        nl="Iemand legde intussen een bron vast. Bekijk de lijst nog een keer; wat nieuw is, staat nog aangevinkt.",
    )


# Commands


class LogSources(TeamCommand):
    """Log several sources of the team at once. `known`: the sources that it had when these were chosen."""

    def __init__(
        self, sources: Mapping[SourceId, Words], *, team: TeamId, known: Collection[SourceId], by: Caller
    ) -> None:
        super().__init__(by, team, boundary=[Selector(types=[SourceLogged], tags=[team])])
        self.sources, self.team, self.known = sources, team, frozenset(known)
        self.logged: set[SourceId] = set()

    @applies(SourceLogged)
    def _(self, source: SourceId) -> None:
        self.logged.add(source)

    def execute(self) -> None:
        formed = self.rights.require_member_of(self.team)
        if not self.logged <= self.known:
            raise SourcesChanged
        if not self.sources:
            raise AsIs
        for source, csl in self.sources.items():
            self.record(SourceLogged(source=source, team=self.team, programme=formed.programme, csl=csl))
