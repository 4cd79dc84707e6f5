"""Coverage of the curriculum: topics covered and techniques introduced by the gatherings that were held."""

from collections.abc import Collection, Iterable
from datetime import datetime

from msgspec import Struct

from domain.events.gathering import Kind
from domain.foundation import GatheringId, Key, Label, ProgrammeId, TeamId, Words
from projections.gatherings import GATHERINGS, Gathering
from projections.programmes import Programme
from projections.query import ViewQuery
from projections.view import ids


class Occasion(Struct, frozen=True, kw_only=True, rename=ids("gathering", "teams")):
    """A gathering that was held, and the CoPs for which it was held."""

    gathering: GatheringId
    kind: Kind
    number: int | None
    starts_at: datetime
    teams: tuple[TeamId, ...]


class TopicCoverage(Struct, frozen=True, kw_only=True):
    """A topic, and the gatherings that covered it. `title` None: it is no longer in the curriculum."""

    key: Key
    title: Label | None
    covered: bool
    occasions: tuple[Occasion, ...]


class Introduction(Struct, frozen=True):
    """A technique, and the gathering that introduced it."""

    technique: Words
    occasion: Occasion


class Coverage(Struct, frozen=True, kw_only=True, rename=ids("programme", "team")):
    """The coverage of a curriculum in its programme, or for one CoP. `not_yet`: the keys of topics not covered yet."""

    programme: ProgrammeId
    team: TeamId | None
    topics: tuple[TopicCoverage, ...]
    not_yet: tuple[Key, ...]
    techniques: tuple[Introduction, ...]


def covered(programme: Programme, gatherings: Iterable[Gathering], team: TeamId | None = None) -> Coverage:
    """The coverage of the curriculum by these gatherings, the earliest first."""
    held = sorted((one for one in gatherings if one.status == "held"), key=lambda one: (one.starts_at, one.id))
    titles: dict[Key, Label | None] = {one.key: one.title for one in programme.curriculum}
    titles |= {key: None for one in held for key in one.topics if key not in titles}
    topics = [_topic(key, title, held) for key, title in titles.items()]
    return Coverage(
        programme=programme.id,
        team=team,
        topics=tuple(topics),
        not_yet=tuple(one.key for one in topics if not one.covered),
        techniques=tuple(Introduction(technique, _occasion(one)) for one in held for technique in one.techniques),
    )


def gatherings_of(team: TeamId, gatherings: Collection[Gathering]) -> list[Gathering]:
    """The gatherings of a CoP: its own, and joint sessions except numbers for which it has its own date (rule 12).

    Joint sessions from before it was formed are included, since its members were there.
    """
    own = {
        one.number for one in gatherings if team in one.teams and one.kind == "session" and one.status != "cancelled"
    }
    return [one for one in gatherings if team in one.teams or (not one.teams and one.number not in own)]


def _topic(key: Key, title: Label | None, held: Iterable[Gathering]) -> TopicCoverage:
    occasions = tuple(_occasion(one) for one in held if key in one.topics)
    return TopicCoverage(key=key, title=title, covered=bool(occasions), occasions=occasions)


def _occasion(one: Gathering) -> Occasion:
    return Occasion(gathering=one.id, kind=one.kind, number=one.number, starts_at=one.starts_at, teams=one.held_for)


MAX_GATHERINGS = 5_000

GATHERINGS_OF_A_PROGRAMME = ViewQuery(
    """
    -- All gatherings of one programme.
    select * from {gatherings} where programme_id = $1 order by key limit $2
    """,
    GATHERINGS,
)
