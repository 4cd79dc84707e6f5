"""The home page: for a participant, what asks something of them, what happened, and what comes."""

from typing import Any

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from projections.ballots import BALLOTS, BALLOTS_OF_PROGRAMME
from projections.derived.phases import by_team
from projections.derived.to_dos import ToDo
from projections.teams import TEAMS
from service.pages.facts import in_words_of
from service.pages.frame.addresses import address
from service.pages.frame.visit import PUBLIC, Visit
from service.pages.start import start_page
from service.reading import agenda, to_dos
from service.reading.ballots import turnout
from service.reading.notifications import newest
from service.reading.options import MAX_POSITION, ListOptions
from service.reading.permissions import own_teams
from service.reading.trips import trip_rights

SHOWN_EVENTS, SHOWN_ENTRIES, SHOWN_TO_DOS = 6, 4, 6


class Home(Controller):
    """The home page."""

    path = "/"
    opt = {PUBLIC: True}  # noqa: RUF012  declared by Litestar

    @get()
    async def home(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """Show the home page of the role, or the start page to those who are not signed in."""
        if visit.session is None:
            return await start_page(visit)
        return await participant(visit)


async def participant(visit: Visit) -> Response[Any]:
    """Show what asks something of a participant, what happened, and what comes."""
    reader, programme = visit.reader, visit.programme
    if programme is None:
        return visit.page("home/nothing.html", here="/")
    views = await reader.wait_for_views(visit.recorded)
    rights = await trip_rights(reader)
    asked = sorted(await to_dos.to_dos_of(reader, views, rights), key=to_dos.list_key)[:SHOWN_TO_DOS]
    coming = agenda.by_time(await agenda.entries(visit.kring, rights, visit.at))[:SHOWN_ENTRIES]
    ballots = await reader.page(BALLOTS, BALLOTS_OF_PROGRAMME, programme, True, [], listing=ListOptions())
    ballot = next((one for one in reversed(ballots.items) if one.status == "open"), None)
    teams = [one for team in own_teams(rights) if (one := await views.one(TEAMS, team)) is not None]
    return visit.page(
        "home/participant.html",
        here="/",
        live=programme,
        asked=await to_dos.with_titles(visit.kring, asked, visit.language),
        coming=await agenda.with_titles(visit.kring, coming, visit.language),
        happened=await in_words_of(visit, rights, await newest(reader, rights, MAX_POSITION, SHOWN_EVENTS)),
        ballot=ballot,
        turnout=0 if ballot is None else await turnout(reader, ballot.id, visit.reading),
        teams=teams,
        phases_of=by_team(await visit.reached(programme)),
        names=await visit.names([visit.person, *(one for team in teams for one in (*team.members, team.id))]),
        goes_to=goes_to,
    )


def goes_to(one: ToDo) -> str:
    """The address of the page on which a to-do is done."""
    return "/preferences" if one.kind == "rank" else address(one.id) or "/"
