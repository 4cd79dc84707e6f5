"""Files in the work of teams: their descriptions, not their contents."""

from datetime import datetime
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from domain.events.files import FileAttached
from domain.events.presentation import AdviceDelivered, AdvicePresented
from domain.events.sharing import Circle, WorkShared
from domain.foundation import Digest, FileId, MediaType, ProgrammeId, TeamId, Words
from projections.query import ViewQuery
from projections.research import shared_item
from projections.view import EventMetadata, On, View, ids, one_row, row_per_id


class File(Struct, frozen=True, kw_only=True, rename=ids("team", "programme")):
    """One row per file. `size`: in bytes. `sha256`: of its bytes. `handed_over`: to the commissioner, with an advice."""

    id: FileId
    team: TeamId
    programme: ProgrammeId
    status: Literal["attached"] = "attached"
    name: Words
    media_type: MediaType
    size: int
    sha256: Digest
    handed_over: bool = False
    shared_with: tuple[Circle, ...] = ()
    attached_by: str
    attached_at: datetime


def attached(_: File | None, event: FileAttached, at: EventMetadata) -> File:
    return File(
        id=event.file,
        team=event.team,
        programme=event.programme,
        name=event.name,
        media_type=event.media_type,
        size=event.size,
        sha256=event.sha256,
        attached_by=at.actor,
        attached_at=at.stated_at,
    )


def handed_over(row: File, _: AdvicePresented | AdviceDelivered, __: EventMetadata) -> File:
    return replace(row, handed_over=True)


def shared(row: File, event: WorkShared, _: EventMetadata) -> File:
    return replace(row, shared_with=tuple(sorted({*row.shared_with, event.circle})))


FILES = View(
    "files",
    File,
    {
        FileAttached: On(one_row("file"), attached),
        AdvicePresented: On(row_per_id("file_ids"), handed_over),
        AdviceDelivered: On(row_per_id("file_ids"), handed_over),
        WorkShared: On(shared_item("file_"), shared),
    },
)

FILES_OF_TEAM = ViewQuery(
    """
    -- A team's files: all if the reader may read all work ($4); else, for organisations ($5), those handed over with an advice,
    -- and for everybody those shared with them ($6) or attached by them ($7).
    select * from {files}
    where team_id = $3 and key > $1 and ($4 or $5 and handed_over or key = any($6) or attached_by = $7)
    order by key limit $2
    """,
    FILES,
)
