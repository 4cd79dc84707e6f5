"""Study trips, decided and arranged by the members of a CoP (rule 13): what happens to them, and what every command knows.

From idea to end they go in `trip_course.py`; guests are in `guests.py`, the date poll in `trip_dates.py`, the itinerary in
`itinerary.py`, bookings in `booking.py`, costs in `expense.py`.
"""

from typing import ClassVar, NoReturn

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
from domain.people.rights import Acting
from domain.teams.team import TeamOver, TeamWork

# Events of the trip


# Events of its bookings


# Refusals


class TripOver(Refusal):
    """A trip that was made or cancelled stays as it is."""

    CODE = "trip-over"
    TEXT = Text(en="This trip was made or cancelled.", nl="Deze reis is gemaakt of afgezegd.")


class PersonNeeded(Refusal):
    """Rule 13: the event names who did it, and a token without a person is nobody."""

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
        types: list[type[Event]] = [TripIdeaProposed, GuestInvited, DateFixed, TripBooked, TripCompleted, TripCancelled]
        types += [
            ChallengeRecommissioned,
            TeamChallengeChanged,
            ProgrammeConcluded,
        ]  # for whom its team works, and whether
        bookings = [BookingRequested, BookingConfirmed, BookingFailed, BookingCancelled]
        return [*super().consistency_boundary(), Selector(types=[*types, *bookings], tags=[self.trip])]

    @applies(TripIdeaProposed)
    def _(self, event: TripIdeaProposed) -> None:
        if event.trip == self.trip:
            self.idea = event

    @applies(GuestInvited)
    def _(self, event: GuestInvited) -> None:
        self.guests[event.person] = event

    @applies(DateFixed)
    def _(self, event: DateFixed) -> None:
        self.date = event

    @applies(TripBooked)
    def _(self) -> None:
        unmet = self.unmet
        self.needs = {booking: need for booking, need in self.needs.items() if need not in unmet}
        self.booked = True

    @applies(TripCompleted)
    def _(self) -> None:
        self.completed = True

    @applies(TripCancelled)
    def _(self) -> None:
        self.cancelled = True

    @applies(BookingRequested)
    def _(self, event: BookingRequested) -> None:
        self.requested[event.booking] = event
        if event.required:
            instead_of = event.replaces or next(iter(self.unmet), event.booking)
            self.needs[event.booking] = self.needs.get(instead_of, event.booking)
            self.booked = False

    @applies(BookingConfirmed)
    def _(self, booking: BookingId) -> None:
        self.confirmed.add(booking)

    @applies(BookingFailed)
    def _(self, booking: BookingId, required: bool) -> None:
        self.dropped.add(booking)
        self.booked = self.booked and not required

    @applies(BookingCancelled)
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
        return {one for one, event in self.requested.items() if event.required} - self.dropped

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
