"""Comments on a team's work, and what it shares, as far as their reader may see them."""

from domain.foundation import NotFound, TeamId
from projections import sharing as views
from projections.query import ViewQuery
from projections.shared_visibility import visible_shares
from service.reading.options import ListOptions, Page, page_of
from service.reading.reader import Reader, key_pattern
from service.reading.team_work import work_of


async def comments_of_team(
    reader: Reader, team: TeamId, listing: ListOptions, query: ViewQuery = views.COMMENTS_OF_TEAM
) -> Page[views.Comment]:
    """A page of the comments on a team's work that the caller may see, unsealed. Raises `NotFound`."""
    work = await work_of(reader, team, listing.reading)
    if not (
        work.reads_all or work.rights.is_former_member(team) or any(one.startswith("comment_") for one in work.shared)
    ):
        raise NotFound
    scope = (team, work.reads_all, work.shared, work.rights.author)
    page = await work.page(views.COMMENTS, query, *scope, listing=listing)
    await reader.unseal(page.items)
    return page


async def shares_of_team(reader: Reader, team: TeamId, listing: ListOptions) -> Page[views.Share]:
    """A page of the shares of a team that the caller may see. Raises `NotFound`."""
    work = await work_of(reader, team, listing.reading)
    if work.outside is None:
        return await reader.page(views.SHARES, views.SHARES_OF_TEAM, team, listing=listing, scope=team)
    await reader.wait_for_views(listing.at_least)
    shown = visible_shares(team, work.rights.require_team().programme, work.outside)
    return Page(*page_of(shown, listing, views.SHARES.key_of, key_pattern(views.SHARES)))
