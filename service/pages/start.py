"""The start page, for those who are not signed in: on one's own machine also the state of the parts and the other pages."""

from collections.abc import Mapping
from typing import Any

from litestar import Response

from domain.foundation import Text
from projections.people import ALL_ORGANISATIONS, ORGANISATIONS
from service.api.operations.health import health
from service.pages.frame.rendering import at_home
from service.pages.frame.visit import Visit

MAX_SHOWN = 100
"""Organisations in the list."""

PART_NAMES: Mapping[str, Text] = {
    "key store": Text(en="key store", nl="sleutelmap"),
    "clock": Text(en="clock", nl="klok"),
    "valkey": Text(en="Valkey", nl="Valkey"),
}
"""Names of parts, if they differ from those in `/health/ready`."""


async def start_page(visit: Visit) -> Response[Any]:
    """Show how to sign in; at home also the state of the parts, with links to the other pages."""
    kring, language = visit.kring, visit.language
    home, found = at_home(visit.request), await health(kring, language)
    names = {name: text.in_language(language) for name, text in PART_NAMES.items()}
    show_organisations = home and found.head is not None
    organisations = (
        await kring.views.rows(ORGANISATIONS.row, ALL_ORGANISATIONS, "", MAX_SHOWN) if show_organisations else []
    )
    return visit.page("start.html", health=found, part_names=names, home=home, organisations=organisations, people=[])
