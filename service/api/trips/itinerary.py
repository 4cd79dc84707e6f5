"""The itinerary of a study trip, over HTTP."""

from litestar import Controller, Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from domain.events.itinerary import Plan
from domain.foundation import (
    ItemId,
    Personal,
    TripId,
    Words,
)
from domain.time_zones import known_zone
from domain.trips.itinerary import AddItem, ChangeItem, RemoveItem
from projections.trips import TRIPS, Item, Trip
from service.api.http.bodies import At, Body, Title, Zone
from service.api.requests.request_context import RequestContext
from service.reading.options import Page, ReadOptions
from service.reading.reader import Reader
from service.reading.trips import trip_of_item, visible_item, visible_trip


class ItemPlan(Body, kw_only=True):
    """An item of the itinerary. `host`: the person who receives the CoP. `timezone`: of the place, else the trip's."""

    starts_at: At
    ends_at: At
    title: Title
    place: Title
    host: Title | None = None
    timezone: Zone | None = None

    @property
    def plan(self) -> Plan:
        """The item as it is recorded."""
        host = None if self.host is None else Personal(self.host)
        timezone = None if self.timezone is None else known_zone(self.timezone)
        return Plan(self.starts_at, self.ends_at, Words(self.title), Words(self.place), host, timezone)


class ItineraryOfTrip(Controller):
    path = "/trips/{trip:str}/itinerary"
    tags = ("Trips",)

    @post()
    async def add(
        self, trip: FromPath[TripId], data: JSONBody[ItemPlan], context: NamedDependency[RequestContext]
    ) -> Response[Trip]:
        """Add an item to the itinerary."""
        return await context.create(
            "item",
            data,
            lambda new, by: AddItem(new, trip=trip, plan=data.plan, by=by),
            TRIPS,
            key=lambda _: trip,
        )

    @get()
    async def list_all(
        self, trip: FromPath[TripId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> Page[Item]:
        """List the items of the itinerary, in order of time."""
        return Page(list((await visible_trip(reader, trip, reading)).itinerary), None)


class ItineraryItems(Controller):
    path = "/itinerary-items/{item:str}"
    tags = ("Trips",)

    @get()
    async def show(
        self, item: FromPath[ItemId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> Item:
        """Show an item of an itinerary."""
        return await visible_item(reader, item, reading)

    @put()
    async def change(
        self, item: FromPath[ItemId], data: JSONBody[ItemPlan], context: NamedDependency[RequestContext]
    ) -> Response[Trip]:
        """Change an item of the itinerary."""
        trip = await trip_of_item(context.reader, item)
        return await context.execute(data, lambda by: ChangeItem(item, trip=trip, plan=data.plan, by=by), TRIPS, trip)

    @post("/removal", status_code=200)
    async def remove(
        self, item: FromPath[ItemId], context: NamedDependency[RequestContext], data: JSONBody[Body | None] = None
    ) -> Response[Trip]:
        """Remove an item from the itinerary."""
        trip = await trip_of_item(context.reader, item)
        return await context.execute(data, lambda by: RemoveItem(item, trip=trip, by=by), TRIPS, trip)
