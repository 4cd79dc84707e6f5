"""Events of the itinerary of a study trip."""

from datetime import date, datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from msgspec import Struct

from domain.events.trip import OfTrip
from domain.foundation import (
    ItemId,
    Nobody,
    Personal,
    PersonId,
    Text,
    Words,
    ZoneName,
)


class Plan(Struct, frozen=True):
    """A plan for part of a trip: its start, end, title, place, and host if there is one.

    `timezone`: that of the place, in which its days are counted; None: the trip's.
    """

    starts_at: datetime
    ends_at: datetime
    title: Words
    place: Words
    host: Personal | None = None
    timezone: ZoneName | None = None

    def meets(self, other: Self) -> bool:
        """Whether the two overlap in time."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at

    def days(self, timezone: ZoneName) -> tuple[date, date]:
        """The first and last day in its own time zone, or else in `timezone`; midnight belongs to the day that it ends."""
        there = ZoneInfo(self.timezone or timezone)
        last = self.ends_at - timedelta(microseconds=1)
        return self.starts_at.astimezone(there).date(), last.astimezone(there).date()


class OfItem(OfTrip, frozen=True, kw_only=True):
    """Base of events about an item of the itinerary; its texts and its host are sealed under its own key."""

    TAGS = ("item", "trip", "team", "programme")
    KEY = "item"

    item: ItemId
    member: PersonId


class ItineraryItemAdded(OfItem, frozen=True, kw_only=True):
    """A member added an item to the itinerary."""

    TOPIC = "trip.itinerary_item_added"
    VERSION = 2
    AUDIENCE = Nobody(because="the itinerary is the CoP's own")
    REACH = "team"
    SUMMARY = Text(en="{member} added something to the itinerary.", nl="{member} vulde het reisprogramma aan.")

    plan: Plan


class ItineraryItemChanged(OfItem, frozen=True, kw_only=True):
    """A member changed an item of the itinerary. `plan`: as it is now."""

    TOPIC = "trip.itinerary_item_changed"
    VERSION = 2
    AUDIENCE = Nobody(because="the itinerary is the CoP's own")
    REACH = "team"
    SUMMARY = Text(en="{member} changed the itinerary.", nl="{member} wijzigde het reisprogramma.")

    plan: Plan


class ItineraryItemRemoved(OfItem, frozen=True, kw_only=True):
    """A member removed an item from the itinerary."""

    TOPIC = "trip.itinerary_item_removed"
    AUDIENCE = Nobody(because="the itinerary is the CoP's own")
    REACH = "team"
    SUMMARY = Text(
        en="{member} removed something from the itinerary.", nl="{member} haalde iets uit het reisprogramma."
    )
