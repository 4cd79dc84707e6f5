"""Notifications: what others did that concerns a caller or a team of theirs."""

from eventsourcing.dcb.api import DCBQuery, DCBQueryItem

from domain.foundation import TokenRole
from domain.teams.team import TeamRights
from projections.feed_access import teams_among
from projections.wording.story_line import Told, inside
from service.operations.history import told
from service.reading.feed import programme_of, sees
from service.reading.permissions import own_teams
from service.reading.reader import Reader
from service.store.log.types import Recorded

AT_A_TIME = 200  # events


OUTSIDE: tuple[TokenRole, ...] = ("commissioner", "auditor", "reporting")
"""Who reads from outside the programme: reasons about people stay on record only, and auditors read pseudonyms."""


def as_seen_inside(reader: Reader, rights: TeamRights, recorded: Recorded) -> Told:
    """A line as the caller may read it who takes part in, or guides, the programme."""
    programme, teams = programme_of(recorded.tags), teams_among(recorded.tags)
    guides = programme is not None and any(rights.facilitates(programme, one) for one in (teams or [None]))
    return inside(told(reader.kring, recorded), reader.caller.actor, guides=guides)


async def newest(reader: Reader, rights: TeamRights, before: int, many: int) -> list[Recorded]:
    """So many events before a position that concern the caller or a CoP of theirs, by others; the newest first."""
    mine = [] if reader.caller.person is None else [reader.caller.person]
    items = [DCBQueryItem(tags=[one]) for one in (*mine, *own_teams(rights))]
    found = list[Recorded]()
    while items and before > 1 and len(found) < many:
        page, _ = await reader.kring.log.read(DCBQuery(items), until=before - 1, limit=AT_A_TIME, newest=True)
        found += [one for one in reversed(page) if one.actor != reader.caller.actor and sees(rights, one)]
        before = page[0].position if page else 0
    return found[:many]
