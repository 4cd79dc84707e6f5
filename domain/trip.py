"""Study trips, decided and arranged by the members of a CoP (rule 13): the idea, what is fixed and booked, the end.

The date poll is in `trip_dates.py`, the itinerary in `itinerary.py`, bookings in `booking.py`, costs in `expense.py`.
"""

from datetime import date, datetime

from msgspec import Struct

from domain.foundation import (
    AsIs,
    BookingId,
    Caller,
    Code,
    Fact,
    Money,
    Nobody,
    NotAllowed,
    NotFound,
    OptionId,
    OrganisationId,
    PersonId,
    ProgrammeId,
    Refusal,
    Selector,
    Span,
    TeamId,
    Text,
    TripId,
    Words,
    learns,
)
from domain.programme import InProgramme
from domain.team import InTeam, TeamWork

# Facts of the trip


class OfTrip(Fact, frozen=True, kw_only=True):
    """Base of what is recorded of a trip; its texts are sealed with the work of its CoP."""

    CONCERNS = ("trip", "team", "programme")
    KEY = "team"

    trip: TripId
    team: TeamId
    programme: ProgrammeId


class TripIdeaProposed(OfTrip, frozen=True, kw_only=True):
    """A member proposed a study trip. `timezone`: the programme's, in which the trip's days are counted."""

    TOPIC = "trip.idea_proposed"
    AUDIENCE = Nobody(because="until its date is fixed a trip is the CoP's own")
    AUDIT = Text(
        en="{member} proposed a study trip to {destination}: {theme}.",
        nl="{member} stelde een studiereis voor naar {destination}: {theme}.",
    )

    organisation: OrganisationId | None
    member: PersonId
    theme: Words
    destination: Words
    timezone: Code


