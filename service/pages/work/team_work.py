"""A CoP's work on pages: what the visitor may see of it and add to it, with comments and sharing on every thing."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from litestar import Response

from domain.events.sharing import Circle, CommentAdded, WorkShared
from domain.foundation import AnyId, CommentId, PersonId, Refusal, Selector, TeamId, Words
from domain.spanning.sharing import SHAREABLE, AddComment, ShareWork
from projections.sharing import COMMENTS, COMMENTS_ON, Comment
from projections.teams import TEAMS, Team
from service.api.http.bodies import Prose
from service.pages.frame.forms import Form, FormState, labelled
from service.pages.frame.visit import Visit
from service.reading.options import ListOptions
from service.reading.team_work import TeamWork, work_of

MAX_COMMENTS = 50
"""Comments on one page."""


class Remark(Form):
    """A comment on a thing."""

    text: Annotated[Prose, labelled("Your comment", "Je opmerking")]
    answers: Annotated[CommentId, labelled("In answer to", "In antwoord op")] | None = None


class Sharing(Form):
    """The people with whom to share a thing."""

    circle: Annotated[Circle, labelled("With whom", "Met wie")]


@dataclass(frozen=True)
class OpenTeam:
    """A CoP and its work, for one visit. `writes`: the visitor may add to it. `remarks`: they may comment on it."""

    visit: Visit
    team: Team
    work: TeamWork
    writes: bool
    remarks: bool
    shown_at: datetime

    @property
    def past(self) -> str:
        """The query that keeps a link at the time that the page shows; nothing for now."""
        as_of = self.visit.request.query_params.get("as_of", "")
        return f"?{urlencode({'as_of': as_of})}" if self.visit.is_past else ""

    def page(self, template: str, sub: str, **values: Any) -> Response[Any]:
        """Render one of the CoP's pages. `sub`: its item in the CoP's navigation."""
        return self.visit.page(
            template,
            here="/cop" if self.visit.role == "participant" else "/cops",
            has_past=True,
            live=self.team.id,
            shown_at=self.shown_at,
            opened=self,
            team=self.team,
            sub=sub,
            **values,
        )

    def listing(self, limit: int, cursor: str | None = None) -> ListOptions:
        """The options of a list on this page, from the cursor in its address on unless another is given."""
        start = self.visit.request.query_params.get("cursor", "") if cursor is None else cursor
        return ListOptions(start, limit, *self.visit.reading)


async def open_team(visit: Visit, team: TeamId) -> OpenTeam:
    """A CoP whose work the visitor may see. Raises `NotFound`."""
    work = await work_of(visit.reader, team, visit.reading)
    row = await visit.reader.existing_row(TEAMS, team, work.until)
    await visit.rights()
    shown_at = await visit.reader.time_of(visit.reading)
    return OpenTeam(visit, row, work, _writes(visit, work), _remarks(visit, work), shown_at)


@dataclass(frozen=True)
class Discussion:
    """The comments on a thing, and with whom it is shared. `circles`: those with whom the visitor can still share it."""

    thing: str
    comments: Sequence[Comment]
    following: str | None
    circles: Sequence[Circle]
    remark: FormState
    sharing: FormState

    @property
    def people(self) -> list[str]:
        """The authors, for their names."""
        return [one.author for one in self.comments if one.author is not None]

    @property
    def authors(self) -> dict[CommentId, PersonId | None]:
        """The author of each comment."""
        return {one.id: one.author for one in self.comments}


async def discussion_of(opened: OpenTeam, thing: str, shared_with: Sequence[Circle]) -> Discussion:
    """The comments on a thing that the visitor may see, and what they may still share it with."""
    visit, work = opened.visit, opened.work
    scope = (opened.team.id, work.reads_all, work.shared, work.rights.author, thing)
    listing = opened.listing(MAX_COMMENTS, visit.request.query_params.get("comments", ""))
    page = await work.page(COMMENTS, COMMENTS_ON, *scope, listing=listing)
    await visit.reader.unseal(page.items)
    kind = thing.rpartition("_")[0]
    possible = SHAREABLE.get(kind, frozenset[Circle]()) - {*shared_with}
    if opened.team.organisation is None:
        possible -= {"commissioner"}
    circles = sorted(possible) if opened.writes else []
    return Discussion(thing, page.items, page.next, circles, visit.form(Remark), visit.form(Sharing))


def discussion_selector(thing: str) -> Selector:
    """The events of comments on a thing, and of sharing it."""
    return Selector(types=[CommentAdded, WorkShared], tags=[thing])


Show = Callable[[Visit, Any], Awaitable[Response[Any]]]
TeamOf = Callable[[Visit, Any], Awaitable[TeamId]]


async def add_comment(visit: Visit, thing: str, path: str, team_of: TeamOf, show: Show) -> Response[Any]:
    """Comment on a thing of a CoP, by its form."""
    team = await team_of(visit, thing)
    return await visit.submit(
        Remark,
        lambda form, by, new: AddComment(
            new, team=team, on=AnyId(thing), text=Words(form.text), answers=form.answers, by=by
        ),
        creates="comment",
        then=f"{path}#comments",
        again=lambda: show(visit, thing),
    )


async def share(visit: Visit, thing: str, path: str, team_of: TeamOf, show: Show) -> Response[Any]:
    """Share a thing of a CoP, by its form."""
    team = await team_of(visit, thing)
    return await visit.submit(
        Sharing,
        lambda form, by, _: ShareWork(AnyId(thing), team=team, circle=form.circle, by=by),
        then=path,
        again=lambda: show(visit, thing),
    )


def _writes(visit: Visit, work: TeamWork) -> bool:
    return not visit.is_past and _is_allowed(lambda: work.rights.require_member_of(work.rights.team))


def _remarks(visit: Visit, work: TeamWork) -> bool:
    formed = work.rights.require_team()
    require = work.rights.require_member_or_facilitator
    return not visit.is_past and _is_allowed(lambda: require(work.rights.team, formed.programme, formed.organisation))


def _is_allowed(require: Callable[[], object]) -> bool:
    try:
        require()
    except Refusal:
        return False
    return True
