"""Study trips, decided and arranged by the members of a CoP (rule 13): the knowledge that their commands share.

`lifecycle.py` proposes, completes and cancels them; `guests.py`, `dates.py` (the poll), `itinerary.py`, `booking.py` and
`expense.py` are about their parts.
"""

from typing import NoReturn

from msgspec.structs import replace

from domain.events.challenge import ChallengeRecommissioned
from domain.events.programme import ProgrammeConcluded
from domain.events.team import TeamChallengeChanged
from domain.events.trip import (
    BookingCancelled,
    BookingConfirmed,
    BookingFailed,
    BookingRequested,
    DateFixed,
    GuestInvited,
    TripBooked,
    TripCancelled,
    TripCompleted,
    TripIdeaProposed,
)
from domain.foundation import (
    BookingId,
    Event,
    Knowledge,
    NotAllowed,
    NotFound,
    PersonId,
    Refusal,
    Selector,
    TeamId,
    Text,
    TripId,
    applies,
)
from domain.people.rights import Rights
from domain.teams.team import TeamOver, TeamRights, Teams

# Refusals


class TripOver(Refusal):
    """A trip that was completed or cancelled stays as it is."""

    CODE = "trip-over"
    TEXT = Text(en="This trip took place or was cancelled.", nl="Deze reis heeft plaatsgevonden of is afgezegd.")


class PersonNeeded(Refusal):
    """Rule 13: the event names the person who acted, so a token without a person is refused."""

    CODE = "person-needed"
    STATUS = 403
    TEXT = Text(
        en="Changes to a trip are recorded with the name of a person. Use the token of a person.",
        nl="Wijzigingen van een reis worden vastgelegd met de naam van een persoon. Gebruik het token van een persoon.",
    )


# Knowledge


def travels_along(rights: Rights, invited: GuestInvited | None) -> bool:
    """Whether the caller, who received this invitation, still has the role in which they were invited (rule 13)."""
    match invited:
        case None:
            return False
        case GuestInvited(role="participant"):
            return rights.participates(invited.programme)
        case GuestInvited(role="facilitator"):
            return rights.facilitates(invited.programme, invited.team)
        case _:
            return rights.contact_for(invited.organisation, programme=invited.programme)


class Bookings(Knowledge):
    """The bookings of a trip, and whether it is booked with them.

    `dropped`: bookings that failed or were cancelled. `needs`: for each required booking, the first one for the same purpose; a
    booking that replaces another meets the same need.
    """

    def __init__(self, trip: TripId) -> None:
        types = [BookingRequested, BookingConfirmed, BookingFailed, BookingCancelled, TripBooked]
        super().__init__(Selector(types=types, tags=[trip]))
        self.trip = trip
        self.requested: dict[BookingId, BookingRequested] = {}
        self.confirmed: set[BookingId] = set()
        self.dropped: set[BookingId] = set()
        self.needs: dict[BookingId, BookingId] = {}
        self.booked = False

    @applies(BookingRequested)
    def _(self, event: BookingRequested) -> None:
        if event.trip != self.trip:
            return
        self.requested[event.booking] = event
        if event.required:
            instead_of = event.replaces or next(iter(self.unmet), event.booking)
            self.needs[event.booking] = self.needs.get(instead_of, event.booking)
            self.booked = False

    @applies(BookingConfirmed)
    def _(self, booking: BookingId) -> None:
        if booking in self.requested:
            self.confirmed.add(booking)

    @applies(BookingFailed)
    def _(self, booking: BookingId, required: bool) -> None:
        self._drop(booking, required=required)

    @applies(BookingCancelled)
    def _(self, booking: BookingId, required: bool) -> None:
        self._drop(booking, required=required)

    @applies(TripBooked)
    def _(self, trip: TripId) -> None:
        if trip == self.trip:
            unmet = self.unmet
            self.needs = {booking: need for booking, need in self.needs.items() if need not in unmet}
            self.booked = True

    def _drop(self, booking: BookingId, *, required: bool) -> None:
        if booking in self.requested:
            self.dropped.add(booking)
            self.booked = self.booked and not required

    @property
    def required(self) -> set[BookingId]:
        """The required bookings that were not dropped."""
        return {one for one, event in self.requested.items() if event.required} - self.dropped

    @property
    def unmet(self) -> list[BookingId]:
        """The needs that no booking meets, oldest first. They end when a member declares that nothing more is to be booked."""
        met = {need for booking, need in self.needs.items() if booking not in self.dropped}
        return [one for one in dict.fromkeys(self.needs.values()) if one not in met]

    @property
    def are_confirmed(self) -> bool:
        """Whether every required booking is confirmed."""
        return self.required <= self.confirmed

    @property
    def are_complete(self) -> bool:
        """Whether something is required, all of it is confirmed, and no need is unmet."""
        return bool(self.required) and self.are_confirmed and not self.unmet


