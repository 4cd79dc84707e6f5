"""Comments on a team's work, and what the team shares of it."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from domain.events.sharing import Circle, CommentAdded, CommentedPart, WorkShared
from domain.foundation import AnyId, CommentId, PersonId, ProgrammeId, TeamId, Words
from projections.query import ViewQuery
from projections.view import EventMetadata, On, View, ids, one_row


class Comment(Struct, frozen=True, kw_only=True, rename=ids("team", "programme", "author")):
    """One row per comment. `author` None: a token without a person. `part`, `version`: what exactly it is about (rule 35)."""

    id: CommentId
    team: TeamId
    programme: ProgrammeId
    status: Literal["added"] = "added"
    author: PersonId | None
    on: AnyId
    part: CommentedPart | None = None
    version: int | None = None
    text: Words
    answers: CommentId | None
    added_at: datetime


class Share(Struct, frozen=True, kw_only=True, rename=ids("item", "team", "programme")):
    """One row per thing that a team shares: `item/team`. `id`: that of the thing. `version` None: whatever it is now."""

    id: AnyId
    item: AnyId
    team: TeamId
    programme: ProgrammeId
    status: Literal["shared"] = "shared"
    shared_with: tuple[Circle, ...]
    version: int | None
    shared_at: datetime


def commented(_: Comment | None, event: CommentAdded, at: EventMetadata) -> Comment:
    return Comment(
        id=event.comment,
        team=event.team,
        programme=event.programme,
        author=event.author,
        on=event.on,
        part=event.part,
        version=event.version,
        text=event.text,
        answers=event.answers,
        added_at=at.stated_at,
    )


def shared(row: Share | None, event: WorkShared, at: EventMetadata) -> Share:
    before = row.shared_with if row else ()
    return Share(
        id=event.item,
        item=event.item,
        team=event.team,
        programme=event.programme,
        shared_with=tuple(sorted({*before, event.circle})),
        version=event.version,
        shared_at=at.stated_at,
    )


COMMENTS = View("comments", Comment, {CommentAdded: On(one_row("comment"), commented)})
SHARES = View("shares", Share, {WorkShared: On(one_row("item", "team"), shared)}, key=("item", "team"))

SHARES_OF_TEAM = ViewQuery(
    """
    -- The shares of a team.
    select * from {shares} where team_id = $3 and key > $1 order by key limit $2
    """,
    SHARES,
)

COMMITMENTS_SHARED = ViewQuery(
    """
    -- The commitments that the CoPs of a programme share with it.
    select * from {shares} where programme_id = $1 and item_id like 'commitment\\_%' and shared_with ? 'programme'
    order by key limit $2
    """,
    SHARES,
)

COMMENTS_OF_TEAM = ViewQuery(
    """
    -- The comments on a team's work: all ($4), or those shared with the reader ($5) or written by them ($6).
    select * from {comments} where team_id = $3 and key > $1 and ($4 or key = any($5) or author_id = $6) order by key limit $2
    """,
    COMMENTS,
)

NEWEST_COMMENTS = ViewQuery(
    """
    -- The same, the newest first; $1 is the last one of the page before.
    select * from {comments}
    where team_id = $3 and ($1 = '' or key < $1) and ($4 or key = any($5) or author_id = $6) order by key desc limit $2
    """,
    COMMENTS,
)

COMMENTS_ON = ViewQuery(
    """
    -- The comments on one thing ($7) of a team's work: all ($4), or those shared with the reader ($5) or written by them ($6).
    select * from {comments}
    where team_id = $3 and "on" = $7 and key > $1 and ($4 or key = any($5) or author_id = $6) order by key limit $2
    """,
    COMMENTS,
)
