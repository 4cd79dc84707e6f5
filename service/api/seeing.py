"""Who sees what, by the table 'Who may do and see what': the questions that several nouns ask about their caller."""

from domain.foundation import ChallengeId, OrganisationId, PersonId, ProgrammeId, Selector, TeamId
from domain.roles import UNNAMED, Acting, ContactAppointed
from domain.scope import OrganisationRights
from domain.team import TeamRights
from service.api.asking import Asking


def everyone(_: Acting, __: object) -> bool:
    """What is public to whoever has a token."""
    return True


def manages_all(rights: Acting) -> bool:
    """A manager's token without a person manages every programme."""
    return rights.by.role == "manager" and rights.by.person is None


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
    """The organisations for which the caller speaks or reads on every challenge."""
    return [one for one in rights.organisations_served() if rights.reads_for((one,), UNNAMED)]


def challenges_served(rights: Acting) -> list[ChallengeId]:
    """The challenges for which alone the caller speaks or reads."""
    named = [(one.organisation, challenge) for one in rights.contacts.values() for challenge in one.challenges]
    return sorted({challenge for organisation, challenge in named if rights.reads_for((organisation,), challenge)})


def own_teams(rights: TeamRights) -> list[TeamId]:
    """The teams of which the caller is a member; who came later never learnt how their team was formed."""
    return sorted(one for one in rights.members if rights.member_of(one))


async def sees_contacts(asking: Asking, organisation: OrganisationId) -> bool:
    """Whether the caller may know who speaks for an organisation."""
    rights, _ = await asking.kring.desk.learn(OrganisationRights(organisation, by=asking.by))
    return rights.sees_contacts_of(organisation)


async def contact_organisations(asking: Asking, person: PersonId | None) -> tuple[OrganisationId, ...]:
    """The organisations of which a person ever was a contact, for commands that ask where the person belongs."""
    if person is None:
        return ()
    appointed = await asking.kring.desk.told(Selector(types=[ContactAppointed], tags=[person]))
    return tuple(sorted({fact.organisation for fact, _ in appointed if isinstance(fact, ContactAppointed)}))


async def team_rights(asking: Asking) -> TeamRights:
    """The caller's roles and memberships as the log knows them now."""
    rights, _ = await asking.kring.desk.learn(TeamRights(asking.by))
    return rights
