"""What comes, over HTTP: the caller's own agenda."""

from litestar import Controller, get
from litestar.di import NamedDependency

from projections.derived.agenda import AgendaEntry
from service.api.http.negotiation import language_of
from service.api.requests.request_context import RequestContext
from service.reading.agenda import PLACE, entries, in_order, place_of, titled
from service.reading.options import ListOptions, Page, part_of
from service.reading.trips import trip_rights


class OwnAgenda(Controller):
    path = "/me"
    tags = ("What is one’s own",)

    @get("/agenda")
    async def agenda(
        self, context: NamedDependency[RequestContext], current: NamedDependency[ListOptions]
    ) -> Page[AgendaEntry]:
        """Show what comes for the caller, the soonest first: gatherings, trips, modules, and until when one can decide."""
        await context.reader.wait_for_views(current.at_least)
        rights = await trip_rights(context.reader)
        found = in_order(await entries(context.kring, rights, context.caller.at))
        shown, following = part_of(found, current, place_of, PLACE)
        return Page(await titled(context.kring, shown, await language_of(context.request)), following)


# What somebody's agenda holds
