"""The itinerary of a trip: visits, meals and travel, with their times."""

from collections.abc import Iterable

from domain.events.itinerary import ItineraryItemAdded, ItineraryItemChanged, ItineraryItemRemoved, Plan
from domain.foundation import (
    Caller,
    ItemId,
    Knowledge,
    NotFound,
    Refusal,
    Selector,
    Text,
    TripId,
    applies,
)
from domain.programmes.programme import WrongOrder
from domain.teams.team import TeamCommand
from domain.time_zones import known_zone
from domain.trips.trip import TripAccess, TripState

# Refusals


class Overlaps(Refusal):
    """The items of an itinerary do not overlap."""

    CODE = "overlaps"
    TEXT = Text(
        en="Something else is on the itinerary at that time.",
        nl="Op die tijd staat al iets anders in het reisprogramma.",
    )


class OutsideTrip(Refusal):
    """Once the date is fixed, every item falls on the trip's days, in the time zone of the item."""

    CODE = "outside-trip"
    STATUS = 422
    TEXT = Text(
        en="This is not between {starts_on} and {ends_on} ({timezone}).",
        nl="Dit valt niet tussen {starts_on} en {ends_on} ({timezone}).",
    )


# Knowledge


class Itinerary(Knowledge):
    """The items on the itinerary of a trip."""

    def __init__(self, trip_state: TripState) -> None:
        types = [ItineraryItemAdded, ItineraryItemChanged, ItineraryItemRemoved]
        super().__init__(Selector(types=types, tags=[trip_state.trip]))
        self.trip_state = trip_state
        self.items: dict[ItemId, Plan] = {}

    @applies(ItineraryItemAdded)
    def _(self, trip: TripId, item: ItemId, plan: Plan) -> None:
        if trip == self.trip_state.trip:
            self.items[item] = plan

    @applies(ItineraryItemChanged)
    def _(self, trip: TripId, item: ItemId, plan: Plan) -> None:
        if trip == self.trip_state.trip:
            self.items[item] = plan

    @applies(ItineraryItemRemoved)
    def _(self, item: ItemId) -> None:
        self.items.pop(item, None)

    def require_item(self, item: ItemId) -> None:
        """Raises `NotFound` if the item is not on the itinerary."""
        if item not in self.items:
            raise NotFound

    def require_fits(self, item: ItemId, plan: Plan) -> None:
        """Raises `WrongOrder`, `UnknownZone`, `OutsideTrip` or `Overlaps`."""
        if plan.ends_at <= plan.starts_at:
            raise WrongOrder(field="ends_at")
        known_zone(plan.timezone or self.trip_state.require_trip().timezone)
        self._require_days(plan)
        others: Iterable[Plan] = (one for other, one in self.items.items() if other != item)
        if any(plan.meets(one) for one in others):
            raise Overlaps(field="starts_at")

    def _require_days(self, plan: Plan) -> None:
        date = self.trip_state.date
        if date is None:
            return
        timezone = self.trip_state.require_trip().timezone
        first, last = plan.days(timezone)
        if first < date.starts_on or last > date.ends_on:
            raise OutsideTrip(
                field="starts_at" if first < date.starts_on else "ends_at",
                starts_on=date.starts_on,
                ends_on=date.ends_on,
                timezone=plan.timezone or timezone,
            )


class TripOfItem(Knowledge):
    """The trip on whose itinerary an item is, or was; None if there is none."""

    def __init__(self, item: ItemId) -> None:
        super().__init__(Selector(types=[ItineraryItemAdded], tags=[item]))
        self.item = item
        self.trip: TripId | None = None

    @applies(ItineraryItemAdded)
    def _(self, item: ItemId, trip: TripId) -> None:
        if item == self.item:
            self.trip = trip


# Commands


class AddItem(TeamCommand):
    """Add an item to the itinerary."""

    def __init__(self, item: ItemId, *, trip: TripId, plan: Plan, by: Caller) -> None:
        super().__init__(by)
        self.item, self.trip, self.plan = item, trip, plan
        self.trip_state = TripState(self.rights.teams, trip)
        self.access = TripAccess(self.rights, self.trip_state)
        self.itinerary = Itinerary(self.trip_state)

    def execute(self) -> None:
        idea, member = self.access.require_member_while_active()
        self.itinerary.require_fits(self.item, self.plan)
        self.record(
            ItineraryItemAdded(
                item=self.item, trip=self.trip, team=idea.team, programme=idea.programme, member=member, plan=self.plan
            )
        )


class ChangeItem(TeamCommand):
    """Change an item on the itinerary."""

    def __init__(self, item: ItemId, *, trip: TripId, plan: Plan, by: Caller) -> None:
        super().__init__(by)
        self.item, self.trip, self.plan = item, trip, plan
        self.trip_state = TripState(self.rights.teams, trip)
        self.access = TripAccess(self.rights, self.trip_state)
        self.itinerary = Itinerary(self.trip_state)

    def execute(self) -> None:
        idea, member = self.access.require_member_while_active()
        self.itinerary.require_item(self.item)
        self.itinerary.require_fits(self.item, self.plan)
        self.record(
            ItineraryItemChanged(
                item=self.item, trip=self.trip, team=idea.team, programme=idea.programme, member=member, plan=self.plan
            )
        )


class RemoveItem(TeamCommand):
    """Remove an item from the itinerary."""

    def __init__(self, item: ItemId, *, trip: TripId, by: Caller) -> None:
        super().__init__(by)
        self.item, self.trip = item, trip
        self.trip_state = TripState(self.rights.teams, trip)
        self.access = TripAccess(self.rights, self.trip_state)
        self.itinerary = Itinerary(self.trip_state)

    def execute(self) -> None:
        idea, member = self.access.require_member_while_active()
        self.itinerary.require_item(self.item)
        self.record(
            ItineraryItemRemoved(
                item=self.item, trip=self.trip, team=idea.team, programme=idea.programme, member=member
            )
        )
