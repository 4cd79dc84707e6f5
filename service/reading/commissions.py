"""Commissions: the challenges of an organisation with everything that came of each, as far as their reader may see it."""

from typing import NamedTuple

from domain.foundation import OrganisationId, TeamId
from projections.challenges import Challenge
from projections.commitments import Commitment
from projections.recommendations import PRESENTED_OF_TEAMS, RECOMMENDATIONS, Recommendation
from projections.teams import TEAMS_OF_CHALLENGES, Team
from service.reading.challenges import challenges_of_organisation
from service.reading.commitments import commitments_of_organisation
from service.reading.options import ListOptions, Page, ReadOptions
from service.reading.reader import Reader
from service.reading.recommendations import as_visible
from service.reading.team_work import works_of
from service.reading.teams import can_see_team

MAX_TEAMS = 100
MAX_RECOMMENDATIONS = 500
MAX_COMMITMENTS = 500


class Commission(NamedTuple):
    """A challenge, the CoPs on it, the recommendations that they presented, and the commitments on these."""

    challenge: Challenge
    teams: list[Team]
    recommendations: list[Recommendation]
    commitments: list[Commitment]


async def commissions_of(reader: Reader, organisation: OrganisationId, listing: ListOptions) -> Page[Commission]:
    """A page of the commissions of an organisation, the newest first, unsealed. Raises `NotFound`."""
    page = await challenges_of_organisation(reader, organisation, listing)
    teams = await _teams(reader, page.items, listing.reading)
    advised = await _recommendations(reader, teams, listing.reading)
    promised = await commitments_of_organisation(
        reader, organisation, ListOptions("", MAX_COMMITMENTS, listing.at_least, listing.as_of)
    )
    return Page([_commission(one, teams, advised, promised.items) for one in page.items], page.next)


def _commission(
    challenge: Challenge, teams: list[Team], advised: list[Recommendation], promised: list[Commitment]
) -> Commission:
    working = [one for one in teams if one.challenge == challenge.id]
    theirs = {one.id for one in working}
    return Commission(
        challenge,
        working,
        [one for one in advised if one.team in theirs],
        [one for one in promised if one.challenge == challenge.id],
    )


async def _teams(reader: Reader, challenges: list[Challenge], reading: ReadOptions) -> list[Team]:
    if not challenges:
        return []
    views = await reader.views(reading, *sorted({one.programme for one in challenges}))
    rights = await reader.rights()
    found = await views.rows(Team, TEAMS_OF_CHALLENGES, [one.id for one in challenges], MAX_TEAMS)
    return [one for one in found if can_see_team(rights, one)]


async def _recommendations(reader: Reader, teams: list[Team], reading: ReadOptions) -> list[Recommendation]:
    """The recommendations that these CoPs presented, as the reader may see them."""
    if not teams:
        return []
    views, at = await reader.views(reading, *sorted({one.programme for one in teams})), await reader.time_of(reading)
    works = await works_of(reader, [TeamId(one.id) for one in teams], reading)
    rows = await views.rows(Recommendation, PRESENTED_OF_TEAMS, sorted(works), MAX_RECOMMENDATIONS)
    found = list[Recommendation]()
    for team, work in works.items():
        visible = await work.visible(RECOMMENDATIONS, *(one for one in rows if one.team == team))
        found += [shown for one in visible if one is not None and (shown := as_visible(work, one, at)) is not None]
    await reader.unseal(found)
    return found
