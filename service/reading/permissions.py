"""Questions about a caller's permissions that several subjects have."""

from typing import Protocol

from domain.administration.ownership import OrganisationRights
from domain.events.challenge import ChallengeProposed
from domain.foundation import ChallengeId, OrganisationId, ProgrammeId, Role, Selector, TeamId
from domain.people.rights import Rights
from domain.teams.team import TeamRights
from service.reading.reader import Reader

INSIDE_ROLES = frozenset[Role]({"participant", "facilitator", "manager", "system"})
"""Roles that read from inside a programme. Any other reads no reasons about people."""
NAMING_ROLES = INSIDE_ROLES | {"commissioner"}
"""Roles that read names of people as far as they may see them. Any other reads pseudonyms."""


def everyone(_: Rights, __: object) -> bool:
    """Allows every caller: for rows that are public to all tokens."""
    return True


class OfProgramme(Protocol):
    """A row that belongs to a programme."""

    @property
    def programme(self) -> ProgrammeId: ...


def is_inside_programme(rights: Rights, row: OfProgramme) -> bool:
    """Whether the caller belongs to the programme of the row."""
    return rights.belongs_to(row.programme)


def manages_all(rights: Rights) -> bool:
    """Whether the caller manages every programme: the operator's token, of a manager without a person, does."""
    return rights.by.role == "manager" and rights.manages_everything()


def administers(rights: Rights) -> bool:
    """Whether the caller manages or facilitates a programme, or holds the operator's token."""
    return bool(guided_by(rights)) or manages_all(rights)


def guided_by(rights: Rights) -> list[ProgrammeId]:
    """The programmes that the caller facilitates or manages."""
    return [one for one in programmes_of(rights) if rights.facilitates(one)]


def managed_by(rights: Rights) -> list[ProgrammeId]:
    """The programmes in which the caller is a manager."""
    return [one for one in programmes_of(rights) if rights.manages(one)]


def programmes_of(rights: Rights) -> list[ProgrammeId]:
    """The programmes in which the caller has the role of their token."""
    mine = [one for one in (*rights.managers, *rights.participants, *rights.facilitators) if one[0] == rights.by.person]
    return sorted({programme for _, programme in mine if rights.belongs_to(programme)})


def organisations_served_in_full(rights: Rights) -> list[OrganisationId]:
    """The organisations for which the caller is a contact for all challenges, in all programmes."""
    return [one for one in rights.organisations_served() if rights.reads_all_of(one)]


async def challenges_served(reader: Reader, rights: Rights) -> list[ChallengeId]:
    """The challenges for which the caller is a contact without being one for all challenges of the organisation.

    With a token limited to programmes: also the challenges there of organisations for which they are a contact for all.
    """
    named = {
        (one.organisation, challenge, one.programme) for one in rights.contacts.values() for challenge in one.challenges
    }
    found = {
        challenge
        for organisation, challenge, programme in named
        if programme is not None and rights.reads_for((organisation,), challenge, programme=programme)
    }
    for programme in rights.by.programmes or ():
        if any(rights.reads_all_of(one, in_=programme) for one in rights.organisations_served(in_=programme)):
            proposed = await reader.kring.commands.events(Selector(types=[ChallengeProposed], tags=[programme]))
            found.update(event.challenge for event, _ in proposed if isinstance(event, ChallengeProposed))
    return sorted(found)


def own_teams(rights: TeamRights) -> list[TeamId]:
    """The teams of which the caller is a member now."""
    return sorted(one for one in rights.teams.members if rights.member_of(one))


async def organisation_rights(reader: Reader, organisation: OrganisationId) -> OrganisationRights:
    """The caller's rights concerning an organisation, as the log has them now."""
    rights, _ = await reader.kring.commands.load(OrganisationRights(organisation, by=reader.caller))
    return rights


async def team_rights(reader: Reader) -> TeamRights:
    """The caller's roles and memberships as the log has them now, loaded once."""
    return await reader.rights_with(TeamRights)
