"""The start page, for those who are not signed in: on one's own machine also the state of the parts and the other pages."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from litestar import Response

from domain.foundation import CodeWord, Text
from projections.people import ALL_ORGANISATIONS, ORGANISATIONS
from projections.wording.vocabulary import word
from service.api.operations.health import health
from service.pages.frame.rendering import at_home
from service.pages.frame.visit import Visit
from service.reading.role_holders import role_holders

MAX_SHOWN = 100
"""Organisations in the list."""

PART_NAMES: Mapping[str, Text] = {
    "key store": Text(en="key store", nl="sleutelmap"),
    "clock": Text(en="clock", nl="klok"),
    "valkey": Text(en="Valkey", nl="Valkey"),
}
"""Names of parts, if they differ from those in `/health/ready`."""


class Guise(NamedTuple):
    """A person as whom one can look around, with their role and where they have it."""

    person: str
    name: str
    role: str
    place: str


async def start_page(visit: Visit) -> Response[Any]:
    """Show how to sign in; at home also the state of the parts, with links to the other pages."""
    kring, language = visit.kring, visit.language
    home, found = at_home(visit.request), await health(kring, language)
    names = {name: text.in_language(language) for name, text in PART_NAMES.items()}
    show_organisations = home and found.head is not None
    organisations = (
        await kring.views.rows(ORGANISATIONS.row, ALL_ORGANISATIONS, "", MAX_SHOWN) if show_organisations else []
    )
    people = await _people(visit) if show_organisations else []
    return visit.page(
        "start.html", health=found, part_names=names, home=home, organisations=organisations, people=people
    )


async def _people(visit: Visit) -> list[Guise]:
    """One person per role, for looking around on one's own machine."""
    found = await role_holders(visit.kring)
    names = await visit.names(id_ for one in found for id_ in (one.person, one.programme or one.organisation or ""))
    return [
        Guise(
            one.person,
            names.of(one.person),
            word(CodeWord(one.role), visit.language),
            names.of(one.programme or one.organisation),
        )
        for one in found
    ]
