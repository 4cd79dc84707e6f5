"""Announcements of programmes to their participants."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from domain.events.announcements import AnnouncementMade
from domain.foundation import AnnouncementId, PersonId, ProgrammeId, Words
from projections.query import ViewQuery
from projections.view import EventMetadata, On, View, ids, one_row


class Announcement(Struct, frozen=True, kw_only=True, rename=ids("programme", "author")):
    """One row per announcement. `told`: the number of people who got it by mail. `author` None: a token without a person."""

    id: AnnouncementId
    programme: ProgrammeId
    status: Literal["made"] = "made"
    author: PersonId | None
    text: Words
    told: int
    made_at: datetime


def made(_: Announcement | None, event: AnnouncementMade, at: EventMetadata) -> Announcement:
    return Announcement(
        id=event.announcement,
        programme=event.programme,
        author=PersonId(at.actor) if at.actor.startswith("person_") else None,
        text=event.text,
        told=len(event.told),
        made_at=at.stated_at,
    )


ANNOUNCEMENTS = View("announcements", Announcement, {AnnouncementMade: On(one_row("announcement"), made)})

ANNOUNCEMENTS_OF_PROGRAMME = ViewQuery(
    """
    -- The announcements of one programme, in the order in which they were made.
    select * from {announcements} where programme_id = $3 and key > $1 order by key limit $2
    """,
    ANNOUNCEMENTS,
)
