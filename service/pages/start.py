"""The start page: what runs, and where to go from here."""

from typing import Any

from litestar import Request, Response, get

from projections.people import ALL_ORGANISATIONS, ORGANISATIONS
from service.api.http.negotiation import worded_in
from service.api.operations.health import health
from service.kring import Kring
from service.pages.rendering import at_home, page

SHOWN_AT_MOST = 100


@get("/", include_in_schema=False)
async def start(request: Request[Any, Any, Any]) -> Response[str]:
    """Show what runs, with links to what there is to see."""
    kring: Kring = request.app.state.kring
    home, found = at_home(request), await health(kring)
    seen = home and found.head is not None
    organisations = await kring.views.rows(ORGANISATIONS.row, ALL_ORGANISATIONS, "", SHOWN_AT_MOST) if seen else []
    return page("start.html", worded_in(request), health=found, home=home, organisations=organisations)
