"""The division into CoPs: why the visitor has their place, how it was computed, and who is where."""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from litestar import Response, get
from litestar.di import NamedDependency

from domain.events.team import (
    AssignmentAdopted,
    AssignmentInfeasible,
    AssignmentProposed,
    AssignmentRequested,
    MemberJoined,
    MemberTransferred,
    TeamFormed,
)
from domain.foundation import ChallengeId, NotFound, PersonId, Selector, TeamId
from projections.programmes import PROGRAMMES
from projections.teams import ASSIGNMENTS, ASSIGNMENTS_OF_PROGRAMME, PREFERENCES, Team
from service.pages.frame.visit import Visit
from service.reading.assignments import ShownAssignment, visible_assignments
from service.reading.options import ListOptions
from service.reading.teams import place_in, senders_of, teams_of_programme

HERE = "/choice"
MAX_ASSIGNMENTS, MAX_TEAMS = 100, 100

Stage = Literal["none", "solving", "infeasible", "stale", "proposed", "adopted"]


class Division(NamedTuple):
    """A CoP of the division: as it is now, or as it is proposed (`team` None). `organisations`: how many send its members."""

    challenge: ChallengeId
    number: int
    members: Sequence[PersonId]
    organisations: int
    team: TeamId | None = None


@get("/assignment")
async def assignment(visit: NamedDependency[Visit]) -> Response[Any]:
    """Show how the participants are divided into CoPs, or will be."""
    programme, reader, reading = visit.programme, visit.reader, visit.reading
    row = None if programme is None else await reader.row(PROGRAMMES, programme, reading)
    if programme is None or row is None:
        raise NotFound
    current = await _current(visit)
    formed = (await teams_of_programme(reader, programme, _first(visit, MAX_TEAMS))).items
    mine = next((one for one in formed if visit.person in one.members), None)
    place = None if mine is None else await place_in(reader, mine, visit.person, reading)
    people = [one for team in formed for one in team.members]
    people += [one for team in (current.proposal if current else ()) for one in team.members]
    senders = await senders_of(reader, programme, sorted({*people}), reading)
    divisions = divided(formed, current, senders)
    own_types = Selector(types=[TeamFormed, MemberJoined, MemberTransferred], tags=[programme])
    course = [AssignmentRequested, AssignmentProposed, AssignmentInfeasible, AssignmentAdopted]
    own = [] if current is None else [Selector(types=course, tags=[current.id])]
    stamps = await visit.stamps(own_types, *own)
    own_explanations = (one for one in (current.explanations if current else ()) if one.person == visit.person)
    explanation = next(own_explanations, None) if mine is None else place and place.explanation
    ranked = await reader.row(PREFERENCES, f"{visit.person}/{programme}", reading) is not None
    better = None if explanation is None else explanation.better
    return visit.page(
        "assignment/assignment.html",
        here=HERE,
        has_past=True,
        live=programme,
        stage=stage_of(formed, current),
        current=current,
        divisions=divisions,
        mine=mine,
        place=place,
        explanation=explanation,
        own_organisations=next((one.organisations for one in divisions if mine and one.team == mine.id), 0),
        policies=row.policies,
        ranked=ranked,
        chosen=any(one.chosen for one in await visit.reached(programme)),
        participant=visit.role == "participant",
        stamps=stamps,
        names=await visit.names(
            [
                *stamps.actors(),
                *people,
                *(one.challenge for one in divisions),
                *([] if better is None else [better.challenge]),
                *([] if mine is None else [mine.id]),
            ]
        ),
    )


def stage_of(formed: Sequence[Team], current: ShownAssignment | None) -> Stage:
    """The progress of the division: CoPs that a manager formed without an assignment count as adopted."""
    if formed:
        return "adopted"
    return "none" if current is None else current.status


def divided(
    formed: Sequence[Team], current: ShownAssignment | None, senders: dict[PersonId, Any]
) -> Sequence[Division]:
    """The CoPs as they are now; while there are none, as they are proposed."""

    def organisations(members: Sequence[PersonId]) -> int:
        return len({senders.get(one) or one for one in members})

    going = [one for one in formed if one.status not in {"merged", "dissolved"}]
    if formed:
        return [Division(one.challenge, one.number, one.members, organisations(one.members), one.id) for one in going]
    proposal = () if current is None else current.proposal
    return [Division(one.challenge, one.number, one.members, organisations(one.members)) for one in proposal]


async def _current(visit: Visit) -> ShownAssignment | None:
    """The adopted assignment of the programme, else the last that was requested."""
    reader, programme = visit.reader, visit.programme
    assert programme is not None, "checked before"
    found = await reader.page(
        ASSIGNMENTS,
        ASSIGNMENTS_OF_PROGRAMME,
        programme,
        listing=_first(visit, MAX_ASSIGNMENTS),
        scope=programme,
    )
    row = next((one for one in reversed(found.items) if one.status == "adopted"), next(reversed(found.items), None))
    if row is None:
        return None
    return (await visible_assignments(reader, row, until=await reader.position_of(visit.reading)))[0]


def _first(visit: Visit, many: int) -> ListOptions:
    return ListOptions("", many, visit.reading.at_least, visit.reading.as_of)
