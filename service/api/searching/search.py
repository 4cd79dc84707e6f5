"""Search in what the caller may see of a programme or an organisation, over HTTP."""

from typing import Annotated

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from domain.foundation import OrganisationId, ProgrammeId
from service.api.http.negotiation import language_of
from service.api.requests.request_context import RequestContext
from service.reading.options import ListOptions
from service.reading.searching.search import MAX_QUERY_LENGTH, Found, search_organisation, search_programme

Words = Annotated[str, QueryParameter(min_length=1, max_length=MAX_QUERY_LENGTH)]


class SearchInProgramme(Controller):
    path = "/programmes/{programme:str}/search"
    tags = ("Search",)

    @get()
    async def find(
        self,
        programme: FromPath[ProgrammeId],
        context: NamedDependency[RequestContext],
        listing: NamedDependency[ListOptions],
        q: Words,
    ) -> Found:
        """Search in the names, titles and texts of a programme that the caller may see, for things with all words of `q`."""
        return await search_programme(context.reader, programme, q, listing, await language_of(context.request))


class SearchInOrganisation(Controller):
    path = "/organisations/{organisation:str}/search"
    tags = ("Search",)

    @get()
    async def find(
        self,
        organisation: FromPath[OrganisationId],
        context: NamedDependency[RequestContext],
        listing: NamedDependency[ListOptions],
        q: Words,
    ) -> Found:
        """Search in the same way in what concerns an organisation, in all programmes of which the caller may see anything."""
        return await search_organisation(context.reader, organisation, q, listing, await language_of(context.request))
