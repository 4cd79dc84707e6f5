"""Recommendations, as far as their reader may see them."""

from datetime import datetime

from domain.foundation import (
    NotFound,
    RecommendationId,
    TeamId,
)
from projections import recommendations as views
from service.reading.options import ListOptions, Page, ReadOptions
from service.reading.reader import Reader
from service.reading.team_work import TeamWork, visible_one, work_of


def as_visible(work: TeamWork, row: views.Recommendation, at: datetime) -> views.Recommendation | None:
    """The recommendation as of this time, as far as the reader may see it; None if they may not see it."""
    row = views.as_of(row, at)
    if work.outside is None:
        return row
    if work.for_organisation and row.presented_version is not None:
        return views.as_presented(row)
    author = work.rights.author
    if author is not None and any(one.written_by == author for one in row.versions):
        return views.as_written_by(row, author)
    if work.outside.shows(row.id):
        return views.as_shared(row, work.outside.versions(row.id), work.outside.shows)
    return None


async def visible_recommendation(
    reader: Reader, recommendation: RecommendationId, reading: ReadOptions
) -> tuple[views.Recommendation, TeamWork]:
    """The recommendation as the caller may see it, closed, and the work of its team. Raises `NotFound`."""
    row, work = await visible_one(reader, views.RECOMMENDATIONS, recommendation, lambda one: one.team, reading)
    shown = as_visible(work, row, await reader.time_of(reading))
    if shown is None:
        raise NotFound
    return shown, work


async def recommendations_of_team(reader: Reader, team: TeamId, listing: ListOptions) -> Page[views.Recommendation]:
    """A page of the recommendations of a team that the caller may see, unsealed. Raises `NotFound`."""
    work, at = await work_of(reader, team, listing.reading), await reader.time_of(listing.reading)
    scope = (team, work.reads_all, work.for_organisation, work.shared, work.rights.author)
    page = await work.page(views.RECOMMENDATIONS, views.RECOMMENDATIONS_OF_TEAM, *scope, listing=listing)
    rows = [one for row in page.items if (one := as_visible(work, row, at)) is not None]
    await reader.unseal(rows)
    return Page(rows, page.next)
