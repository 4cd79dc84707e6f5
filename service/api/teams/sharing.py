"""Comments on a team's work, and what it shares, over HTTP. Their commands are in `domain.spanning.sharing`."""

from typing import Annotated

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from domain.events.sharing import Circle, CommentedPart
from domain.foundation import AnyId, CommentId, TeamId, Words
from domain.spanning.sharing import AddComment, ShareWork
from projections import sharing as views
from service.api.http.bodies import Body, Prose
from service.api.requests.request_context import RequestContext
from service.reading.options import ListOptions, Page, ReadOptions
from service.reading.reader import Reader
from service.reading.sharing import comments_of_team, shares_of_team
from service.reading.team_work import own_or_shared

Version = Annotated[int, Meta(ge=1, le=1_000_000)]


class NewComment(Body):
    """A comment on a thing of the team. `answers`: the comment that this one answers.

    `part`: the part of the team's advice, or the minutes of a gathering. `version`: that of the part or of a recommendation, by
    default the last.
    """

    on: AnyId
    text: Prose
    part: CommentedPart | None = None
    version: Version | None = None
    answers: CommentId | None = None


class NewShare(Body, rename={"circle": "with"}):
    """A thing of the team to share with its commissioner or its programme. `version`: that version only."""

    item_id: AnyId
    circle: Circle
    version: Version | None = None


class SharingOfTeam(Controller):
    path = "/teams/{team:str}"
    tags = ("Sharing",)

    @post("/comments")
    async def comment(
        self, team: FromPath[TeamId], data: JSONBody[NewComment], context: NamedDependency[RequestContext]
    ) -> Response[views.Comment]:
        """Add a comment."""
        return await context.create(
            "comment",
            data,
            lambda new, by: AddComment(
                new,
                team=team,
                on=data.on,
                text=Words(data.text),
                part=data.part,
                version=data.version,
                answers=data.answers,
                by=by,
            ),
            views.COMMENTS,
        )

    @get("/comments")
    async def comments(
        self, team: FromPath[TeamId], reader: NamedDependency[Reader], listing: NamedDependency[ListOptions]
    ) -> Page[views.Comment]:
        """List the comments on a team's work that the caller may see; for former members, their own."""
        return await comments_of_team(reader, team, listing)

    @post("/shares")
    async def share(
        self, team: FromPath[TeamId], data: JSONBody[NewShare], context: NamedDependency[RequestContext]
    ) -> Response[views.Share]:
        """Share a thing of the team."""
        return await context.execute(
            data,
            lambda by: ShareWork(data.item_id, team=team, circle=data.circle, version=data.version, by=by),
            views.SHARES,
            f"{data.item_id}/{team}",
            status=201,
        )

    @get("/shares")
    async def shares(
        self, team: FromPath[TeamId], reader: NamedDependency[Reader], listing: NamedDependency[ListOptions]
    ) -> Page[views.Share]:
        """List what a team shares with the caller; for the team, all that it shares."""
        return await shares_of_team(reader, team, listing)


class Comments(Controller):
    path = "/comments/{comment:str}"
    tags = ("Sharing",)

    @get()
    async def show(
        self, comment: FromPath[CommentId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> views.Comment:
        """Show a comment."""
        row, _ = await own_or_shared(reader, views.COMMENTS, comment, lambda one: (one.team, one.author), reading)
        await reader.unseal([row])
        return row
