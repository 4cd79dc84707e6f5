"""The trail of an organisation, as a page."""

from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath

from domain.foundation import Language, NotFound, OrganisationId
from projections.people import ORGANISATIONS
from projections.wording.event_lines import Entry, entry
from projections.wording.formats import LOCALES, autonym, language_named
from service.kring import Kring
from service.operations.history import history, types_never_visible
from service.pages.frame.rendering import only_at_home, page

MAX_ENTRIES = 5_000
DEFAULT_LANGUAGE: Language = "nl"


@get("/stories/{organisation:str}", include_in_schema=False, guards=[only_at_home])
async def trail(request: Request[Any, Any, Any], organisation: FromPath[str]) -> Response[str]:
    """Show the events visible to this organisation, in words: `?language=nl` or `en`."""
    kring: Kring = request.app.state.kring
    found = await kring.views.one(ORGANISATIONS, organisation)
    if found is None:
        raise NotFound
    language = language_named(request.query_params.get("language")) or DEFAULT_LANGUAGE
    entries, more = list[Entry](), False
    async for one in history(kring, organisation=OrganisationId(organisation), language=language):
        if more := len(entries) == MAX_ENTRIES:
            break
        entries.append(entry(one.line, len(entries), one.names, one.style, outside=True))
    never = types_never_visible()
    others = {one: autonym(one) for one in LOCALES if one != language}
    shown = {"name": found.name, "id": organisation, "entries": entries, "more": more, "never": never, "others": others}
    return page("trail.html", language, shown)
