"""What others did that concerns the caller, in words, over HTTP."""

from eventsourcing.dcb.api import DCBQuery, DCBQueryItem
from litestar import Controller, get
from litestar.di import NamedDependency
from msgspec import Struct

from domain.foundation import Text, TokenRole
from domain.teams.team import TeamRights
from projections.feed_access import teams_among
from projections.wording.sentences import Reader
from projections.wording.story_line import Entry, Told, entry, ids_of, inside
from service.api.access.names import names_of
from service.api.access.permissions import own_teams, team_rights
from service.api.history import feed
from service.api.http.bodies import BadText
from service.api.http.negotiation import language_of
from service.api.http.read_parameters import LATEST, Listing, position
from service.api.requests.request_context import Asking
from service.operations.history import open_story, told
from service.store.log.types import Recorded

AT_A_TIME = 200  # facts
OUTSIDE: tuple[TokenRole, ...] = ("commissioner", "auditor", "reporting")
"""Who reads from outside the programme: reasons about people stay on record only, and auditors read pseudonyms."""


class Notifications(Struct, frozen=True):
    """What others did, the newest first. `next`: hand it in as `cursor` for what was before; None at the beginning."""

    items: list[Entry]
    next: str | None


class OwnNotifications(Controller):
    path = "/me/notifications"
    tags = ("What is one’s own",)

    @get()
    async def all(self, asking: NamedDependency[Asking], current: NamedDependency[Listing]) -> Notifications:
        """Show what others did that concerns the caller or a CoP of theirs, in words, the newest first."""
        await asking.ready(current.at_least)
        rights = await team_rights(asking)
        found = await _newest(asking, rights, _position(current.cursor), current.limit + 1)
        shown = [_inside(asking, rights, one) for one in found[: current.limit]]
        names = await names_of(asking.kring, {one for story in shown for one in ids_of(story)})
        outside = asking.by.role in OUTSIDE
        await open_story(asking.kring, shown, names, outside=outside)
        reader = Reader(await language_of(asking.request), pseudonyms=outside and asking.by.role != "commissioner")
        lines = [entry(one, one.position, names, reader, outside=outside) for one in shown]
        return Notifications(lines, str(shown[-1].position) if len(found) > current.limit else None)


def _inside(asking: Asking, rights: TeamRights, recorded: Recorded) -> Told:
    """A line as the caller may read it who takes part in, or guides, the programme."""
    programme, teams = feed.programme_of(recorded.tags), teams_among(recorded.tags)
    guides = programme is not None and any(rights.facilitates(programme, one) for one in (teams or [None]))
    return inside(told(asking.kring, recorded), asking.by.actor, guides=guides)


async def _newest(asking: Asking, rights: TeamRights, before: int, many: int) -> list[Recorded]:
    """So many facts before a position that concern the caller or a CoP of theirs, by others; the newest first."""
    mine = [] if asking.by.person is None else [asking.by.person]
    items = [DCBQueryItem(tags=[one]) for one in (*mine, *own_teams(rights))]
    found = list[Recorded]()
    while items and before > 1 and len(found) < many:
        page, _ = await asking.kring.log.read(DCBQuery(items), until=before - 1, limit=AT_A_TIME, newest=True)
        found += [one for one in reversed(page) if one.actor != asking.by.actor and feed.sees(rights, one)]
        before = page[0].position if page else 0
    return found[:many]


def _position(cursor: str) -> int:
    """The position before which to go on. Raises `BadText`."""
    if not cursor:
        return LATEST
    if (named := position(cursor)) is None:
        raise BadText("cursor", Text(en="is none of this list", nl="is geen plaats in deze lijst"))
    return named
