"""The itinerary of a study trip: pages that add, change and remove an item."""

from datetime import datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from domain.events.itinerary import ItineraryItemAdded, ItineraryItemChanged, ItineraryItemRemoved, Plan
from domain.foundation import ItemId, NotFound, Personal, Refusal, Selector, Text, TripId, Words, ZoneName
from domain.time_zones import known_zone, zones
from domain.trips.itinerary import AddItem, ChangeItem, RemoveItem
from projections.trips import Item, Trip
from service.api.http.bodies import Title, Zone
from service.pages.fields.local_times import TWICE, Turn, as_field, local_time, turns_asked
from service.pages.frame.forms import Form, FormState, labelled
from service.pages.frame.visit import Attempt, Visit
from service.pages.trips.shown import ShownTrip, days_of_trip, shown_trip
from service.reading.options import only
from service.reading.trips import trip_from_log, trip_of_item
from service.store.log.types import Receipt

OFFERED_ZONES = sorted(one for one in zones() if one.startswith("Europe/"))
"""Time zones that a field suggests; others can be typed."""


class Stop(Form, kw_only=True):
    """An item of the itinerary. Its times are those of the place. `sequence`: of the version that was changed."""

    title: Annotated[Title, labelled("What you do", "Wat jullie doen")]
    location: Annotated[Title, labelled("Where", "Waar")]
    host: Annotated[Title, labelled("Who receives you", "Wie jullie ontvangt")] | None = None
    starts_at: Annotated[str, labelled("From", "Van")]
    starts_turn: Annotated[Turn, labelled("Which one", "Welke keer", TWICE)] | None = None
    ends_at: Annotated[str, labelled("Until", "Tot")]
    ends_turn: Annotated[Turn, labelled("Which one", "Welke keer", TWICE)] | None = None
    timezone: (
        Annotated[
            Zone,
            labelled(
                "Time zone of the place",
                "Tijdzone van de plek",
                Text(
                    en="Only if it differs from that of the trip, for example Europe/London.",
                    nl="Alleen als die afwijkt van die van de reis, bijvoorbeeld Europe/London.",
                ),
            ),
        ]
        | None
    ) = None
    sequence: Annotated[int, labelled("Version", "Versie")] | None = None

    def plan(self, trips_zone: ZoneName) -> Plan:
        """The item as it is recorded. `trips_zone`: that of the trip. Raises refusals of times and zones."""
        there = None if self.timezone is None else known_zone(self.timezone)
        zone = there or trips_zone
        return Plan(
            local_time(self.starts_at, zone, "starts_at", self.starts_turn),
            local_time(self.ends_at, zone, "ends_at", self.ends_turn),
            Words(self.title),
            Words(self.location),
            None if self.host is None else Personal(self.host),
            there,
        )


class Removal(Form):
    """Nothing but the wish to remove an item."""


class ItemChangedMeanwhile(Refusal):
    """A change is made to the version of an item that its author saw."""

    CODE = "item-changed-meanwhile"
    TEXT = Text(
        en="Somebody else changed this meanwhile: how it is now stands above your own version. Send yours again to replace it.",
        nl="Iemand anders heeft dit intussen gewijzigd: hoe het nu is, staat boven jouw versie. Verstuur de jouwe opnieuw om "
        "die te vervangen.",
    )


