"""Who speaks or audits for an organisation, and until when; its obligations are its own (rule 23)."""

from datetime import datetime
from typing import Literal

from domain.challenge import ChallengeProposed, ChallengeRecommissioned
from domain.foundation import (
    AsIs,
    Caller,
    ChallengeId,
    Code,
    ContactId,
    NotAllowed,
    NotFound,
    OrganisationId,
    PersonId,
    ProgrammeId,
    Selector,
    learns,
)
from domain.people import OrganisationRegistered, PersonRegistered, SettingUp, UnknownPerson
from domain.roles import ENROLMENT_FACTS, ContactAppointed, ContactEnded

ContactRole = Literal["commissioner", "auditor"]


class AppointContact(SettingUp):
    """Let a person speak for an organisation. By a manager, or by a commissioner of that organisation."""

    known_person: bool = False
    known_organisation: bool = False

    def __init__(
        self,
        contact: ContactId,
        *,
        organisation: OrganisationId,
        person: PersonId,
        role: ContactRole,
        challenges: tuple[ChallengeId, ...] = (),
        effective_from: datetime | None = None,
        by: Caller,
    ) -> None:
        super().__init__()
        self.contact, self.organisation, self.person, self.role, self.by = contact, organisation, person, role, by
        self.challenges, self.effective_from = challenges, effective_from

    def consistency_boundary(self) -> list[Selector]:
        return [
            *super().consistency_boundary(),
            Selector(types=[PersonRegistered], tags=[self.person]),
            Selector(types=[OrganisationRegistered], tags=[self.organisation]),
        ]

    @learns(PersonRegistered)
    def _(self, person: PersonId) -> None:
        self.known_person |= person == self.person

    @learns(OrganisationRegistered)
    def _(self, organisation: OrganisationId) -> None:
        self.known_organisation |= organisation == self.organisation

    def execute(self) -> None:
        if not self.contact_for(self.organisation):
            self.require_some_manager()
        if not self.known_organisation:
            raise NotFound
        if not self.known_person:
            raise UnknownPerson(field="person_id")
        self.record(
            ContactAppointed(
                contact=self.contact,
                organisation=self.organisation,
                person=self.person,
                role=Code(self.role),
                challenges=self.challenges,
                effective_from=self.effective_from,
            )
        )


class EndContact(SettingUp):
    """Let a contact go: by a manager of a programme that concerns the organisation, or by a commissioner of it (rule 23).

    `organisation`: that of the contact. A programme concerns whoever commissions a challenge of it, or sends a participant.
    """

    def __init__(self, contact: ContactId, *, organisation: OrganisationId, by: Caller) -> None:
        super().__init__()
        self.contact, self.organisation, self.by = contact, organisation, by
        self.commissions: set[ProgrammeId] = set()

    def consistency_boundary(self) -> list[Selector]:
        concerning = [ChallengeProposed, ChallengeRecommissioned, *ENROLMENT_FACTS]
        return [
            *super().consistency_boundary(),
            Selector(types=[ContactAppointed, ContactEnded], tags=[self.contact]),
            Selector(types=concerning, tags=[f"to:{self.organisation}"]),
        ]

    @learns(ChallengeProposed)
    def _(self, programme: ProgrammeId) -> None:
        self.commissions.add(programme)

    @learns(ChallengeRecommissioned)
    def _(self, programme: ProgrammeId) -> None:
        self.commissions.add(programme)

    def execute(self) -> None:
        fact = self.contacts.get(self.contact) or self.ended_contacts.get(self.contact)
        if fact is None or fact.organisation != self.organisation:
            raise NotFound
        if not (self.contact_for(self.organisation) or self._is_concerned()):
            raise NotAllowed if self.may_register() or self.reads_for([self.organisation]) else NotFound
        if self.contact in self.ended_contacts:
            raise AsIs
        self.record(ContactEnded(contact=self.contact, organisation=self.organisation, person=fact.person))

    def _is_concerned(self) -> bool:
        """Manage a programme that concerns the organisation, or hold a manager's token that stands for itself."""
        sends = {programme for (_, programme), sender in self.participants.items() if sender == self.organisation}
        return self.manages_everything() or any(self.manages(one) for one in self.commissions | sends)
