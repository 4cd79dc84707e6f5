"""The fields of rows that leave a team: each is shown beyond it or withheld."""

from typing import NamedTuple

import pytest
from msgspec import Struct

from projections.commitments import Commitment
from projections.gatherings import Gathering
from projections.recommendations import Recommendation, without_follow_up
from projections.research import Interview
from projections.teams import Team
from projections.trips import Item, Trip
from service.reading.trips import as_shared
from tests.samples import sample


class Fields(NamedTuple):
    """The fields of a row that readers beyond the team see, and those that are withheld from some of them."""

    shown: str
    withheld: str


# A new field fails the test until it is put in one of the two lists.
FIELDS: dict[type[Struct], Fields] = {
    Commitment: Fields(
        "id recommendation team programme challenge organisation status text due_on due_dates reason made_at settled_at",
        "owner",
    ),
    Gathering: Fields(
        "id uid programme kind number teams organisations status sequence starts_at ends_at place agenda held_for topics "
        "techniques",
        "attendance minutes",
    ),
    Interview: Fields("id team programme status sector on consent shared_with planned_by held_at", "who role findings"),
    Item: Fields("id uid status starts_at ends_at title place timezone sequence warnings", "host"),
    Recommendation: Fields(
        "id team programme challenge organisation status version text evidence addressee warnings withdrawn_interviews versions "
        "shared_with shared_versions",
        "standing presented_version response_due_at response commitments progress rejoinders closure",
    ),
    Team: Fields(
        "id programme challenge organisation number status members former into gatherings_held formed_at",
        "waiver_until warnings",
    ),
    Trip: Fields(
        "id uid team programme status proposed_by theme destination timezone option starts_on ends_on fixed_by sequence "
        "itinerary learnings",
        "guests poll bookings expenses refunds",
    ),
}


@pytest.mark.parametrize("row", FIELDS, ids=lambda row: row.__name__)
def test_every_field_is_shown_or_withheld(row: type[Struct]) -> None:
    assert sorted(f"{FIELDS[row].shown} {FIELDS[row].withheld}".split()) == sorted(row.__struct_fields__)


def test_a_shared_trip_lacks_the_withheld_fields() -> None:
    trip: Trip = sample(Trip, "trip")
    assert all(getattr(trip, field) for field in FIELDS[Trip].withheld.split())
    shown = as_shared(trip)
    assert not any(getattr(shown, field) for field in FIELDS[Trip].withheld.split())
    assert not any(getattr(item, field) for item in shown.itinerary for field in FIELDS[Item].withheld.split())


def test_a_shared_recommendation_lacks_its_follow_up() -> None:
    shown = without_follow_up(sample(Recommendation, "recommendation"))
    assert not any(getattr(shown, field) for field in FIELDS[Recommendation].withheld.split())
