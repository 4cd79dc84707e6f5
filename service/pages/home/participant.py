"""The home page of a participant: what asks something of them, what is new, and what comes."""

from typing import Any

from litestar import Response

from projections.ballots import BALLOTS, BALLOTS_OF_PROGRAMME, Ballot
from projections.derived.phases import by_team
from projections.teams import TEAMS
from service.pages.frame.visit import Visit
from service.pages.home import asked
from service.pages.home.news import news_of, path_of
from service.reading import agenda
from service.reading.ballots import turnout
from service.reading.options import ListOptions
from service.reading.permissions import own_teams
from service.reading.to_dos import to_dos_of
from service.reading.trips import trip_rights

SHOWN_ENTRIES = 4


async def participant(visit: Visit) -> Response[Any]:
    """Show what asks something of a participant, what is new since they were last here, and what comes."""
    reader = visit.reader
    views = await reader.wait_for_views(visit.recorded)
    rights = await trip_rights(reader)
    to_dos = await to_dos_of(reader, views, rights)
    shown = await asked.shown(visit, to_dos)
    coming = agenda.by_time(await agenda.entries(visit.kring, rights, visit.at))[:SHOWN_ENTRIES]
    ballot, papers = await open_ballot(visit)
    news = await news_of(visit, to_dos)
    teams = [one for team in own_teams(rights) if (one := await views.one(TEAMS, team)) is not None]
    ids = [*(one.about for one in shown), *(one for team in teams for one in (*team.members, team.id))]
    answer = visit.page(
        "home/participant.html",
        here="/",
        live=visit.programme,
        asked=shown,
        more=len(to_dos) - len(shown),
        coming=await agenda.with_titles(visit.kring, coming, visit.language),
        news=news,
        path_of=path_of,
        ballot=ballot,
        turnout=papers,
        days=None if ballot is None else asked.days_until(visit, ballot.closes_at),
        teams=teams,
        phases_of={} if visit.programme is None else by_team(await visit.reached(visit.programme)),
        names=await visit.names([visit.person, *ids]),
    )
    return news.remember(visit, answer)


async def open_ballot(visit: Visit) -> tuple[Ballot | None, int]:
    """The open ballot of the programme, the newest if there are several, and its number of papers."""
    found = await visit.reader.page(
        BALLOTS, BALLOTS_OF_PROGRAMME, visit.programme, True, [], listing=ListOptions(at_least=visit.recorded)
    )
    ballot = next((one for one in reversed(found.items) if one.status == "open"), None)
    return ballot, 0 if ballot is None else await turnout(visit.reader, ballot.id, visit.reading)
