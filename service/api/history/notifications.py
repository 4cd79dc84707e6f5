"""The caller's notifications, over HTTP."""

from litestar import Controller, get
from litestar.di import NamedDependency
from msgspec import Struct

from domain.foundation import Text
from projections.wording.event_lines import Entry, entry, ids_of
from projections.wording.sentences import SentenceStyle
from service.api.http.negotiation import language_of
from service.api.http.read_parameters import position
from service.api.requests.request_context import RequestContext
from service.operations.history import open_lines
from service.reading.names import names_of
from service.reading.notifications import as_seen_inside, newest
from service.reading.options import MAX_POSITION, BadText, ListOptions
from service.reading.permissions import INSIDE_ROLES, NAMING_ROLES, team_rights


class Notifications(Struct, frozen=True):
    """Notifications, the newest first. `next`: the `cursor` of the following page of older ones; null at the end."""

    items: list[Entry]
    next: str | None


class OwnNotifications(Controller):
    path = "/me/notifications"
    tags = ("The caller",)

    @get()
    async def list_all(
        self, context: NamedDependency[RequestContext], current: NamedDependency[ListOptions]
    ) -> Notifications:
        """List what others did that concerns the caller or one of their CoPs, in words, the newest first."""
        await context.reader.wait_for_views(current.at_least)
        rights = await team_rights(context.reader)
        found = await newest(context.reader, rights, _position(current.cursor), current.limit + 1)
        shown = [as_seen_inside(context.reader, rights, one) for one in found[: current.limit]]
        names = await names_of(context.kring, {id_ for line in shown for id_ in ids_of(line)})
        outside = context.caller.role not in INSIDE_ROLES
        await open_lines(context.kring, shown, names, outside=outside)
        style = SentenceStyle(await language_of(context.request), pseudonyms=context.caller.role not in NAMING_ROLES)
        lines = [entry(one, one.position, names, style, outside=outside) for one in shown]
        return Notifications(lines, str(shown[-1].position) if len(found) > current.limit else None)


def _position(cursor: str) -> int:
    """The position before which to continue. Raises `BadText`."""
    if not cursor:
        return MAX_POSITION
    if (named := position(cursor)) is None:
        raise BadText("cursor", Text(en="is not a cursor of this list", nl="is geen cursor van deze lijst"))
    return named
