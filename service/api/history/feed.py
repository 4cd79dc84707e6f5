"""The feed over HTTP: the events that the caller may read as CloudEvents 1.0, in the order of the log; and redaction.

A page skips events that the caller may not read: `next` is the position after which to continue, whatever was shown. So a
consumer that continues there gets every event that it may read, once, in order.
"""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter
from litestar.response import Stream
from msgspec import Meta, Struct, json

from domain.foundation import (
    AnyId,
    Caller,
    Code,
    NotFound,
    Refusal,
    Text,
    TokenEnded,
)
from domain.spanning.redaction import RedactWords
from service.api.http.bodies import Body
from service.api.http.json_lines import in_one_line
from service.api.http.negotiation import JSON, negotiated
from service.api.http.read_parameters import Position, position, started_after
from service.api.requests.request_context import RequestContext
from service.clock_and_ids import now
from service.privacy.redaction import event_at, texts_at, withhold
from service.reading.feed import BeyondTheLog, CloudEvent, FeedReader, programme_of, require_reached, topics_named
from service.reading.options import MAX_POSITION, BadText
from service.reading.reader import Reader

NDJSON = "application/x-ndjson"
EVENT_STREAM = "text/event-stream"
HEARTBEAT_S = 15.0
"""Silence after which a comment shows that the connection is alive."""
STREAM_PAGE_EVENTS = 200
"""Events that a stream reads at a time."""
STREAM_HEADERS = {"Cache-Control": "no-store", "Vary": "Authorization, Accept", "X-Accel-Buffering": "no"}

PAGE_EVENTS = 50
"""Events of a page without `limit`."""
NOT_FOR_STREAMS = Text(
    en="is for pages; a stream gives all events", nl="is voor pagina’s; een stream geeft alle gebeurtenissen"
)

AtMost = Annotated[int | None, QueryParameter(ge=1, le=200)]
Types = Annotated[str | None, QueryParameter(max_length=4000)]
Tag = Annotated[AnyId | None, QueryParameter()]
Source = Annotated[str | None, QueryParameter(max_length=100)]
LastEventId = Annotated[str | None, HeaderParameter(name="Last-Event-ID", max_length=20)]


class AnotherLog(Refusal):
    """The `source` of the consumer of the feed is another log."""

    CODE = "another-log"
    TEXT = Text(en="This is another log.", nl="Dit is een ander log.")


class Events(Struct, frozen=True):
    """A page of the feed. `next`: the position after which to continue, whether or not there are more events yet."""

    items: list[CloudEvent]
    next: int


class NewRedaction(Body):
    """A text to redact. `field`: its field in the event, or `reason`."""

    field: Annotated[str, Meta(min_length=1, max_length=200, pattern="^[a-z_]+$")]


class Redaction(Struct, frozen=True):
    """A redacted text of the event at `position`, which nobody can read any more."""

    position: int
    field: str
    status: Literal["redacted"]


class Feed(Controller):
    path = "/events"
    tags = ("Feed",)

    @get(opt={"streams": (NDJSON, EVENT_STREAM)})
    async def read(
        self,
        request: Request[Caller, Any, Any],
        reader: NamedDependency[Reader],
        after: Position = None,
        cursor: Position = None,
        limit: AtMost = None,
        types: Types = None,
        tag: Tag = None,
        source: Source = None,
        last_event_id: LastEventId = None,
        at_least: Position = None,
    ) -> Response[Events] | Stream:
        """Read events in order. `types`: topics or subjects, separated by commas. `tag`: an id that the events concern.

        `Accept: application/x-ndjson` streams all events so far, one per line; `text/event-stream` continues with new events and
        accepts `Last-Event-ID`. Streams have no `limit`. `source`: the source of events read before; another log is refused,
        and so is a position beyond the end of the log, which happens after a restore.
        """
        await reader.wait_for_views(at_least)
        feed_reader = FeedReader(reader.kring, reader.caller, topics_named(types), tag)
        if source not in {None, feed_reader.source}:
            raise AnotherLog(field="source")
        start = started_after(after, cursor)
        answered_as = negotiated(request, (JSON, NDJSON, EVENT_STREAM))
        if limit is not None and answered_as != JSON:
            raise BadText("limit", NOT_FOR_STREAMS)
        if answered_as == EVENT_STREAM:
            start = max(start, resume_position(last_event_id))
            await require_reached(reader.kring.log, start)
            return _stream(follow(feed_reader, start), EVENT_STREAM)
        if answered_as == NDJSON:
            await require_reached(reader.kring.log, start)
            return _stream(lines(feed_reader, start), NDJSON)
        found, following = await feed_reader.page(start, limit or PAGE_EVENTS)
        return Response(Events(found, following))

    @post("/{position:str}/redaction", status_code=200)
    async def redact(
        self,
        position: FromPath[Annotated[int, Meta(ge=1, le=MAX_POSITION)]],
        data: JSONBody[NewRedaction],
        context: NamedDependency[RequestContext],
    ) -> Response[Redaction]:
        """Redact a text of the event at this position, with a reason: nobody can read it any more."""
        recorded = await event_at(context.kring, position)
        if recorded is None:
            raise NotFound
        receipt = await context.submit(
            data,
            lambda by: RedactWords(
                position,
                field=Code(data.field),
                texts=frozenset(texts_at(context.kring, recorded)),
                subject=AnyId(recorded.tags[0]),
                programme=programme_of(recorded.tags),
                by=by,
            ),
        )
        await withhold(context.kring, position, data.field)
        answer = Redaction(position, data.field, "redacted")
        return Response(answer, headers={"Kring-Position": str(receipt.last)})


# Streams


async def lines(feed: FeedReader, after: int) -> AsyncIterator[bytes]:
    """Every event up to the current head, one per line."""
    head = await feed.kring.log.head()
    while after < head:
        events, after = await feed.page(after, STREAM_PAGE_EVENTS)
        for one in events:
            if one.position <= head:
                yield in_one_line(json.encode(one)) + b"\n"


async def follow(feed: FeedReader, after: int) -> AsyncIterator[bytes]:
    """Every event after a position and each new one, as server-sent events.

    Ends when the token does, since rights are loaded for each page, and when the log is restored to an earlier state.
    """
    expires_at = await feed.expires_at()
    while now() < expires_at:
        try:
            events, after = await feed.page(after, STREAM_PAGE_EVENTS)
        except (TokenEnded, BeyondTheLog):
            return
        for one in events:
            yield b"id: %d\ndata: %s\n\n" % (one.position, in_one_line(json.encode(one)))
        events = one = None  # free the memory: the next event may be hours away
        remaining_s = (expires_at - now()).total_seconds()
        if not await feed.kring.log.wait_beyond(after, max(0.0, min(HEARTBEAT_S, remaining_s))):
            yield b": still here\n\n"


def resume_position(last_event_id: str | None) -> int:
    """The position of the last event that the consumer received. Raises `BadText`."""
    if last_event_id is None:
        return 0
    if (named := position(last_event_id)) is None:
        raise BadText("Last-Event-ID", Text(en="is not a position", nl="is geen positie"))
    return named


def _stream(content: AsyncIterator[bytes], media_type: str) -> Stream:
    return Stream(content, media_type=media_type, headers=STREAM_HEADERS)
