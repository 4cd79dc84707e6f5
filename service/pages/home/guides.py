"""The home pages of facilitators and managers: where the programme is, what waits for them, what is late, and its CoPs."""

import asyncio
from collections import Counter
from typing import Any, NamedTuple

from litestar import Response

from domain.foundation import ProgrammeId, TeamId
from projections.ballots import Ballot
from projections.challenges import CHALLENGES, brief_title
from projections.derived import phases
from projections.derived.dashboard import Dashboard
from projections.derived.phases import Phases, Reached
from projections.teams import ENDED, Team
from service.api.operations.health import Health, health
from service.pages.frame.visit import Visit
from service.pages.home import asked
from service.pages.home.news import news_of, path_of
from service.pages.home.participant import SHOWN_ENTRIES, open_ballot
from service.reading import agenda
from service.reading.dashboard import dashboard_of
from service.reading.options import ListOptions
from service.reading.teams import teams_of_programme
from service.reading.to_dos import to_dos_of
from service.reading.trips import trip_rights
from service.store.jobs.control import JobRow, list_jobs

SHOWN_TEAMS = 12
SHOWN_JOBS = 5


class Glance(NamedTuple):
    """A CoP at a glance: its challenge in short, and its phases."""

    team: Team
    title: str | None
    phases: Phases


class Step(NamedTuple):
    """A phase of the programme. `done`, `all`: numbers of what it is about, as the dashboard counts them."""

    state: str
    done: int
    all: int


async def facilitator(visit: Visit) -> Response[Any]:
    """Show where the programme is, what waits for its facilitator, what is late, and its CoPs."""
    return await _guide(visit)


async def manager(visit: Visit) -> Response[Any]:
    """Show the same to a manager, with all numbers, and whether Kring itself works."""
    assert visit.programme is not None, "managers have a place in a programme"
    jobs = await list_jobs(visit.kring.log.pool, limit=SHOWN_JOBS + 1, programmes=[visit.programme], status="failed")
    return await _guide(visit, jobs=jobs, condition=await health(visit.kring, visit.language))


async def _guide(visit: Visit, jobs: list[JobRow] | None = None, condition: Health | None = None) -> Response[Any]:
    programme = _programme(visit)
    reader = visit.reader
    views = await reader.wait_for_views(visit.recorded)
    rights = await trip_rights(reader)
    to_dos, entries, ballot, board, reached, found = await asyncio.gather(
        to_dos_of(reader, views, rights),
        agenda.entries(visit.kring, rights, visit.at),
        open_ballot(visit),
        dashboard_of(reader, programme, visit.reading),
        visit.reached(programme),
        teams_of_programme(reader, programme, ListOptions(limit=SHOWN_TEAMS)),
    )
    coming = agenda.by_time(entries)[:SHOWN_ENTRIES]
    shown, news, glances, titled = await asyncio.gather(
        asked.shown(visit, to_dos),
        news_of(visit, to_dos),
        _glances(visit, found.items, reached),
        agenda.with_titles(visit.kring, coming, visit.language),
    )
    answer = visit.page(
        "home/guide.html",
        here="/",
        live=programme,
        asked=shown,
        kinds=Counter(one.kind for one in to_dos),
        more=len(to_dos) - len(shown),
        board=board,
        late=Counter({one.kind: one.count for one in board.late if one.count}),  # 0 of any other kind
        steps=list(zip(phases.NAMES, _steps(board, reached), strict=True)),
        phase_names=phases.NAMES,
        ballot=ballot,
        turnout=0 if ballot is None else ballot.turnout,
        days=None if ballot is None else asked.days_until(visit, ballot.closes_at),
        teams=glances,
        small=[one for one in found.items if one.warnings],
        more_teams=found.next is not None,
        coming=titled,
        news=news,
        path_of=path_of,
        jobs=jobs,
        condition=condition,
        names=await visit.names(_named(shown, found.items, ballot)),
    )
    return news.remember(visit, answer)


def _programme(visit: Visit) -> ProgrammeId:
    assert visit.programme is not None, "facilitators and managers have a place in a programme"
    return visit.programme


def _named(shown: list[asked.Asked], teams: list[Team], ballot: Ballot | None) -> list[str]:
    return [*(one.about for one in shown), *(one.id for one in teams), *([] if ballot is None else [ballot.id])]


async def _glances(visit: Visit, teams: list[Team], reached: list[Reached]) -> list[Glance]:
    """The CoPs with the short titles of their challenges."""
    found = {one.id: phases.phases_of_team(row) for row in reached for one in teams if row.team == one.id}
    challenges = await visit.kring.views.several(CHALLENGES, [one.challenge for one in teams])
    await visit.reader.unseal(challenges)
    titles = {one.id: brief_title(one) for one in challenges}
    return [Glance(one, titles.get(one.challenge), found.get(TeamId(one.id), phases.NONE)) for one in teams]


def _steps(board: Dashboard, reached: list[Reached]) -> list[Step]:
    """The eight phases with the numbers of what each is about."""
    states = phases.of_programme(reached)
    counts = Counter[tuple[str, str]]({(one.kind, one.status): one.count for one in board.counts})

    def all_of(kind: str, *without: str) -> int:
        return sum(many for (of, status), many in counts.items() if of == kind and status not in without)

    going = [one for one in reached if one.team is not None and one.status not in {"merged", "dissolved"}]
    numbers = (
        (all_of("challenge") - counts["challenge", "proposed"], all_of("challenge")),
        (counts["ballot", "certified"], all_of("ballot", "void")),
        (all_of("team", *ENDED), all_of("team", "merged", "dissolved")),
        (counts["gathering", "held"], all_of("gathering", "cancelled")),
        (counts["trip", "completed"], all_of("trip", "cancelled")),
        (sum(one.researched for one in going), len(going)),
        (sum(one.delivered for one in going), len(going)),
        (all_of("commitment", "open"), all_of("commitment")),
    )
    return [Step(state, done, every) for state, (done, every) in zip(states, numbers, strict=True)]
