"""Who sees what, by docs/reference/roles.md: the questions that several nouns ask about their caller."""

from domain.administration.ownership import OrganisationRights
from domain.events.challenge import ChallengeProposed
from domain.foundation import ChallengeId, OrganisationId, ProgrammeId, Selector, TeamId
from domain.people.rights import Acting
from domain.teams.team import TeamRights
from service.reading.reader import Reader


def everyone(_: Acting, __: object) -> bool:
    """What is public to whoever has a token."""
    return True


def manages_all(rights: Acting) -> bool:
    """The operator's token, a manager's without a person, manages every programme."""
    return rights.by.role == "manager" and rights.manages_everything()


def administers(rights: Acting) -> bool:
    """Whoever manages or facilitates anything, or holds a manager's token."""
    return bool(guided_by(rights)) or manages_all(rights)


def guided_by(rights: Acting) -> list[ProgrammeId]:
    """The programmes that the caller guides or manages."""
    return [one for one in programmes_of(rights) if rights.facilitates(one)]


def managed_by(rights: Acting) -> list[ProgrammeId]:
    """The programmes that the caller manages, by a role in them."""
    return [one for one in programmes_of(rights) if rights.manages(one)]


def programmes_of(rights: Acting) -> list[ProgrammeId]:
    """The programmes in which the caller is somebody, in the role that they ask in."""
    mine = [one for one in (*rights.managers, *rights.participants, *rights.facilitators) if one[0] == rights.by.person]
    return sorted({programme for _, programme in mine if rights.belongs_to(programme)})


def served(rights: Acting) -> list[OrganisationId]:
    """The organisations for which the caller speaks or reads on every challenge, in whatever programme."""
    return [one for one in rights.organisations_served() if rights.reads_all_of(one)]


async def challenges_served(reader: Reader, rights: Acting) -> list[ChallengeId]:
    """The challenges for which alone the caller speaks or reads.

    With a limited token, of those for whom they speak on all challenges: the challenges of the programmes that it names.
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
    """The teams of which the caller is a member; who came later never learnt how their team was formed."""
    return sorted(one for one in rights.members if rights.member_of(one))


async def organisation_rights(reader: Reader, organisation: OrganisationId) -> OrganisationRights:
    """What the caller may know of an organisation, as the log knows it now."""
    rights, _ = await reader.kring.commands.load(OrganisationRights(organisation, by=reader.caller))
    return rights


async def team_rights(reader: Reader) -> TeamRights:
    """The caller's roles and memberships as the log knows them now."""
    rights, _ = await reader.kring.commands.load(TeamRights(reader.caller))
    return rights
