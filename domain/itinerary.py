"""What a CoP does on its trip, hour by hour: visits, meals, ways to get there."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from msgspec import Struct

from domain.foundation import (
    Caller,
    ItemId,
    Nobody,
    NotFound,
    Personal,
    PersonId,
    Refusal,
    Selector,
    Text,
    TripId,
    Words,
    ZoneName,
    learns,
)
from domain.programme import WrongOrder
from domain.roles import Acting
from domain.trip import OfTrip, OnTrip
from domain.zones import known_zone


class Plan(Struct, frozen=True):
    """What is done from when to when, where, and who receives the CoP, if somebody does.

    `timezone`: that of the place, in which its days are counted; None: the trip's.
    """

    starts_at: datetime
    ends_at: datetime
    title: Words
    place: Words
    host: Personal | None = None
    timezone: ZoneName | None = None

    def meets(self, other: Self) -> bool:
        """They take place at the same time, if only for a moment."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at

    def days(self, timezone: ZoneName) -> tuple[date, date]:
        """On which day it begins and ends where it is, by default in `timezone`; midnight belongs to the day that it ends."""
        there = ZoneInfo(self.timezone or timezone)
        last = self.ends_at - timedelta(microseconds=1)
        return self.starts_at.astimezone(there).date(), last.astimezone(there).date()


# Facts


class OfItem(OfTrip, frozen=True, kw_only=True):
    """Base of what is recorded of something on the itinerary; its texts, and who is host, are sealed for it alone."""

    CONCERNS = ("item", "trip", "team", "programme")
    KEY = "item"

    item: ItemId
    member: PersonId


class ItineraryItemAdded(OfItem, frozen=True, kw_only=True):
    """A member put something on the itinerary."""

    TOPIC = "trip.itinerary_item_added"
    VERSION = 2
    AUDIENCE = Nobody(because="the itinerary is the CoP's own")
    AUDIT = Text(en="{member} added to the itinerary.", nl="{member} vulde het reisprogramma aan.")

    plan: Plan


class ItineraryItemChanged(OfItem, frozen=True, kw_only=True):
    """A member changed something on the itinerary; this is how it is now."""

    TOPIC = "trip.itinerary_item_changed"
    VERSION = 2
    AUDIENCE = Nobody(because="the itinerary is the CoP's own")
    AUDIT = Text(en="{member} changed the itinerary.", nl="{member} wijzigde het reisprogramma.")

    plan: Plan


class ItineraryItemRemoved(OfItem, frozen=True, kw_only=True):
    """A member took something off the itinerary."""

    TOPIC = "trip.itinerary_item_removed"
    AUDIENCE = Nobody(because="the itinerary is the CoP's own")
    AUDIT = Text(en="{member} shortened the itinerary.", nl="{member} kortte het reisprogramma in.")


# Refusals


class Overlaps(Refusal):
    """Nobody is in two places at once."""

    CODE = "overlaps"
    TEXT = Text(
        en="Something else is on the itinerary at that time.",
        nl="Op dat moment staat al iets anders in het reisprogramma.",
    )


class OutsideTrip(Refusal):
    """Once the date is fixed, what is on the itinerary falls on the trip's days, counted where it takes place."""

    CODE = "outside-trip"
    STATUS = 422
    TEXT = Text(
        en="This is not between {starts_on} and {ends_on} ({timezone}).",
        nl="Dit valt niet tussen {starts_on} en {ends_on} ({timezone}).",
    )


# Commands


class OnItinerary(OnTrip):
    """What is known of a trip and what is on its itinerary."""

    def __init__(self, item: ItemId, *, trip: TripId, by: Caller) -> None:
        super().__init__()
        self.item, self.trip, self.by = item, trip, by
        self.items: dict[ItemId, Plan] = {}

    def consistency_boundary(self) -> list[Selector]:
        types = [ItineraryItemAdded, ItineraryItemChanged, ItineraryItemRemoved]
        return [*super().consistency_boundary(), Selector(types=types, tags=[self.trip])]

    @learns(ItineraryItemAdded)
    def _(self, item: ItemId, plan: Plan) -> None:
        self.items[item] = plan

    @learns(ItineraryItemChanged)
    def _(self, item: ItemId, plan: Plan) -> None:
        self.items[item] = plan

    @learns(ItineraryItemRemoved)
    def _(self, item: ItemId) -> None:
        self.items.pop(item, None)

    def require_item(self) -> None:
        """Raises `NotFound` where it is not on the itinerary."""
        if self.item not in self.items:
            raise NotFound

    def require_fits(self, plan: Plan) -> None:
        """Raises `WrongOrder`, `UnknownZone`, `OutsideTrip` or `Overlaps`."""
        if plan.ends_at <= plan.starts_at:
            raise WrongOrder(field="ends_at")
        known_zone(plan.timezone or self.require_trip().timezone)
        self._require_days(plan)
        others: Iterable[Plan] = (one for item, one in self.items.items() if item != self.item)
        if any(plan.meets(one) for one in others):
            raise Overlaps(field="starts_at")

    def _require_days(self, plan: Plan) -> None:
        if self.date is None:
            return
        timezone = self.require_trip().timezone
        first, last = plan.days(timezone)
        if first < self.date.starts_on or last > self.date.ends_on:
            raise OutsideTrip(
                field="starts_at" if first < self.date.starts_on else "ends_at",
                starts_on=self.date.starts_on,
                ends_on=self.date.ends_on,
                timezone=plan.timezone or timezone,
            )


class AddItem(OnItinerary):
    """Put something on the itinerary."""

    def __init__(self, item: ItemId, *, trip: TripId, plan: Plan, by: Caller) -> None:
        super().__init__(item, trip=trip, by=by)
        self.plan = plan

    def execute(self) -> None:
        idea, member = self.require_ahead()
        self.require_fits(self.plan)
        self.record(
            ItineraryItemAdded(
                item=self.item, trip=self.trip, team=idea.team, programme=idea.programme, member=member, plan=self.plan
            )
        )


class ChangeItem(OnItinerary):
    """Say how something on the itinerary is now."""

    def __init__(self, item: ItemId, *, trip: TripId, plan: Plan, by: Caller) -> None:
        super().__init__(item, trip=trip, by=by)
        self.plan = plan

    def execute(self) -> None:
        idea, member = self.require_ahead()
        self.require_item()
        self.require_fits(self.plan)
        self.record(
            ItineraryItemChanged(
                item=self.item, trip=self.trip, team=idea.team, programme=idea.programme, member=member, plan=self.plan
            )
        )


class RemoveItem(OnItinerary):
    """Take something off the itinerary."""

    def execute(self) -> None:
        idea, member = self.require_ahead()
        self.require_item()
        self.record(
            ItineraryItemRemoved(
                item=self.item, trip=self.trip, team=idea.team, programme=idea.programme, member=member
            )
        )


class TripOfItem(Acting):
    """On which trip's itinerary something stands, or stood; learnt for reading."""

    def __init__(self, item: ItemId, *, by: Caller) -> None:
        super().__init__()
        self.item, self.by = item, by
        self.trip: TripId | None = None

    def consistency_boundary(self) -> list[Selector]:
        return [*super().consistency_boundary(), Selector(types=[ItineraryItemAdded], tags=[self.item])]

    @learns(ItineraryItemAdded)
    def _(self, trip: TripId) -> None:
        self.trip = trip
