"""Challenges, as far as their reader may see them."""

from domain.foundation import OrganisationId, ProgrammeId
from domain.people.rights import Rights
from projections.challenges import CHALLENGES, CHALLENGES_OF_ORGANISATION, CHALLENGES_OF_PROGRAMME, Challenge
from service.reading.options import ListOptions, Page
from service.reading.reader import Reader


def can_see_challenge(rights: Rights, row: Challenge) -> bool:
    """Whether the caller is inside the programme, or a contact of the organisation for this challenge."""
    return rights.belongs_to(row.programme) or rights.reads_for((row.organisation,), row.id, programme=row.programme)


async def challenges_of_programme(reader: Reader, programme: ProgrammeId, listing: ListOptions) -> Page[Challenge]:
    """A page of the challenges of a programme that the caller may see, unsealed. Raises `NotFound`."""
    rights = await reader.rights()
    inside, organisations = await reader.audience(programme, listing.reading)
    return await reader.page(
        CHALLENGES,
        CHALLENGES_OF_PROGRAMME,
        programme,
        inside,
        organisations,
        listing=listing,
        scope=programme,
        can_see=lambda row: can_see_challenge(rights, row),
    )


async def challenges_of_organisation(
    reader: Reader, organisation: OrganisationId, listing: ListOptions
) -> Page[Challenge]:
    """A page of the challenges of an organisation that the caller may see, the newest first, unsealed."""
    rights = await reader.rights()
    return await reader.page(
        CHALLENGES,
        CHALLENGES_OF_ORGANISATION,
        organisation,
        listing=listing,
        scope=f"to:{organisation}",
        can_see=lambda row: can_see_challenge(rights, row),
    )
