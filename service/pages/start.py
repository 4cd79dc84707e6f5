"""The start page: the state of the parts, and links to the other pages."""

from typing import Any

from litestar import Request, Response, get

from projections.people import ALL_ORGANISATIONS, ORGANISATIONS
from service.api.http.negotiation import answer_language
from service.api.operations.health import health
from service.kring import Kring
from service.pages.rendering import at_home, page

MAX_SHOWN = 100


@get("/", include_in_schema=False)
async def start(request: Request[Any, Any, Any]) -> Response[str]:
    """Show the state of the parts, with links to the other pages."""
    kring: Kring = request.app.state.kring
    home, found = at_home(request), await health(kring)
    show_organisations = home and found.head is not None
    organisations = (
        await kring.views.rows(ORGANISATIONS.row, ALL_ORGANISATIONS, "", MAX_SHOWN) if show_organisations else []
    )
    return page("start.html", answer_language(request), health=found, home=home, organisations=organisations)
