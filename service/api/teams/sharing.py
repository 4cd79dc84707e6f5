"""Comments on a team's work, and what it shares, over HTTP."""

from typing import Annotated

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from domain.events.sharing import Circle
from domain.foundation import AnyId, CommentId, NotFound, TeamId, Words
from domain.spanning.sharing import AddComment, ShareWork
from projections import research as views
from projections.shared_visibility import shares_beyond
from service.api.http.bodies import Body, Prose
from service.api.requests.request_context import RequestContext
from service.reading.options import ListOptions, Page, ReadOptions, part_of
from service.reading.reader import Reader, key_pattern
from service.reading.team_work import made_or_shown, work_of


class NewComment(Body):
    """Something said or asked about a thing of the team. `answers`: the comment that this answers."""

    on: AnyId
    text: Prose
    answers: CommentId | None = None


class NewShare(Body, rename={"circle": "with"}):
    """A thing of the team to show to its commissioner, or to the programme; no `version`: as it is."""

    item_id: AnyId
    circle: Circle
    version: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None


class SharingOfTeam(Controller):
    path = "/teams/{team:str}"
    tags = ("Sharing",)

    @post("/comments")
    async def comment(
        self, team: FromPath[TeamId], data: JSONBody[NewComment], context: NamedDependency[RequestContext]
    ) -> Response[views.Comment]:
        """Say or ask something."""
        return await context.create(
            "comment",
            data,
            lambda new, by: AddComment(new, team=team, on=data.on, text=Words(data.text), answers=data.answers, by=by),
            views.COMMENTS,
        )

    @get("/comments")
    async def comments(
        self, team: FromPath[TeamId], reader: NamedDependency[Reader], listing: NamedDependency[ListOptions]
    ) -> Page[views.Comment]:
        """List what is said about a team's work, as far as the caller sees it; to who left, what they said."""
        work = await work_of(reader, team, listing.reading)
        if not (work.reads_all or work.rights.left(team) or any(one.startswith("comment_") for one in work.shared)):
            raise NotFound
        seen = (team, work.reads_all, work.shared, work.rights.author)
        page = await work.page(views.COMMENTS, views.COMMENTS_OF_TEAM, *seen, listing=listing)
        await reader.unseal(page.items)
        return page

    @post("/shares")
    async def share(
        self, team: FromPath[TeamId], data: JSONBody[NewShare], context: NamedDependency[RequestContext]
    ) -> Response[views.Share]:
        """Show a thing of the team to others."""
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
        """List what a team shares, as far as it is shared with the caller."""
        work = await work_of(reader, team, listing.reading)
        if work.beyond is None:
            return await reader.page(views.SHARES, views.SHARES_OF_TEAM, team, listing=listing, scope=team)
        await reader.wait_for_views(listing.at_least)
        shown = shares_beyond(team, work.rights.require_team().programme, work.beyond)
        return Page(*part_of(shown, listing, views.SHARES.key_of, key_pattern(views.SHARES)))


class Comments(Controller):
    path = "/comments/{comment:str}"
    tags = ("Sharing",)

    @get()
    async def one(
        self, comment: FromPath[CommentId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> views.Comment:
        """Show a comment."""
        row, _ = await made_or_shown(reader, views.COMMENTS, comment, lambda one: (one.team, one.author), reading)
        await reader.unseal([row])
        return row
