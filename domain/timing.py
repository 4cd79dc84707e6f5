"""Rule 29: an occasion is recorded as having taken place only after it has begun."""

from datetime import date, datetime, timedelta, timezone

from domain.foundation import Refusal, Text

EARLIEST_ZONE = timezone(timedelta(hours=14))
"""The zone in which a day begins first: an occasion that is planned for a day, in no zone, has begun nowhere before that."""


class NotBegun(Refusal):
    """Rule 29: a gathering is held, attended and minuted only after it has begun; interviews and trips likewise."""

    CODE = "not-begun"
    TEXT = Text(
        en="This has not begun yet. Record it after it has begun.",
        nl="Dit is nog niet begonnen. Leg het vast als het zover is.",
    )


def require_begun(starts: datetime | date, at: datetime) -> None:
    """Raises `NotBegun` if `starts`, a time or a day, is later than `at`."""
    begun = starts <= at if isinstance(starts, datetime) else starts <= at.astimezone(EARLIEST_ZONE).date()
    if not begun:
        raise NotBegun
