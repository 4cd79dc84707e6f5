"""An organisation's story in words."""

from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath

from domain.foundation import NotFound, OrganisationId
from projections.names import Language
from projections.people import ORGANISATIONS
from service.kring import Kring
from service.pages.rendering import only_at_home, page
from service.replaying import replay

LINES_AT_MOST = 5_000


@get("/stories/{organisation:str}", include_in_schema=False, guards=[only_at_home])
async def story(request: Request[Any, Any, Any], organisation: FromPath[str]) -> Response[str]:
    """Tell what was told to this organisation, in the reader's language: `?language=nl` or `en`."""
    kring: Kring = request.app.state.kring
    found = await kring.views.one(ORGANISATIONS, organisation)
    if found is None:
        raise NotFound
    language: Language = "en" if request.query_params.get("language") == "en" else "nl"
    lines: list[str] = []
    async for line in replay(kring, organisation=OrganisationId(organisation), language=language):
        lines.append(line)
        if len(lines) > LINES_AT_MOST:
            break
    more = len(lines) > LINES_AT_MOST
    return page(
        "story.html", name=found.name, id=organisation, lines=lines[:LINES_AT_MOST], more=more, language=language
    )
