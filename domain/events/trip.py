"""Events of study trips and their bookings (rule 13)."""

from datetime import date, datetime
from typing import Literal

from msgspec import Struct

from domain.foundation import (
    BookingId,
    Event,
    Money,
    Nobody,
    OptionId,
    OrganisationId,
    PersonId,
    ProgrammeId,
    Span,
    TeamId,
    Text,
    TripId,
    Words,
    ZoneName,
)

GuestRole = Literal["participant", "facilitator", "commissioner"]


class OfTrip(Event, frozen=True, kw_only=True):
    """Base of events about a trip; its texts are sealed with the work of its CoP."""

    TAGS = ("trip", "team", "programme")
    KEY = "team"

    trip: TripId
    team: TeamId
    programme: ProgrammeId


class TripIdeaProposed(OfTrip, frozen=True, kw_only=True):
    """A member proposed a study trip. `timezone`: the programme's, in which the trip's days are counted."""

    TOPIC = "trip.idea_proposed"
    AUDIENCE = Nobody(because="until its date is fixed a trip is the CoP's own")
    REACH = "team"
    SUMMARY = Text(
        en="{member} proposed a study trip to {destination}: {theme}.",
        nl="{member} stelde een studiereis voor naar {destination}: {theme}.",
    )

    organisation: OrganisationId | None
    member: PersonId
    theme: Words
    destination: Words
    timezone: ZoneName


class GuestInvited(OfTrip, frozen=True, kw_only=True):
    """A member invited somebody from outside the CoP to travel along (rule 13).

    `role`: a participant of another CoP, the facilitator, or a commissioner of the challenge, then for `organisation`.
    """

    TOPIC = "trip.guest_invited"
    TAGS = ("trip", "person", "team", "programme")
    AUDIENCE = Nobody(because="guests are a matter of the CoP and of those invited")
    REACH = "team"
    SUMMARY = Text(
        en="{member} invited {person} on the study trip.", nl="{member} nodigde {person} uit voor de studiereis."
    )

    member: PersonId
    person: PersonId
    role: GuestRole
    organisation: OrganisationId | None


class DateFixed(OfTrip, frozen=True, kw_only=True):
    """A member fixed, or changed, the date of a trip: first and last day."""

    TOPIC = "trip.date_fixed"
    AUDIENCE = ("organisation",)
    REACH = "team"
    SUMMARY = Text(
        en="{member} fixed the date of the study trip: {span}.",
        nl="{member} legde de datum van de studiereis vast: {span}.",
    )

    organisation: OrganisationId | None
    member: PersonId
    option: OptionId
    starts_on: date
    ends_on: date

    @property
    def span(self) -> Span:
        """First and last day."""
        return Span(self.starts_on, self.ends_on)


class TripBooked(OfTrip, frozen=True, kw_only=True):
    """Everything required was confirmed, or a member declared that there is nothing to book (`declared`)."""

    TOPIC = "trip.booked"
    AUDIENCE = ("organisation",)
    REACH = "team"
    SUMMARY = Text(en="The study trip is booked.", nl="De studiereis is geboekt.")

    organisation: OrganisationId | None
    member: PersonId
    declared: bool


class TripCompleted(OfTrip, frozen=True, kw_only=True):
    """The trip was made. `learnings`: the lessons that the CoP drew from it."""

    TOPIC = "trip.completed"
    AUDIENCE = ("organisation",)
    REACH = "team"
    SUMMARY = Text(en="The study trip took place.", nl="De studiereis vond plaats.")

    organisation: OrganisationId | None
    member: PersonId
    learnings: Words


class TripCancelled(OfTrip, frozen=True, kw_only=True):
    """The trip was cancelled; the reason is sealed."""

    TOPIC = "trip.cancelled"
    AUDIENCE = ("organisation",)
    REACH = "team"
    SUMMARY = Text(en="{member} cancelled the study trip.", nl="{member} zegde de studiereis af.")

    organisation: OrganisationId | None
    member: PersonId


class Payer(Struct, frozen=True, forbid_unknown_fields=True):
    """The payer: either a person or an organisation."""

    person_id: PersonId | None = None
    organisation_id: OrganisationId | None = None


class OfBooking(OfTrip, frozen=True, kw_only=True):
    """Base of events about a booking. `member`: the person who recorded it."""

    TAGS = ("booking", "trip", "team", "programme")

    booking: BookingId
    member: PersonId


class BookingRequested(OfBooking, frozen=True, kw_only=True):
    """A booking was requested from a supplier. `required`: without it the trip is not booked.

    `replaces`: the booking that it replaces, if any.
    """

    TOPIC = "trip.booking_requested"
    VERSION = 2
    AUDIENCE = Nobody(because="bookings are the CoP's own")
    REACH = "team"
    SUMMARY = Text(
        en="{member} requested a booking from {supplier}.", nl="{member} vroeg een boeking aan bij {supplier}."
    )

    kind: Words
    supplier: Words
    amount: Money
    payer: Payer
    required: bool
    free_cancellation_until: datetime | None
    replaces: BookingId | None = None


class BookingConfirmed(OfBooking, frozen=True, kw_only=True):
    """The supplier confirmed the booking under this reference."""

    TOPIC = "trip.booking_confirmed"
    AUDIENCE = Nobody(because="bookings are the CoP's own")
    REACH = "team"
    SUMMARY = Text(en="{booking} was confirmed.", nl="{booking} werd bevestigd.")

    reference: Words


class BookingFailed(OfBooking, frozen=True, kw_only=True):
    """The supplier could not deliver; the reason is sealed."""

    TOPIC = "trip.booking_failed"
    AUDIENCE = Nobody(because="bookings are the CoP's own")
    REACH = "team"
    SUMMARY = Text(en="{booking} failed.", nl="{booking} mislukte.")

    required: bool


class BookingCancelled(OfBooking, frozen=True, kw_only=True):
    """A booking was cancelled; the reason is sealed. `refund`: the amount that is paid back."""

    TOPIC = "trip.booking_cancelled"
    AUDIENCE = Nobody(because="bookings are the CoP's own")
    REACH = "team"
    SUMMARY = Text(en="{booking} was cancelled.", nl="{booking} werd geannuleerd.")

    required: bool
    refund: Money | None
