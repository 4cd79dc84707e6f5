"""People, their roles in a programme and their organisations."""

from domain.events.people import OrganisationRegistered, PersonRegistered
from domain.events.roles import ContactAppointed, FacilitatorAssigned, ManagerAppointed
from domain.foundation import (
    Code,
    ContactId,
    Label,
    OrganisationId,
    Personal,
    PersonId,
    ProgrammeId,
    TokenId,
)
from tests.domain.examples.deciding import caller

BANK, CLINIC = OrganisationId("organisation_bank"), OrganisationId("organisation_clinic")
ANNA, BOSS, GUIDE = PersonId("person_anna"), PersonId("person_boss"), PersonId("person_guide")
PROGRAMME, CONTACT, TOKEN = ProgrammeId("programme_1"), ContactId("contact_1"), TokenId("token_9")
MANAGES = ManagerAppointed(programme=PROGRAMME, person=BOSS)
GUIDES = FacilitatorAssigned(programme=PROGRAMME, person=GUIDE)
KNOWN = [
    PersonRegistered(person=ANNA, name=Personal("Anna"), email=Personal("anna@example.org"), language=Code("nl")),
    OrganisationRegistered(organisation=BANK, name=Label("Bank")),
]
BY_BOSS = caller("manager", BOSS)
SPEAKS = ContactAppointed(contact=CONTACT, organisation=BANK, person=BOSS, role=Code("commissioner"))
