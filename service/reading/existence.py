"""Whether a caller may know of a resource that a command hides from them, because they can read it at its own path."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from domain.foundation import NotFound
from service.reading.commitments import visible_commitment
from service.reading.gatherings import visible_gathering
from service.reading.options import ReadOptions
from service.reading.questions import visible_question
from service.reading.reader import Reader
from service.reading.recommendations import visible_recommendation
from service.reading.research import visible_interview, visible_stakeholder
from service.reading.trips import visible_item, visible_trip

READERS: Mapping[str, Callable[..., Awaitable[object]]] = {
    "commitment": visible_commitment,
    "gathering": visible_gathering,
    "interview": visible_interview,
    "item": visible_item,
    "question": visible_question,
    "recommendation": visible_recommendation,
    "stakeholder": visible_stakeholder,
    "trip": visible_trip,
}
"""The function that reads each kind of resource named in a path; it raises `NotFound` if the caller may not know of it."""


async def is_known(reader: Reader, ids: Mapping[str, Any]) -> bool:
    """Whether the caller can read a resource of a path: it is shared with them, or they made it before they left (rule 10)."""
    now = ReadOptions(as_of=await reader.kring.log.head())  # the views may lag behind
    for name, key in ids.items():
        if name in READERS:
            try:
                await READERS[name](reader, key, now)
            except NotFound:
                continue
            return True
    return False
