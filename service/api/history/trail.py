"""An organisation's trail over HTTP: every event that it was told, in words, in the order in which they were recorded."""

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct

from domain.foundation import OrganisationId
from projections.wording.story_line import Entry, NeverTold
from service.api.http.negotiation import language_of
from service.api.http.read_parameters import Limit, Position, started_after
from service.api.requests.request_context import RequestContext
from service.reading.feed import require_reached
from service.reading.options import ReadOptions
from service.reading.permissions import organisation_rights
from service.reading.trail import entries, kinds_never_told, readable_programmes, reader_of, told_after


class Trail(Struct, frozen=True):
    """A part of a trail. `never_told`, on the first page: the kinds that no organisation is told. `next`: read on `after` it."""

    never_told: list[NeverTold]
    items: list[Entry]
    next: int | None


class TrailOfOrganisation(Controller):
    path = "/organisations/{organisation:str}/trail"
    tags = ("Trail",)

    @get()
    async def read(
        self,
        organisation: FromPath[OrganisationId],
        context: NamedDependency[RequestContext],
        reading: NamedDependency[ReadOptions],
        after: Position = None,
        cursor: Position = None,
        limit: Limit = 50,
    ) -> Trail:
        """Show what the organisation was told, in the language that the caller asks for; `cursor` is `after`.

        All of it to whose it is and who audits it; to managers that of their programmes, each line with its index in the whole.
        """
        rights = await organisation_rights(context.reader, organisation)
        await context.reader.wait_for_views(reading.at_least)
        until = await context.reader.position_of(reading)
        within = await readable_programmes(context.reader, rights, organisation, until)
        start = started_after(after, cursor)
        await require_reached(context.kring.log, start)
        stories, more = await told_after(
            context.kring, f"to:{organisation}", start, limit, programmes=within, until=until
        )
        style = await reader_of(context.kring, rights, organisation, await language_of(context.request))
        return Trail(
            never_told=[] if start else await kinds_never_told(context.kring, organisation, within, until),
            items=await entries(context.kring, organisation, stories, style, until, within=within),
            next=stories[-1].position if more else None,
        )
