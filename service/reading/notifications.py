"""Notifications: events by others that concern a caller or one of their CoPs."""

from eventsourcing.dcb.api import DCBQuery, DCBQueryItem

from domain.teams.team import TeamRights
from projections.wording.event_lines import LoggedEvent, as_visible_inside
from service.operations.history import as_line
from service.reading.feed import can_read, programme_of, teams_among
from service.reading.permissions import own_teams
from service.reading.reader import Reader
from service.store.log.types import RecordedEvent

PAGE_EVENTS = 200
"""Events read from the log at a time."""


def as_seen_inside(reader: Reader, rights: TeamRights, recorded: RecordedEvent) -> LoggedEvent:
    """The event as a caller inside the programme may read it."""
    programme, teams = programme_of(recorded.tags), teams_among(recorded.tags)
    facilitates = programme is not None and any(rights.facilitates(programme, one) for one in (teams or [None]))
    return as_visible_inside(as_line(reader.kring, recorded), reader.caller.actor, facilitates=facilitates)


async def newest(reader: Reader, rights: TeamRights, before: int, many: int) -> list[RecordedEvent]:
    """At most `many` events by others before a position that concern the caller or one of their CoPs, the newest first."""
    mine = [] if reader.caller.person is None else [reader.caller.person]
    items = [DCBQueryItem(tags=[one]) for one in (*mine, *own_teams(rights))]
    found = list[RecordedEvent]()
    while items and before > 1 and len(found) < many:
        page, _ = await reader.kring.log.read(DCBQuery(items), until=before - 1, limit=PAGE_EVENTS, newest=True)
        found += [one for one in reversed(page) if one.actor != reader.caller.actor and can_read(rights, one)]
        before = page[0].position if page else 0
    return found[:many]
