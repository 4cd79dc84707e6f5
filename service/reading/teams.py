"""CoPs, as far as their reader may see them."""

from collections.abc import Collection
from typing import NamedTuple
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from domain.events.team import Override, PlaceExplanation
from domain.foundation import OrganisationId, PersonId, ProgrammeId
from domain.people.rights import Rights
from projections.programmes import PARTICIPANTS_OF_KEYS, PROGRAMMES, Participant
from projections.teams import ASSIGNMENT_THAT_FORMED, TEAMS, TEAMS_OF_PROGRAMME, Assignment, Team, with_warnings
from service.reading.options import ListOptions, Page, ReadOptions
from service.reading.reader import Reader
from service.reading.team_work import NOW


def can_see_team(rights: Rights, row: Team) -> bool:
    """Whether the caller is inside the team's programme, or a contact for its challenge."""
    theirs = (row.organisation,)
    return rights.belongs_to(row.programme) or rights.reads_for(theirs, row.challenge, programme=row.programme)


def as_visible(rights: Rights, row: Team) -> Team:
    """The row as far as the caller may see it: warnings about staffing are for the programme only."""
    return row if rights.belongs_to(row.programme) else replace(row, waiver_until=None, warnings=())


async def visible_team(reader: Reader, row: Team, reading: ReadOptions = NOW) -> Team:
    """A CoP with its warnings on the day as of which it is read, by its programme's time zone and policies then."""
    return (await visible_teams(reader, [row], reading))[0]


async def visible_teams(reader: Reader, rows: list[Team], reading: ReadOptions = NOW) -> list[Team]:
    """CoPs of one programme with their warnings on that day."""
    if not rows:
        return rows
    programme = await reader.row_from_log(PROGRAMMES, rows[0].programme, await reader.position_of(reading))
    if programme is None:
        return rows
    rights = await reader.rights()
    day = (await reader.time_of(reading)).astimezone(ZoneInfo(programme.timezone)).date()
    return [as_visible(rights, with_warnings(one, programme.policies, day)) for one in rows]


async def teams_of_programme(reader: Reader, programme: ProgrammeId, listing: ListOptions) -> Page[Team]:
    """A page of the CoPs of a programme that the caller may see. Raises `NotFound`."""
    rights = await reader.rights()
    inside, organisations = await reader.audience(programme, listing.reading)
    page = await reader.page(
        TEAMS,
        TEAMS_OF_PROGRAMME,
        programme,
        inside,
        organisations,
        listing=listing,
        scope=programme,
        can_see=lambda row: can_see_team(rights, row),
    )
    return replace(page, items=await visible_teams(reader, page.items, listing.reading))


async def senders_of(
    reader: Reader, programme: ProgrammeId, people: Collection[PersonId], reading: ReadOptions
) -> dict[PersonId, OrganisationId | None]:
    """The organisation that sends each of these participants to a programme, now or as of `reading`."""
    if not people:
        return {}
    keys, until = [f"{one}/{programme}" for one in people], await reader.position_of(reading)
    views = reader.kring.views if until is None else reader.kring.past(sorted(people), until, only=keys)
    return {one.person: one.organisation for one in await views.rows(Participant, PARTICIPANTS_OF_KEYS, keys)}


class Place(NamedTuple):
    """A person's place in a CoP by an assignment: its explanation, and the facilitator's override. Both sealed."""

    assignment: Assignment
    explanation: PlaceExplanation | None
    override: Override | None


async def place_in(reader: Reader, row: Team, person: PersonId, reading: ReadOptions) -> Place | None:
    """The place of a person in the assignment that formed their CoP; None if they came later, or it was formed otherwise."""
    views = await reader.views(reading, row.programme)
    found = await views.rows(Assignment, ASSIGNMENT_THAT_FORMED, row.programme, row.id)
    if not found:
        return None
    explanation = next((one for one in found[0].explanations if one.person == person), None)
    override = next((one for one in found[0].overrides if one.person == person), None)
    if override is None and (explanation is None or explanation.challenge != row.challenge):
        return None
    await reader.unseal([] if override is None else [override])
    return Place(found[0], explanation, override)
