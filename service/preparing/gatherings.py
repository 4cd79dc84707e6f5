"""Commands about gatherings that need reads first."""

from typing import NamedTuple

from domain.foundation import GatheringId, PersonId, ProgrammeId
from domain.gatherings.gathering import Roster
from projections.teams import TEAMS
from service.reading.gatherings import programme_of, roster_at_end
from service.reading.reader import Reader


class Prepared(NamedTuple):
    """The programme of a gathering, and its roster if it has ended (rule 29)."""

    programme: ProgrammeId
    roster: Roster | None


async def prepared(reader: Reader, gathering: GatheringId) -> Prepared:
    """Prepare to record that a gathering was held, or who was there. Raises `NotFound`."""
    programme = await programme_of(reader, gathering)
    return Prepared(programme, await roster_at_end(reader, gathering, programme))


async def people_expected(reader: Reader, teams: tuple[str, ...], roster: Roster | None) -> list[PersonId]:
    """The people who belong to a gathering of these CoPs, in order of id: its roster, or their members now."""
    if roster is not None:
        return sorted(roster.people)
    rows = [await reader.row_from_log(TEAMS, one) for one in teams]
    return sorted({person for row in rows if row is not None for person in row.members})
