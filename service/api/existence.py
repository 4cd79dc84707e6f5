"""Whether a caller knows of what a command hides from them, since they read it at its own path."""

from collections.abc import Awaitable, Callable, Mapping

from domain.foundation import NotFound
from service.api.advice import commitments, recommendations
from service.api.requests.request_context import RequestContext
from service.api.research import stakeholders
from service.api.research.research import seen_interview
from service.api.trips.itinerary import seen_item
from service.reading.gatherings import seen_gathering
from service.reading.options import ReadOptions
from service.reading.trips import seen_trip

READ_AS: Mapping[str, Callable[..., Awaitable[object]]] = {
    "commitment": commitments.seen,
    "gathering": seen_gathering,
    "interview": seen_interview,
    "item": seen_item,
    "recommendation": recommendations.seen,
    "stakeholder": stakeholders.seen,
    "trip": seen_trip,
}
"""How what a path names is read; all of it raises `NotFound` where the caller may not know of it."""


async def is_known(context: RequestContext) -> bool:
    """Whether the caller reads what the path names: it is shared with them, or they made it before they left (rule 10)."""
    now = ReadOptions(as_of=await context.kring.log.head())  # the views may not have come so far
    for name, thing in context.request.path_params.items():
        if name in READ_AS:
            try:
                await READ_AS[name](context.reader, thing, now)
            except NotFound:
                continue
            return True
    return False
