"""What a CoP does on its trip, hour by hour: visits, meals, ways to get there."""

from collections.abc import Iterable

from domain.events.itinerary import ItineraryItemAdded, ItineraryItemChanged, ItineraryItemRemoved, Plan
from domain.foundation import (
    Caller,
    ItemId,
    NotFound,
    Refusal,
    Selector,
    Text,
    TripId,
    applies,
)
from domain.people.rights import Acting
from domain.programmes.programme import WrongOrder
from domain.time_zones import known_zone
from domain.trips.trip import OnTrip

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

    @applies(ItineraryItemAdded)
    def _(self, item: ItemId, plan: Plan) -> None:
        self.items[item] = plan

    @applies(ItineraryItemChanged)
    def _(self, item: ItemId, plan: Plan) -> None:
        self.items[item] = plan

    @applies(ItineraryItemRemoved)
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

    @applies(ItineraryItemAdded)
    def _(self, trip: TripId) -> None:
        self.trip = trip
