"""Live pages: a stream that says that something changed, after which the browser fetches the page again.

It carries no contents, and an event that the caller may not read makes no sound.
"""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from eventsourcing.dcb.api import DCBQuery, DCBQueryItem
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from domain.foundation import AnyId
from service.api.http.streams import Streams
from service.pages.frame.visit import Visit, visit_of
from service.reading.feed import can_read
from service.reading.permissions import team_rights

HEARTBEAT_S = 15.0
"""Silence after which a comment shows that the connection is alive."""
MIN_INTERVAL_S = 0.5
"""Time between two signs, however many events there are."""
MAX_EVENTS = 200
"""Events looked at between two signs; with more of them something did change."""
EVENT_STREAM = "text/event-stream"


@get("/live/{subject:str}", include_in_schema=False)
async def live(visit: NamedDependency[Visit], subject: FromPath[AnyId]) -> Response[Any]:
    """Stream a sign after each event that concerns this subject and that the caller may read."""
    streams: Streams = visit.request.app.state.streams
    _ = visit.signed_in
    return Stream(
        _signs(visit.request, streams, subject, await visit.kring.log.head()),
        media_type=EVENT_STREAM,
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no", "X-Content-Type-Options": "nosniff"},
    )


async def _signs(
    request: Request[Any, Any, Any], streams: Streams, subject: AnyId, position: int
) -> AsyncGenerator[bytes]:
    kring = request.app.state.kring
    restored = kring.log.times_restored
    visit = await visit_of(request)
    with streams.opened(visit.signed_in.id):
        yield b"retry: 3000\n\n"
        while True:
            moved = await kring.log.wait_beyond(position, HEARTBEAT_S)
            if kring.log.times_restored != restored:
                return
            visit = await visit_of(request)  # signed out meanwhile, or with other roles
            if visit.session is None:
                return
            if not moved:
                yield b": still here\n\n"
                continue
            before, position = position, await kring.log.head()
            if await _changed(visit, subject, before, position):
                yield b"id: %d\nevent: changed\ndata: %d\n\n" % (position, position)
            await asyncio.sleep(MIN_INTERVAL_S)


async def _changed(visit: Visit, subject: AnyId, after: int, until: int) -> bool:
    """Whether anything about the subject was recorded that the caller may read."""
    query = DCBQuery([DCBQueryItem(tags=[subject])])
    found, _ = await visit.kring.log.read(query, after=after, until=until, limit=MAX_EVENTS)
    if not found:
        return False
    rights = await team_rights(visit.reader)
    return len(found) == MAX_EVENTS or any(can_read(rights, one) for one in found)
