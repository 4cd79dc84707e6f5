"""A programme with a manager, a facilitator and a participant who left."""

from domain.events.people import OrganisationRegistered, PersonRegistered
from domain.events.programme import Policies, ProgrammeOpened
from domain.events.roles import (
    FacilitatorAssigned,
    ManagerAppointed,
    ParticipantEnrolled,
    ParticipantWithdrew,
)
from domain.foundation import (
    Code,
    Event,
    Label,
    OrganisationId,
    Personal,
    PersonId,
    ProgrammeId,
    ZoneName,
)
from tests.domain.examples.deciding import caller

PROGRAMME, ELSEWHERE, BANK = ProgrammeId("programme_1"), ProgrammeId("programme_2"), OrganisationId("organisation_bank")
ANNA, BOSS, GUIDE = PersonId("person_anna"), PersonId("person_boss"), PersonId("person_guide")
OPENED = ProgrammeOpened(
    programme=PROGRAMME,
    name=Label("Leergang"),
    edition=Label("2016"),
    timezone=ZoneName("Europe/Amsterdam"),
    languages=(Code("nl"), Code("en")),
    starts_on=None,
    ends_on=None,
    policies=Policies(),
)
KNOWN: list[Event] = [
    OPENED,
    PersonRegistered(person=ANNA, name=Personal("Anna"), email=Personal("a@example.org"), language=Code("nl")),
    OrganisationRegistered(organisation=BANK, name=Label("Bank")),
]
MANAGES = ManagerAppointed(programme=PROGRAMME, person=BOSS)
GUIDES = FacilitatorAssigned(programme=PROGRAMME, person=GUIDE)
ENROLLED = ParticipantEnrolled(programme=PROGRAMME, person=ANNA, organisation=BANK)
GONE = ParticipantWithdrew(programme=PROGRAMME, person=ANNA, organisation=BANK)
BY_GUIDE, BY_BOSS = caller("facilitator", GUIDE), caller("manager", BOSS)
