"""Time zones of the IANA database, from the `tzdata` package: the same on every machine."""

from functools import cache
from importlib.resources import files

from domain.foundation import Refusal, Text, ZoneName

NO_PLACE = frozenset({"Factory", "localtime", "posixrules"})
"""Names of no place: they mean the setting of a machine, or nothing."""


class UnknownZone(Refusal):
    """A zone is a name of the IANA time zone database that means the same everywhere."""

    CODE = "unknown-zone"
    STATUS = 422
    TEXT = Text(
        en="There is no such time zone. Write, for example, Europe/Amsterdam.",
        nl="Deze tijdzone bestaat niet. Schrijf bijvoorbeeld Europe/Amsterdam.",
    )


@cache
def zones() -> frozenset[str]:
    """The names of all zones, from the package's own list: its folder may have more, such as `right/…`."""
    listed = files("tzdata").joinpath("zones").read_text("ascii").split()
    return frozenset(listed) - NO_PLACE


def known_zone(name: str, field: str = "timezone") -> ZoneName:
    """Return the zone of this name. Raises `UnknownZone`."""
    if name not in zones():
        raise UnknownZone(field=field)
    return ZoneName(name)
