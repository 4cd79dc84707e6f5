"""The page of one study trip, with its short forms."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

from litestar import Response

from domain.foundation import Text, TripId
from domain.trips.trip import Bookings
from projections.trips import BOOKINGS, BOOKINGS_OF_TRIP, Booking
from service.api.http.bodies import Prose
from service.pages.frame.forms import Form, labelled
from service.pages.frame.visit import Visit
from service.pages.trips.costs import Repayment, costs_of
from service.pages.trips.shown import ShownTrip, days_of_trip, shown_trip, stamps_of
from service.reading.options import ListOptions, Page

MAX_BOOKINGS = 30
"""Bookings on one page of a trip."""


class Learnings(Form):
    """The learnings of a CoP from its trip."""

    learnings: Annotated[
        Prose,
        labelled(
            "What you learnt",
            "Wat jullie leerden",
            Text(en="Your commissioner reads this too.", nl="Jullie opdrachtgever leest dit ook."),
        ),
    ]


class Reason(Form):
    """A reason."""

    reason: Annotated[Prose, labelled("Reason", "Reden")]


class Nothing(Form):
    """A form of one button."""


async def show(visit: Visit, trip: TripId) -> Response[Any]:
    """The page of a trip."""
    shown = await shown_trip(visit, trip)
    bookings = await _bookings(visit, shown)
    stamps = await stamps_of(visit, trip)
    costs = await costs_of(visit, shown)
    debtors = {one.person for each in costs.settlements for one in each.balances}
    payers = {one.payer.person_id or one.payer.organisation_id or "" for one in bookings.items}
    return shown.page(
        visit,
        "trips/trip.html",
        names=await visit.names({*shown.people(), *payers, *debtors, *stamps.actors()}),
        has_past=True,
        live=trip,
        stamps=stamps,
        itinerary=days_of_trip(shown.row, visit.language),
        bookings=bookings,
        costs=costs,
        to_confirm=[one for one in bookings.items if one.required and one.status == "requested"],
        unmet=await _unmet(visit, shown, bookings.items),
        booked=visit.form(Nothing, "booked"),
        learnings=visit.form(Learnings),
        cancellation=visit.form(Reason, "cancellation"),
        repayment=visit.form(Repayment),
        repayment_of=partial(visit.form, Repayment),
    )


async def _bookings(visit: Visit, shown: ShownTrip) -> Page[Booking]:
    """The bookings of a trip, which its guests may not see."""
    if not shown.sees_work:
        return Page([], None)
    cursor, trip = visit.request.query_params.get("bookings", ""), shown.row.id
    listing = ListOptions(cursor, MAX_BOOKINGS, visit.reading.at_least, visit.reading.as_of)
    return await visit.reader.page(BOOKINGS, BOOKINGS_OF_TRIP, trip, listing=listing, scope=trip)


async def _unmet(visit: Visit, shown: ShownTrip, bookings: Sequence[Booking]) -> list[Booking]:
    """The required bookings that were dropped, and that nothing replaces yet: until then the trip is not booked (rule 13)."""
    if not shown.may_change or shown.row.status not in {"date_fixed", "booking"}:
        return []
    found, _ = await visit.kring.commands.load(Bookings(shown.row.id))
    return [one for one in bookings if one.id in found.unmet]
