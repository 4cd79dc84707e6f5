"""Study trips, decided and arranged by the members of a CoP (rule 13): what happens to them, and what every command knows.

From idea to end they go in `trip_course.py`; guests are in `guests.py`, the date poll in `trip_dates.py`, the itinerary in
`itinerary.py`, bookings in `booking.py`, costs in `expense.py`.
"""

from datetime import date, datetime
from typing import ClassVar, Literal, NoReturn

from msgspec import Struct
from msgspec.structs import replace

from domain.challenge import ChallengeRecommissioned
from domain.foundation import (
    BookingId,
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
    ZoneName,
    learns,
)
from domain.programme import ProgrammeConcluded
from domain.roles import Acting
from domain.team import TeamChallengeChanged, TeamOver, TeamWork

GuestRole = Literal["participant", "facilitator", "commissioner"]

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
    timezone: ZoneName


class GuestInvited(OfTrip, frozen=True, kw_only=True):
    """A member invited somebody who is not of the CoP to travel along (rule 13).

    `role`: as what they come: a participant of another CoP, its facilitator, or who commissions its challenge, then for
    `organisation`.
    """

    TOPIC = "trip.guest_invited"
    CONCERNS = ("trip", "person", "team", "programme")
    AUDIENCE = Nobody(because="who travels along is between the CoP and its guests")
    AUDIT = Text(
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
    """Something was asked for at a supplier. `required`: without it the trip is not booked.

    `replaces`: the booking that it comes instead of, if it does.
    """

    TOPIC = "trip.booking_requested"
    VERSION = 2
    AUDIENCE = Nobody(because="bookings are the CoP's own")
    AUDIT = Text(en="{member} asked for a booking at {supplier}.", nl="{member} vroeg een boeking aan bij {supplier}.")

    kind: Words
    supplier: Words
    amount: Money
    payer: Payer
    required: bool
    free_cancellation_until: datetime | None
    replaces: BookingId | None = None


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


class PersonNeeded(Refusal):
    """Rule 13: the fact names who did it, and a token without a person is nobody."""

    CODE = "person-needed"
    STATUS = 403
    TEXT = Text(
        en="What happens to a trip is recorded with who did it. Ask with a token of a person.",
        nl="Wat er met een reis gebeurt, wordt vastgelegd met wie dat deed. Vraag het met een token van een persoon.",
    )


# What a command knows about a trip


def travels_along(acting: Acting, invited: GuestInvited | None) -> bool:
    """Whether the caller, who was so invited, still is what they were invited as, and asks as that (rule 13)."""
    match invited:
        case None:
            return False
        case GuestInvited(role="participant"):
            return acting.participates(invited.programme)
        case GuestInvited(role="facilitator"):
            return acting.facilitates(invited.programme, invited.team)
        case _:
            return acting.contact_for(invited.organisation, programme=invited.programme)


class OnTrip(TeamWork):
    """What every command on a trip knows about it.

    `needs`: for each required booking, the first one that was asked for the same: what is asked for anew serves its need.
    """

    SEEN_BY_GUESTS: ClassVar[bool] = True
    """Whether guests may know of that which the command is about."""

    trip: TripId

    def __init__(self) -> None:
        super().__init__()
        self.idea: TripIdeaProposed | None = None
        self.guests: dict[PersonId, GuestInvited] = {}
        self.date: DateFixed | None = None
        self.requested: dict[BookingId, BookingRequested] = {}
        self.confirmed: set[BookingId] = set()
        self.dropped: set[BookingId] = set()
        self.needs: dict[BookingId, BookingId] = {}
        self.booked = self.completed = self.cancelled = False

    def consistency_boundary(self) -> list[Selector]:
        types: list[type[Fact]] = [TripIdeaProposed, GuestInvited, DateFixed, TripBooked, TripCompleted, TripCancelled]
        types += [
            ChallengeRecommissioned,
            TeamChallengeChanged,
            ProgrammeConcluded,
        ]  # for whom its team works, and whether
        bookings = [BookingRequested, BookingConfirmed, BookingFailed, BookingCancelled]
        return [*super().consistency_boundary(), Selector(types=[*types, *bookings], tags=[self.trip])]

    @learns(TripIdeaProposed)
    def _(self, fact: TripIdeaProposed) -> None:
        if fact.trip == self.trip:
            self.idea = fact

    @learns(GuestInvited)
    def _(self, fact: GuestInvited) -> None:
        self.guests[fact.person] = fact

    @learns(DateFixed)
    def _(self, fact: DateFixed) -> None:
        self.date = fact

    @learns(TripBooked)
    def _(self) -> None:
        unmet = self.unmet
        self.needs = {booking: need for booking, need in self.needs.items() if need not in unmet}
        self.booked = True

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
            instead_of = fact.replaces or next(iter(self.unmet), fact.booking)
            self.needs[fact.booking] = self.needs.get(instead_of, fact.booking)
            self.booked = False

    @learns(BookingConfirmed)
    def _(self, booking: BookingId) -> None:
        self.confirmed.add(booking)

    @learns(BookingFailed)
    def _(self, booking: BookingId, required: bool) -> None:
        self.dropped.add(booking)
        self.booked = self.booked and not required

    @learns(BookingCancelled)
    def _(self, booking: BookingId, required: bool) -> None:
        self.dropped.add(booking)
        self.booked = self.booked and not required

    # Who asks

    def require_trip(self) -> TripIdeaProposed:
        """The trip, with the organisation for which its team works now. Raises `NotFound` where there is none."""
        if self.idea is None:
            raise NotFound
        return replace(self.idea, organisation=self.turned_to.get(self.idea.team, self.idea.organisation))

    def require_own(self) -> tuple[TripIdeaProposed, PersonId]:
        """The trip and the member who asks; raises as `refuse_on` to everybody else (rule 13)."""
        idea = self.require_trip()
        if self.by.person is not None and self.is_member(idea.team, idea.programme):
            return idea, self.by.person
        return self.refuse_on(idea)

    def require_traveller(self) -> tuple[TripIdeaProposed, PersonId]:
        """The trip and the member or guest who asks; raises as `refuse_on` to everybody else (rule 13)."""
        idea = self.require_trip()
        if self.by.person is not None and (self.is_member(idea.team, idea.programme) or self.is_guest):
            return idea, self.by.person
        return self.refuse_on(idea)

    @property
    def is_guest(self) -> bool:
        """Whether the caller travels along as a guest."""
        return self.by.person is not None and travels_along(self, self.guests.get(self.by.person))

    def refuse_on(self, idea: TripIdeaProposed) -> NoReturn:
        """Raises `TeamOver` to the last members of a CoP that ended, `NotAllowed` to who sees it, else `NotFound`."""
        if self.participates(idea.programme) and self.by.person in self.last_members.get(idea.team, ()):
            raise TeamOver
        sees = self.facilitates(idea.programme, idea.team) or (self.SEEN_BY_GUESTS and self.is_guest)
        raise NotAllowed if sees else NotFound

    def require_ahead(self) -> tuple[TripIdeaProposed, PersonId]:
        """As `require_own`; raises `ProgrammeOver`, or `TripOver` for a trip that was made or cancelled."""
        own = self.require_own()
        self.require_not_over()
        return own

    def require_not_over(self) -> None:
        """Raises `ProgrammeOver`, or `TripOver` for a trip that was made or cancelled."""
        self.require_working_time(self.require_trip().programme)
        if self.completed or self.cancelled:
            raise TripOver

    # Whether it is booked

    @property
    def required(self) -> set[BookingId]:
        """The required bookings that stand."""
        return {one for one, fact in self.requested.items() if fact.required} - self.dropped

    @property
    def unmet(self) -> list[BookingId]:
        """The needs for which no booking stands, the first first; until a member says that there is nothing more to book."""
        met = {need for booking, need in self.needs.items() if booking not in self.dropped}
        return [one for one in dict.fromkeys(self.needs.values()) if one not in met]

    def record_if_booked(self, member: PersonId) -> None:
        """Rule 13: the trip is booked as soon as its date is fixed and every required booking is confirmed."""
        if self.booked or self.date is None or self.completed or self.cancelled:
            return
        if self.required and self.required <= self.confirmed and not self.unmet:
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


class WindingUp(OnTrip):
    """What is known where a trip, or a part of it, is called off or settled: also of a CoP that has ended.

    `team`: the trip's, from which its members, and its end, are learnt.
    """

    team: TeamId

    def consistency_boundary(self) -> list[Selector]:
        return [*super().consistency_boundary(), self.of_team(self.team)]

    def require_winding_up(self) -> TripIdeaProposed:
        """The trip, if the caller winds up what its CoP planned. Raises as `refuse_on` to others."""
        idea = self.require_trip()
        if idea.team != self.team:
            raise NotFound
        return idea if self.winds_up(idea.team, idea.programme) else self.refuse_on(idea)

    def require_somebody_winding_up(self) -> tuple[TripIdeaProposed, PersonId]:
        """As `require_winding_up`, with the person who asks. Raises `PersonNeeded` to a token without one."""
        idea = self.require_winding_up()
        if self.by.person is None:
            raise PersonNeeded
        return idea, self.by.person
