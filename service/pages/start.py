"""The start page: the state of the parts, and links to the other pages."""

from collections.abc import Mapping
from typing import Any

from litestar import Request, Response, get

from domain.foundation import Text
from projections.people import ALL_ORGANISATIONS, ORGANISATIONS
from service.api.http.negotiation import answer_language
from service.api.operations.health import health
from service.kring import Kring
from service.pages.rendering import at_home, page

MAX_SHOWN = 100
"""Organisations in the list."""

PART_NAMES: Mapping[str, Text] = {
    "key store": Text(en="key store", nl="sleutelmap"),
    "clock": Text(en="clock", nl="klok"),
    "valkey": Text(en="Valkey", nl="Valkey"),
}
"""Names of parts, if they differ from those in `/health/ready`."""


@get("/", include_in_schema=False)
async def start(request: Request[Any, Any, Any]) -> Response[str]:
    """Show the state of the parts, with links to the other pages."""
    kring: Kring = request.app.state.kring
    language = answer_language(request)
    home, found = at_home(request), await health(kring, language)
    names = {name: text.in_language(language) for name, text in PART_NAMES.items()}
    show_organisations = home and found.head is not None
    organisations = (
        await kring.views.rows(ORGANISATIONS.row, ALL_ORGANISATIONS, "", MAX_SHOWN) if show_organisations else []
    )
    return page("start.html", language, health=found, part_names=names, home=home, organisations=organisations)
