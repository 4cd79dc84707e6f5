"""A team with a trip, another team, and a commissioner as possible guests."""

from domain.events.roles import ContactAppointed
from domain.events.team import TeamFormed
from domain.foundation import (
    ChallengeId,
    Code,
    ContactId,
    Event,
    OrganisationId,
    PersonId,
    TeamId,
)
from tests.domain.trips.examples.trip import (
    BANK,
    CONTACT,
    EVE,
    GIVEN,
    PROGRAMME,
    id_of,
)

OTHER_TEAM, CLINIC = TeamId(id_of("team", 2)), OrganisationId(id_of("organisation", 2))
CHALLENGE, ANOTHER_CHALLENGE = (ChallengeId(id_of("challenge", n)) for n in (1, 2))
FRANK = PersonId(id_of("person", 7))
NEIGHBOURS = TeamFormed(
    team=OTHER_TEAM, programme=PROGRAMME, challenge=ANOTHER_CHALLENGE, organisation=CLINIC, number=1, members=(EVE,)
)


def appointed(organisation: OrganisationId = BANK, *challenges: ChallengeId) -> ContactAppointed:
    contact = ContactId(id_of("contact", 1))
    return ContactAppointed(
        contact=contact, organisation=organisation, person=CONTACT, role=Code("commissioner"), challenges=challenges
    )


AROUND: list[Event] = [*GIVEN, NEIGHBOURS, appointed()]
