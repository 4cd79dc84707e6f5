"""Booking what a trip needs (rule 13). The events stand in `trip.py`, since they decide whether a trip is booked."""

from datetime import datetime

from domain.events.people import OrganisationRegistered, PersonRegistered
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
    OrganisationId,
    PersonId,
    Refusal,
    Selector,
    TeamId,
    Text,
    TripId,
    Words,
    applies,
)
from domain.people.people import UnknownOrganisation, UnknownPerson
from domain.trips.trip import OnTrip, TripOver, WindingUp

# Refusals


class OnePayer(Refusal):
    """A person or an organisation pays, one of them."""

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
    TEXT = Text(en="This trip has no such booking.", nl="Deze reis heeft zo'n boeking niet.")


class NotRequested(Refusal):
    """Requested → confirmed or failed, once."""

    CODE = "booking-not-requested"
    TEXT = Text(en="This booking was settled before.", nl="Deze boeking is al afgehandeld.")


class BookingGone(Refusal):
    """What failed or was cancelled cannot be cancelled."""

    CODE = "booking-gone"
    TEXT = Text(en="This booking failed or was cancelled.", nl="Deze boeking is mislukt of geannuleerd.")


class RefundTooHigh(Refusal):
    """What comes back is in the booking's currency and no more than was paid."""

    CODE = "refund-too-high"
    STATUS = 422
    TEXT = Text(
        en="A refund is in the same currency and at most the amount.",
        nl="Een terugbetaling is in dezelfde valuta en hoogstens het bedrag.",
    )


# Commands


class RequestBooking(OnTrip):
    """Ask for something at a supplier; maybe instead of what fell away, or will (rule 13)."""

    known_payer: bool = False

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
        super().__init__()
        self.booking, self.trip, self.kind, self.supplier, self.by = booking, trip, kind, supplier, by
        self.amount, self.payer, self.is_required = amount, payer, required
        self.free_cancellation_until, self.replaces = free_cancellation_until, replaces

    def consistency_boundary(self) -> list[Selector]:
        payers = [one for one in (self.payer.person_id, self.payer.organisation_id) if one is not None]
        types = [PersonRegistered, OrganisationRegistered]
        return [*super().consistency_boundary(), *(Selector(types=types, tags=[one]) for one in payers)]

    @applies(PersonRegistered)
    def _(self, person: PersonId) -> None:
        self.known_payer |= person == self.payer.person_id

    @applies(OrganisationRegistered)
    def _(self, organisation: OrganisationId) -> None:
        self.known_payer |= organisation == self.payer.organisation_id

    def execute(self) -> None:
        idea, member = self.require_ahead()
        if (self.payer.person_id is None) == (self.payer.organisation_id is None):
            raise OnePayer(field="payer")
        if not self.known_payer:
            raise (UnknownOrganisation if self.payer.person_id is None else UnknownPerson)(field="payer")
        if self.replaces is not None and self.replaces not in self.requested:
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
                required=self.is_required,
                free_cancellation_until=self.free_cancellation_until,
                replaces=self.replaces,
            )
        )


class OnBooking(OnTrip):
    """What is known of one booking of a trip. Bookings are the members' own: guests do not know of them."""

    SEEN_BY_GUESTS = False

    def __init__(self, booking: BookingId, *, trip: TripId, by: Caller) -> None:
        super().__init__()
        self.booking, self.trip, self.by = booking, trip, by

    def require_booking(self) -> BookingRequested:
        """Raises `NotFound` where the trip has none."""
        if self.booking not in self.requested:
            raise NotFound
        return self.requested[self.booking]

    def require_requested(self) -> BookingRequested:
        """Raises `NotRequested` for a booking that was confirmed, failed or cancelled."""
        requested = self.require_booking()
        if self.booking in self.confirmed | self.dropped:
            raise NotRequested
        return requested


class ConfirmBooking(OnBooking):
    """The supplier confirmed; if nothing else is required, the trip is booked (rule 13)."""

    def __init__(self, booking: BookingId, *, trip: TripId, reference: Words, by: Caller) -> None:
        super().__init__(booking, trip=trip, by=by)
        self.reference = reference

    def execute(self) -> None:
        idea, member = self.require_ahead()
        self.require_requested()
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
        self.record_if_booked(member)


class DroppingBooking(OnBooking, WindingUp):
    """What is known where a booking falls away. `team`: the trip's."""

    def __init__(self, booking: BookingId, *, trip: TripId, team: TeamId, by: Caller) -> None:
        super().__init__(booking, trip=trip, by=by)
        self.team = team


class FailBooking(DroppingBooking):
    """The supplier could not, for this reason; the trip stays booked where another booking came instead (rule 13)."""

    def execute(self) -> None:
        idea, member = self.require_somebody_winding_up()
        requested = self.require_requested()
        if self.completed:
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
        self.record_if_booked(member)


class CancelBooking(DroppingBooking):
    """Give a booking up, for this reason; of a cancelled trip, and of a CoP that has ended, as well.

    What is required and gone makes a trip *booking* again, unless another booking came instead (rule 13).
    """

    def __init__(
        self, booking: BookingId, *, trip: TripId, team: TeamId, refund: Money | None = None, by: Caller
    ) -> None:
        super().__init__(booking, trip=trip, team=team, by=by)
        self.refund = refund

    def execute(self) -> None:
        idea, member = self.require_somebody_winding_up()
        requested = self.require_booking()
        if self.booking in self.dropped:
            raise BookingGone
        if self.completed:
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
        self.record_if_booked(member)

    @staticmethod
    def _fits(refund: Money, amount: Money) -> bool:
        return refund.currency == amount.currency and refund.amount_minor <= amount.amount_minor
