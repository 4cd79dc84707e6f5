"""Commitments, as far as their reader may see them."""

from msgspec.structs import replace

from domain.foundation import (
    CommitmentId,
    NotFound,
    OrganisationId,
    Personal,
    ProgrammeId,
    RecommendationId,
)
from domain.teams.team import TeamRights
from projections import commitments as views
from projections.people import ORGANISATIONS
from projections.sharing import COMMITMENTS_SHARED, Share
from service.reading.options import ListOptions, Page, ReadOptions, only
from service.reading.permissions import (
    NAMING_ROLES,
    challenges_served,
    everyone,
    guided_by,
    manages_all,
    organisations_served_in_full,
    own_teams,
    team_rights,
)
from service.reading.reader import Reader
from service.reading.recommendations import visible_recommendation
from service.reading.team_work import TeamWork, work_of

MAX_SHARED = 1000
"""Shared commitments of a programme that are looked up for a list."""


def can_see_commitment(rights: TeamRights, row: views.Commitment) -> bool:
    """Whether the caller is of the team, its facilitator, or of the organisation, which owns its obligations (rule 23)."""
    return rights.can_see_work(row) or rights.reads_for((row.organisation,), row.challenge, programme=row.programme)


def with_owner_if_visible(rights: TeamRights, row: views.Commitment) -> views.Commitment:
    """The commitment; its owner is named only to those of `can_see_commitment`, and not to auditors, who read pseudonyms."""
    named = rights.by.role in NAMING_ROLES and can_see_commitment(rights, row)
    return row if named else replace(row, owner=Personal())


async def visible_commitments(work: TeamWork, *rows: views.Commitment) -> list[views.Commitment]:
    """The commitments among these that the reader may see, sealed: as their organisation, or because the team shares them."""
    shown = [one for one in await work.visible(views.COMMITMENTS, *rows) if one is not None]
    return [with_owner_if_visible(work.rights, one) for one in shown if work.for_organisation or work.can_see(one.id)]


async def visible_commitment(reader: Reader, commitment: CommitmentId, reading: ReadOptions) -> views.Commitment:
    """A commitment as far as the caller may see it, sealed. Raises `NotFound`."""
    row = await reader.row(views.COMMITMENTS, commitment, reading)
    if row is None:
        raise NotFound
    return only(await visible_commitments(await work_of(reader, row.team, reading), row))


async def shared_commitments(reader: Reader, programme: ProgrammeId, reading: ReadOptions) -> list[str]:
    """The ids of the commitments that CoPs share with their programme."""
    views = await reader.views(reading, programme)
    rows = await views.rows(Share, COMMITMENTS_SHARED, programme, MAX_SHARED)
    return [one.item for one in rows]


async def commitments_of_organisation(
    reader: Reader, organisation: OrganisationId, listing: ListOptions
) -> Page[views.Commitment]:
    """A page of the commitments of an organisation that the caller may see, unsealed. Raises `NotFound`."""
    await reader.visible_row(ORGANISATIONS, organisation, everyone, listing.reading)
    rights = await team_rights(reader)
    page = await reader.page(
        views.COMMITMENTS,
        views.COMMITMENTS_OF_ORGANISATION,
        organisation,
        manages_all(rights) or organisation in organisations_served_in_full(rights),
        guided_by(rights),
        own_teams(rights),
        await challenges_served(reader, rights),
        listing=listing,
        scope=f"to:{organisation}",
        can_see=lambda row: can_see_commitment(rights, row),
    )
    return Page([with_owner_if_visible(rights, one) for one in page.items], page.next)


async def commitments_of_programme(
    reader: Reader, programme: ProgrammeId, listing: ListOptions
) -> Page[views.Commitment]:
    """A page of the commitments in a programme that the caller may see, unsealed. Raises `NotFound`."""
    inside, _ = await reader.audience(programme, listing.reading)
    rights = await team_rights(reader)
    shared = await shared_commitments(reader, programme, listing.reading) if inside else []
    page = await reader.page(
        views.COMMITMENTS,
        views.COMMITMENTS_OF_PROGRAMME,
        programme,
        rights.facilitates(programme),
        own_teams(rights),
        organisations_served_in_full(rights),
        await challenges_served(reader, rights),
        shared,
        listing=listing,
        scope=programme,
        can_see=lambda row: row.id in shared or can_see_commitment(rights, row),
    )
    return Page([with_owner_if_visible(rights, one) for one in page.items], page.next)


async def commitments_of_recommendation(
    reader: Reader, recommendation: RecommendationId, listing: ListOptions
) -> Page[views.Commitment]:
    """A page of the commitments on a recommendation that the caller may see, unsealed. Raises `NotFound`."""
    _, work = await visible_recommendation(reader, recommendation, listing.reading)
    page = await reader.part(
        views.COMMITMENTS,
        views.COMMITMENTS_OF_RECOMMENDATION,
        recommendation,
        listing=listing,
        scope=recommendation,
    )
    rows = await visible_commitments(work, *page.items)
    await reader.unseal(rows)
    return Page(rows, page.next)
