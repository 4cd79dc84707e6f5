"""Answers to commands of guests."""

from litestar import Response

from projections.trips import Trip
from service.reading.reader import Reader
from service.reading.trips import as_seen, trip_rights


async def as_told(reader: Reader, answer: Response[Trip]) -> Response[Trip]:
    """The answer to what guests may do as well, as its caller may see it."""
    answer.content = as_seen(await trip_rights(reader), answer.content)
    return answer
