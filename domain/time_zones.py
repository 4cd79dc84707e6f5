"""Time zones: those of the IANA database as the `tzdata` package has it, the same on every machine."""

from functools import cache
from importlib.resources import files

from domain.foundation import Refusal, Text, ZoneName

NO_PLACE = frozenset({"Factory", "localtime", "posixrules"})
"""Names that stand for whatever a machine is set to, or for nothing."""


class UnknownZone(Refusal):
    """A zone is one of the IANA time zone database that means the same everywhere."""

    CODE = "unknown-zone"
    STATUS = 422
    TEXT = Text(
        en="There is no such time zone. Write it as in Europe/Amsterdam.",
        nl="Deze tijdzone bestaat niet. Schrijf die als Europe/Amsterdam.",
    )


@cache
def zones() -> frozenset[str]:
    """The names of all zones. Read from the package's list: its folder may hold `right/…` and what else a machine adds."""
    listed = files("tzdata").joinpath("zones").read_text("ascii").split()
    return frozenset(listed) - NO_PLACE


def known_zone(name: str, field: str = "timezone") -> ZoneName:
    """The zone of this name. Raises `UnknownZone`."""
    if name not in zones():
        raise UnknownZone(field=field)
    return ZoneName(name)
