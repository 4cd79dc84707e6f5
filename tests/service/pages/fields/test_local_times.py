"""Local times in forms, with the hours that clocks skip or show twice."""

from datetime import UTC, datetime

import pytest

from domain.foundation import Refusal, ZoneName
from service.pages.fields.local_times import (
    DoubledHour,
    MissingHour,
    NoLocalTime,
    as_field,
    is_shown_twice,
    local_time,
    turn_of,
)

AMSTERDAM = ZoneName("Europe/Amsterdam")
SKIPPED, TWICE = "2027-03-28T02:30", "2027-10-31T02:30"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2027-01-15T09:30", datetime(2027, 1, 15, 8, 30, tzinfo=UTC)),
        ("2027-07-15T09:30:00", datetime(2027, 7, 15, 7, 30, tzinfo=UTC)),
        ("2027-03-28T03:00", datetime(2027, 3, 28, 1, 0, tzinfo=UTC)),
        ("2027-03-28T01:59", datetime(2027, 3, 28, 0, 59, tzinfo=UTC)),
    ],
)
def test_a_local_time_is_read_in_its_zone(text: str, expected: datetime) -> None:
    at = local_time(text, AMSTERDAM, "starts_at")
    assert (at, at.tzinfo) == (expected, UTC)
    assert as_field(at, AMSTERDAM) == text[:16]


def test_a_time_that_clocks_show_twice_needs_a_turn() -> None:
    first, second = (local_time(TWICE, AMSTERDAM, "starts_at", turn) for turn in ("first", "second"))
    assert first.astimezone(UTC) == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert second.astimezone(UTC) == datetime(2027, 10, 31, 1, 30, tzinfo=UTC)
    assert [turn_of(one.astimezone(UTC), AMSTERDAM) for one in (first, second)] == ["first", "second"]
    assert as_field(first.astimezone(UTC), AMSTERDAM) == as_field(second.astimezone(UTC), AMSTERDAM) == TWICE


def test_a_form_asks_for_a_turn_in_the_hour_that_is_shown_twice_only() -> None:
    assert is_shown_twice(TWICE, AMSTERDAM)
    assert not is_shown_twice(SKIPPED, AMSTERDAM)
    assert not is_shown_twice("2027-10-31T03:30", AMSTERDAM)
    assert not is_shown_twice("", AMSTERDAM)


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        (SKIPPED, MissingHour),
        (TWICE, DoubledHour),
        ("", NoLocalTime),
        ("morgen", NoLocalTime),
        ("2027-01-15", NoLocalTime),
        ("2027-01-15T09:30Z", NoLocalTime),
        ("2027-02-30T09:30", NoLocalTime),
        ("1850-01-15T09:30", NoLocalTime),
    ],
)
def test_anything_else_is_refused_beside_its_field(text: str, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal) as refused:
        local_time(text, AMSTERDAM, "ends_at")
    assert refused.value.field == "ends_at"


def test_the_skipped_hour_stays_refused_with_a_turn() -> None:
    with pytest.raises(MissingHour):
        local_time(SKIPPED, AMSTERDAM, "starts_at", "second")
