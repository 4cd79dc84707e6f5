"""Local times in forms: a day and a time of day in a time zone, with the hours that clocks skip or show twice (PEP 495)."""

from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from domain.foundation import Refusal, Text, ZoneName
from projections.wording.formats import is_doubled
from service.api.http.bodies import MAX_YEAR, MIN_YEAR
from service.pages.frame.forms import FormState

Turn = Literal["first", "second"]
"""One of the two times at which clocks that are put back show the same."""
TWICE = Text(en="Only if clocks show this time twice.", nl="Alleen als de klok deze tijd twee keer aanwijst.")
"""The hint of a field for a turn."""


class NoLocalTime(Refusal):
    """A field for a day and a time of day that has something else."""

    CODE = "no-local-time"
    STATUS = 422
    TEXT = Text(
        en="This is no day with a time. Write it like 2026-11-23T14:30.",
        nl="Dit is geen dag met een tijd. Schrijf het als 2026-11-23T14:30.",
    )


class MissingHour(Refusal):
    """A time that clocks skip because they are put forward."""

    CODE = "missing-hour"
    STATUS = 422
    TEXT = Text(
        en="Clocks in {timezone} skip this hour on {on}. Choose an earlier or a later time.",
        nl="De klok in {timezone} slaat dit uur over op {on}. Kies een vroegere of latere tijd.",
    )


class DoubledHour(Refusal):
    """A time that clocks show twice because they are put back."""

    CODE = "doubled-hour"
    STATUS = 422
    TEXT = Text(
        en="Clocks in {timezone} show this time twice on {on}. Choose the first or the second.",
        nl="De klok in {timezone} wijst deze tijd op {on} twee keer aan. Kies de eerste of de tweede keer.",
    )


def local_time(text: str, timezone: ZoneName, field: str, turn: Turn | None = None) -> datetime:
    """The time, in UTC, that a `datetime-local` field has in this zone (HTML Standard 2.3.5.5).

    `turn`: which one, if clocks show it twice. Raises `NoLocalTime`, `MissingHour` or `DoubledHour`.
    """
    at = _parsed(text)
    if at is None:
        raise NoLocalTime(field=field)
    local = at.replace(tzinfo=ZoneInfo(timezone))
    if is_doubled(local):  # also in the hour that is skipped
        if local.astimezone(UTC).astimezone(local.tzinfo).replace(tzinfo=None) != at:
            raise MissingHour(field=field, timezone=timezone, on=at.date())
        if turn is None:
            raise DoubledHour(field=field, timezone=timezone, on=at.date())
        local = local.replace(fold=int(turn == "second"))
    return local.astimezone(UTC)


def is_shown_twice(text: str, timezone: str) -> bool:
    """Whether clocks in this zone show this time twice, so that a form must ask which one."""
    at = _parsed(text)
    if at is None:
        return False
    local = at.replace(tzinfo=ZoneInfo(timezone))
    return is_doubled(local) and local.astimezone(UTC).astimezone(local.tzinfo).replace(tzinfo=None) == at


def turns_asked(state: FormState, timezone: str, **times: datetime | None) -> dict[str, str]:
    """The times of a form that clocks show twice, each with the turn that is chosen at first.

    `times`: by the name of its field without `_at`, the time that is proposed at first.
    """
    asked = dict[str, str]()
    for name, at in times.items():
        if is_shown_twice(state.value(f"{name}_at", as_field(at, timezone)), timezone):
            asked[name] = "" if at is None else turn_of(at, timezone)
    return asked


def as_field(at: datetime | None, timezone: str) -> str:
    """The text of a `datetime-local` field for this time; nothing for None."""
    return "" if at is None else f"{at.astimezone(ZoneInfo(timezone)):%Y-%m-%dT%H:%M}"


def turn_of(at: datetime, timezone: str) -> Turn:
    """Which one of two equal local times this is."""
    return "second" if at.astimezone(ZoneInfo(timezone)).fold else "first"


def _parsed(text: str) -> datetime | None:
    """The local time; None if it is none, has an offset, or lies outside the years of a body (`service.api.http.bodies`)."""
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    is_day_only = len(text.strip()) <= len("2026-11-23")
    return None if at.tzinfo is not None or is_day_only or not MIN_YEAR <= at.year <= MAX_YEAR else at
