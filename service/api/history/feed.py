"""The feed: events as CloudEvents 1.0, in the order of the log, as far as the caller may read them; and withholding a text.

A page passes what its reader may not see: `next` is where to go on, whatever was shown. So a consumer that goes on from there
is told everything that it may see, once, in order.
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
from service.reading.feed import BeyondTheLog, CloudEvent, FeedReader, chosen_topics, programme_of, require_reached
from service.reading.options import LATEST, BadText
from service.reading.reader import Reader

NDJSON = "application/x-ndjson"
EVENT_STREAM = "text/event-stream"
HEARTBEAT = 15.0  # seconds of silence after which a comment tells that the connection lives
STREAMED = 200  # events at a time
STREAM_HEADERS = {"Cache-Control": "no-store", "Vary": "Authorization, Accept", "X-Accel-Buffering": "no"}

PAGE = 50  # events, if no limit is stated
NOT_FOR_STREAMS = Text(en="is for pages; a stream gives all", nl="is voor pagina's; een stroom geeft alles")

AtMost = Annotated[int | None, QueryParameter(ge=1, le=200)]
Types = Annotated[str | None, QueryParameter(max_length=4000)]
Tag = Annotated[AnyId | None, QueryParameter()]
Source = Annotated[str | None, QueryParameter(max_length=100)]
LastEventId = Annotated[str | None, HeaderParameter(name="Last-Event-ID", max_length=20)]


class AnotherLog(Refusal):
    """The positions that a consumer of the feed knows are those of another log."""

    CODE = "another-log"
    TEXT = Text(en="This is another log.", nl="Dit is een ander log.")


class Events(Struct, frozen=True):
    """A page of the feed. `next`: the position to go on after, whether or not there is more yet."""

    items: list[CloudEvent]
    next: int


class NewRedaction(Body):
    """A text to withhold: the name of its field in the event, or `reason`."""

    field: Annotated[str, Meta(min_length=1, max_length=200, pattern="^[a-z_]+$")]


class Redaction(Struct, frozen=True):
    """A text of the event at `position` that nobody can read any more."""

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
        """Read events in order: `types` by topics or subjects, separated by commas; `tag`: those that concern this id.

        `Accept: application/x-ndjson` streams all up to now, a line each; `text/event-stream` goes on with what comes, and takes
        `Last-Event-ID`; both give all, without `limit`. `source`: that of events read before; refused where this is another log.
        So is a position beyond the end of the log, which comes of a restore.
        """
        await reader.wait_for_views(at_least)
        feed_reader = FeedReader(reader.kring, reader.caller, chosen_topics(types), tag)
        if source not in {None, feed_reader.source}:
            raise AnotherLog(field="source")
        start = started_after(after, cursor)
        answered_as = negotiated(request, (JSON, NDJSON, EVENT_STREAM))
        if limit is not None and answered_as != JSON:
            raise BadText("limit", NOT_FOR_STREAMS)
        if answered_as == EVENT_STREAM:
            start = max(start, resumed(last_event_id))
            await require_reached(reader.kring.log, start)
            return _stream(follow(feed_reader, start), EVENT_STREAM)
        if answered_as == NDJSON:
            await require_reached(reader.kring.log, start)
            return _stream(lines(feed_reader, start), NDJSON)
        found, following = await feed_reader.page(start, limit or PAGE)
        return Response(Events(found, following))

    @post("/{position:str}/redaction", status_code=200)
    async def redact(
        self,
        position: FromPath[Annotated[int, Meta(ge=1, le=LATEST)]],
        data: JSONBody[NewRedaction],
        context: NamedDependency[RequestContext],
    ) -> Response[Redaction]:
        """Withhold a text of the event at this position, with a reason: from then on nobody can read it."""
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


# What one caller reads


async def lines(feed: FeedReader, after: int) -> AsyncIterator[bytes]:
    """Every event up to what is the head now, a line each."""
    head = await feed.kring.log.head()
    while after < head:
        events, after = await feed.page(after, STREAMED)
        for one in events:
            if one.position <= head:
                yield in_one_line(json.encode(one)) + b"\n"


async def follow(feed: FeedReader, after: int) -> AsyncIterator[bytes]:
    """Every event and those to come, as server-sent events.

    Ends when the token does, since rights are loaded anew; and when the log was restored to before where it was.
    """
    expires_at = await feed.expires_at()
    while now() < expires_at:
        try:
            events, after = await feed.page(after, STREAMED)
        except (TokenEnded, BeyondTheLog):
            return
        for one in events:
            yield b"id: %d\ndata: %s\n\n" % (one.position, in_one_line(json.encode(one)))
        events = one = None  # the next one may be hours away
        left = (expires_at - now()).total_seconds()
        if not await feed.kring.log.wait_beyond(after, max(0.0, min(HEARTBEAT, left))):
            yield b": still here\n\n"


def resumed(last_event_id: str | None) -> int:
    """The position that a consumer saw last. Raises `BadText`."""
    if last_event_id is None:
        return 0
    if (named := position(last_event_id)) is None:
        raise BadText("Last-Event-ID", Text(en="is not a position", nl="is geen positie"))
    return named


def _stream(content: AsyncIterator[bytes], media_type: str) -> Stream:
    return Stream(content, media_type=media_type, headers=STREAM_HEADERS)
