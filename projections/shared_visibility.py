"""What of a team's work is shown beyond the team: one rule for every thing, list and moment.

The other CoPs are shown what the team shares with the programme. An organisation is shown what the team shares with it, and what
rests on events that it was told ('Audience'): of the time in which the team works for it, not of what was before or comes after
(rule 22). What was brought into its trail counts as told.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from domain.events.challenge import ChallengeRecommissioned
from domain.events.sharing import Circle, WorkShared
from domain.events.team import TeamChallengeChanged, TeamFormed
from domain.foundation import AnyId, ChallengeId, Event, Nobody, OrganisationId, ProgrammeId, TeamId
from projections.sharing import Share
from projections.view import EventMetadata, View, replay

Row = TypeVar("Row", bound=Struct)
Reads: TypeAlias = Callable[[OrganisationId | None, ChallengeId], bool]
"""Whether somebody speaks or reads for this organisation on this challenge."""

IN_VERSIONS = "recommendation_"
"""What is shared as it reads: what became of it is told, or not, by events of its own."""

SHOWING: list[type[Event]] = [TeamFormed, ChallengeRecommissioned, TeamChallengeChanged, WorkShared]
"""The events about a team that say for whom it works when, and what it shares."""


class Term(NamedTuple):
    """A time in which a team works for an organisation on a challenge; `until` None: it still does."""

    organisation: OrganisationId | None
    challenge: ChallengeId
    since: int
    until: int | None = None

    def covers(self, position: int) -> bool:
        """Whether what stands at this position falls into it."""
        return self.since <= position and (self.until is None or position < self.until)

    def tells(self, event: Event, position: int) -> bool:
        """Whether this event of the team's work was told to the organisation, about this challenge."""
        told = f"to:{self.organisation}" in event.tags()
        about: ChallengeId | None = getattr(event, "challenge", None)
        return told and (self.covers(position) if about is None else about == self.challenge)


class Shown(NamedTuple):
    """That a thing is shown, in one version or as it is (None). `term`: in which it is shown to an organisation."""

    version: int | None
    at: datetime
    term: Term | None


@dataclass(frozen=True)
class Beyond:
    """What of one team's work a reader beyond it is shown, of the `circle` to which they belong."""

    circle: Circle
    things: Mapping[str, Sequence[Shown]]
    terms: Sequence[Term] = ()
    brought_in: Collection[int] = field(default=frozenset[int]())

    def shows(self, thing: str) -> bool:
        """Whether the team shares this with the reader."""
        return thing in self.things

    def versions(self, thing: str) -> list[int | None]:
        """In which versions this is shared with the reader; None: as it is."""
        return [one.version for one in self.things.get(thing, ())]

    def row(self, view: View[Row], key: str, events: Sequence[tuple[Event, EventMetadata]]) -> Row | None:
        """The row of `key` for this reader, from `events`: all under its tags. None where it does not begin for them."""
        counted = [one for one in events if self._counts(key, *one)]
        if not counted or counted[0] is not events[0]:
            return None
        return replay(view, counted, only=(key,)).get(key)

    def as_shared(self, row: Row) -> Row:
        """The row without what it says of other circles."""
        changes: dict[str, Any] = {}
        for name in ("shared_with", "shared_versions"):
            if name in row.__struct_fields__:
                said: Sequence[Any] = getattr(row, name)
                changes[name] = tuple(one for one in said if self.circle in {one, getattr(one, "circle", None)})
        return replace(row, **changes) if changes else row

    def _counts(self, key: str, event: Event, at: EventMetadata) -> bool:
        if self.circle == "programme" or at.position in self.brought_in:
            return True
        whole = () if key.startswith(IN_VERSIONS) else self.things.get(key, ())
        if any(_until(one.term, at.position) for one in whole):
            return True
        if isinstance(event.AUDIENCE, Nobody):
            return any(_until(one, at.position) for one in self.terms)
        return any(one.tells(event, at.position) for one in self.terms)


def beyond_in_programme(events: Iterable[tuple[Event, EventMetadata]]) -> Beyond:
    """What a team shares with its programme. `events`: those of `SHOWING` that concern the team."""
    return Beyond("programme", _things((event, at, None) for event, at in events if _is_shared(event, "programme")))


def beyond_for_organisations(events: Sequence[tuple[Event, EventMetadata]], reads: Reads) -> Beyond:
    """What is shown to who `reads` for organisations for which the team works, or did; `terms` is empty where it never did."""
    terms = [one for one in terms_of(events) if reads(one.organisation, one.challenge)]
    shared = [
        (event, at, term)
        for event, at in events
        for term in terms
        if _is_shared(event, "commissioner") and term.tells(event, at.position)
    ]
    return Beyond("commissioner", _things(shared), terms)


def shares_beyond(team: TeamId, programme: ProgrammeId, beyond: Beyond) -> list[Share]:
    """What a team shares, as a reader beyond it is shown it, in order of key."""
    last = {item: shown[-1] for item, shown in sorted(beyond.things.items())}
    return [
        Share(
            id=AnyId(item),
            item=AnyId(item),
            team=team,
            programme=programme,
            shared_with=(beyond.circle,),
            version=one.version,
            shared_at=one.at,
        )
        for item, one in last.items()
    ]


def terms_of(events: Iterable[tuple[Event, EventMetadata]]) -> list[Term]:
    """For whom a team works, and did, in order."""
    found: list[Term] = []
    for event, at in events:
        if isinstance(event, TeamFormed | ChallengeRecommissioned | TeamChallengeChanged):
            found[-1:] = [one._replace(until=at.position) for one in found[-1:]]
            found.append(Term(event.organisation, event.challenge, at.position))
    return found


def _is_shared(event: Event, circle: Circle) -> bool:
    return isinstance(event, WorkShared) and event.circle == circle


def _things(shared: Iterable[tuple[Event, EventMetadata, Term | None]]) -> dict[str, list[Shown]]:
    found: dict[str, list[Shown]] = {}
    for event, at, term in shared:
        assert isinstance(event, WorkShared), "told apart before"
        found.setdefault(event.item, []).append(Shown(event.version, at.stated_at, term))
    return found


def _until(term: Term | None, position: int) -> bool:
    return term is None or term.until is None or position < term.until
