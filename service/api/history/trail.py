"""An organisation's trail over HTTP: every event visible to it, in words, in the order of the log."""

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct

from domain.foundation import OrganisationId
from projections.wording.event_lines import Entry, NeverVisible
from service.api.http.negotiation import language_of
from service.api.http.read_parameters import Limit, Position, started_after
from service.api.requests.request_context import RequestContext
from service.reading.feed import require_reached
from service.reading.options import ReadOptions
from service.reading.permissions import organisation_rights
from service.reading.trail import entries, events_after, never_visible_types, readable_programmes, sentence_style


class Trail(Struct, frozen=True):
    """A page of a trail. `never_told`, on the first page: types never visible to organisations. `next`: continue `after` it."""

    never_told: list[NeverVisible]
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
        """Show the events that are visible to an organisation, in the language of the request; `cursor` is `after`.

        The organisation and its auditors see all of them, managers those of their programmes, each with its index in the trail.
        """
        access = await organisation_rights(context.reader, organisation)
        await context.reader.wait_for_views(reading.at_least)
        until = await context.reader.position_of(reading)
        within = await readable_programmes(context.reader, access, organisation, until)
        start = started_after(after, cursor)
        await require_reached(context.kring.log, start)
        lines, more = await events_after(
            context.kring, f"to:{organisation}", start, limit, programmes=within, until=until
        )
        style = await sentence_style(context.kring, access.rights, organisation, await language_of(context.request))
        return Trail(
            never_told=[] if start else await never_visible_types(context.kring, organisation, within, until),
            items=await entries(context.kring, organisation, lines, style, until, within=within),
            next=lines[-1].position if more else None,
        )
