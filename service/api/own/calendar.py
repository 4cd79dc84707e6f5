"""Calendar links: a personal link that shows the holder's agenda as iCalendar (RFC 5545)."""

# icalendar says little about its types:
# pyright: reportUnknownMemberType=false

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Literal

from icalendar import Calendar, Event
from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from domain.foundation import CalendarId, NotFound
from domain.people.calendar import LinkCalendar
from projections.derived.agenda import AgendaEntry
from service.api.http.bodies import Body
from service.api.http.negotiation import language_of
from service.api.requests.request_context import RequestContext
from service.auth.calendars import linked_by, new_link
from service.clock_and_ids import now
from service.kring import Kring
from service.reading.agenda import agenda_of_person, with_titles

MEDIA_TYPE = "text/calendar"
PRODUCT = "-//Kring//Kring//EN"  # RFC 5545 §3.7.3


class CalendarLink(Struct, frozen=True):
    """A link that shows the caller's agenda to anyone who has it. It replaces an earlier link.

    `path` is shown once: the answer to a repeated command has none.
    """

    id: CalendarId
    status: Literal["active"]
    path: str | None


class OwnCalendar(Controller):
    path = "/me/calendar"
    tags = ("The caller",)

    @post()
    async def make(
        self, context: NamedDependency[RequestContext], data: JSONBody[Body | None] = None
    ) -> Response[CalendarLink]:
        """Make a new calendar link, which replaces the old one."""
        person, link = await context.reader.person(), new_link()
        receipt = await context.submit(
            data,
            lambda by: LinkCalendar(link.id, person=person, secret_digest=link.secret_digest, by=by),
            resource=link.id,
        )
        shown = CalendarLink(
            CalendarId(receipt.resource_id or link.id),
            "active",
            None if receipt.repeated else f"/api/v1/calendar/{link.text}.ics",
        )
        return Response(shown, status_code=201, headers={"Kring-Position": str(receipt.last)})


@get("/calendar/{link:str}", opt={"exclude_from_auth": True}, tags=["The caller"])
async def calendar(link: FromPath[str], request: Request[Any, Any, Any]) -> Response[str]:
    """Show the agenda behind a calendar link as iCalendar (RFC 5545)."""
    kring: Kring = request.app.state.kring
    linked = await linked_by(kring.commands, link.removesuffix(".ics"))
    if linked is None:
        raise NotFound
    found = await agenda_of_person(kring, linked.person, linked.programmes)
    named = await with_titles(kring, found, await language_of(request, linked.person))
    return Response(icalendar(named).to_ical().decode(), media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"})


def icalendar(found: Sequence[AgendaEntry]) -> Calendar:
    """The entries as iCalendar: times in UTC, days as dates with an exclusive end (RFC 5545 §3.6.1)."""
    document = Calendar()
    document.add("prodid", PRODUCT)
    document.add("version", "2.0")
    document.add("method", "PUBLISH")
    stamp = now()
    for one in found:
        event = Event()
        event.add("uid", one.uid)
        event.add("sequence", one.sequence)
        event.add("dtstamp", stamp)
        event.add("summary", one.title)
        event.add("dtstart", one.starts_at or one.starts_on)
        event.add("dtend", one.ends_at or (one.ends_on and one.ends_on + timedelta(days=1)))
        event.add("status", "CANCELLED" if one.status == "cancelled" else "CONFIRMED")
        if one.place is not None and one.place.text is not None:
            event.add("location", one.place.text)
        document.add_component(event)
    return document
