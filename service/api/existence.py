"""Whether a caller may know of a resource that a command hides from them, because they can read it at its own path."""

from collections.abc import Awaitable, Callable, Mapping

from domain.foundation import NotFound
from service.api.requests.request_context import RequestContext
from service.reading.commitments import visible_commitment
from service.reading.gatherings import visible_gathering
from service.reading.options import ReadOptions
from service.reading.recommendations import visible_recommendation
from service.reading.research import visible_interview, visible_stakeholder
from service.reading.trips import visible_item, visible_trip

READERS: Mapping[str, Callable[..., Awaitable[object]]] = {
    "commitment": visible_commitment,
    "gathering": visible_gathering,
    "interview": visible_interview,
    "item": visible_item,
    "recommendation": visible_recommendation,
    "stakeholder": visible_stakeholder,
    "trip": visible_trip,
}
"""The function that reads each kind of resource named in a path; it raises `NotFound` if the caller may not know of it."""


async def is_known(context: RequestContext) -> bool:
    """Whether the caller can read what the path names: it is shared with them, or they made it before they left (rule 10)."""
    now = ReadOptions(as_of=await context.kring.log.head())  # the views may lag behind
    for name, key in context.request.path_params.items():
        if name in READERS:
            try:
                await READERS[name](context.reader, key, now)
            except NotFound:
                continue
            return True
    return False
