"""The choice of a programme: where it stands, whether the visitor may vote, what was chosen, and the ballots before."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from litestar import Response, get
from litestar.di import NamedDependency

from domain.challenges.lifecycle import FREE
from domain.events.ballot import BallotCertified, BallotOpened, BallotVoided, ChallengesChosen
from domain.events.roles import ParticipantEnrolled
from domain.foundation import BallotId, ChallengeId, NotFound, ProgrammeId, Selector
from projections.ballots import Ballot
from projections.challenges import Challenge
from projections.derived.eligibility import Eligibility, Prospect
from projections.programmes import PROGRAMMES
from projections.teams import PREFERENCES
from service.pages.facts import Worded, in_words_of
from service.pages.frame.visit import Visit
from service.reading.ballots import ballots_of_programme, turnout
from service.reading.challenges import challenges_of_programme
from service.reading.eligibility import eligibility_on, prospect_in
from service.reading.options import ListOptions

HERE = "/choice"
MAX_BALLOTS, MAX_EARLIER = 100, 12
"""Ballots of a programme that are read, and those before the present one that are listed."""
MAX_CHALLENGES, MAX_LISTED = 200, 12
"""Challenges of a programme that are read, and those of a kind that are listed."""
RUNNING = frozenset({"open", "closed", "counted"})
"""States of a ballot that has no certified result yet, and may get one."""
CHOSEN = frozenset({"selected", "in_progress", "advised", "closed"})
"""States of a challenge that was chosen, by a ballot or without one."""

Step = Literal["vote", "voted", "barred", "watch", "count", "certify", "rank", "ranked", "formed", "chosen", "collect"]
"""The first statement of the page. `watch`: others vote; `collect`: challenges are brought in, until a ballot opens."""


class Own(NamedTuple):
    """A challenge of the visitor's own: proposed by them, or by or for the organisation that sends them."""

    challenge: Challenge
    proposed: bool


class Voting(NamedTuple):
    """Whether the visitor may vote on the present ballot (`right`), or on one that opens now (`prospect`), and why."""

    right: Eligibility | None
    prospect: Prospect | None
    own: Sequence[Own]


@get("/choice")
async def choice(visit: NamedDependency[Visit]) -> Response[Any]:
    """Show where the choice of challenges stands."""
    programme = visit.programme
    if programme is None:
        raise NotFound
    reader, reading = visit.reader, visit.reading
    ballots = (await ballots_of_programme(reader, programme, _first(visit, MAX_BALLOTS))).items
    board = (await challenges_of_programme(reader, programme, _first(visit, MAX_CHALLENGES))).items
    row = await reader.row(PROGRAMMES, programme, reading)
    if row is None:
        raise NotFound
    latest = [one for one in reversed(ballots) if one.status in RUNNING]
    running = next((one for one in latest if one.status == "open"), next(iter(latest), None))
    voting = await _voting(visit, programme, running, board)
    ranked = await _has_ranked(visit, programme)
    own_teams, teams = await _teams(visit, programme)
    chosen = [one for one in board if one.status in CHOSEN]
    is_open = row.preferences_close_at is None or row.preferences_close_at > visit.at
    course = Selector(types=[BallotOpened, BallotCertified, BallotVoided], tags=[programme])
    stamps = await visit.stamps(course, *_enrolments(visit, programme))
    step = step_of(visit.role, running, voting.right, chosen=bool(chosen), ranked=ranked, is_open=is_open, teams=teams)
    names = await visit.names(
        [*stamps.actors(), *(one.organisation or "" for one in board), *(t for one in chosen for t in one.active_teams)]
    )
    return visit.page(
        "choice/choice.html",
        here=HERE,
        has_past=True,
        live=programme,
        step=step,
        running=running,
        papers=await turnout(reader, running.id, reading) if running and running.status == "open" else 0,
        earlier=[one for one in reversed(ballots) if one is not running][:MAX_EARLIER],
        results=await _results(visit, programme),
        without_ballot=await _without_ballot(visit, programme),
        board=board,
        titles={one.id: (one.short_title or one.title).text or one.title.text for one in board},
        waiting=[one for one in board if one.status == "proposed"],
        ready=[one for one in board if one.status in FREE],
        on_ballot=[one for one in board if running is not None and one.id in running.challenges],
        chosen=chosen,
        voting=voting,
        own_teams=own_teams,
        teams=teams,
        preferences_close_at=row.preferences_close_at,
        stamps=stamps,
        names=names,
        max_listed=MAX_LISTED,
    )


