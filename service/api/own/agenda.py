"""The caller's own agenda, over HTTP."""

from litestar import Controller, get
from litestar.di import NamedDependency

from projections.derived.agenda import AgendaEntry
from service.api.http.negotiation import language_of
from service.api.requests.request_context import RequestContext
from service.reading.agenda import LIST_KEY, by_time, entries, list_key, with_titles
from service.reading.options import ListOptions, Page, page_of
from service.reading.trips import trip_rights


class OwnAgenda(Controller):
    path = "/me"
    tags = ("The caller",)

    @get("/agenda")
    async def agenda(
        self, context: NamedDependency[RequestContext], current: NamedDependency[ListOptions]
    ) -> Page[AgendaEntry]:
        """Show the caller's agenda, the soonest first: gatherings, trips, modules, and deadlines."""
        await context.reader.wait_for_views(current.at_least)
        rights = await trip_rights(context.reader)
        found = by_time(await entries(context.kring, rights, context.caller.at))
        shown, following = page_of(found, current, list_key, LIST_KEY)
        return Page(await with_titles(context.kring, shown, await language_of(context.request)), following)
