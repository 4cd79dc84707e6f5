"""The home page: for a participant, what asks something of them, what happened, and what comes."""

from typing import Any, NamedTuple

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from domain.trips.guests import TripRights
from projections.ballots import BALLOTS, BALLOTS_OF_PROGRAMME
from projections.derived.phases import by_team
from projections.teams import TEAMS
from projections.wording.event_lines import ids_of as ids_of_line
from projections.wording.event_lines import in_words
from projections.wording.sentences import SentenceStyle
from service.operations.history import open_lines
from service.pages.frame.addresses import address
from service.pages.frame.stamps import Stamp, stamp_of
from service.pages.frame.visit import Visit
from service.pages.start import start_page
from service.reading import agenda, to_dos
from service.reading.ballots import turnout
from service.reading.names import names_of
from service.reading.notifications import as_seen_inside, newest
from service.reading.options import MAX_POSITION, ListOptions
from service.reading.permissions import own_teams
from service.reading.trips import trip_rights

SHOWN_EVENTS, SHOWN_ENTRIES, SHOWN_TO_DOS = 6, 4, 6


class Home(Controller):
    """The home page."""

    path = "/"

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
        happened=await happened(visit, rights),
        ballot=ballot,
        turnout=0 if ballot is None else await turnout(reader, ballot.id, visit.reading),
        teams=teams,
        phases_of=by_team(await visit.reached(programme)),
        names=await visit.names([visit.person, *(one for team in teams for one in (*team.members, team.id))]),
        address=address,
    )


class Happened(NamedTuple):
    """An event in words, for a list of news."""

    by: str
    sentence: str
    reason: str | None
    stamp: Stamp


async def happened(visit: Visit, rights: TripRights) -> list[Happened]:
    """The newest events by others that concern the person, in words."""
    found = await newest(visit.reader, rights, MAX_POSITION, SHOWN_EVENTS)
    lines = [as_seen_inside(visit.reader, rights, one) for one in found]
    names = await names_of(visit.kring, {id_ for line in lines for id_ in ids_of_line(line)})
    await open_lines(visit.kring, lines, names, outside=False)
    style = SentenceStyle(visit.language)
    worded = [in_words(one, names, style, outside=False) for one in lines]
    return [Happened(*one, stamp_of(recorded)) for one, recorded in zip(worded, found, strict=True)]
