"""Telling an organisation, over HTTP, earlier events that concern it from here on."""

from typing import Annotated

from litestar import Controller, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from domain.foundation import Nobody, OrganisationId, ProgrammeId, Text
from domain.spanning.trail import BringIn, EarlierEvent
from projections.event_types import events
from service.api.history.trail import Trail
from service.api.http.bodies import Body
from service.api.http.negotiation import language_of
from service.api.requests.request_context import RequestContext
from service.kring import Kring
from service.operations.history import told
from service.reading.options import LATEST, BadText
from service.reading.trail import entries, reader_of
from service.store.log.types import Recorded

TELLABLE = frozenset(one.TOPIC for one in events() if not isinstance(one.AUDIENCE, Nobody))
"""The kinds of events that organisations are told at all."""

Place = Annotated[int, Meta(ge=1, le=LATEST)]


class NewBringingIn(Body):
    """The positions of earlier events, and why in `reason`."""

    positions: Annotated[tuple[Place, ...], Meta(min_length=1, max_length=200)]


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
        """Bring earlier events into a trail, with a reason; the answer is what the trail says of it."""
        if len(set(data.positions)) != len(data.positions):
            raise BadText("positions", Text(en="names something twice", nl="noemt iets twee keer"))
        earlier = await looked_up(context.kring, data.positions)
        receipt = await context.submit(data, lambda by: BringIn(organisation, events=earlier, by=by))
        stories = [told(context.kring, one) for one in await context.kring.log.at([receipt.last])]
        style = await reader_of(
            context.kring, await context.reader.rights(), organisation, await language_of(context.request)
        )
        items = await entries(context.kring, organisation, stories, style)
        return Response(Trail([], items, None), status_code=201, headers={"Kring-Position": str(receipt.last)})


async def looked_up(kring: Kring, positions: tuple[int, ...]) -> tuple[EarlierEvent, ...]:
    """What stands at these positions."""
    found = {one.position: _earlier(one) for one in await kring.log.at(positions)}
    return tuple(found.get(at, EarlierEvent(at, None)) for at in positions)


def _earlier(one: Recorded) -> EarlierEvent:
    programme = next((ProgrammeId(tag) for tag in one.tags if tag.startswith("programme_")), None)
    told_to = tuple(OrganisationId(tag[3:]) for tag in one.tags if tag.startswith("to:"))
    return EarlierEvent(one.position, programme, told_to, one.type in TELLABLE)