def step_of(
    role: str,
    running: Ballot | None,
    right: Eligibility | None,
    *,
    chosen: bool,
    ranked: bool,
    is_open: bool,
    teams: int,
) -> Step:
    """The first statement of the page: what the visitor can do, else what happens now."""
    if running is not None and running.status == "open" and right is not None and right.closed_at is None:
        if right.elector:
            return "count" if not right.may_vote else "voted" if right.paper else "vote"
        return "barred" if role == "participant" else "watch"
    if running is not None:
        return "certify" if running.status == "counted" else "count"
    if teams:
        return "formed"
    if chosen and role == "participant" and is_open:
        return "ranked" if ranked else "rank"
    return "chosen" if chosen else "collect"


def _first(visit: Visit, many: int) -> ListOptions:
    return ListOptions("", many, visit.reading.at_least, visit.reading.as_of)


def _enrolments(visit: Visit, programme: ProgrammeId) -> list[Selector]:
    return [Selector(types=[ParticipantEnrolled], tags=[visit.person, programme])]


async def _voting(visit: Visit, programme: ProgrammeId, running: Ballot | None, board: Sequence[Challenge]) -> Voting:
    reader, reading = visit.reader, visit.reading
    rows = {one.id: one for one in board}
    if running is not None and running.status == "open":
        right = await eligibility_on(reader, running.id, reading, visit.language)
        named = [Own(rows[one.challenge], one.proposed) for one in right.own_challenges if one.challenge in rows]
        return Voting(right, None, named)
    prospect = await prospect_in(reader, programme, reading, visit.language)
    ahead = [one for one in board if one.status == "proposed" or one.status in FREE]
    own = [
        Own(one, one.proposer == visit.person) for one in ahead if prospect.elector and _is_own(one, visit, prospect)
    ]
    return Voting(None, prospect, own)


def _is_own(one: Challenge, visit: Visit, prospect: Prospect) -> bool:
    return one.proposer == visit.person or (
        prospect.organisation is not None and one.organisation == prospect.organisation
    )


async def _has_ranked(visit: Visit, programme: ProgrammeId) -> bool:
    if visit.role != "participant":
        return False
    return await visit.reader.row(PREFERENCES, f"{visit.person}/{programme}", visit.reading) is not None


async def _teams(visit: Visit, programme: ProgrammeId) -> tuple[list[str], int]:
    """The visitor's own CoPs here, and the number of CoPs of the programme."""
    rights = await visit.rights()
    known = {one.team for one in await visit.reached(programme) if one.team is not None}
    return sorted(one for one in known if rights.member_of(one)), len(known)


async def _results(visit: Visit, programme: ProgrammeId) -> Mapping[BallotId, tuple[ChallengeId, ...]]:
    """The challenges that each certified ballot selected."""
    until = await visit.reader.position_of(visit.reading)
    selector = Selector(types=[BallotCertified], tags=[programme])
    found = await visit.kring.commands.events(selector, until=until)
    return {event.ballot: event.selected for event, _ in found if isinstance(event, BallotCertified)}


async def _without_ballot(visit: Visit, programme: ProgrammeId) -> list[Worded]:
    """The choices that were made without a ballot, in words: what was chosen, how, by whom and why."""
    query = visit.kring.commands.mapper.query([Selector(types=[ChallengesChosen], tags=[programme])])
    until = await visit.reader.position_of(visit.reading)
    found, _ = await visit.kring.log.read(query, until=until, limit=MAX_EARLIER, newest=True)
    return await in_words_of(visit, await visit.rights(), list(reversed(found)))
