"""The caller: their token, person and roles."""

from typing import Literal

from msgspec import Struct

from domain.events.roles import ContactAppointed
from domain.foundation import (
    ChallengeId,
    Code,
    Label,
    OrganisationId,
    Personal,
    PersonId,
    ProgrammeId,
    TeamId,
)
from domain.teams.team import TeamRights
from projections.people import ORGANISATIONS, PEOPLE, Person
from projections.programmes import PROGRAMMES
from projections.view import ids
from service.reading.options import ReadOptions
from service.reading.reader import Reader


class Myself(Struct, frozen=True, kw_only=True):
    """The person of the token."""

    id: PersonId
    name: Personal
    email: Personal | None
    language: Code


class MyProgramme(Struct, frozen=True, kw_only=True, rename=ids("organisation")):
    """A programme in which the person has a role. `organisation_id`: the organisation that sends them as a participant."""

    id: ProgrammeId
    name: Label
    edition: Label
    status: Literal["open", "concluded"]
    role: Literal["manager", "participant", "facilitator"]
    organisation: OrganisationId | None = None


class MyOrganisation(Struct, frozen=True, kw_only=True, rename=ids("challenges")):
    """An organisation for which the caller is a contact. No `challenge_ids`: for all challenges."""

    id: OrganisationId
    name: Label
    role: Code
    challenges: tuple[ChallengeId, ...] = ()


class MyTeam(Struct, frozen=True, kw_only=True, rename=ids("programme")):
    """A CoP of which the person is a member."""

    id: TeamId
    programme: ProgrammeId


class Me(Struct, frozen=True, kw_only=True):
    """The caller. `id` is that of the token. A token without a person has no programmes and teams.

    `role` is that of the token: in a programme the caller may do what both this role and the person's role there allow.
    """

    id: str
    status: Literal["valid"] = "valid"
    role: str
    person: Myself | None
    programmes: list[MyProgramme]
    organisations: list[MyOrganisation]
    teams: list[MyTeam]


def _myself(person: Person | None) -> Myself | None:
    if person is None:
        return None
    return Myself(id=person.id, name=person.name, email=person.email, language=person.language)


async def _programmes(reader: Reader, rights: TeamRights, until: int | None) -> list[MyProgramme]:
    """The programmes in which the person has a role, one in each (rule 25)."""
    mine: dict[ProgrammeId, tuple[Literal["manager", "participant", "facilitator"], OrganisationId | None]] = {
        **{programme: ("manager", None) for _, programme in rights.managers},
        **{programme: ("participant", sender) for (_, programme), sender in rights.participants.items()},
        **{programme: ("facilitator", None) for _, programme in rights.facilitators},
    }
    return [await _programme(reader, one, *mine[one], until) for one in sorted(mine) if rights.is_within(one)]


async def _programme(
    reader: Reader,
    programme: ProgrammeId,
    role: Literal["manager", "participant", "facilitator"],
    organisation: OrganisationId | None,
    until: int | None,
) -> MyProgramme:
    row = await reader.existing_row(PROGRAMMES, programme, until)
    return MyProgramme(
        id=row.id, name=row.name, edition=row.edition, status=row.status, role=role, organisation=organisation
    )


async def _organisations(reader: Reader, rights: TeamRights, until: int | None) -> list[MyOrganisation]:
    """The organisations that appointed the person, or that the token names."""
    appointed = [
        (one.organisation, one.role, one.challenges)
        for one in rights.contacts.values()
        if await _is_within(reader, rights, one)
    ]
    named = [] if reader.caller.person else [(one, Code(reader.caller.role), ()) for one in reader.caller.organisations]
    found: list[MyOrganisation] = []
    for organisation, role, challenges in sorted([*appointed, *named]):
        row = await reader.row_from_log(ORGANISATIONS, organisation, until)
        if row is not None:
            found.append(MyOrganisation(id=row.id, name=row.name, role=role, challenges=challenges))
    return found


async def _is_within(reader: Reader, rights: TeamRights, one: ContactAppointed) -> bool:
    """Whether the token covers this appointment; one for all challenges, if a programme of the token concerns it."""
    if one.programme is not None or not rights.is_limited:
        return rights.is_within(one.programme)
    return await reader.is_concerned([one.organisation], rights.by.programmes or ())


async def me(reader: Reader, reading: ReadOptions) -> Me:
    """The caller: token, person, and their roles in programmes, organisations and teams."""
    await reader.wait_for_views(reading.at_least)
    until = await reader.position_of(reading)
    rights, _ = await reader.kring.commands.load(TeamRights(reader.caller), until=until)
    person = None if reader.caller.person is None else await reader.row_from_log(PEOPLE, reader.caller.person, until)
    await reader.unseal([] if person is None else [person])
    return Me(
        id=reader.caller.via,
        role=reader.caller.role,
        person=_myself(person),
        programmes=await _programmes(reader, rights, until),
        organisations=await _organisations(reader, rights, until),
        teams=[
            MyTeam(id=team, programme=rights.teams.programmes[team])
            for team, members in sorted(rights.teams.members.items())
            if reader.caller.person in members and rights.is_within(rights.teams.programmes[team])
        ],
    )
