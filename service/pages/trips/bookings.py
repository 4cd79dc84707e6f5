"""Bookings for a study trip: requesting one, and its steps."""

from typing import Annotated, Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from domain.events.trip import BookingCancelled, BookingConfirmed, BookingFailed, BookingRequested, Payer
from domain.foundation import (
    BookingId,
    Currency,
    Language,
    Money,
    NotFound,
    OrganisationId,
    PersonId,
    Selector,
    Text,
    TripId,
    Words,
    ZoneName,
)
from domain.trips.booking import CancelBooking, ConfirmBooking, FailBooking, RequestBooking
from projections.people import ALL_ORGANISATIONS, ORGANISATIONS
from projections.trips import BOOKINGS, BOOKINGS_OF_TRIP, Booking
from service.api.http.bodies import Prose, Title
from service.pages.fields.amounts import amount_of, currencies
from service.pages.fields.local_times import Turn, is_shown_twice, local_time
from service.pages.frame.forms import Form, labelled
from service.pages.frame.visit import Attempt, Visit
from service.pages.trips.shown import named, shown_trip
from service.reading.options import ListOptions
from service.reading.permissions import team_rights
from service.reading.trips import trip_from_log
from service.store.log.types import Receipt

MAX_ORGANISATIONS = 100
MAX_REPLACED = 50
AMOUNT = Text(en="For example 12.50.", nl="Bijvoorbeeld 12,50.")


class NewBooking(Form, kw_only=True):
    """A booking to request."""

    kind: Annotated[
        Title, labelled("What you book", "Wat je boekt", Text(en="For example a hotel.", nl="Bijvoorbeeld een hotel."))
    ]
    supplier: Annotated[Title, labelled("From whom", "Bij wie")]
    amount: Annotated[str, labelled("Amount", "Bedrag", AMOUNT)]
    currency: Annotated[Currency, labelled("Currency", "Valuta")]
    payer: Annotated[str, labelled("Who pays", "Wie betaalt")]
    required: Annotated[bool, labelled("Needed for the trip", "Nodig voor de reis")] = False
    free_until: (
        Annotated[
            str,
            labelled(
                "Free of charge to cancel until",
                "Kosteloos te annuleren tot",
                Text(en="In the time zone of the trip.", nl="In de tijdzone van de reis."),
            ),
        ]
        | None
    ) = None
    free_turn: Annotated[Turn, labelled("Which one", "Welke keer")] | None = None
    replaces_id: (
        Annotated[
            BookingId,
            labelled(
                "Instead of",
                "In plaats van",
                Text(
                    en="A booking that failed or that you will cancel.",
                    nl="Een boeking die mislukte of die je annuleert.",
                ),
            ),
        ]
        | None
    ) = None

    def command(self, new: BookingId, trip: TripId, timezone: ZoneName, attempt: Attempt) -> RequestBooking:
        """The command that requests it. Raises refusals of amounts and times."""
        until = self.free_until
        return RequestBooking(
            new,
            trip=trip,
            kind=Words(self.kind),
            supplier=Words(self.supplier),
            amount=amount_of(self.amount, self.currency, attempt.visit.language, "amount"),
            payer=_payer(self.payer),
            required=self.required,
            free_cancellation_until=None
            if until is None
            else local_time(until, timezone, "free_until", self.free_turn),
            replaces=self.replaces_id,
            by=attempt.by,
        )


class Confirmation(Form):
    """The reference of the supplier."""

    reference: Annotated[
        Title,
        labelled(
            "Reference", "Kenmerk", Text(en="As the supplier gave it to you.", nl="Zoals de leverancier het je gaf.")
        ),
    ]


class Failure(Form):
    """The reason for which a supplier refused."""

    reason: Annotated[Prose, labelled("Why it failed", "Waarom het mislukte")]


class Cancellation(Form):
    """The reason for a cancellation, and what is paid back."""

    reason: Annotated[Prose, labelled("Why you cancel it", "Waarom je annuleert")]
    refund: (
        Annotated[
            str,
            labelled(
                "Paid back",
                "Terugbetaald",
                Text(en="In the currency of the booking.", nl="In de valuta van de boeking."),
            ),
        ]
        | None
    ) = None

    def money(self, currency: Currency, language: Language) -> Money | None:
        """The refund. Raises refusals of amounts."""
        return None if self.refund is None else amount_of(self.refund, currency, language, "refund")


