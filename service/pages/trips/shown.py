"""One trip as its pages show it: as far as the visitor may see it, and what they may do."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from itertools import groupby
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from litestar import Response

from domain.events.expense import ExpenseShared
from domain.events.itinerary import ItineraryItemAdded, ItineraryItemChanged
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
from domain.events.trip_dates import AvailabilityGiven, DatePollOpened
from domain.foundation import Event, Language, PersonId, Selector, TripId
from domain.trips.guests import TripRights
from projections.teams import TEAMS, Team
from projections.trips import Item, PollAnswer, Trip
from projections.wording.formats import clock
from service.pages.frame.people import Names
from service.pages.frame.stamps import Stamps
from service.pages.frame.visit import Visit
from service.pages.trips.words import days, short_days
from service.reading.trips import takes_part, trip_rights, visible_trip

MIN_GAP = timedelta(minutes=15)
"""Time between two items that a page mentions."""
OVER = frozenset({"completed", "cancelled"})
"""States of a trip in which it stays as it is."""
SHOWN_EVENTS: list[type[Event]] = [
    TripIdeaProposed,
    GuestInvited,
    DatePollOpened,
    DateFixed,
    TripBooked,
    TripCompleted,
    TripCancelled,
    ItineraryItemAdded,
    ItineraryItemChanged,
    BookingRequested,
    BookingConfirmed,
    BookingFailed,
    BookingCancelled,
    ExpenseShared,
]
"""Events whose stamps the page of a trip shows."""


@dataclass(frozen=True)
class ShownTrip:
    """A trip, its team, and the rights of the visitor on it. `members`: of its CoP."""

    row: Trip
    team: Team | None
    rights: TripRights
    is_past: bool
    me: PersonId

    @property
    def members(self) -> tuple[PersonId, ...]:
        """The members of its CoP, the last ones if it has ended; nobody for people who do not take part."""
        return self.team.members if self.team is not None and self.takes_part else ()

    @property
    def travellers(self) -> list[PersonId]:
        """Members and guests."""
        return [*self.members, *(one for one in self.row.guests if one not in self.members)]

    @property
    def sees_work(self) -> bool:
        """Whether the visitor may see everything about it."""
        return self.rights.can_see_work(self.row)

    @property
    def takes_part(self) -> bool:
        """Whether the visitor takes part, or did; if not, they see what is shared with them."""
        return takes_part(self.rights, self.row)

    @property
    def is_guest(self) -> bool:
        """Whether the visitor travels along as a guest."""
        return self.row.id in self.rights.trips_as_guest(self.row.team)

    @property
    def is_over(self) -> bool:
        """Whether it was completed or cancelled."""
        return self.row.status in OVER

    @property
    def is_active(self) -> bool:
        """Whether something can still be decided about it."""
        return not (self.is_past or self.is_over or self.row.programme in self.rights.teams.concluded)

    @property
    def may_change(self) -> bool:
        """Whether the visitor may decide about it: as a member, while it is active."""
        return self.is_active and self.rights.is_member(self.row.team, self.row.programme)

    @property
    def may_answer(self) -> bool:
        """Whether the visitor may give their availability."""
        return self.may_change or (self.is_active and self.is_guest)

    @property
    def may_wind_up(self) -> bool:
        """Whether the visitor may cancel what was planned."""
        return not self.is_past and self.rights.may_wind_up(self.row.team, self.row.programme)

    @property
    def may_share(self) -> bool:
        """Whether the visitor may share an expense."""
        return self.may_wind_up or (not self.is_past and self.is_guest)

    @property
    def answered(self) -> set[PersonId]:
        """The people who answered the poll."""
        return set() if self.row.poll is None else {one.person_id for one in self.row.poll.answers}

    @property
    def answers(self) -> dict[tuple[str, str], PollAnswer]:
        """The answers to the poll, by person and option."""
        found = () if self.row.poll is None else self.row.poll.answers
        return {(one.person_id, one.option_id): one for one in found}

    def people(self) -> set[str]:
        """Everybody whom the page may name."""
        row = self.row
        named: set[str] = {row.team, row.proposed_by, *self.travellers, *self.answered}
        for one in row.expenses:
            named.update((one.payer, *(part.person for part in one.split)))
        return named

    def page(self, visit: Visit, template: str, *, names: Names, **values: Any) -> Response[Any]:
        """Render a page of this trip: with its names, its time zone, and days in words."""
        language = visit.language
        return visit.page(
            template,
            here="/cops" if visit.role in {"facilitator", "manager"} else "/cop",
            zone=self.row.timezone,
            sub="trip",
            team={"id": self.row.team},
            trip=self.row,
            shown=self,
            me=self.me,
            names=names,
            days=partial(days, language=language),
            short_days=partial(short_days, language=language),
            **values,
        )


async def shown_trip(visit: Visit, trip: TripId) -> ShownTrip:
    """The trip as far as the visitor may see it. Raises `NotFound`."""
    row = await visible_trip(visit.reader, trip, visit.reading)
    rights = await trip_rights(visit.reader, row.team)
    team = await visit.reader.row(TEAMS, row.team, visit.reading)
    return ShownTrip(row, team, rights, visit.is_past, visit.person)


async def stamps_of(visit: Visit, trip: TripId) -> Stamps:
    """The stamps of what the page of a trip shows."""
    return await visit.stamps(Selector(types=SHOWN_EVENTS, tags=[trip]))


async def stamps_of_poll(visit: Visit, trip: TripId) -> Stamps:
    """The stamps of the date poll of a trip."""
    types: list[type[Event]] = [DatePollOpened, AvailabilityGiven, DateFixed]
    return await visit.stamps(Selector(types=types, tags=[trip]))


class Stop(NamedTuple):
    """An item of the itinerary on a page. `timezone`: of the place, if it differs from the trip's; `gap`: before it."""

    item: Item
    starts: str
    ends: str
    timezone: str
    gap: timedelta | None

    @property
    def gap_hours(self) -> int:
        """Whole hours of the gap."""
        return 0 if self.gap is None else int(self.gap.total_seconds()) // 3600

    @property
    def gap_minutes(self) -> int:
        """Minutes of the gap beyond its whole hours."""
        return 0 if self.gap is None else int(self.gap.total_seconds()) % 3600 // 60


