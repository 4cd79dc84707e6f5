"""Who speaks or audits for an organisation, and until when; its obligations are its own (rule 23)."""

from collections.abc import Collection
from datetime import datetime
from typing import Literal

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
    Refusal,
    Selector,
    Text,
    learns,
)
from domain.people import OrganisationRegistered, PersonRegistered, UnknownPerson
from domain.roles import UNNAMED, ContactAppointed, ContactEnded
from domain.scope import InScope

ContactRole = Literal["commissioner", "auditor"]


class NotTheirChallenge(Refusal):
    """The table 'Who may do and see what': a contact is for their own organisation's challenges, or those of them named."""

    CODE = "not-their-challenge"
    STATUS = 422
    TEXT = Text(
        en="This organisation commissions no challenge of this id.",
        nl="Deze organisatie is geen opdrachtgever van een vraagstuk met dit kenmerk.",
    )


class OnContacts(InScope):
    """What a command knows that says who speaks for an organisation."""

    organisation: OrganisationId

    def consistency_boundary(self) -> list[Selector]:
        return [*super().consistency_boundary(), self.concerning(self.organisation)]

    def speaks_on(self, challenges: Collection[ChallengeId]) -> bool:
        """A commissioner of the organisation for all of these challenges; none named: for the whole organisation."""
        return all(self.contact_for(self.organisation, one) for one in challenges or (UNNAMED,))


class AppointContact(OnContacts):
    """Let a person speak for an organisation, on the challenges named, or on all.

    By who sets the organisation up, or by a commissioner of it, on no more than they speak on themselves.
    """

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
        if not self.known_organisation:
            raise NotFound
        if not (self.speaks_on(self.challenges) or self.sets_up_organisation(self.organisation)):
            raise NotAllowed
        if not self.known_person:
            raise UnknownPerson(field="person_id")
        if foreign := [
            number for number, one in enumerate(self.challenges) if self.commissioned.get(one) != self.organisation
        ]:
            raise NotTheirChallenge(field=f"challenge_ids.{foreign[0]}")
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


class EndContact(OnContacts):
    """Let a contact go: by who sets the organisation up, or by a commissioner of it (rule 23).

    A commissioner lets those go who speak on no more than they do themselves; and themselves.

    `organisation`: that of the contact, as it was looked up.
    """

    def __init__(self, contact: ContactId, *, organisation: OrganisationId, by: Caller) -> None:
        super().__init__()
        self.contact, self.organisation, self.by = contact, organisation, by

    def consistency_boundary(self) -> list[Selector]:
        about = Selector(types=[ContactAppointed, ContactEnded], tags=[self.contact])
        return [*super().consistency_boundary(), about]

    def execute(self) -> None:
        fact = self.contacts.get(self.contact) or self.ended_contacts.get(self.contact)
        if fact is None or fact.organisation != self.organisation:
            raise NotFound
        own = self.contact_for(self.organisation) and fact.person == self.by.person
        if not (own or self.speaks_on(fact.challenges) or self.sets_up_organisation(self.organisation)):
            raise NotAllowed if self.sees_contacts_of(self.organisation) else NotFound
        if self.contact in self.ended_contacts:
            raise AsIs
        self.record(ContactEnded(contact=self.contact, organisation=self.organisation, person=fact.person))
