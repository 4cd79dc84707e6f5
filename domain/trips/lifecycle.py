"""The course of a study trip: from the idea to what is booked, what was learnt, or its cancellation (rule 13)."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from domain.events.trip import TripCancelled, TripCompleted, TripIdeaProposed
from domain.foundation import AsIs, Caller, ProgrammeId, Refusal, TeamId, Text, TripId, Words
from domain.programmes.programme import InProgramme
from domain.teams.team import InTeam
from domain.timing import require_begun
from domain.trips.trip import OnTrip, TripOver, WindingUp

# Refusals


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
    """Propose a study trip of one's own CoP, while the programme goes on."""

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
    """Record that the trip was made, and what was learnt: from its first day on (rule 29)."""

    def __init__(self, trip: TripId, *, learnings: Words, by: Caller) -> None:
        super().__init__()
        self.trip, self.learnings, self.by = trip, learnings, by

    def execute(self) -> None:
        idea, member = self.require_ahead()
        if not self.booked or self.date is None:
            raise TripNotBooked
        self.not_before = datetime.combine(self.date.starts_on, time(), ZoneInfo(idea.timezone))
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


class CancelTrip(WindingUp):
    """Call the trip off, with a reason; also one of a CoP that has ended."""

    def __init__(self, trip: TripId, *, team: TeamId, by: Caller) -> None:
        super().__init__()
        self.trip, self.team, self.by = trip, team, by

    def execute(self) -> None:
        idea, member = self.require_somebody_winding_up()
        if self.completed or self.cancelled:
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
