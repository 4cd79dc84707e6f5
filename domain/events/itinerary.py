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


class OfItem(OfTrip, frozen=True, kw_only=True):
    """Base of what is recorded of something on the itinerary; its texts, and who is host, are sealed for it alone."""

    TAGS = ("item", "trip", "team", "programme")
    KEY = "item"

    item: ItemId
    member: PersonId


class ItineraryItemAdded(OfItem, frozen=True, kw_only=True):
    """A member put something on the itinerary."""

    TOPIC = "trip.itinerary_item_added"
    VERSION = 2
    AUDIENCE = Nobody(because="the itinerary is the CoP's own")
    SUMMARY = Text(en="{member} added to the itinerary.", nl="{member} vulde het reisprogramma aan.")

    plan: Plan


class ItineraryItemChanged(OfItem, frozen=True, kw_only=True):
    """A member changed something on the itinerary; this is how it is now."""

    TOPIC = "trip.itinerary_item_changed"
    VERSION = 2
    AUDIENCE = Nobody(because="the itinerary is the CoP's own")
    SUMMARY = Text(en="{member} changed the itinerary.", nl="{member} wijzigde het reisprogramma.")

    plan: Plan


class ItineraryItemRemoved(OfItem, frozen=True, kw_only=True):
    """A member took something off the itinerary."""

    TOPIC = "trip.itinerary_item_removed"
    AUDIENCE = Nobody(because="the itinerary is the CoP's own")
    SUMMARY = Text(en="{member} shortened the itinerary.", nl="{member} kortte het reisprogramma in.")
