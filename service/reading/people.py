"""People, as far as their reader may see them."""

from collections.abc import Sequence

from msgspec.structs import replace

from domain.foundation import (
    ChallengeId,
    NotAllowed,
    NotFound,
    OrganisationId,
    PersonId,
    ProgrammeId,
)
from projections import people as views
from projections.teams import TEAMS
from service.reading.options import ListOptions, Page, ReadOptions
from service.reading.permissions import (
    administers,
    challenges_served,
    guided_by,
    manages_all,
    organisations_served_in_full,
    own_teams,
    programmes_of,
    team_rights,
)
from service.reading.reader import Reader

MAX_PEOPLE = 2000
"""People of a programme who are looked up at once."""
PeopleScope = tuple[
    bool,
    PersonId | None,
    list[ProgrammeId],
    list[ProgrammeId],
    list[OrganisationId],
    list[ChallengeId],
    list[OrganisationId],
]
"""The people whom the caller may see, as the parameters of `VISIBLE_PEOPLE` from $4 on."""


async def _scope_of_names(reader: Reader) -> PeopleScope:
    """The people whose names the caller may see."""
    rights = await reader.rights()
    commissioner = rights.by.role == "commissioner"  # an auditor reads pseudonyms
    on_all, on_some, any_of = (
        (organisations_served_in_full(rights), await challenges_served(reader, rights), rights.organisations_served())
        if commissioner
        else ([], [], [])
    )
    return manages_all(rights), rights.by.person, programmes_of(rights), guided_by(rights), on_all, on_some, any_of


async def _scope_of_addresses(reader: Reader) -> PeopleScope:
    """The people whose addresses the caller may see: all for the operator, else themselves and those whom they facilitate."""
    rights = await reader.rights()
    guided = guided_by(rights)
    return manages_all(rights), rights.by.person, guided, guided, [], [], []


async def _visible_among(people: Sequence[PersonId], reader: Reader, scope: PeopleScope) -> set[PersonId]:
    """The ids of those of these people who are in the scope."""
    rows = await reader.kring.views.rows(views.Person, views.VISIBLE_PEOPLE, "", len(people), people, *scope)
    return {one.id for one in rows}


async def _as_visible(reader: Reader, people: Sequence[views.Person]) -> list[views.Person]:
    """The people, their addresses only as far as the caller may see them."""
    known = await _visible_among(
        [one.id for one in people], reader, await _scope_of_addresses(reader)
    ) | await _fellow_members(reader)
    return [one if one.id in known else replace(one, email=None) for one in people]


async def find_person(reader: Reader, email: str, at_least: int | None) -> views.Person | None:
    """The person with this address, for callers who enrol people. Raises `NotAllowed` for others."""
    if not administers(await reader.rights()):
        raise NotAllowed
    await reader.wait_for_views(at_least)
    holder = await reader.kring.commands.holder("email", email)
    row = None if holder is None else await reader.row_from_log(views.PEOPLE, holder)
    if row is None:
        return None
    await reader.unseal([row])
    return (await _as_visible(reader, [row]))[0]


async def _fellow_members(reader: Reader) -> set[PersonId]:
    """The members of the caller's own CoPs."""
    rights = await team_rights(reader)
    rows = [await reader.kring.views.one(TEAMS, one) for one in own_teams(rights)]
    return {person for row in rows if row is not None for person in row.members}


async def page_of_people(reader: Reader, listing: ListOptions) -> Page[views.Person]:
    """A page of the people whom the caller may see, unsealed."""
    page = await reader.page(views.PEOPLE, views.VISIBLE_PEOPLE, None, *await _scope_of_names(reader), listing=listing)
    return Page(await _as_visible(reader, page.items), page.next)


async def people_of_programme(
    reader: Reader, programme: ProgrammeId | None, members: Sequence[PersonId]
) -> list[PersonId]:
    """The people whom the caller may see as those of a programme (None: of none), and those among `members`."""
    rights, found = await reader.rights(), set[PersonId]()
    if programme is not None and rights.belongs_to(programme):
        guided = [programme] if rights.facilitates(programme) else []
        scope: PeopleScope = (False, None, [programme], guided, [], [], [])
        rows = await reader.kring.views.rows(views.Person, views.VISIBLE_PEOPLE, "", MAX_PEOPLE, None, *scope)
        found = {one.id for one in rows}
    others = [one for one in members if one not in found]
    return sorted(found | await _visible_among(others, reader, await _scope_of_names(reader)))


async def can_see_person(reader: Reader, person: PersonId) -> bool:
    """Whether the caller may see the name of this person."""
    return bool(await _visible_among([person], reader, await _scope_of_names(reader)))


async def visible_person(reader: Reader, person: PersonId, reading: ReadOptions) -> views.Person:
    """A person as far as the caller may see them, unsealed. Raises `NotFound`."""
    row = await reader.row(views.PEOPLE, person, reading)
    if row is None or not await can_see_person(reader, person):
        raise NotFound
    await reader.unseal([row])
    return (await _as_visible(reader, [row]))[0]
