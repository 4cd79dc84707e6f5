"""Changes since the caller was last here, over HTTP."""

from typing import Annotated

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from service.api.http.negotiation import language_of
from service.api.http.read_parameters import Position
from service.api.requests.request_context import RequestContext
from service.reading.changes import Changes, changes_since

AtMost = Annotated[int, QueryParameter(ge=1, le=100)]


class OwnChanges(Controller):
    path = "/me/changes"
    tags = ("The caller",)

    @get()
    async def list_all(
        self,
        context: NamedDependency[RequestContext],
        since: Position = None,
        limit: AtMost = 20,
        at_least: Position = None,
    ) -> Changes:
        """List what others changed for the caller since a position, in words, the most important first."""
        language = await language_of(context.request)
        return await changes_since(context.reader, since or 0, language, limit=limit, at_least=at_least)
