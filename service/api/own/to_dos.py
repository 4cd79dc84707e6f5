"""What the caller is asked to do, over HTTP."""

from litestar import Controller, get
from litestar.di import NamedDependency

from projections.derived.to_dos import ToDo
from service.api.http.negotiation import language_of
from service.api.requests.request_context import RequestContext
from service.reading.options import ListOptions, Page, part_of
from service.reading.to_dos import PLACE, place_of, titled, to_dos_of
from service.reading.trips import trip_rights


class OwnToDos(Controller):
    path = "/me/to-dos"
    tags = ("What is one’s own",)

    @get()
    async def all(self, context: NamedDependency[RequestContext], current: NamedDependency[ListOptions]) -> Page[ToDo]:
        """Show what the caller is asked to do in the role that they ask in, by when it is due."""
        views = await context.reader.wait_for_views(current.at_least)
        rights = await trip_rights(context.reader)
        found = sorted(await to_dos_of(context.reader, views, rights), key=place_of)
        shown, following = part_of(found, current, place_of, PLACE)
        return Page(await titled(context.kring, shown, await language_of(context.request)), following)
