"""Bringing earlier events into an organisation's trail, over HTTP."""

from typing import Annotated

from litestar import Controller, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from domain.foundation import OrganisationId
from domain.spanning.trail import BringIn
from service.api.history.trail import Trail
from service.api.http.bodies import Body, require_distinct
from service.api.http.negotiation import language_of
from service.api.requests.request_context import RequestContext
from service.operations.history import as_line
from service.reading.options import MAX_POSITION
from service.reading.trail import earlier_events, entries, sentence_style

EventPosition = Annotated[int, Meta(ge=1, le=MAX_POSITION)]


class NewBringingIn(Body):
    """The positions of earlier events. Needs a `reason`."""

    positions: Annotated[tuple[EventPosition, ...], Meta(min_length=1, max_length=200)]


class BringingIn(Controller):
    path = "/organisations/{organisation:str}/trail/brought-in"
    tags = ("Trail",)

    @post()
    async def bring_in(
        self,
        organisation: FromPath[OrganisationId],
        data: JSONBody[NewBringingIn],
        context: NamedDependency[RequestContext],
    ) -> Response[Trail]:
        """Bring earlier events into a trail, with a reason; the answer is the new line of the trail."""
        require_distinct("positions", data.positions)
        earlier = await earlier_events(context.kring, data.positions)
        receipt = await context.submit(data, lambda by: BringIn(organisation, events=earlier, by=by))
        lines = [as_line(context.kring, one) for one in await context.kring.log.at([receipt.last])]
        style = await sentence_style(
            context.kring, await context.reader.rights(), organisation, await language_of(context.request)
        )
        items = await entries(context.kring, organisation, lines, style)
        return Response(Trail([], items, None), status_code=201, headers={"Kring-Position": str(receipt.last)})
