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
from service.api.http.read_parameters import position
from service.api.http.streams import Streams
from service.pages.frame.visit import Visit, visit_of
from service.reading.feed import can_read
from service.reading.permissions import team_rights
from service.reading.reader import ViewsLag

HEARTBEAT_S = 15.0
"""Silence after which a comment shows that the connection is alive."""
MIN_INTERVAL_S = 0.5
"""Time between two signs, however many events there are."""
MAX_EVENTS = 200
"""Events looked at between two signs; with more of them something did change."""
EVENT_STREAM = "text/event-stream"


@get("/live/{subject:str}", include_in_schema=False)
async def live(visit: NamedDependency[Visit], subject: FromPath[AnyId]) -> Response[Any]:
    """Stream a sign after each event that concerns this subject and that the caller may read.

    It begins after what the page shows (`after`) or has heard of (`Last-Event-ID`, HTML Standard 9.2.4).
    """
    streams: Streams = visit.request.app.state.streams
    _ = visit.signed_in
    heard = visit.request.headers.get("Last-Event-ID") or visit.request.query_params.get("after") or ""
    after, head = position(heard), await visit.kring.log.head()
    return Stream(
        _signs(visit.request, streams, subject, head if after is None else min(after, head)),
        media_type=EVENT_STREAM,
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no", "X-Content-Type-Options": "nosniff"},
    )


async def _signs(
    request: Request[Any, Any, Any], streams: Streams, subject: AnyId, after: int
) -> AsyncGenerator[bytes]:
    kring = request.app.state.kring
    restored = kring.log.times_restored
    visit = await visit_of(request)
    with streams.opened(visit.signed_in.id):
        yield b"retry: 3000\n\n"
        while True:
            moved = await kring.log.wait_beyond(after, HEARTBEAT_S)
            if kring.log.times_restored != restored:
                return
            visit = await visit_of(request)  # signed out meanwhile, or with other roles
            if visit.session is None:
                return
            if not moved:
                yield b": still here\n\n"
                continue
            until = await kring.log.head()
            if await _changed(visit, subject, after, until):
                try:
                    await visit.reader.wait_for_views(until)
                except ViewsLag:
                    continue  # a page that is fetched now would not show it
                yield b"id: %d\nevent: changed\ndata: %d\n\n" % (until, until)
            after = until
            await asyncio.sleep(MIN_INTERVAL_S)


async def _changed(visit: Visit, subject: AnyId, after: int, until: int) -> bool:
    """Whether anything about the subject was recorded that the caller may read."""
    query = DCBQuery([DCBQueryItem(tags=[subject])])
    found, _ = await visit.kring.log.read(query, after=after, until=until, limit=MAX_EVENTS)
    if not found:
        return False
    rights = await team_rights(visit.reader)
    return len(found) == MAX_EVENTS or any(can_read(rights, one) for one in found)
