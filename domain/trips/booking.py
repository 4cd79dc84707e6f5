"""The bookings of a trip (rule 13)."""

from datetime import datetime

from domain.events.trip import (
    BookingCancelled,
    BookingConfirmed,
    BookingFailed,
    BookingRequested,
    Payer,
)
from domain.foundation import (
    BookingId,
    Caller,
    Money,
    NotFound,
    Refusal,
    TeamId,
    Text,
    TripId,
    Words,
)
from domain.people.people import KnownOrganisations, KnownPeople, UnknownOrganisation, UnknownPerson
from domain.teams.team import TeamCommand
from domain.trips.trip import Bookings, TripAccess, TripOver, TripState

# Refusals


class OnePayer(Refusal):
    """A booking has one payer: a person or an organisation."""

    CODE = "one-payer"
    STATUS = 422
    TEXT = Text(
        en="Name who pays: a person or an organisation, not both.",
        nl="Noem wie betaalt: een persoon of een organisatie, niet allebei.",
    )


class UnknownBooking(Refusal):
    """A request may only name bookings of its trip."""

    CODE = "unknown-booking"
    STATUS = 422
    TEXT = Text(en="This trip has no such booking.", nl="Deze boeking hoort niet bij deze reis.")


class NotRequested(Refusal):
    """A requested booking is confirmed or fails, once."""

    CODE = "booking-not-requested"
    TEXT = Text(en="This booking has already been settled.", nl="Deze boeking is al afgehandeld.")


class BookingGone(Refusal):
    """A booking that failed or was cancelled cannot be cancelled."""

    CODE = "booking-gone"
    TEXT = Text(en="This booking failed or was cancelled.", nl="Deze boeking is mislukt of geannuleerd.")


class RefundTooHigh(Refusal):
    """A refund is in the booking's currency and at most its amount."""

    CODE = "refund-too-high"
    STATUS = 422
    TEXT = Text(
        en="A refund must be in the currency of the booking, and at most its amount.",
        nl="Een terugbetaling moet in de valuta van de boeking zijn, en hoogstens het bedrag ervan.",
    )


# Knowledge


def require_booking(booking: BookingId, bookings: Bookings) -> BookingRequested:
    """Return the booking as it was requested. Raises `NotFound` if the trip has no such booking."""
    if booking not in bookings.requested:
        raise NotFound
    return bookings.requested[booking]


def require_requested(booking: BookingId, bookings: Bookings) -> BookingRequested:
    """Return the booking if it is still requested. Raises `NotFound`, or `NotRequested` if it was settled."""
    requested = require_booking(booking, bookings)
    if booking in bookings.confirmed | bookings.dropped:
        raise NotRequested
    return requested


# Commands


class RequestBooking(TeamCommand):
    """Record a booking requested from a supplier; maybe instead of one that was dropped, or will be (rule 13)."""

    def __init__(
        self,
        booking: BookingId,
        *,
        trip: TripId,
        kind: Words,
        supplier: Words,
        amount: Money,
        payer: Payer,
        required: bool = True,
        free_cancellation_until: datetime | None = None,
        replaces: BookingId | None = None,
        by: Caller,
    ) -> None:
        super().__init__(by)
        self.booking, self.trip, self.kind, self.supplier = booking, trip, kind, supplier
        self.amount, self.payer, self.required = amount, payer, required
        self.free_cancellation_until, self.replaces = free_cancellation_until, replaces
        self.trip_state = TripState(self.rights.teams, trip)
        self.access = TripAccess(self.rights, self.trip_state)
        self.known_people = KnownPeople(payer.person_id)
        self.known_organisations = KnownOrganisations(payer.organisation_id)

    def execute(self) -> None:
        idea, member = self.access.require_member_while_active()
        self._require_payer(self.payer)
        if self.replaces is not None and self.replaces not in self.trip_state.bookings.requested:
            raise UnknownBooking(field="replaces_id")
        self.record(
            BookingRequested(
                booking=self.booking,
                trip=self.trip,
                team=idea.team,
                programme=idea.programme,
                member=member,
                kind=self.kind,
                supplier=self.supplier,
                amount=self.amount,
                payer=self.payer,
                required=self.required,
                free_cancellation_until=self.free_cancellation_until,
                replaces=self.replaces,
            )
        )

    def _require_payer(self, payer: Payer) -> None:
        """Raises `OnePayer`, `UnknownPerson` or `UnknownOrganisation`."""
        if (payer.person_id is None) == (payer.organisation_id is None):
            raise OnePayer(field="payer")
        if payer.person_id is not None and payer.person_id not in self.known_people:
            raise UnknownPerson(field="payer")
        if payer.organisation_id is not None and payer.organisation_id not in self.known_organisations:
            raise UnknownOrganisation(field="payer")