class ItineraryPages(Controller):
    """Pages about the items of an itinerary."""

    path = "/"

    @get("/trips/{trip:str}/itinerary")
    async def new(self, visit: NamedDependency[Visit], trip: FromPath[TripId]) -> Response[Any]:
        """Show the form that adds an item."""
        return await self._new(visit, trip)

    @post("/trips/{trip:str}/itinerary")
    async def add(self, visit: NamedDependency[Visit], trip: FromPath[TripId]) -> Response[Any]:
        """Add an item to the itinerary."""

        async def perform(form: Stop, attempt: Attempt) -> Receipt:
            plan = form.plan((await trip_from_log(visit.reader, trip)).timezone)
            return await attempt.execute(lambda: AddItem(attempt.new, trip=trip, plan=plan, by=attempt.by))

        return await visit.perform(
            Stop, perform, creates="item", then=f"/trips/{trip}#itinerary", again=lambda: self._new(visit, trip)
        )

    @get("/itinerary-items/{item:str}")
    async def show(self, visit: NamedDependency[Visit], item: FromPath[ItemId]) -> Response[Any]:
        """Show an item, and the forms that change and remove it."""
        return await self._show(visit, item)

    @post("/itinerary-items/{item:str}")
    async def change(self, visit: NamedDependency[Visit], item: FromPath[ItemId]) -> Response[Any]:
        """Change an item of the itinerary."""

        async def perform(form: Stop, attempt: Attempt) -> Receipt:
            trip = await trip_of_item(visit.reader, item)
            row = await trip_from_log(visit.reader, trip)
            now = next((one for one in row.itinerary if one.id == item), None)
            if now is not None and form.sequence not in {None, now.sequence} and not await _is_done(attempt):
                raise ItemChangedMeanwhile
            plan = form.plan(row.timezone)
            return await attempt.execute(lambda: ChangeItem(item, trip=trip, plan=plan, by=attempt.by))

        return await visit.perform(
            Stop, perform, then=f"/itinerary-items/{item}", again=lambda: self._show(visit, item)
        )

    @post("/itinerary-items/{item:str}/removal")
    async def remove(self, visit: NamedDependency[Visit], item: FromPath[ItemId]) -> Response[Any]:
        """Remove an item from the itinerary."""
        trip = await trip_of_item(visit.reader, item)
        return await visit.submit(
            Removal,
            lambda _, by, __: RemoveItem(item, trip=trip, by=by),
            then=f"/trips/{trip}#itinerary",
            again=lambda: self._show(visit, item),
        )

    async def _new(self, visit: Visit, trip: TripId) -> Response[Any]:
        shown = await shown_trip(visit, trip)
        if not shown.may_change:
            raise NotFound
        state = visit.form(Stop)
        row, last = shown.row, next(reversed(shown.row.itinerary), None)
        begins = _first_hour(row) if last is None else last.ends_at
        return shown.page(
            visit,
            "trips/new_item.html",
            names=await visit.names([row.team]),
            form=state,
            begins=as_field(begins, row.timezone),
            ends=as_field(begins and begins + timedelta(hours=1), row.timezone),
            item=None,
            twice=_twice(state, shown, None),
            zones=OFFERED_ZONES,
        )

    async def _show(self, visit: Visit, item: ItemId) -> Response[Any]:
        shown = await shown_trip(visit, await trip_of_item(visit.reader, item))
        found = only(one for one in shown.row.itinerary if one.id == item)
        types = [ItineraryItemAdded, ItineraryItemChanged, ItineraryItemRemoved]
        stamps = await visit.stamps(Selector(types=types, tags=[item]))
        state = visit.form(Stop)
        day = next(one for one in days_of_trip(shown.row, visit.language) if any(s.item.id == item for s in one.stops))
        return shown.page(
            visit,
            "trips/item.html",
            names=await visit.names({shown.row.team, *stamps.actors()}),
            has_past=True,
            live=item,
            item=found,
            day=day.on,
            stop=next(one for one in day.stops if one.item.id == item),
            stamps=stamps,
            form=state,
            begins=as_field(found.starts_at, found.timezone),
            ends=as_field(found.ends_at, found.timezone),
            twice=_twice(state, shown, found),
            zones=OFFERED_ZONES,
            removal=visit.form(Removal),
        )


def _first_hour(row: Trip) -> datetime | None:
    """Nine o'clock on the first day, once that is fixed."""
    return None if row.starts_on is None else datetime.combine(row.starts_on, time(9), ZoneInfo(row.timezone))


async def _is_done(attempt: Attempt) -> bool:
    """Whether this very form was recorded before: it is sent twice, and changed nothing of somebody else's."""
    return attempt.once is not None and await attempt.visit.kring.commands.receipt_of(attempt.once) is not None


def _twice(state: FormState, shown: ShownTrip, item: Item | None) -> dict[str, str]:
    """The fields with a time that clocks show twice, with the turn that is chosen at first."""
    entered_zone = state.value("timezone", "" if item is None else item.timezone)
    zone = entered_zone if entered_zone in zones() else shown.row.timezone
    starts, ends = (None, None) if item is None else (item.starts_at, item.ends_at)
    return turns_asked(state, zone, starts=starts, ends=ends)
