"""The feed: facts as CloudEvents 1.0, in the order of the log, as far as the caller may read them; and withholding a text.

A page passes what its reader may not see: `next` is where to go on, whatever was shown. So a consumer that goes on from there
is told everything that it may see, once, in order.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from eventsourcing.dcb.api import DCBQuery, DCBQueryItem
from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter
from litestar.response import Stream
from msgspec import UNSET, Meta, Raw, Struct, UnsetType, json
from msgspec.structs import replace

from domain.events.roles import TokenIssued
from domain.foundation import (
    AnyId,
    Caller,
    ChallengeId,
    Code,
    NotFound,
    OrganisationId,
    ProgrammeId,
    Refusal,
    Selector,
    Text,
    TokenEnded,
)
from domain.spanning.redaction import RedactWords
from domain.teams.team import TeamRights
from projections.event_types import facts
from projections.feed_access import Reach, reach_of, teams_among
from service.api.access.permissions import manages_all, programmes_of
from service.api.http.bodies import BadText, Body
from service.api.http.json_lines import in_one_line
from service.api.http.negotiation import JSON, negotiated
from service.api.http.read_parameters import LATEST, Position, position, started_after
from service.api.requests.request_context import Asking
from service.clock_and_ids import now
from service.kring import Kring
from service.privacy.redaction import fact_at, texts_at, withhold
from service.store.log.log import Log
from service.store.log.types import Recorded

NDJSON = "application/x-ndjson"
EVENT_STREAM = "text/event-stream"
HEARTBEAT = 15.0  # seconds of silence after which a comment tells that the connection lives
STREAMED = 200  # facts at a time
STREAM_HEADERS = {"Cache-Control": "no-store", "Vary": "Authorization, Accept", "X-Accel-Buffering": "no"}
TOPICS = {one.TOPIC: one for one in facts()}

PAGE = 50  # events, if no limit is stated
NOT_FOR_STREAMS = Text(en="is for pages; a stream gives all", nl="is voor pagina's; een stroom geeft alles")

AtMost = Annotated[int | None, QueryParameter(ge=1, le=200)]
Types = Annotated[str | None, QueryParameter(max_length=4000)]
Tag = Annotated[AnyId | None, QueryParameter()]
Source = Annotated[str | None, QueryParameter(max_length=100)]
LastEventId = Annotated[str | None, HeaderParameter(name="Last-Event-ID", max_length=20)]


class BeyondTheLog(Refusal):
    """What somebody has read already is not in the log: it was restored to an earlier state, or is another log."""

    CODE = "beyond-the-log"
    TEXT = Text(
        en="The log does not go that far: it was restored to an earlier state, or this is another one.",
        nl="Zo ver gaat het log niet: het is naar een eerdere toestand hersteld, of dit is een ander log.",
    )


class AnotherLog(Refusal):
    """The positions that a consumer of the feed knows are those of another log."""

    CODE = "another-log"
    TEXT = Text(en="This is another log.", nl="Dit is een ander log.")


class CloudEvent(Struct, frozen=True, kw_only=True, omit_defaults=False):
    """A fact as a CloudEvent 1.0 (JSON format §3). `data`: the fact as it is stored, texts as digests, never in the clear.

    Extension attributes: `position`, the place in the log; `actor`, who did it; `onbehalfof`, an organisation; `occurredat`, when
    it happened as stated; `correlationid`, the same for all that one request brought about.
    """

    specversion: Literal["1.0"] = "1.0"
    id: str
    source: str
    type: str
    subject: str
    time: datetime
    datacontenttype: Literal["application/json"] = "application/json"
    position: int
    actor: str
    correlationid: str
    onbehalfof: str | UnsetType = UNSET
    occurredat: datetime | UnsetType = UNSET
    data: Raw


class Events(Struct, frozen=True):
    """A page of the feed. `next`: the position to go on after, whether or not there is more yet."""

    items: list[CloudEvent]
    next: int


class NewRedaction(Body):
    """A text to withhold: the name of its field in the fact, or `reason`."""

    field: Annotated[str, Meta(min_length=1, max_length=200, pattern="^[a-z_]+$")]


class Redaction(Struct, frozen=True):
    """A text of the fact at `position` that nobody can read any more."""

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
        asking: NamedDependency[Asking],
        after: Position = None,
        cursor: Position = None,
        limit: AtMost = None,
        types: Types = None,
        tag: Tag = None,
        source: Source = None,
        last_event_id: LastEventId = None,
        at_least: Position = None,
    ) -> Response[Events] | Stream:
        """Read facts in order: `types` by topics or subjects, separated by commas; `tag`: those that concern this id.

        `Accept: application/x-ndjson` streams all up to now, a line each; `text/event-stream` goes on with what comes, and takes
        `Last-Event-ID`; both give all, without `limit`. `source`: that of events read before; refused where this is another log.
        So is a position beyond the end of the log, which comes of a restore.
        """
        await asking.ready(at_least)
        reader = Reader(asking.kring, asking.by, chosen_topics(types), tag)
        if source not in {None, reader.source}:
            raise AnotherLog(field="source")
        start = started_after(after, cursor)
        answered_as = negotiated(request, (JSON, NDJSON, EVENT_STREAM))
        if limit is not None and answered_as != JSON:
            raise BadText("limit", NOT_FOR_STREAMS)
        if answered_as == EVENT_STREAM:
            start = max(start, resumed(last_event_id))
            await require_reached(asking.kring.log, start)
            return _stream(reader.follow(start), EVENT_STREAM)
        if answered_as == NDJSON:
            await require_reached(asking.kring.log, start)
            return _stream(reader.lines(start), NDJSON)
        found, following = await reader.page(start, limit or PAGE)
        return Response(Events(found, following))

    @post("/{position:str}/redaction", status_code=200)
    async def redact(
        self,
        position: FromPath[Annotated[int, Meta(ge=1, le=LATEST)]],
        data: JSONBody[NewRedaction],
        asking: NamedDependency[Asking],
    ) -> Response[Redaction]:
        """Withhold a text of the fact at this position, with a reason: from then on nobody can read it."""
        recorded = await fact_at(asking.kring, position)
        if recorded is None:
            raise NotFound
        receipt = await asking.record(
            data,
            lambda by: RedactWords(
                position,
                field=Code(data.field),
                texts=frozenset(texts_at(asking.kring, recorded)),
                subject=AnyId(recorded.tags[0]),
                programme=programme_of(recorded.tags),
                by=by,
            ),
        )
        await withhold(asking.kring, position, data.field)
        answer = Redaction(position, data.field, "redacted")
        return Response(answer, headers={"Kring-Position": str(receipt.last)})


# What one caller reads


@dataclass(frozen=True)
class Reader:
    """A consumer of the feed: who reads, which topics (none: all), and what must be concerned (None: anything)."""

    kring: Kring
    by: Caller
    topics: Sequence[str]
    tag: AnyId | None

    @property
    def source(self) -> str:
        """The log: what `source` of its events says."""
        return f"urn:kring:{self.kring.log.log_id}"

    async def page(self, after: int, limit: int) -> tuple[list[CloudEvent], int]:
        """What may be seen of the next `limit` facts after `after`, and the position to go on after.

        Raises `BeyondTheLog`.
        """
        by = replace(self.by, at=now())  # a stream may outlive a term that the caller serves
        rights, head = await self.kring.desk.learn(TeamRights(by))
        rights.require_token()
        if after > head:
            raise BeyondTheLog
        items = self._items(rights)
        if not items:
            return [], max(after, head)
        found, head = await self.kring.log.read(DCBQuery(items), after=after, limit=limit)
        following = found[-1].position if len(found) == limit else max(after, head)
        return [self._event(one) for one in found if sees(rights, one)], following

    async def lines(self, after: int) -> AsyncIterator[bytes]:
        """Every event up to what is the head now, a line each."""
        head = await self.kring.log.head()
        while after < head:
            events, after = await self.page(after, STREAMED)
            for one in events:
                if one.position <= head:
                    yield in_one_line(json.encode(one)) + b"\n"

    async def follow(self, after: int) -> AsyncIterator[bytes]:
        """Every event and those to come, as server-sent events.

        Ends when the token does, since rights are learnt anew; and when the log was restored to before where it was.
        """
        expires_at = await self._expires_at()
        while now() < expires_at:
            try:
                events, after = await self.page(after, STREAMED)
            except (TokenEnded, BeyondTheLog):
                return
            for one in events:
                yield b"id: %d\ndata: %s\n\n" % (one.position, in_one_line(json.encode(one)))
            events = one = None  # the next one may be hours away
            left = (expires_at - now()).total_seconds()
            if not await self.kring.log.wait_beyond(after, max(0.0, min(HEARTBEAT, left))):
                yield b": still here\n\n"

    async def _expires_at(self) -> datetime:
        """Until when the token is valid through which the caller reads."""
        told = await self.kring.desk.told(Selector(types=[TokenIssued], tags=[self.by.via]))
        return min(fact.expires_at for fact, _ in told if isinstance(fact, TokenIssued))

    def _items(self, rights: TeamRights) -> list[DCBQueryItem]:
        """What to look through: everything for who manages all, else what concerns them, their programmes, or was told."""
        if manages_all(rights):
            scopes: list[list[str]] = [[]]
        else:
            told = [f"to:{one}" for one in rights.organisations_served()]
            mine = [] if self.by.person is None else [self.by.person]
            scopes = [[one] for one in (*programmes_of(rights), *mine, *told)]
        tags = [] if self.tag is None else [self.tag]
        return [DCBQueryItem(types=list(self.topics), tags=[*tags, *scope]) for scope in scopes]

    def _event(self, recorded: Recorded) -> CloudEvent:
        return CloudEvent(
            id=str(recorded.position),
            source=self.source,
            type=recorded.type,
            subject=recorded.tags[0],
            time=recorded.recorded_at,
            position=recorded.position,
            actor=recorded.actor,
            correlationid=str(recorded.correlation_id),
            onbehalfof=recorded.on_behalf_of or UNSET,
            occurredat=recorded.occurred_at or UNSET,
            data=Raw(recorded.data),
        )


async def require_reached(log: Log, after: int) -> None:
    """Raises `BeyondTheLog` if the log ends before `after`."""
    if after > await log.head():
        raise BeyondTheLog


def sees(rights: TeamRights, recorded: Recorded) -> bool:
    """Whether these rights read this fact: by its audience, or by what its kind says of who reads it inside its programme."""
    if manages_all(rights):
        return True
    programmes = [ProgrammeId(one) for one in recorded.tags if one.startswith("programme_")]
    if rights.is_limited and not (programmes and all(map(rights.is_within, programmes))):
        return False
    told = [OrganisationId(one.removeprefix("to:")) for one in recorded.tags if one.startswith("to:")]
    programme = programme_of(recorded.tags)
    if any(rights.reads_all_of(one, in_=programme) for one in told) or _is_told(rights, recorded, told, programme):
        return True
    kind = TOPICS.get(recorded.type)
    # Of a type that a newer Kring records, nobody knows here who else may read it.
    return kind is not None and _reads_inside(rights, recorded, programmes, reach_of(kind))


def _reads_inside(rights: TeamRights, recorded: Recorded, programmes: Sequence[ProgrammeId], reach: Reach) -> bool:
    """Whether these rights reach an event inside its programme, or it is the caller's own."""
    own, teams = rights.by.person in recorded.tags, teams_among(recorded.tags)
    if not programmes:
        return own
    if all(map(rights.facilitates, programmes)) and (reach != "team" or not teams):
        return True
    programme = programmes[0]
    match reach:
        case "programme":
            return rights.belongs_to(programme)
        case "own":
            return own
        case "guides":
            return False
        case "team":
            return any(
                rights.member_of(one) or rights.was_there_at_the_end(one) or rights.facilitates(programme, one)
                for one in teams
            )


