"""Checks recorded results by computing them again (rule 11): counts of ballots, and team assignments. It uses no view."""

from collections.abc import AsyncIterator

from msgspec import MsgspecError, Struct

from domain.ballots.recounting import CannotRecount, recount
from domain.calculations.assignment import MalformedProblem
from domain.events.ballot import BallotCounted, BallotOpened
from domain.events.team import AssignmentInfeasible, AssignmentProposed, AssignmentRequested
from domain.foundation import BallotId, Event, NotFound, Selector
from domain.teams.forming import Question
from domain.teams.rechecking import recheck
from service.kring import Kring
from service.store.log.mapper import CannotDecode
from service.store.log.types import RecordedEvent

__all__ = ["Checked", "check"]

SOLVED: list[type[Event]] = [BallotCounted, AssignmentProposed, AssignmentInfeasible]


class Checked(Struct, frozen=True):
    """A checked result. `differences` from the record; `unchecked`: the reason if it could not be checked."""

    about: str
    position: int
    differences: tuple[str, ...] = ()
    unchecked: str | None = None


async def check(kring: Kring) -> AsyncIterator[Checked]:
    """Check every count and every answer to a request for teams, in the order of the log."""
    async for page in kring.log.stream(kring.commands.mapper.query([Selector(types=SOLVED, tags=[])])):
        for recorded in page:
            try:
                yield await _checked(kring, recorded)
            except (MsgspecError, CannotDecode, MalformedProblem, NotFound) as error:
                why = f"this is not what Kring recorded ({type(error).__name__})"
                yield Checked(recorded.tags[0], recorded.position, (why,))


async def _checked(kring: Kring, recorded: RecordedEvent) -> Checked:
    """Check one result. Raises `MsgspecError`, `MalformedProblem` or `NotFound` for events that no command records."""
    match kring.commands.mapper.decode(recorded):
        case BallotCounted() as counted:
            try:
                differences = recount(await _opening(kring, counted.ballot, recorded.position), counted)
            except CannotRecount as cannot:
                return Checked(counted.ballot, recorded.position, unchecked=str(cannot))
            return Checked(counted.ballot, recorded.position, tuple(str(one) for one in differences))
        case (AssignmentProposed() | AssignmentInfeasible()) as answered:
            return Checked(
                answered.assignment, recorded.position, await _of_assignment(kring, answered, recorded.position)
            )
        case other:
            raise AssertionError(f"expected one of {SOLVED}, got {type(other).__name__}")


async def _opening(kring: Kring, ballot: BallotId, until: int) -> BallotOpened:
    """The opening of a ballot. Raises `NotFound`."""
    for event, _ in await kring.commands.events(Selector(types=[BallotOpened], tags=[ballot]), until=until):
        if isinstance(event, BallotOpened) and event.ballot == ballot:
            return event
    raise NotFound


async def _of_assignment(
    kring: Kring, answered: AssignmentProposed | AssignmentInfeasible, until: int
) -> tuple[str, ...]:
    """Check an assignment against its question, read up to the request, as the solver did.

    Raises `NotFound`, `MalformedProblem`.
    """
    selector = Selector(types=[AssignmentRequested], tags=[answered.assignment])
    requests = [
        (event, metadata.position)
        for event, metadata in await kring.commands.events(selector, until=until)
        if isinstance(event, AssignmentRequested)
    ]
    if not requests:
        raise NotFound
    request, position = requests[0]
    if request.programme != answered.programme:
        return (f"programme: recorded {answered.programme}, the request is of {request.programme}",)
    question, _ = await kring.commands.load(Question(request.programme), until=position)
    return recheck(question.problem(), answered)