class TripState(Knowledge):
    """A trip as it is now: its idea, guests, date and bookings, and whether it was completed or cancelled."""

    def __init__(self, teams: Teams, trip: TripId) -> None:
        types: list[type[Event]] = [TripIdeaProposed, GuestInvited, DateFixed, TripCompleted, TripCancelled]
        # The events by which its team's commissioner changes, or its programme ends:
        types += [ChallengeRecommissioned, TeamChallengeChanged, ProgrammeConcluded]
        super().__init__(Selector(types=types, tags=[trip]))
        self.teams, self.trip = teams, trip
        self.bookings = Bookings(trip)
        self.idea: TripIdeaProposed | None = None
        self.guests: dict[PersonId, GuestInvited] = {}
        self.date: DateFixed | None = None
        self.completed = self.cancelled = False

    @applies(TripIdeaProposed)
    def _(self, event: TripIdeaProposed) -> None:
        if event.trip == self.trip:
            self.idea = event

    @applies(GuestInvited)
    def _(self, event: GuestInvited) -> None:
        if event.trip == self.trip:
            self.guests[event.person] = event

    @applies(DateFixed)
    def _(self, event: DateFixed) -> None:
        if event.trip == self.trip:
            self.date = event

    @applies(TripCompleted)
    def _(self, trip: TripId) -> None:
        self.completed |= trip == self.trip

    @applies(TripCancelled)
    def _(self, trip: TripId) -> None:
        self.cancelled |= trip == self.trip

    def require_trip(self) -> TripIdeaProposed:
        """Return the trip, with the organisation for which its team works now. Raises `NotFound` if there is none."""
        if self.idea is None:
            raise NotFound
        return replace(self.idea, organisation=self.teams.recommissioned.get(self.idea.team, self.idea.organisation))

    @property
    def is_over(self) -> bool:
        """Whether it was completed or cancelled."""
        return self.completed or self.cancelled

    def require_active(self) -> None:
        """Raises `ProgrammeOver`, or `TripOver` if it was completed or cancelled."""
        self.teams.require_not_concluded(self.require_trip().programme)
        if self.is_over:
            raise TripOver

    def is_newly_booked(self) -> bool:
        """Whether its date is fixed and every required booking confirmed, which is not recorded yet (rule 13)."""
        return not (self.bookings.booked or self.date is None or self.is_over) and self.bookings.are_complete

    def as_booked(self, member: PersonId, *, declared: bool) -> TripBooked:
        """The event that it is booked."""
        idea = self.require_trip()
        return TripBooked(
            trip=self.trip,
            team=idea.team,
            programme=idea.programme,
            organisation=idea.organisation,
            member=member,
            declared=declared,
        )


class TripAccess(Knowledge):
    """The rights of a caller on a trip.

    `visible_to_guests`: whether guests may know of what the command is about.
    """

    def __init__(self, rights: TeamRights, trip_state: TripState, *, visible_to_guests: bool = True) -> None:
        super().__init__()
        self.rights, self.trip_state, self.visible_to_guests = rights, trip_state, visible_to_guests

    @property
    def is_guest(self) -> bool:
        """Whether the caller travels along as a guest."""
        person = self.rights.by.person
        return person is not None and travels_along(self.rights, self.trip_state.guests.get(person))

    def require_member(self) -> tuple[TripIdeaProposed, PersonId]:
        """Return the trip and the caller, if they are a member (rule 13). Raises as `refuse_caller` otherwise."""
        idea, person = self.trip_state.require_trip(), self.rights.by.person
        if person is not None and self.rights.is_member(idea.team, idea.programme):
            return idea, person
        return self.refuse_caller(idea)

    def require_member_while_active(self) -> tuple[TripIdeaProposed, PersonId]:
        """As `require_member`; raises `ProgrammeOver`, or `TripOver` if the trip was completed or cancelled."""
        found = self.require_member()
        self.trip_state.require_active()
        return found

    def require_traveller(self) -> tuple[TripIdeaProposed, PersonId]:
        """Return the trip and the caller, if they are a member or a guest (rule 13). Raises as `refuse_caller` otherwise."""
        idea, person = self.trip_state.require_trip(), self.rights.by.person
        if person is not None and (self.rights.is_member(idea.team, idea.programme) or self.is_guest):
            return idea, person
        return self.refuse_caller(idea)

    def require_winding_up(self, team: TeamId) -> TripIdeaProposed:
        """Return the trip of this team, if the caller may wind up what the team planned. Raises as `refuse_caller` otherwise."""
        idea = self.trip_state.require_trip()
        if idea.team != team:
            raise NotFound
        return idea if self.rights.may_wind_up(idea.team, idea.programme) else self.refuse_caller(idea)

    def require_person_winding_up(self, team: TeamId) -> tuple[TripIdeaProposed, PersonId]:
        """As `require_winding_up`, with the caller's person. Raises `PersonNeeded` if their token has none."""
        idea = self.require_winding_up(team)
        if self.rights.by.person is None:
            raise PersonNeeded
        return idea, self.rights.by.person

    def refuse_caller(self, idea: TripIdeaProposed) -> NoReturn:
        """Raises `TeamOver` to last members of a CoP that ended, `NotAllowed` if the caller can see the trip, else `NotFound`."""
        last_members = self.rights.teams.last_members.get(idea.team, ())
        if self.rights.participates(idea.programme) and self.rights.by.person in last_members:
            raise TeamOver
        facilitates = self.rights.facilitates(idea.programme, idea.team)
        raise NotAllowed if facilitates or (self.visible_to_guests and self.is_guest) else NotFound
