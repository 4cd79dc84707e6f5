"""Bookings for a study trip, over HTTP."""

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from domain.events.trip import Payer
from domain.foundation import BookingId, Money, TripId, Words
from domain.trips.booking import CancelBooking, ConfirmBooking, FailBooking, RequestBooking
from projections.trips import BOOKINGS, BOOKINGS_OF_TRIP, Booking
from service.api.http.bodies import At, Body, Title
from service.api.requests.request_context import RequestContext
from service.reading.options import ListOptions, Page, ReadOptions
from service.reading.permissions import team_rights
from service.reading.reader import Reader
from service.reading.trips import trip_with_bookings


class NewBooking(Body, kw_only=True):
    """A booking to request. `required`: the trip is not booked without it. `replaces_id`: the booking that it replaces."""

    kind: Title
    supplier: Title
    amount: Money
    payer: Payer
    required: bool = True
    free_cancellation_until: At | None = None
    replaces_id: BookingId | None = None


class Confirmation(Body, kw_only=True):
    """The supplier's reference of a confirmed booking."""

    reference: Title


class Cancellation(Body):
    """The refund of a cancelled booking. Needs a `reason`."""

    refund: Money | None = None


async def booking_from_log(reader: Reader, booking: BookingId) -> Booking:
    """The booking as the log has it now. Raises `NotFound`."""
    return await reader.existing_row(BOOKINGS, booking)


class BookingsOfTrip(Controller):
    path = "/trips/{trip:str}/bookings"
    tags = ("Trips",)

    @post()
    async def ask(
        self, trip: FromPath[TripId], data: JSONBody[NewBooking], context: NamedDependency[RequestContext]
    ) -> Response[Booking]:
        """Request a booking."""
        return await context.create(
            "booking",
            data,
            lambda new, by: RequestBooking(
                new,
                trip=trip,
                kind=Words(data.kind),
                supplier=Words(data.supplier),
                amount=data.amount,
                payer=data.payer,
                required=data.required,
                free_cancellation_until=data.free_cancellation_until,
                replaces=data.replaces_id,
                by=by,
            ),
            BOOKINGS,
        )

    @get()
    async def list_all(
        self, trip: FromPath[TripId], reader: NamedDependency[Reader], listing: NamedDependency[ListOptions]
    ) -> Page[Booking]:
        """List the bookings of a trip."""
        await trip_with_bookings(reader, trip, listing.reading)
        return await reader.page(BOOKINGS, BOOKINGS_OF_TRIP, trip, listing=listing, scope=trip)


class Bookings(Controller):
    path = "/bookings/{booking:str}"
    tags = ("Trips",)

    @get()
    async def show(
        self, booking: FromPath[BookingId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> Booking:
        """Show a booking."""
        rights = await team_rights(reader)
        return await reader.visible_row(BOOKINGS, booking, lambda _, row: rights.can_see_work(row), reading)

    @post("/confirmation", status_code=200)
    async def confirm(
        self, booking: FromPath[BookingId], data: JSONBody[Confirmation], context: NamedDependency[RequestContext]
    ) -> Response[Booking]:
        """Record that the supplier confirmed a booking."""
        row = await booking_from_log(context.reader, booking)
        return await context.execute(
            data,
            lambda by: ConfirmBooking(booking, trip=row.trip, reference=Words(data.reference), by=by),
            BOOKINGS,
            booking,
        )

    @post("/failure", status_code=200)
    async def fail(
        self, booking: FromPath[BookingId], context: NamedDependency[RequestContext], data: JSONBody[Body | None] = None
    ) -> Response[Booking]:
        """Record, with a reason, that a booking failed."""
        row = await booking_from_log(context.reader, booking)
        return await context.execute(
            data, lambda by: FailBooking(booking, trip=row.trip, team=row.team, by=by), BOOKINGS, booking
        )

    @post("/cancellation", status_code=200)
    async def cancel(
        self,
        booking: FromPath[BookingId],
        context: NamedDependency[RequestContext],
        data: JSONBody[Cancellation | None] = None,
    ) -> Response[Booking]:
        """Cancel a booking, with a reason."""
        row, refund = await booking_from_log(context.reader, booking), data.refund if data else None
        return await context.execute(
            data,
            lambda by: CancelBooking(booking, trip=row.trip, team=row.team, refund=refund, by=by),
            BOOKINGS,
            booking,
        )
