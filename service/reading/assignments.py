"""Team assignments, as far as their reader may see them."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from domain.events.team import NextBest, Override, PlaceExplanation, Quality
from domain.foundation import (
    AssignmentId,
    ChallengeId,
    Code,
    Digest,
    PersonId,
    ProgrammeId,
    TeamId,
    Words,
)
from domain.teams.forming import (
    Question,
    question_hash,
)
from projections import teams as views
from projections.view import ids
from service.reading.reader import Reader

AssignmentStatus = Literal["solving", "proposed", "infeasible", "adopted", "stale"]


class ShownTeam(Struct, frozen=True, rename=ids("challenge", "members")):
    """A proposed CoP. `number`: distinguishes CoPs on the same challenge, from 1."""

    challenge: ChallengeId
    number: int
    members: tuple[PersonId, ...]


class ShownNextBest(Struct, frozen=True, rename=ids("challenge")):
    """The cost of a person's next better place: `domain.events.team.NextBest`."""

    challenge: ChallengeId
    decided_by: Code
    worst_rank: int
    squares_more: int
    organisations_fewer: int
    others_lower: int
    places_lower: int


class ShownExplanation(Struct, frozen=True, rename=ids("person", "challenge")):
    """The explanation of a person's place: `domain.events.team.PlaceExplanation`. `better` is null for rank 1."""

    person: PersonId
    challenge: ChallengeId
    number: int
    rank: int
    ranked: int
    offered: int
    better: ShownNextBest | None


class ShownOverride(Struct, frozen=True, rename=ids("person", "challenge")):
    """A person whom the facilitator placed on another challenge than proposed, and why."""

    person: PersonId
    challenge: ChallengeId
    reason: Words


class ShownAssignment(Struct, frozen=True, kw_only=True, rename=ids("programme", "teams")):
    """An assignment as far as its reader may see it: participants see only their own explanation and override."""

    id: AssignmentId
    programme: ProgrammeId
    status: AssignmentStatus
    requested_at: datetime
    answered_at: datetime | None
    adopted_at: datetime | None
    input_hash: Digest | None
    solver: Code | None
    version: Code | None
    proposal: tuple[ShownTeam, ...]
    objective: Quality | None
    unproven: tuple[Code, ...]
    explanations: tuple[ShownExplanation, ...]
    infeasible: views.Impossible | None
    overrides: tuple[ShownOverride, ...]
    teams: tuple[TeamId, ...]


async def visible_assignments(
    reader: Reader, *rows: views.Assignment, until: int | None = None
) -> list[ShownAssignment]:
    """The assignments of one programme as far as the caller may see them; stale if the input was different at `until`."""
    if not rows:
        return []
    question, _ = await reader.kring.commands.load(Question(rows[0].programme), until=until)
    then = question_hash(question.problem())
    facilitates = (await reader.rights()).facilitates(rows[0].programme)
    return [_shown(row, then, None if facilitates else reader.caller.person or reader.caller.via) for row in rows]


def status_at(row: views.Assignment, then: Digest) -> AssignmentStatus:
    """The status of an assignment when the input had this hash: a proposal for other input is stale."""
    return "stale" if row.status in {"proposed", "infeasible"} and row.input_hash != then else row.status


def _shown(row: views.Assignment, then: Digest, only: str | None) -> ShownAssignment:
    """The visible part of an assignment. `then`: the input hash. `only`: the person whose explanation is shown; None: all."""
    return ShownAssignment(
        id=row.id,
        programme=row.programme,
        status=status_at(row, then),
        requested_at=row.requested_at,
        answered_at=row.answered_at,
        adopted_at=row.adopted_at,
        input_hash=row.input_hash,
        solver=row.solver,
        version=row.version,
        proposal=tuple(ShownTeam(one.challenge, one.number, one.members) for one in row.proposal),
        objective=row.objective,
        unproven=row.unproven,
        explanations=tuple(_why(one) for one in row.explanations if only in {None, one.person}),
        infeasible=row.infeasible,
        overrides=tuple(_override(one) for one in row.overrides if only in {None, one.person}),
        teams=row.teams,
    )


def _next_best(one: NextBest) -> ShownNextBest:
    return ShownNextBest(
        one.challenge,
        one.decided_by,
        one.worst_rank,
        one.squares_more,
        one.organisations_fewer,
        one.others_lower,
        one.places_lower,
    )


def _why(one: PlaceExplanation) -> ShownExplanation:
    better = None if one.better is None else _next_best(one.better)
    return ShownExplanation(one.person, one.challenge, one.number, one.rank, one.ranked, one.offered, better)


def _override(one: Override) -> ShownOverride:
    return ShownOverride(one.person, one.challenge, one.reason)
