"""The feed: events as CloudEvents 1.0, in the order of the log, as far as a caller may read them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

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
    Refusal,
    Selector,
    Text,
)
from domain.teams.team import TeamRights
from projections.event_types import events
from projections.feed_access import Reach, reach_of, teams_among
from service.clock_and_ids import now
from service.kring import Kring
from service.reading.options import BadText
from service.reading.permissions import manages_all, programmes_of
from service.store.log.log import Log
from service.store.log.types import Recorded

TOPICS = {one.TOPIC: one for one in events()}


class BeyondTheLog(Refusal):
    """What somebody has read already is not in the log: it was restored to an earlier state, or is another log."""

    CODE = "beyond-the-log"
    TEXT = Text(
        en="The log does not go that far: it was restored to an earlier state, or this is another one.",
        nl="Zo ver gaat het log niet: het is naar een eerdere toestand hersteld, of dit is een ander log.",
    )


class CloudEvent(Struct, frozen=True, kw_only=True, omit_defaults=False):
    """An event as a CloudEvent 1.0 (JSON format §3). `data`: the event as it is stored, texts as digests, never in the clear.

    Extension attributes: `position`, the place in the log; `actor`, who did it; `onbehalfof`, an organisation; `occurredat`, when
    it happened as stated; `correlationid`, the same for all that one request brought about; `causationid`, the `id` of the event
    that caused this one, where Kring acted by itself.
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
        """What may be seen of the next `limit` events after `after`, and the position to go on after.

        Raises `BeyondTheLog`.
        """
        by = replace(self.by, at=now())  # a stream may outlive a term that the caller serves
        rights, head = await self.kring.commands.load(TeamRights(by))
        rights.require_token()
        if after > head:
            raise BeyondTheLog
        items = self._items(rights)
        if not items:
            return [], max(after, head)
        found, head = await self.kring.log.read(DCBQuery(items), after=after, limit=limit)
        following = found[-1].position if len(found) == limit else max(after, head)
        return [self._event(one) for one in found if sees(rights, one)], following

    async def expires_at(self) -> datetime:
        """Until when the token is valid through which the caller reads."""
        told = await self.kring.commands.events(Selector(types=[TokenIssued], tags=[self.by.via]))
        return min(event.expires_at for event, _ in told if isinstance(event, TokenIssued))

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
            causationid=UNSET if recorded.causation_id is None else str(recorded.causation_id),
            data=Raw(recorded.data),
        )


async def require_reached(log: Log, after: int) -> None:
    """Raises `BeyondTheLog` if the log ends before `after`."""
    if after > await log.head():
        raise BeyondTheLog


def sees(rights: TeamRights, recorded: Recorded) -> bool:
    """Whether these rights read this event: by its audience, or by what its kind says of who reads it inside its programme."""
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
    """The programme that an event concerns."""
    return next((ProgrammeId(one) for one in tags if one.startswith("programme_")), None)
