"""Who speaks or audits for an organisation, and until when; its obligations are its own (rule 23)."""

from datetime import datetime
from typing import Literal, Protocol

from domain.administration.ownership import KnowingOrganisations
from domain.events.challenge import ChallengeProposed, ChallengeRecommissioned
from domain.events.people import PersonRegistered
from domain.events.roles import ContactAppointed, ContactEnded
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
    Refusal,
    Selector,
    Text,
    applies,
)
from domain.people.people import UnknownPerson

ContactRole = Literal["commissioner", "auditor"]


class NotTheirChallenge(Refusal):
    """A contact is for their own organisation's challenges, or those of them named (docs/reference/roles.md)."""

    CODE = "not-their-challenge"
    STATUS = 422
    TEXT = Text(
        en="This organisation commissions no challenge of this id.",
        nl="Deze organisatie is geen opdrachtgever van een vraagstuk met dit kenmerk.",
    )


class OtherProgrammes(Refusal):
    """Rule 27: a contact is for all challenges of the organisation, or for some of one programme."""

    CODE = "other-programme"
    STATUS = 422
    TEXT = Text(
        en="Name challenges of one programme; appoint the person again for those of another.",
        nl="Noem vraagstukken van één leergang; wijs de persoon opnieuw aan voor die van een andere.",
    )


class NotTheWholeOrganisation(Refusal):
    """Rule 27: a programme that names an organisation appoints contacts for its own challenges alone."""

    CODE = "name-your-challenges"
    STATUS = 403
    TEXT = Text(
        en="Name challenges of your programme: contacts for all challenges are appointed by the organisation itself.",
        nl="Noem vraagstukken van je leergang: de organisatie wijst zelf aan wie voor alle vraagstukken contact is.",
    )


class AppointContact(KnowingOrganisations):
    """Let a person speak for an organisation, on the challenges named, or on all.

    By whose the organisation is; by a manager, for challenges of their programme; or by a commissioner of it, on no more than
    they speak on themselves (rule 27).
    """

    known_person: bool = False

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
        self.programmes: dict[ChallengeId, ProgrammeId] = {}
        self.commissioned: dict[ChallengeId, OrganisationId | None] = {}

    def consistency_boundary(self) -> list[Selector]:
        return [
            *super().consistency_boundary(),
            self.about_organisation(self.organisation),
            Selector(types=[PersonRegistered], tags=[self.person]),
            *(Selector(types=[ChallengeProposed, ChallengeRecommissioned], tags=[one]) for one in self.challenges),
        ]

    @applies(PersonRegistered)
    def _(self, person: PersonId) -> None:
        self.known_person |= person == self.person

    @applies(ChallengeProposed)
    def _(self, challenge: ChallengeId, organisation: OrganisationId, programme: ProgrammeId) -> None:
        self.commissioned[challenge], self.programmes[challenge] = organisation, programme

    @applies(ChallengeRecommissioned)
    def _(self, challenge: ChallengeId, organisation: OrganisationId | None) -> None:
        self.commissioned[challenge] = organisation

    def execute(self) -> None:
        if self.organisation not in self.organisations_called:
            raise NotFound
        programmes = {self.programmes[one] for one in self.challenges if one in self.programmes}
        owns = self.owns(self.organisation)
        if not (owns or (programmes and all(map(self._may_appoint_in, programmes)))):
            raise NotAllowed if self.challenges or not self.is_manager() else NotTheWholeOrganisation
        if not self.known_person:
            raise UnknownPerson(field="person_id")
        if foreign := [
            number for number, one in enumerate(self.challenges) if self.commissioned.get(one) != self.organisation
        ]:
            raise NotTheirChallenge(field=f"challenge_ids.{foreign[0]}")
        if len(programmes) > 1:
            raise OtherProgrammes(field="challenge_ids")
        self.record(
            ContactAppointed(
                contact=self.contact,
                organisation=self.organisation,
                person=self.person,
                role=Code(self.role),
                challenges=self.challenges,
                effective_from=self.effective_from,
                programme=next(iter(programmes), None),
            )
        )

    def _may_appoint_in(self, programme: ProgrammeId) -> bool:
        return self.manages(programme) or all(
            self.contact_for(self.organisation, one, programme=programme) for one in self.challenges
        )


class EndContact(KnowingOrganisations):
    """End an appointment: by whoever may make such a one, and by the contact (rules 23 and 27).

    `organisation`: that of the contact, as it was looked up.
    """

    def __init__(self, contact: ContactId, *, organisation: OrganisationId, by: Caller) -> None:
        super().__init__()
        self.contact, self.organisation, self.by = contact, organisation, by

    def consistency_boundary(self) -> list[Selector]:
        about = Selector(types=[ContactAppointed, ContactEnded], tags=[self.contact])
        return [*super().consistency_boundary(), self.about_organisation(self.organisation), about]

    def execute(self) -> None:
        event = self.contacts.get(self.contact) or self.ended_contacts.get(self.contact)
        if event is None or event.organisation != self.organisation:
            raise NotFound
        if not self._may_end(event):
            raise NotAllowed if sees_contact(self, event) else NotFound
        if self.contact in self.ended_contacts:
            raise AsIs
        self.record(
            ContactEnded(
                contact=self.contact,
                organisation=self.organisation,
                person=event.person,
                programme=event.programme,
            )
        )

    def _may_end(self, event: ContactAppointed) -> bool:
        if self.owns(self.organisation):
            return True
        if event.programme is None:
            return event.person == self.by.person and self.speaks_for_all(self.organisation)
        own = event.person == self.by.person and self.contact_for(self.organisation, programme=event.programme)
        speaks = all(self.contact_for(self.organisation, one, programme=event.programme) for one in event.challenges)
        return own or speaks or self.manages(event.programme)


class Appointment(Protocol):
    """For which organisation somebody is a contact, and in which programme; None: for all challenges."""

    @property
    def organisation(self) -> OrganisationId: ...
    @property
    def programme(self) -> ProgrammeId | None: ...


def sees_contact(rights: KnowingOrganisations, one: Appointment) -> bool:
    """Contacts are seen by those whose the organisation is, who audit all of it, and who guide a programme that registered it.

    Those for challenges of a programme are seen by its guides and by each other: who names an organisation learns nothing else.
    """
    organisation, programme = one.organisation, one.programme
    if rights.owns(organisation) or rights.reads_all_of(organisation):
        return True
    if any(map(rights.facilitates, rights.registered_by.get(organisation, ()))):
        return True
    if programme is None:
        return False
    return rights.facilitates(programme) or rights.reads_for((organisation,), programme=programme)
