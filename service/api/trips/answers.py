"""Answers to commands that guests can send as well."""

from litestar import Response

from projections.trips import Trip
from service.reading.reader import Reader
from service.reading.trips import as_visible, trip_rights


async def answer_as_visible(reader: Reader, answer: Response[Trip]) -> Response[Trip]:
    """The answer to a command on a trip, as far as the caller may see it."""
    answer.content = as_visible(await trip_rights(reader), answer.content)
    return answer
