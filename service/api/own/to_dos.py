"""The caller's to-dos, over HTTP."""

from litestar import Controller, get
from litestar.di import NamedDependency

from projections.derived.to_dos import ToDo
from service.api.http.negotiation import language_of
from service.api.requests.request_context import RequestContext
from service.reading.options import ListOptions, Page, page_of
from service.reading.to_dos import LIST_KEY, list_key, to_dos_of, with_titles
from service.reading.trips import trip_rights


class OwnToDos(Controller):
    path = "/me/to-dos"
    tags = ("The caller",)

    @get()
    async def list_all(
        self, context: NamedDependency[RequestContext], current: NamedDependency[ListOptions]
    ) -> Page[ToDo]:
        """Show the caller's to-dos in the role of their token, in order of due date."""
        views = await context.reader.wait_for_views(current.at_least)
        rights = await trip_rights(context.reader)
        found = sorted(await to_dos_of(context.reader, views, rights), key=list_key)
        shown, following = page_of(found, current, list_key, LIST_KEY)
        return Page(await with_titles(context.kring, shown, await language_of(context.request)), following)
