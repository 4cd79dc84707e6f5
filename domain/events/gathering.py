"""Events of gatherings: planned, rescheduled, held, cancelled (rule 12)."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from domain.foundation import (
    Event,
    GatheringId,
    Key,
    OrganisationId,
    ProgrammeId,
    Span,
    TeamId,
    Text,
    Words,
)

Kind = Literal["session", "own"]


class AgendaItem(Struct, frozen=True):
    """A point on the agenda. `topic`: its key in the curriculum; `minutes`: how long it takes."""

    title: Words
    topic: Key | None = None
    minutes: int | None = None


class OfGathering(Event, frozen=True, kw_only=True):
    """Base of events about a gathering. `organisations`: the commissioners of its `teams`' challenges, who can see it."""

    TAGS = ("gathering", "teams", "programme")

    gathering: GatheringId
    programme: ProgrammeId
    teams: tuple[TeamId, ...]
    organisations: tuple[OrganisationId, ...]


class GatheringPlanned(OfGathering, frozen=True, kw_only=True):
    """A gathering was planned. No `teams`: a joint session of all CoPs, those formed later included.

    `number`: of the session in the programme, from 1; None for an own gathering.
    """

    TOPIC = "gathering.planned"
    AUDIENCE = ("organisations",)
    REACH = "programme"
    SUMMARY = Text(
        en="{gathering} was planned: {span}.",
        nl="{gathering} werd gepland: {span}.",
    )

    kind: Kind
    number: int | None
    starts_at: datetime
    ends_at: datetime
    place: Words
    agenda: tuple[AgendaItem, ...] = ()

    @property
    def joint(self) -> bool:
        """Whether it is for all CoPs."""
        return not self.teams

    @property
    def span(self) -> Span:
        """Its start and end."""
        return Span(self.starts_at, self.ends_at)


class GatheringRescheduled(OfGathering, frozen=True, kw_only=True):
    """A gathering was moved. `place` None: the place did not change. `sequence`: that of iCalendar (rule 15)."""

    TOPIC = "gathering.rescheduled"
    AUDIENCE = ("organisations",)
    REACH = "programme"
    SUMMARY = Text(
        en="{gathering} was moved to {span}.",
        nl="{gathering} werd verplaatst naar {span}.",
    )

    sequence: int
    starts_at: datetime
    ends_at: datetime
    place: Words | None

    @property
    def span(self) -> Span:
        """Its start and end."""
        return Span(self.starts_at, self.ends_at)


class GatheringCancelled(OfGathering, frozen=True, kw_only=True):
    """A gathering was cancelled; the reason is sealed."""

    TOPIC = "gathering.cancelled"
    AUDIENCE = ("organisations",)
    REACH = "programme"
    SUMMARY = Text(en="{gathering} was cancelled.", nl="{gathering} werd afgelast.")

    sequence: int


class GatheringHeld(OfGathering, frozen=True, kw_only=True):
    """A gathering took place, for these teams: all CoPs of that time, if it was joint.

    `topics`: the keys of the curriculum's topics that were covered. `techniques`: those that were introduced.
    """

    TOPIC = "gathering.held"
    AUDIENCE = ("organisations",)
    REACH = "programme"
    SUMMARY = Text(
        en="{gathering} was held; topics of the curriculum: {topics}.",
        nl="{gathering} werd gehouden; onderwerpen van het curriculum: {topics}.",
    )

    topics: tuple[Key, ...]
    techniques: tuple[Words, ...]


class HoldingCorrected(OfGathering, frozen=True, kw_only=True):
    """The record of how a gathering was held was wrong; the reason is sealed.

    `took_place` False: it was not held, and is planned as before. Else `topics` and `techniques` replace those
    recorded before. `teams`: those for which it had been held.
    """

    TOPIC = "gathering.holding_corrected"
    AUDIENCE = ("organisations",)
    REACH = "team"
    SUMMARY = Text(
        en="The record of {gathering} was corrected (held: {took_place}); topics of the curriculum: {topics}.",
        nl="De vastlegging van {gathering} werd gecorrigeerd (gehouden: {took_place}); onderwerpen van het curriculum: {topics}.",
    )

    took_place: bool
    topics: tuple[Key, ...]
    techniques: tuple[Words, ...]