def _is_told(
    rights: TeamRights, recorded: Recorded, told: Sequence[OrganisationId], programme: ProgrammeId | None
) -> bool:
    """Whether it is about a challenge for which the caller speaks or reads, of an organisation that was told."""
    if programme is None:
        return False
    about = [ChallengeId(one) for one in recorded.tags if one.startswith("challenge_")]
    return any(rights.reads_for(told, one, programme=programme) for one in about)


def chosen_topics(types: str | None) -> list[str]:
    """The topics that `types` names by themselves or by their subject. Raises `BadText` for what is neither."""
    if types is None:
        return []
    named = [one.strip() for one in types.split(",")]
    found = {one: [topic for topic in TOPICS if one in {topic, topic.partition(".")[0]}] for one in named}
    if unknown := [one for one, topics in found.items() if not topics]:
        raise BadText(
            "types",
            Text(
                en=f"names no type of event: {unknown[0][:80]}", nl=f"noemt geen soort gebeurtenis: {unknown[0][:80]}"
            ),
        )
    return sorted({topic for topics in found.values() for topic in topics})


def programme_of(tags: Sequence[str]) -> ProgrammeId | None:
    """The programme that a fact concerns."""
    return next((ProgrammeId(one) for one in tags if one.startswith("programme_")), None)


def resumed(last_event_id: str | None) -> int:
    """The position that a consumer saw last. Raises `BadText`."""
    if last_event_id is None:
        return 0
    if (named := position(last_event_id)) is None:
        raise BadText("Last-Event-ID", Text(en="is not a position", nl="is geen positie"))
    return named


def _stream(content: AsyncIterator[bytes], media_type: str) -> Stream:
    return Stream(content, media_type=media_type, headers=STREAM_HEADERS)
