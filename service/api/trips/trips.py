"""Study trips over HTTP: ideas, guests, dates. Their parts are in `itinerary.py`, `bookings.py` and `expenses.py`."""

from datetime import date
from typing import Annotated

from litestar import Controller, Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from domain.events.trip_dates import Answer, Availability, DateOption
from domain.foundation import (
    OptionId,
    PersonId,
    TeamId,
    TripId,
    Words,
)
from domain.trips.dates import FixDate, GiveAvailability, OpenDatePoll
from domain.trips.guests import InviteGuest
from domain.trips.lifecycle import CancelTrip, CompleteTrip, DeclareBooked, ProposeTrip
from projections.trips import TRIPS, Guest, Trip, guests_of
from service.api.http.bodies import At, Body, Prose, Title
from service.api.requests.request_context import RequestContext
from service.api.requests.sse import WATCHED
from service.api.trips.answers import answer_as_visible
from service.clock_and_ids import new_id
from service.reading.gatherings import known_team
from service.reading.options import ListOptions, Page, ReadOptions, id_pattern, only, page_of
from service.reading.reader import Reader
from service.reading.trips import (
    trip_from_log,
    trip_with_costs,
    trips_of_team,
    visible_trip,
)


class NewTrip(Body):
    """An idea for a study trip."""

    theme: Title
    destination: Title


class NewGuest(Body):
    """A guest: a member of another CoP, the facilitator, or a commissioner of the challenge."""

    person_id: PersonId


class PollOption(Struct, frozen=True, forbid_unknown_fields=True):
    """Dates on which the trip could be made. `option_id`: of an existing option; equal dates keep their option in any case."""

    starts_on: date
    ends_on: date
    option_id: OptionId | None = None


class NewPoll(Body):
    """A date poll. A new one replaces the options; answers to options that stay are kept."""

    options: Annotated[tuple[PollOption, ...], Meta(min_length=1, max_length=200)]
    answer_by: At | None = None


class Availabilities(Body):
    """The caller's availability, `yes`, `if_needed` or `no` for each option. It replaces an earlier answer."""

    answers: Annotated[dict[OptionId, Availability], Meta(max_length=200)]


class Chosen(Body):
    """The option that becomes the date."""

    option_id: OptionId


class Learnings(Body):
    """The learnings of a CoP from its trip."""

    learnings: Prose


# Routes


class TripsOfTeam(Controller):
    path = "/teams/{team:str}/trips"
    tags = ("Trips",)

    @post()
    async def propose(
        self, team: FromPath[TeamId], data: JSONBody[NewTrip], context: NamedDependency[RequestContext]
    ) -> Response[Trip]:
        """Propose a study trip."""
        row = await known_team(context.reader, team)
        return await context.create(
            "trip",
            data,
            lambda new, by: ProposeTrip(
                new,
                team=team,
                programme=row.programme,
                theme=Words(data.theme),
                destination=Words(data.destination),
                by=by,
            ),
            TRIPS,
        )

    @get()
    async def list_all(
        self, team: FromPath[TeamId], reader: NamedDependency[Reader], listing: NamedDependency[ListOptions]
    ) -> Page[Trip]:
        """List the trips of a CoP: for guests those to which they are invited, for others those shared with them."""
        return await trips_of_team(reader, team, listing)


class Trips(Controller):
    path = "/trips/{trip:str}"
    tags = ("Trips",)

    @get(opt=WATCHED)
    async def show(
        self, trip: FromPath[TripId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> Trip:
        """Show a trip."""
        return await visible_trip(reader, trip, reading)

    @post("/guests")
    async def invite(
        self, trip: FromPath[TripId], data: JSONBody[NewGuest], context: NamedDependency[RequestContext]
    ) -> Response[Trip]:
        """Invite a guest."""
        row = await trip_from_log(context.reader, trip)
        return await context.execute(
            data,
            lambda by: InviteGuest(trip, team=row.team, person=data.person_id, by=by),
            TRIPS,
            trip,
            status=201,
        )

    @get("/guests")
    async def guests(
        self, trip: FromPath[TripId], reader: NamedDependency[Reader], listing: NamedDependency[ListOptions]
    ) -> Page[Guest]:
        """List the guests of a trip."""
        row = await trip_with_costs(reader, trip, listing.reading)
        return Page(*page_of(guests_of(row), listing, lambda one: one.id, id_pattern("person")))

    @get("/guests/{person:str}")
    async def guest(
        self,
        trip: FromPath[TripId],
        person: FromPath[PersonId],
        reader: NamedDependency[Reader],
        reading: NamedDependency[ReadOptions],
    ) -> Guest:
        """Show a guest."""
        row = await trip_with_costs(reader, trip, reading)
        return only(one for one in guests_of(row) if one.id == person)

    @post("/date-poll", status_code=200)
    async def poll(
        self, trip: FromPath[TripId], data: JSONBody[NewPoll], context: NamedDependency[RequestContext]
    ) -> Response[Trip]:
        """Open a date poll, or change its options; answers to options that stay are kept."""
        options = tuple(
            DateOption(one.option_id or OptionId(new_id("option")), one.starts_on, one.ends_on) for one in data.options
        )
        existing = frozenset(one.option_id for one in data.options if one.option_id is not None)
        return await context.execute(
            data,
            lambda by: OpenDatePoll(trip, options=options, existing=existing, answer_by=data.answer_by, by=by),
            TRIPS,
            trip,
        )

    @put("/availability")
    async def availability(
        self, trip: FromPath[TripId], data: JSONBody[Availabilities], context: NamedDependency[RequestContext]
    ) -> Response[Trip]:
        """Give the caller's availability."""
        answers = tuple(Answer(option, data.answers[option]) for option in sorted(data.answers))
        answer = await context.execute(data, lambda by: GiveAvailability(trip, answers=answers, by=by), TRIPS, trip)
        return await answer_as_visible(context.reader, answer)

    @post("/date", status_code=200)
    async def fix(
        self, trip: FromPath[TripId], data: JSONBody[Chosen], context: NamedDependency[RequestContext]
    ) -> Response[Trip]:
        """Fix the date, or change it to another option."""
        return await context.execute(data, lambda by: FixDate(trip, option=data.option_id, by=by), TRIPS, trip)

    @post("/booked", status_code=200)
    async def booked(
        self, trip: FromPath[TripId], context: NamedDependency[RequestContext], data: JSONBody[Body | None] = None
    ) -> Response[Trip]:
        """Declare that nothing (more) has to be booked."""
        return await context.execute(data, lambda by: DeclareBooked(trip, by=by), TRIPS, trip)

    @post("/completion", status_code=200)
    async def complete(
        self, trip: FromPath[TripId], data: JSONBody[Learnings], context: NamedDependency[RequestContext]
    ) -> Response[Trip]:
        """Record that the trip was made, and what the CoP learnt from it."""
        return await context.execute(
            data, lambda by: CompleteTrip(trip, learnings=Words(data.learnings), by=by), TRIPS, trip
        )

    @post("/cancellation", status_code=200)
    async def cancel(
        self, trip: FromPath[TripId], context: NamedDependency[RequestContext], data: JSONBody[Body | None] = None
    ) -> Response[Trip]:
        """Cancel a trip, with a reason."""
        team = (await trip_from_log(context.reader, trip)).team
        return await context.execute(data, lambda by: CancelTrip(trip, team=team, by=by), TRIPS, trip)
