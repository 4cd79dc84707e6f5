"""The home page of a participant: what asks something of them, what is new, and what comes."""

import asyncio
from typing import Any

from litestar import Response

from projections.ballots import Ballot
from projections.derived.phases import by_team
from projections.teams import TEAMS
from service.pages.frame.visit import Visit
from service.pages.home import asked
from service.pages.home.news import news_of, path_of
from service.reading import agenda
from service.reading.ballots import newest_open_ballot
from service.reading.options import ReadOptions
from service.reading.permissions import own_teams
from service.reading.to_dos import to_dos_of
from service.reading.trips import trip_rights

SHOWN_ENTRIES = 4


async def participant(visit: Visit) -> Response[Any]:
    """Show what asks something of a participant, what is new since they were last here, and what comes."""
    reader = visit.reader
    views = await reader.wait_for_views(visit.recorded)
    rights = await trip_rights(reader)
    to_dos, entries, ballot, teams = await asyncio.gather(
        to_dos_of(reader, views, rights),
        agenda.entries(visit.kring, rights, visit.at),
        open_ballot(visit),
        views.several(TEAMS, own_teams(rights)),
    )
    coming = agenda.by_time(entries)[:SHOWN_ENTRIES]
    shown, news, titled = await asyncio.gather(
        asked.shown(visit, to_dos), news_of(visit, to_dos), agenda.with_titles(visit.kring, coming, visit.language)
    )
    ids = [*(one.about for one in shown), *(one for team in teams for one in (*team.members, team.id))]
    answer = visit.page(
        "home/participant.html",
        here="/",
        live=visit.programme,
        asked=shown,
        more=len(to_dos) - len(shown),
        coming=titled,
        news=news,
        path_of=path_of,
        ballot=ballot,
        turnout=0 if ballot is None else ballot.turnout,
        days=None if ballot is None else asked.days_until(visit, ballot.closes_at),
        teams=teams,
        phases_of={} if visit.programme is None else by_team(await visit.reached(visit.programme)),
        names=await visit.names([visit.person, *ids]),
    )
    return news.remember(visit, answer)


async def open_ballot(visit: Visit) -> Ballot | None:
    """The open ballot of the programme, the newest if there are several, with its turnout."""
    if visit.programme is None:
        return None
    return await newest_open_ballot(visit.reader, visit.programme, ReadOptions(at_least=visit.recorded))
