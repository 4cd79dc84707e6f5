"""Time zones that are the same on every machine."""

import zoneinfo
from zoneinfo import ZoneInfo

import pytest

from domain.time_zones import NO_PLACE, UnknownZone, known_zone, zones
from service.clock_and_ids import new_id


def test_every_time_zone_can_be_loaded() -> None:
    assert len(zones()) > 400
    assert {"Europe/Amsterdam", "America/Argentina/Buenos_Aires", "UTC", "Etc/GMT+5"} <= zones()
    for one in zones():
        assert ZoneInfo(known_zone(one)).key == one


@pytest.mark.parametrize(
    "name",
    [
        *sorted(NO_PLACE),
        "right/Europe/Amsterdam",
        "posix/UTC",
        "europe/amsterdam",
        "Europe",
        "",
        "../x",
        "zones",
        "CEST",
    ],
)
def test_names_that_are_not_iana_time_zones_are_refused(name: str) -> None:
    with pytest.raises(UnknownZone):
        known_zone(name)


def test_time_zones_are_read_only_from_the_package() -> None:
    assert new_id("x"), "every process imports `service.clock_and_ids`"
    assert zoneinfo.TZPATH == ()
