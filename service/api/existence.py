"""Whether a caller knows of what a command hides from them, since they read it at its own path."""

from collections.abc import Awaitable, Callable, Mapping

from domain.foundation import NotFound
from service.api.advice import commitments, recommendations
from service.api.gatherings.visibility import seen_gathering
from service.api.http.read_parameters import Reading
from service.api.requests.request_context import Asking
from service.api.research import stakeholders
from service.api.research.research import seen_interview
from service.api.trips.itinerary import seen_item
from service.api.trips.visibility import seen_trip

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


async def is_known(asking: Asking) -> bool:
    """Whether the caller reads what the path names: it is shared with them, or they made it before they left (rule 10)."""
    now = Reading(as_of=await asking.kring.log.head())  # the views may not have come so far
    for name, thing in asking.request.path_params.items():
        if name in READ_AS:
            try:
                await READ_AS[name](asking, thing, now)
            except NotFound:
                continue
            return True
    return False
