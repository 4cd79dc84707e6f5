"""Bars of the time bar, from numbers of events by day."""

from datetime import date, timedelta

from service.reading.time_bar import MAX_MONTHS, MAX_WEEKS, Bar, bars_of


def test_weeks_begin_on_monday_and_have_no_gaps() -> None:
    thursday, sunday, later = date(2026, 11, 26), date(2026, 11, 29), date(2026, 12, 8)
    unit, bars = bars_of({thursday: 2, sunday: 1, later: 4}, {thursday: 5, sunday: 9, later: 12})
    assert unit == "week"
    assert bars == [Bar(date(2026, 11, 23), 3, 9), Bar(date(2026, 11, 30), 0, 9), Bar(date(2026, 12, 7), 4, 12)]


def test_a_longer_past_is_shown_by_month_and_never_in_more_bars() -> None:
    first = date(2016, 1, 31)
    for weeks, unit, bars in (
        (MAX_WEEKS - 1, "week", MAX_WEEKS),
        (MAX_WEEKS, "month", 29),
        (1_000, "month", MAX_MONTHS),
    ):
        last = first + weeks * timedelta(days=7)
        found = bars_of({first: 1, last: 1}, {first: 1, last: 2})
        assert (found[0], len(found[1]), found[1][-1].last) == (unit, bars, 2)
