"""Zones that mean the same on every machine."""

import zoneinfo
from zoneinfo import ZoneInfo

import pytest

from domain.time_zones import NO_PLACE, UnknownZone, known_zone, zones
from service.clock_and_ids import new_id


def test_every_zone_can_be_told_the_time_of() -> None:
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
def test_what_a_machine_makes_of_itself_is_no_zone(name: str) -> None:
    with pytest.raises(UnknownZone):
        known_zone(name)


def test_zones_are_read_from_the_package_alone() -> None:
    assert new_id("x"), "every process imports the edge"
    assert zoneinfo.TZPATH == ()
