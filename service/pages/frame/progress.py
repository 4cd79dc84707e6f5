"""The progress of one CoP, as far as a visitor may see it."""

from domain.foundation import ProgrammeId
from projections.derived.phases import Phases, Reached, outside, phases_of_team
from service.pages.frame.visit import Visit


async def progress_of(visit: Visit, programme: ProgrammeId, team: str) -> Phases:
    """The phases of a CoP. Raises `ViewsLag`, `BadText`."""
    reached = next((one for one in await visit.reached(programme) if one.team == team), Reached())
    return phases_of_team(outside(reached) if visit.organisation is not None else reached)