class DayOfTrip(NamedTuple):
    """A day of the itinerary, as it is counted in the places that are visited."""

    on: date
    stops: list[Stop]


def days_of_trip(row: Trip, language: Language) -> list[DayOfTrip]:
    """The itinerary by day."""
    return [DayOfTrip(on, list(stops)) for on, stops in groupby(_stops(row, language), _day_of)]


def _day_of(stop: Stop) -> date:
    return _local(stop.item.starts_at, stop.item.timezone).date()


def _stops(row: Trip, language: Language) -> Iterator[Stop]:
    before: Item | None = None
    for one in row.itinerary:
        starts, ends = _local(one.starts_at, one.timezone), _local(one.ends_at, one.timezone)
        free = None if before is None or _end_day(before) != starts.date() else one.starts_at - before.ends_at
        later = "" if ends.date() == starts.date() else f"{short_days(ends.date(), ends.date(), language)}, "
        yield Stop(
            one,
            clock(starts, language),
            f"{later}{clock(ends, language)}",
            "" if one.timezone == row.timezone else one.timezone,
            free if free is not None and free >= MIN_GAP else None,
        )
        before = one


def _end_day(item: Item) -> date:
    return _local(item.ends_at, item.timezone).date()


def _local(at: datetime, timezone: str) -> datetime:
    return at.astimezone(ZoneInfo(timezone))


def named(people: Sequence[str], names: Names) -> list[tuple[str, str]]:
    """People to choose from, by name."""
    return sorted(((one, names.of(one)) for one in people), key=lambda each: each[1].casefold())
