"""The part of a team's work that is visible outside the team: one rule for every thing and list, now and in the past.

Other CoPs see what the team shares with the programme. An organisation sees what the team shares with it, and what follows from
events that are visible to it (docs/reference/audience.md), but only from the term in which the team works for it, not from before
or after (rule 22). Events that were brought into its trail are visible to it.
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
from projections.view import EventMetadata, View, fold_events

Row = TypeVar("Row", bound=Struct)
Reads: TypeAlias = Callable[[OrganisationId | None, ChallengeId], bool]
"""Whether the reader speaks or reads for this organisation on this challenge."""

VERSIONED_PREFIX = "recommendation_"
"""The prefix of things that are shared in a version. The visibility of later changes depends on their own events."""

VISIBILITY_EVENTS: list[type[Event]] = [TeamFormed, ChallengeRecommissioned, TeamChallengeChanged, WorkShared]
"""The events about a team on which its visibility depends: for whom it works, and what it shares."""


class Term(NamedTuple):
    """A term in which a team works for an organisation on a challenge: positions, without `until`; None: it still does."""

    organisation: OrganisationId | None
    challenge: ChallengeId
    since: int
    until: int | None = None

    def covers(self, position: int) -> bool:
        """Whether this position is in the term."""
        return self.since <= position and (self.until is None or position < self.until)

    def shows(self, event: Event, position: int) -> bool:
        """Whether this event of the team's work is visible to the organisation and about this challenge."""
        visible = f"to:{self.organisation}" in event.tags()
        about: ChallengeId | None = getattr(event, "challenge", None)
        return visible and (self.covers(position) if about is None else about == self.challenge)


class ItemShare(NamedTuple):
    """The sharing of a thing: of one version, or of whatever it is now (None). `term`: the term, if with an organisation."""

    version: int | None
    at: datetime
    term: Term | None


@dataclass(frozen=True)
class OutsideVisibility:
    """The part of one team's work that a reader outside the team can see, as one of this `circle`."""

    circle: Circle
    things: Mapping[str, Sequence[ItemShare]]
    terms: Sequence[Term] = ()
    brought_in: Collection[int] = field(default=frozenset[int]())

    def shows(self, thing: str) -> bool:
        """Whether the team shares this with the reader."""
        return thing in self.things

    def versions(self, thing: str) -> list[int | None]:
        """The versions that are shared with the reader; None among them: whatever it is now."""
        return [one.version for one in self.things.get(thing, ())]

    def row(self, view: View[Row], key: str, events: Sequence[tuple[Event, EventMetadata]]) -> Row | None:
        """Fold the row of `key` from those of `events` that the reader can see; None if they cannot see the first one.

        `events`: all events with the tags of the key.
        """
        visible = [one for one in events if self._can_see(key, *one)]
        if not visible or visible[0] is not events[0]:
            return None
        return fold_events(view, visible, only=(key,)).get(key)

    def as_shared(self, row: Row) -> Row:
        """The row without the information about other circles."""
        changes: dict[str, Any] = {}
        for name in ("shared_with", "shared_versions"):
            if name in row.__struct_fields__:
                shares: Sequence[Any] = getattr(row, name)
                changes[name] = tuple(one for one in shares if self.circle in {one, getattr(one, "circle", None)})
        return replace(row, **changes) if changes else row

    def _can_see(self, key: str, event: Event, at: EventMetadata) -> bool:
        if self.circle == "programme" or at.position in self.brought_in:
            return True
        always = () if key.startswith(VERSIONED_PREFIX) else self.things.get(key, ())
        if any(_has_not_ended(one.term, at.position) for one in always):
            return True
        if isinstance(event.AUDIENCE, Nobody):
            return any(_has_not_ended(one, at.position) for one in self.terms)
        return any(one.shows(event, at.position) for one in self.terms)


def visibility_in_programme(events: Iterable[tuple[Event, EventMetadata]]) -> OutsideVisibility:
    """The visibility of a team's work in its programme. `events`: the `VISIBILITY_EVENTS` that concern the team."""
    return OutsideVisibility(
        "programme", _things((event, at, None) for event, at in events if _is_shared(event, "programme"))
    )


def visibility_for_organisations(events: Sequence[tuple[Event, EventMetadata]], reads: Reads) -> OutsideVisibility:
    """The visibility of a team's work for the organisations that the reader `reads` for; no terms if it worked for none."""
    terms = [one for one in terms_of(events) if reads(one.organisation, one.challenge)]
    shared = [
        (event, at, term)
        for event, at in events
        for term in terms
        if _is_shared(event, "commissioner") and term.shows(event, at.position)
    ]
    return OutsideVisibility("commissioner", _things(shared), terms)


def visible_shares(team: TeamId, programme: ProgrammeId, outside: OutsideVisibility) -> list[Share]:
    """The shares of a team that a reader outside it can see, in order of key."""
    last = {item: shown[-1] for item, shown in sorted(outside.things.items())}
    return [
        Share(
            id=AnyId(item),
            item=AnyId(item),
            team=team,
            programme=programme,
            shared_with=(outside.circle,),
            version=one.version,
            shared_at=one.at,
        )
        for item, one in last.items()
    ]


def terms_of(events: Iterable[tuple[Event, EventMetadata]]) -> list[Term]:
    """The present and earlier terms of a team, in order."""
    found: list[Term] = []
    for event, at in events:
        if isinstance(event, TeamFormed | ChallengeRecommissioned | TeamChallengeChanged):
            found[-1:] = [one._replace(until=at.position) for one in found[-1:]]
            found.append(Term(event.organisation, event.challenge, at.position))
    return found


def _is_shared(event: Event, circle: Circle) -> bool:
    return isinstance(event, WorkShared) and event.circle == circle


def _things(shared: Iterable[tuple[Event, EventMetadata, Term | None]]) -> dict[str, list[ItemShare]]:
    found: dict[str, list[ItemShare]] = {}
    for event, at, term in shared:
        assert isinstance(event, WorkShared), "filtered by `_is_shared`"
        found.setdefault(event.item, []).append(ItemShare(event.version, at.stated_at, term))
    return found


def _has_not_ended(term: Term | None, position: int) -> bool:
    return term is None or term.until is None or position < term.until
