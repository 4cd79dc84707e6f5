"""Invitations of contacts for all challenges of an organisation, which belong to no programme (rule 36)."""

from domain.administration.contacts import can_see_contact
from domain.administration.ownership import OrganisationOwnership
from domain.events.invitations import InvitationResent
from domain.events.roles import ContactAppointed, ContactEnded
from domain.foundation import Caller, ContactId, NotAllowed, NotFound, OrganisationId, PersonId, Selector
from domain.people.invitations import Resends
from domain.people.rights import CallerCommand


class ResendContactInvitation(CallerCommand):
    """Send a contact for all challenges the invitation again, at most once an hour (rule 36).

    Allowed if the organisation belongs to the caller. `organisation`, `person`: those of the contact, as a view has them.
    """

    def __init__(self, contact: ContactId, *, organisation: OrganisationId, person: PersonId, by: Caller) -> None:
        super().__init__(by, boundary=[Selector(types=[ContactAppointed, ContactEnded], tags=[contact])])
        self.contact, self.organisation, self.person = contact, organisation, person
        self.ownership, self.resends = OrganisationOwnership(self.rights, organisation), Resends(person, contact)

    def execute(self) -> None:
        event = self.rights.contacts.get(self.contact)
        if event is None or event.programme is not None or event.organisation != self.organisation:
            raise NotFound
        if not self.ownership.owns(self.organisation):
            raise NotAllowed if can_see_contact(self.ownership, event) else NotFound
        self.record(
            InvitationResent(
                person=event.person,
                programme=None,
                contact=self.contact,
                organisation=self.organisation,
                not_before=self.resends.next_after(self.by),
            )
        )
