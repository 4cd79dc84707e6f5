"""Contacts: people who speak for or audit an organisation, and until when. Its obligations are its own (rule 23)."""

from datetime import datetime
from typing import Literal, Protocol

from domain.administration.ownership import OrganisationOwnership
from domain.events.challenge import ChallengeProposed, ChallengeRecommissioned
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
from domain.people.people import KnownPeople, UnknownPerson, is_manager
from domain.people.rights import CallerCommand

ContactRole = Literal["commissioner", "auditor"]


class NotTheirChallenge(Refusal):
    """A contact is for their own organisation's challenges, or those of them named (docs/reference/roles.md)."""

    CODE = "not-their-challenge"
    STATUS = 422
    TEXT = Text(
        en="This organisation commissions no challenge with this id.",
        nl="Deze organisatie is geen opdrachtgever van een vraagstuk met dit id.",
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
        nl="Noem vraagstukken van je leergang: de organisatie wijst zelf aan wie voor alle vraagstukken contactpersoon is.",
    )


class AppointContact(CallerCommand):
    """Appoint a person as contact of an organisation, for the challenges named, or for all.

    Allowed if the organisation belongs to the caller; to managers, for challenges of their programme; and to commissioners of
    the organisation, for the challenges that they speak for themselves (rule 27).
    """

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
        types = [ChallengeProposed, ChallengeRecommissioned]
        super().__init__(by, boundary=[Selector(types=types, tags=[one]) for one in challenges])
        self.contact, self.organisation, self.person = contact, organisation, person
        self.role: ContactRole = role
        self.challenges, self.effective_from = challenges, effective_from
        self.ownership = OrganisationOwnership(self.rights, organisation)
        self.known_people = KnownPeople(person)
        self.programmes: dict[ChallengeId, ProgrammeId] = {}
        self.commissioners: dict[ChallengeId, OrganisationId | None] = {}

    @applies(ChallengeProposed)
    def _(self, challenge: ChallengeId, organisation: OrganisationId, programme: ProgrammeId) -> None:
        self.commissioners[challenge], self.programmes[challenge] = organisation, programme

    @applies(ChallengeRecommissioned)
    def _(self, challenge: ChallengeId, organisation: OrganisationId | None) -> None:
        self.commissioners[challenge] = organisation

    def execute(self) -> None:
        if self.organisation not in self.ownership.names:
            raise NotFound
        programmes = {self.programmes[one] for one in self.challenges if one in self.programmes}
        owns = self.ownership.owns(self.organisation)
        if not (owns or (programmes and all(map(self._may_appoint_in, programmes)))):
            raise NotAllowed if self.challenges or not is_manager(self.rights) else NotTheWholeOrganisation
        if self.person not in self.known_people:
            raise UnknownPerson(field="person_id")
        if foreign := [
            number for number, one in enumerate(self.challenges) if self.commissioners.get(one) != self.organisation
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
        return self.rights.manages(programme) or all(
            self.rights.contact_for(self.organisation, one, programme=programme) for one in self.challenges
        )


class EndContact(CallerCommand):
    """End an appointment: allowed to callers who may make such an appointment, and to the contact (rules 23 and 27).

    `organisation`: that of the contact, as a view has it.
    """

    def __init__(self, contact: ContactId, *, organisation: OrganisationId, by: Caller) -> None:
        super().__init__(by, boundary=[Selector(types=[ContactAppointed, ContactEnded], tags=[contact])])
        self.contact, self.organisation = contact, organisation
        self.ownership = OrganisationOwnership(self.rights, organisation)

    def execute(self) -> None:
        event = self.rights.contacts.get(self.contact) or self.rights.ended_contacts.get(self.contact)
        if event is None or event.organisation != self.organisation:
            raise NotFound
        if not self._may_end(event):
            raise NotAllowed if can_see_contact(self.ownership, event) else NotFound
        if self.contact in self.rights.ended_contacts:
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
        if self.ownership.owns(self.organisation):
            return True
        if event.programme is None:
            return event.person == self.by.person and self.rights.speaks_for_all(self.organisation)
        own = event.person == self.by.person and self.rights.contact_for(self.organisation, programme=event.programme)
        speaks = all(
            self.rights.contact_for(self.organisation, one, programme=event.programme) for one in event.challenges
        )
        return own or speaks or self.rights.manages(event.programme)


class Appointment(Protocol):
    """An appointment for an organisation; `programme` None: for all its challenges."""

    @property
    def organisation(self) -> OrganisationId: ...
    @property
    def programme(self) -> ProgrammeId | None: ...


def can_see_contact(ownership: OrganisationOwnership, one: Appointment) -> bool:
    """Whether the caller may see an appointment.

    They may if the organisation belongs to them, if they audit all of it, or if they facilitate a programme that registered it.
    Contacts for challenges of a programme are visible to its facilitators and to each other; other programmes that name the
    organisation learn nothing.
    """
    organisation, programme, rights = one.organisation, one.programme, ownership.rights
    if ownership.owns(organisation) or rights.reads_all_of(organisation):
        return True
    if ownership.facilitates_registrar(organisation):
        return True
    if programme is None:
        return False
    return rights.facilitates(programme) or rights.reads_for((organisation,), programme=programme)