class ConfirmBooking(TeamCommand):
    """Record that the supplier confirmed; if nothing else is required, the trip is booked (rule 13)."""

    def __init__(self, booking: BookingId, *, trip: TripId, reference: Words, by: Caller) -> None:
        super().__init__(by)
        self.booking, self.trip, self.reference = booking, trip, reference
        self.trip_state = TripState(self.rights.teams, trip)
        self.access = TripAccess(self.rights, self.trip_state, visible_to_guests=False)

    def execute(self) -> None:
        idea, member = self.access.require_member_while_active()
        require_requested(self.booking, self.trip_state.bookings)
        self.record(
            BookingConfirmed(
                booking=self.booking,
                trip=self.trip,
                team=idea.team,
                programme=idea.programme,
                member=member,
                reference=self.reference,
            )
        )
        if self.trip_state.is_newly_booked():
            self.record(self.trip_state.as_booked(member, declared=False))


class FailBooking(TeamCommand):
    """Record that the supplier refused, with a reason; the trip remains booked if another booking replaced it (rule 13)."""

    def __init__(self, booking: BookingId, *, trip: TripId, team: TeamId, by: Caller) -> None:
        super().__init__(by, team)
        self.booking, self.trip, self.team = booking, trip, team
        self.trip_state = TripState(self.rights.teams, trip)
        self.access = TripAccess(self.rights, self.trip_state, visible_to_guests=False)

    def execute(self) -> None:
        idea, member = self.access.require_person_winding_up(self.team)
        requested = require_requested(self.booking, self.trip_state.bookings)
        if self.trip_state.completed:
            raise TripOver
        self.require_reason()
        self.record(
            BookingFailed(
                booking=self.booking,
                trip=self.trip,
                team=idea.team,
                programme=idea.programme,
                member=member,
                required=requested.required,
            )
        )
        if self.trip_state.is_newly_booked():
            self.record(self.trip_state.as_booked(member, declared=False))


class CancelBooking(TeamCommand):
    """Cancel a booking, with a reason; also of a cancelled trip, and after the CoP has ended.

    Without a required booking the trip is *booking* again, unless another booking replaced it (rule 13).
    """

    def __init__(
        self, booking: BookingId, *, trip: TripId, team: TeamId, refund: Money | None = None, by: Caller
    ) -> None:
        super().__init__(by, team)
        self.booking, self.trip, self.team, self.refund = booking, trip, team, refund
        self.trip_state = TripState(self.rights.teams, trip)
        self.access = TripAccess(self.rights, self.trip_state, visible_to_guests=False)

    def execute(self) -> None:
        idea, member = self.access.require_person_winding_up(self.team)
        requested = require_booking(self.booking, self.trip_state.bookings)
        if self.booking in self.trip_state.bookings.dropped:
            raise BookingGone
        if self.trip_state.completed:
            raise TripOver
        self.require_reason()
        if self.refund is not None and not self._fits(self.refund, requested.amount):
            raise RefundTooHigh(field="refund")
        self.record(
            BookingCancelled(
                booking=self.booking,
                trip=self.trip,
                team=idea.team,
                programme=idea.programme,
                member=member,
                required=requested.required,
                refund=self.refund,
            )
        )
        if self.trip_state.is_newly_booked():
            self.record(self.trip_state.as_booked(member, declared=False))

    @staticmethod
    def _fits(refund: Money, amount: Money) -> bool:
        return refund.currency == amount.currency and refund.amount_minor <= amount.amount_minor
