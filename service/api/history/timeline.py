"""A team's timeline over HTTP: the events of the team and its work, in words, in order."""

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from domain.foundation import TeamId
from service.api.http.negotiation import language_of
from service.api.http.read_parameters import Limit, Position, started_after
from service.api.requests.request_context import RequestContext
from service.reading.options import ReadOptions
from service.reading.timeline import Timeline, timeline_of


class TimelineOfTeam(Controller):
    path = "/teams/{team:str}/timeline"
    tags = ("Teams",)

    @get()
    async def read(
        self,
        team: FromPath[TeamId],
        context: NamedDependency[RequestContext],
        reading: NamedDependency[ReadOptions],
        after: Position = None,
        cursor: Position = None,
        limit: Limit = 50,
    ) -> Timeline:
        """Show a team's timeline to its members and facilitators, in the language of the request."""
        start, language = started_after(after, cursor), await language_of(context.request)
        return await timeline_of(context.reader, team, reading, language, after=start, limit=limit)
