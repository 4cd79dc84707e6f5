"""The lifecycle of a study trip: from the idea to a booked, completed or cancelled trip (rule 13)."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from domain.events.trip import TripCancelled, TripCompleted, TripIdeaProposed
from domain.foundation import AsIs, Caller, ProgrammeId, Refusal, TeamId, Text, TripId, Words
from domain.programmes.programme import ProgrammeState
from domain.teams.team import TeamCommand
from domain.timing import require_begun
from domain.trips.trip import TripAccess, TripOver, TripState

# Refusals


class DateNotFixed(Refusal):
    """Rule 13: a trip can be booked once its date is fixed."""

    CODE = "date-not-fixed"
    TEXT = Text(en="The date of this trip is not fixed yet.", nl="De datum van deze reis ligt nog niet vast.")


class StillToBook(Refusal):
    """Rule 13: a trip is not booked while a required booking is not confirmed."""

    CODE = "still-to-book"
    TEXT = Text(en="A required booking is not confirmed yet.", nl="Een noodzakelijke boeking is nog niet bevestigd.")


class TripNotBooked(Refusal):
    """Only a booked trip can be completed."""

    CODE = "trip-not-booked"
    TEXT = Text(en="This trip is not booked.", nl="Deze reis is niet geboekt.")


# Commands


class ProposeTrip(TeamCommand):
    """Propose a study trip of the caller's own CoP, while its programme is active."""

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
        super().__init__(by, team)
        self.trip, self.team, self.programme, self.theme, self.destination = trip, team, programme, theme, destination
        self.programme_state = ProgrammeState(programme)

    def execute(self) -> None:
        formed, programme = self.rights.teams.require_team(self.team), self.programme_state.require_programme()
        self.rights.require_member(self.team, formed.programme, formed.organisation)
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


class DeclareBooked(TeamCommand):
    """Declare that nothing (more) is to be booked (rule 13)."""

    def __init__(self, trip: TripId, *, by: Caller) -> None:
        super().__init__(by)
        self.trip = trip
        self.trip_state = TripState(self.rights.teams, trip)
        self.access = TripAccess(self.rights, self.trip_state)

    def execute(self) -> None:
        _, member = self.access.require_member_while_active()
        if self.trip_state.date is None:
            raise DateNotFixed
        if self.trip_state.bookings.booked:
            raise AsIs
        if not self.trip_state.bookings.are_confirmed:
            raise StillToBook
        self.record(self.trip_state.as_booked(member, declared=True))


class CompleteTrip(TeamCommand):
    """Record that the trip took place and what the CoP learnt: from its first day on (rule 29)."""

    def __init__(self, trip: TripId, *, learnings: Words, by: Caller) -> None:
        super().__init__(by)
        self.trip, self.learnings = trip, learnings
        self.trip_state = TripState(self.rights.teams, trip)
        self.access = TripAccess(self.rights, self.trip_state)

    def execute(self) -> None:
        idea, member = self.access.require_member_while_active()
        date = self.trip_state.date
        if date is None or not self.trip_state.bookings.booked:
            raise TripNotBooked
        self.not_before = datetime.combine(date.starts_on, time(), ZoneInfo(idea.timezone))
        require_begun(self.not_before, self.by.at)
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


class CancelTrip(TeamCommand):
    """Cancel a trip, with a reason; also after its CoP has ended."""

    def __init__(self, trip: TripId, *, team: TeamId, by: Caller) -> None:
        super().__init__(by, team)
        self.trip, self.team = trip, team
        self.trip_state = TripState(self.rights.teams, trip)
        self.access = TripAccess(self.rights, self.trip_state)

    def execute(self) -> None:
        idea, member = self.access.require_person_winding_up(self.team)
        if self.trip_state.is_over:
            raise TripOver
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
