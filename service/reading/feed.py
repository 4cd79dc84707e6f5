"""The feed: the events that a caller may read as CloudEvents 1.0, in the order of the log."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from eventsourcing.dcb.api import DCBQuery, DCBQueryItem
from msgspec import UNSET, Raw, Struct, UnsetType
from msgspec.structs import replace

from domain.events.roles import TokenIssued
from domain.foundation import (
    AnyId,
    Caller,
    ChallengeId,
    OrganisationId,
    ProgrammeId,
    Reach,
    Refusal,
    Selector,
    TeamId,
    Text,
)
from domain.people.rights import READERS
from domain.teams.team import TeamRights
from projections.event_types import events
from service.clock_and_ids import now
from service.kring import Kring
from service.reading.options import BadText
from service.reading.permissions import manages_all, programmes_of
from service.store.log.log import Log
from service.store.log.types import RecordedEvent

TOPICS = {one.TOPIC: one for one in events()}


class BeyondTheLog(Refusal):
    """The position is beyond the end of the log: the log was restored to an earlier state, or is another one."""

    CODE = "beyond-the-log"
    TEXT = Text(
        en="This position is beyond the end of the log: it was restored to an earlier state, or this is another log.",
        nl="Deze positie ligt voorbij het einde van het log: het is hersteld naar een eerdere toestand, of dit is een ander log.",
    )


class CloudEvent(Struct, frozen=True, kw_only=True, omit_defaults=False):
    """An event as a CloudEvent 1.0 (JSON format §3). `data`: the stored event, in which texts are digests.

    Extension attributes: `position`, its place in the log; `actor`, the name under which it is recorded; `onbehalfof`, an
    organisation; `occurredat`, when it happened as stated; `correlationid`, the same for all consequences of one request;
    `causationid`, the `id` of the event that caused this one, where Kring acted by itself.
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
    causationid: str | UnsetType = UNSET
    data: Raw


@dataclass(frozen=True)
class FeedReader:
    """A consumer of the feed: the caller, the topics (none: all) and the id that events must concern (None: any)."""

    kring: Kring
    by: Caller
    topics: Sequence[str]
    tag: AnyId | None

    @property
    def source(self) -> str:
        """The `source` of the events: the URN of the log."""
        return f"urn:kring:{self.kring.log.log_id}"

    async def page(self, after: int, limit: int) -> tuple[list[CloudEvent], int]:
        """The readable ones of the next `limit` events after `after`, and the position after which to continue.

        Raises `BeyondTheLog`.
        """
        by = replace(self.by, at=now())  # a stream may outlive a role of the caller
        rights, head = await self.kring.commands.load(TeamRights(by))
        rights.require_token()
        if after > head:
            raise BeyondTheLog
        items = self._items(rights)
        if not items:
            return [], max(after, head)
        found, head = await self.kring.log.read(DCBQuery(items), after=after, limit=limit)
        following = found[-1].position if len(found) == limit else max(after, head)
        return [self._event(one) for one in found if can_read(rights, one)], following

    async def expires_at(self) -> datetime:
        """The time until which the caller's token is valid."""
        issued = await self.kring.commands.events(Selector(types=[TokenIssued], tags=[self.by.via]))
        return min(event.expires_at for event, _ in issued if isinstance(event, TokenIssued))

    def _items(self, rights: TeamRights) -> list[DCBQueryItem]:
        """The events to look through: all for the operator, else those of the caller, their programmes and organisations."""
        if manages_all(rights):
            scopes: list[list[str]] = [[]]
        else:
            served = [f"to:{one}" for one in rights.organisations_served()]
            mine = [] if self.by.person is None else [self.by.person]
            scopes = [[one] for one in (*programmes_of(rights), *mine, *served)]
        tags = [] if self.tag is None else [self.tag]
        return [DCBQueryItem(types=list(self.topics), tags=[*tags, *scope]) for scope in scopes]

    def _event(self, recorded: RecordedEvent) -> CloudEvent:
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
            causationid=UNSET if recorded.causation_id is None else str(recorded.causation_id),
            data=Raw(recorded.data),
        )


class Readable(Protocol):
    """The properties of an event that decide who can read it."""

    @property
    def type(self) -> str: ...
    @property
    def tags(self) -> Sequence[str]: ...


async def require_reached(log: Log, after: int) -> None:
    """Raises `BeyondTheLog` if the log ends before `after`."""
    if after > await log.head():
        raise BeyondTheLog


def can_read(rights: TeamRights, recorded: Readable) -> bool:
    """Whether the caller may read this event: by its audience, or inside its programme by the reach of its type."""
    if manages_all(rights):
        return True
    programmes = [ProgrammeId(one) for one in recorded.tags if one.startswith("programme_")]
    if rights.is_limited and not (programmes and all(map(rights.is_within, programmes))):
        return False
    if rights.by.role in READERS and _reads_as_contact(rights, recorded, programme_of(recorded.tags)):
        return True
    kind = TOPICS.get(recorded.type)
    # The reach of a type that a newer Kring recorded is unknown here.
    return kind is not None and _reads_inside(rights, recorded, programmes, kind.REACH)


def _reads_inside(rights: TeamRights, recorded: Readable, programmes: Sequence[ProgrammeId], reach: Reach) -> bool:
    """Whether the caller may read an event inside its programme, or because it is about them."""
    own = rights.by.person in recorded.tags
    if not programmes:
        return own
    if reach == "programme":
        return rights.belongs_to(programmes[0])
    teams = teams_among(recorded.tags)
    if all(map(rights.facilitates, programmes)) and (reach != "team" or not teams):
        return True
    programme = programmes[0]
    match reach:
        case "own":
            return own
        case "guides":
            return False
        case "team":
            return any(
                rights.member_of(one) or rights.was_last_member(one) or rights.facilitates(programme, one)
                for one in teams
            )


def _reads_as_contact(rights: TeamRights, recorded: Readable, programme: ProgrammeId | None) -> bool:
    """Whether the caller is a contact of an organisation in its audience, for all challenges or for one that it is about."""
    audience = [OrganisationId(one.removeprefix("to:")) for one in recorded.tags if one.startswith("to:")]
    if any(rights.reads_all_of(one, in_=programme) for one in audience):
        return True
    if programme is None:
        return False
    about = [ChallengeId(one) for one in recorded.tags if one.startswith("challenge_")]
    return any(rights.reads_for(audience, one, programme=programme) for one in about)


def topics_named(types: str | None) -> list[str]:
    """The topics that `types` names, singly or by subject, separated by commas. Raises `BadText` for an unknown one."""
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
    """The programme that an event concerns."""
    return next((ProgrammeId(one) for one in tags if one.startswith("programme_")), None)


def teams_among(tags: Iterable[str]) -> list[TeamId]:
    """The teams that an event with these tags concerns."""
    return [TeamId(one) for one in tags if one.startswith("team_")]
