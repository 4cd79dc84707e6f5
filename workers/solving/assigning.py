"""Answers a request for teams: the problem as it was at the request is solved once, and the answer recorded (rule 11)."""

import asyncio
import contextlib
from collections.abc import Callable

from domain.calculations.assignment import Infeasible, Problem
from domain.events.team import AssignmentRequested
from domain.foundation import AssignmentId, Caller, Code, Command, NotFound, ProgrammeId, Selector
from domain.teams.forming import AlreadyAnswered, DeclareInfeasible, ProposeAssignment, Question
from service.clock_and_ids import now
from service.kring import Kring
from service.store.log.types import Cause
from workers.solving import solver


async def solve(
    kring: Kring,
    assignment: AssignmentId,
    *,
    via: str = "job_solve_assignment",
    cause: Cause | None = None,
) -> None:
    """Propose teams, or record why it is infeasible; does nothing if the request has been answered.

    `via`: the job that does it; `cause`: the request. Raises `NotFound`, and `Unsolved` if a retry may help.
    """
    programme, position = await _request(kring, assignment)
    by = Caller(role="system", via=via, at=now())
    question, _ = await kring.commands.load(Question(programme), until=position)
    answer = await asyncio.to_thread(answer_to, assignment, question.problem(), by)
    with contextlib.suppress(AlreadyAnswered):
        await kring.commands.execute(answer, cause=cause)


async def _request(kring: Kring, assignment: AssignmentId) -> tuple[ProgrammeId, int]:
    """The programme and position of the request. Raises `NotFound`."""
    query = kring.commands.mapper.query([Selector(types=[AssignmentRequested], tags=[assignment])])
    for recorded in (await kring.log.read(query))[0]:
        event = kring.commands.mapper.decode(recorded)
        if isinstance(event, AssignmentRequested):
            return event.programme, recorded.position
    raise NotFound


def answer_to(assignment: AssignmentId, problem: Problem, by: Caller) -> Callable[[], Command]:
    """Solve the problem, and return a command that records the answer. May take as long as both timeouts."""
    found = solver.solve(problem)
    if isinstance(found, Infeasible):
        return lambda: DeclareInfeasible(assignment, problem=problem, answer=found, by=by)
    why = solver.explanations(problem, found.assignment)
    name, version = Code(solver.SOLVER), Code(solver.VERSION)
    return lambda: ProposeAssignment(
        assignment, problem=problem, answer=found, explanations=why, solver=name, version=version, by=by
    )