class DateFixed(OfTrip, frozen=True, kw_only=True):
    """A member fixed, or changed, the date of a trip: first and last day."""

    TOPIC = "trip.date_fixed"
    AUDIENCE = ("organisation",)
    AUDIT = Text(
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
    """Everything required is confirmed, or a member said that there is nothing to book (`declared`)."""

    TOPIC = "trip.booked"
    AUDIENCE = ("organisation",)
    AUDIT = Text(en="The study trip is booked.", nl="De studiereis is geboekt.")

    organisation: OrganisationId | None
    member: PersonId
    declared: bool


class TripCompleted(OfTrip, frozen=True, kw_only=True):
    """The trip was made; what the CoP learnt."""

    TOPIC = "trip.completed"
    AUDIENCE = ("organisation",)
    AUDIT = Text(en="The study trip was made.", nl="De studiereis werd gemaakt.")

    organisation: OrganisationId | None
    member: PersonId
    learnings: Words


class TripCancelled(OfTrip, frozen=True, kw_only=True):
    """The trip is off; why is sealed in the reason."""

    TOPIC = "trip.cancelled"
    AUDIENCE = ("organisation",)
    AUDIT = Text(en="{member} cancelled the study trip.", nl="{member} zegde de studiereis af.")

    organisation: OrganisationId | None
    member: PersonId


# Facts of its bookings


class Payer(Struct, frozen=True, forbid_unknown_fields=True):
    """Who pays: a person or an organisation, one of them."""

    person_id: PersonId | None = None
    organisation_id: OrganisationId | None = None


class OfBooking(OfTrip, frozen=True, kw_only=True):
    """Base of what is recorded of a booking. `member`: who did it."""

    CONCERNS = ("booking", "trip", "team", "programme")

    booking: BookingId
    member: PersonId


class BookingRequested(OfBooking, frozen=True, kw_only=True):
    """Something was asked for at a supplier. `required`: without it the trip is not booked."""

    TOPIC = "trip.booking_requested"
    AUDIENCE = Nobody(because="bookings are the CoP's own")
    AUDIT = Text(en="{member} asked for a booking at {supplier}.", nl="{member} vroeg een boeking aan bij {supplier}.")

    kind: Words
    supplier: Words
    amount: Money
    payer: Payer
    required: bool
    free_cancellation_until: datetime | None


class BookingConfirmed(OfBooking, frozen=True, kw_only=True):
    """The supplier confirmed, under this reference."""

    TOPIC = "trip.booking_confirmed"
    AUDIENCE = Nobody(because="bookings are the CoP's own")
    AUDIT = Text(en="{booking} was confirmed.", nl="{booking} werd bevestigd.")

    reference: Words


class BookingFailed(OfBooking, frozen=True, kw_only=True):
    """The supplier could not; why is sealed in the reason."""

    TOPIC = "trip.booking_failed"
    AUDIENCE = Nobody(because="bookings are the CoP's own")
    AUDIT = Text(en="{booking} failed.", nl="{booking} mislukte.")

    required: bool


class BookingCancelled(OfBooking, frozen=True, kw_only=True):
    """A booking was given up; why is sealed in the reason. `refund`: what comes back."""

    TOPIC = "trip.booking_cancelled"
    AUDIENCE = Nobody(because="bookings are the CoP's own")
    AUDIT = Text(en="{booking} was cancelled.", nl="{booking} werd geannuleerd.")

    required: bool
    refund: Money | None


# Refusals


class TripOver(Refusal):
    """A trip that was made or cancelled stays as it is."""

    CODE = "trip-over"
    TEXT = Text(en="This trip was made or cancelled.", nl="Deze reis is gemaakt of afgezegd.")


class DateNotFixed(Refusal):
    """Rule 13: a trip is booked when its date is fixed, and not before."""

    CODE = "date-not-fixed"
    TEXT = Text(en="The date of this trip is not fixed yet.", nl="De datum van deze reis ligt nog niet vast.")


class StillToBook(Refusal):
    """Rule 13: with a required booking that is not confirmed, there is something to book."""

    CODE = "still-to-book"
    TEXT = Text(en="A required booking is not confirmed yet.", nl="Een noodzakelijke boeking is nog niet bevestigd.")


class TripNotBooked(Refusal):
    """Only a booked trip is completed."""

    CODE = "trip-not-booked"
    TEXT = Text(en="This trip is not booked.", nl="Deze reis is niet geboekt.")


# Commands


class ProposeTrip(InTeam, InProgramme):
    """Propose a study trip of one's own CoP."""

    def __init__(
        self,
        trip: TripId,
        *,
        team: TeamId,
        programme: ProgrammeId,
        theme: Words,
        destination: Words,
        by: Caller,
    ) -> None:
        super().__init__()
        self.trip, self.team, self.programme, self.by = trip, team, programme, by
        self.theme, self.destination = theme, destination

    def execute(self) -> None:
        formed, programme = self.require_team(), self.require_programme()
        self.require_member(self.team, formed.programme, formed.organisation)
        assert self.by.person is not None, "a member is a person"
        self.record(
            TripIdeaProposed(
                trip=self.trip,
                team=self.team,
                programme=formed.programme,
                organisation=formed.organisation,
                member=self.by.person,
                theme=self.theme,
                destination=self.destination,
                timezone=programme.timezone,
            )
        )


class OnTrip(TeamWork):
    """What every command on a trip knows about it. `gaps`: required bookings that fell away and were not asked for anew."""

    trip: TripId

    def __init__(self) -> None:
        super().__init__()
        self.idea: TripIdeaProposed | None = None
        self.date: DateFixed | None = None
        self.requested: dict[BookingId, BookingRequested] = {}
        self.confirmed: set[BookingId] = set()
        self.dropped: set[BookingId] = set()
        self.gaps = 0
        self.booked = self.completed = self.cancelled = False

    def consistency_boundary(self) -> list[Selector]:
        types = [TripIdeaProposed, DateFixed, TripBooked, TripCompleted, TripCancelled]
        bookings = [BookingRequested, BookingConfirmed, BookingFailed, BookingCancelled]
        return [*super().consistency_boundary(), Selector(types=[*types, *bookings], tags=[self.trip])]

    @learns(TripIdeaProposed)
    def _(self, fact: TripIdeaProposed) -> None:
        if fact.trip == self.trip:
            self.idea = fact

    @learns(DateFixed)
    def _(self, fact: DateFixed) -> None:
        self.date = fact

    @learns(TripBooked)
    def _(self) -> None:
        self.booked, self.gaps = True, 0

    @learns(TripCompleted)
    def _(self) -> None:
        self.completed = True

    @learns(TripCancelled)
    def _(self) -> None:
        self.cancelled = True

    @learns(BookingRequested)
    def _(self, fact: BookingRequested) -> None:
        self.requested[fact.booking] = fact
        if fact.required:
            self.booked, self.gaps = False, max(self.gaps - 1, 0)

    @learns(BookingConfirmed)
    def _(self, booking: BookingId) -> None:
        self.confirmed.add(booking)

    @learns(BookingFailed)
    def _(self, booking: BookingId, required: bool) -> None:
        self._falls_away(booking, required)

    @learns(BookingCancelled)
    def _(self, booking: BookingId, required: bool) -> None:
        self._falls_away(booking, required)

    def _falls_away(self, booking: BookingId, required: bool) -> None:
        self.dropped.add(booking)
        if required:
            self.booked, self.gaps = False, self.gaps + 1

    def require_trip(self) -> TripIdeaProposed:
        """Raises `NotFound` where there is none."""
        if self.idea is None:
            raise NotFound
        return self.idea

    def require_own(self) -> tuple[TripIdeaProposed, PersonId]:
        """The trip and the member who asks; raises `NotAllowed` to its facilitator, `NotFound` to everybody else (rule 13)."""
        idea = self.require_trip()
        if self.by.person is not None and self.is_member(idea.team, idea.programme):
            return idea, self.by.person
        raise NotAllowed if self.facilitates(idea.programme, idea.team) else NotFound

    def require_ahead(self) -> tuple[TripIdeaProposed, PersonId]:
        """As `require_own`; raises `TripOver` for a trip that was made or cancelled."""
        own = self.require_own()
        if self.completed or self.cancelled:
            raise TripOver
        return own

    @property
    def required(self) -> set[BookingId]:
        """The required bookings that stand."""
        return {one for one, fact in self.requested.items() if fact.required} - self.dropped

    def record_if_booked(self, member: PersonId) -> None:
        """Rule 13: the trip is booked as soon as its date is fixed and every required booking is confirmed."""
        if self.date and not self.booked and not self.gaps and self.required and self.required <= self.confirmed:
            self.record_booked(member, declared=False)

    def record_booked(self, member: PersonId, *, declared: bool) -> None:
        """Record that it is booked."""
        idea = self.require_trip()
        self.record(
            TripBooked(
                trip=self.trip,
                team=idea.team,
                programme=idea.programme,
                organisation=idea.organisation,
                member=member,
                declared=declared,
            )
        )


class DeclareBooked(OnTrip):
    """Say that there is nothing (more) to book (rule 13)."""

    def __init__(self, trip: TripId, *, by: Caller) -> None:
        super().__init__()
        self.trip, self.by = trip, by

    def execute(self) -> None:
        _, member = self.require_ahead()
        if self.date is None:
            raise DateNotFixed
        if self.booked:
            raise AsIs
        if not self.required <= self.confirmed:
            raise StillToBook
        self.record_booked(member, declared=True)


class CompleteTrip(OnTrip):
    """Say that the trip was made, and what was learnt."""

    def __init__(self, trip: TripId, *, learnings: Words, by: Caller) -> None:
        super().__init__()
        self.trip, self.learnings, self.by = trip, learnings, by

    def execute(self) -> None:
        idea, member = self.require_ahead()
        if not self.booked:
            raise TripNotBooked
        self.record(
            TripCompleted(
                trip=self.trip,
                team=idea.team,
                programme=idea.programme,
                organisation=idea.organisation,
                member=member,
                learnings=self.learnings,
            )
        )


class CancelTrip(OnTrip):
    """Call the trip off, with a reason."""

    def __init__(self, trip: TripId, *, by: Caller) -> None:
        super().__init__()
        self.trip, self.by = trip, by

    def execute(self) -> None:
        idea, member = self.require_ahead()
        self.require_reason()
        self.record(
            TripCancelled(
                trip=self.trip,
                team=idea.team,
                programme=idea.programme,
                organisation=idea.organisation,
                member=member,
            )
        )