class BookingPages(Controller):
    """Pages about bookings."""

    path = "/"

    @get("/trips/{trip:str}/bookings")
    async def new(self, visit: NamedDependency[Visit], trip: FromPath[TripId]) -> Response[Any]:
        """Show the form that requests a booking."""
        return await self._new(visit, trip)

    @post("/trips/{trip:str}/bookings")
    async def request(self, visit: NamedDependency[Visit], trip: FromPath[TripId]) -> Response[Any]:
        """Request a booking."""

        async def perform(form: NewBooking, attempt: Attempt) -> Receipt:
            timezone = (await trip_from_log(visit.reader, trip)).timezone
            command = form.command(attempt.new, trip, timezone, attempt)
            return await attempt.execute(lambda: command)

        return await visit.perform(
            NewBooking, perform, creates="booking", then=f"/trips/{trip}#bookings", again=lambda: self._new(visit, trip)
        )

    @get("/bookings/{booking:str}")
    async def show(self, visit: NamedDependency[Visit], booking: FromPath[BookingId]) -> Response[Any]:
        """Show a booking and its steps."""
        return await self._show(visit, booking)

    @post("/bookings/{booking:str}/confirmation")
    async def confirm(self, visit: NamedDependency[Visit], booking: FromPath[BookingId]) -> Response[Any]:
        """Record that the supplier confirmed."""

        async def perform(form: Confirmation, attempt: Attempt) -> Receipt:
            row = await _from_log(visit, booking)
            return await attempt.execute(
                lambda: ConfirmBooking(booking, trip=row.trip, reference=Words(form.reference), by=attempt.by)
            )

        return await visit.perform(
            Confirmation, perform, then=f"/bookings/{booking}", again=lambda: self._show(visit, booking)
        )

    @post("/bookings/{booking:str}/failure")
    async def fail(self, visit: NamedDependency[Visit], booking: FromPath[BookingId]) -> Response[Any]:
        """Record, with a reason, that a booking failed."""

        async def perform(form: Failure, attempt: Attempt) -> Receipt:
            row = await _from_log(visit, booking)
            by = visit.because(attempt.by, form.reason)
            return await attempt.execute(lambda: FailBooking(booking, trip=row.trip, team=row.team, by=by))

        return await visit.perform(
            Failure, perform, then=f"/bookings/{booking}", again=lambda: self._show(visit, booking)
        )

    @post("/bookings/{booking:str}/cancellation")
    async def cancel(self, visit: NamedDependency[Visit], booking: FromPath[BookingId]) -> Response[Any]:
        """Cancel a booking, with a reason."""

        async def perform(form: Cancellation, attempt: Attempt) -> Receipt:
            row = await _from_log(visit, booking)
            by, refund = visit.because(attempt.by, form.reason), form.money(row.amount.currency, visit.language)
            return await attempt.execute(
                lambda: CancelBooking(booking, trip=row.trip, team=row.team, refund=refund, by=by)
            )

        return await visit.perform(
            Cancellation, perform, then=f"/bookings/{booking}", again=lambda: self._show(visit, booking)
        )

    async def _new(self, visit: Visit, trip: TripId) -> Response[Any]:
        shown = await shown_trip(visit, trip)
        if not shown.may_change:
            raise NotFound
        others = await visit.reader.page(BOOKINGS, BOOKINGS_OF_TRIP, trip, listing=ListOptions(limit=MAX_REPLACED))
        organisations = await visit.reader.page(
            ORGANISATIONS, ALL_ORGANISATIONS, listing=ListOptions(limit=MAX_ORGANISATIONS)
        )
        names = await visit.names(shown.people())
        state = visit.form(NewBooking)
        return shown.page(
            visit,
            "trips/new_booking.html",
            names=names,
            form=state,
            payers=[*named(shown.travellers, names), *sorted((one.id, one.name) for one in organisations.items)],
            currencies=currencies(visit.language),
            others=[(one.id, f"{one.supplier.text or '…'}, {one.kind.text or '…'}") for one in others.items],
            twice=is_shown_twice(state.value("free_until"), shown.row.timezone),
        )

    async def _show(self, visit: Visit, booking: BookingId) -> Response[Any]:
        rights = await team_rights(visit.reader)
        row = await visit.reader.visible_row(BOOKINGS, booking, lambda _, one: rights.can_see_work(one), visit.reading)
        shown = await shown_trip(visit, row.trip)
        types = [BookingRequested, BookingConfirmed, BookingFailed, BookingCancelled]
        stamps = await visit.stamps(Selector(types=types, tags=[booking]))
        payer = row.payer.person_id or row.payer.organisation_id or ""
        return shown.page(
            visit,
            "trips/booking.html",
            names=await visit.names({*shown.people(), *stamps.actors(), payer, row.replaces or ""}),
            has_past=True,
            live=booking,
            booking=row,
            payer=payer,
            stamps=stamps,
            confirmation=visit.form(Confirmation),
            failure=visit.form(Failure),
            cancellation=visit.form(Cancellation),
        )


async def _from_log(visit: Visit, booking: BookingId) -> Booking:
    return await visit.reader.existing_row(BOOKINGS, booking)


def _payer(chosen: str) -> Payer:
    """The payer that was chosen; the domain refuses one that does not exist."""
    if chosen.startswith("organisation_"):
        return Payer(organisation_id=OrganisationId(chosen))
    return Payer(person_id=PersonId(chosen))
