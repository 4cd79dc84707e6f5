"""Whom and what a manager sets up: 'own programmes' in the table 'Who may do and see what'.

A person belongs to the programmes in which they ever had a role, and to those that concern an organisation of which they ever
were a contact. A programme concerns an organisation from when that sends somebody there or brings in a challenge. What belongs
nowhere yet is any manager's to set up.
"""

from collections.abc import Collection

from domain.challenge import ChallengeProposed, ChallengeRecommissioned
from domain.foundation import Caller, ChallengeId, Fact, OrganisationId, PersonId, ProgrammeId, Selector, learns
from domain.people import SettingUp
from domain.roles import ENROLMENT_FACTS

CONCERNING: list[type[Fact]] = [*ENROLMENT_FACTS, ChallengeProposed, ChallengeRecommissioned]
"""The facts by which a programme concerns the organisations that are told of them."""


class InScope(SettingUp):
    """What a command knows of the programmes to which an organisation belongs, where it reads what is `concerning` it.

    `commissioned`: by whom each of its challenges is commissioned now.
    """

    def __init__(self) -> None:
        super().__init__()
        self.commissions_in: set[tuple[OrganisationId, ProgrammeId]] = set()
        self.commissioned: dict[ChallengeId, OrganisationId | None] = {}

    @staticmethod
    def concerning(organisation: OrganisationId) -> Selector:
        """The facts that say which programmes concern this organisation."""
        return Selector(types=CONCERNING, tags=[f"to:{organisation}"])

    @learns(ChallengeProposed)
    def _(self, fact: ChallengeProposed) -> None:
        self._commissions(fact.organisation, fact.challenge, fact.programme)

    @learns(ChallengeRecommissioned)
    def _(self, fact: ChallengeRecommissioned) -> None:
        self._commissions(fact.organisation, fact.challenge, fact.programme)

    def _commissions(self, organisation: OrganisationId | None, challenge: ChallengeId, programme: ProgrammeId) -> None:
        self.commissioned[challenge] = organisation
        if organisation is not None:
            self.commissions_in.add((organisation, programme))

    def programmes_concerning(self, organisation: OrganisationId) -> set[ProgrammeId]:
        """Those that it ever had to do with: who left is set up by the same managers as before."""
        return {programme for one, programme in self.commissions_in | self.sent_to if one == organisation}

    def sets_up_in(self, programmes: Collection[ProgrammeId]) -> bool:
        """Manage one of these; of none, anything."""
        return any(self.manages(one) for one in programmes) if programmes else self.is_manager()

    def sets_up_organisation(self, organisation: OrganisationId) -> bool:
        """Manage a programme that concerns the organisation; or anything, as long as none does."""
        return self.manages_everything() or self.sets_up_in(self.programmes_concerning(organisation))

    def guides_organisation(self, organisation: OrganisationId) -> bool:
        """Guide or manage a programme that concerns the organisation; or anything, as long as none does."""
        concerned = self.programmes_concerning(organisation)
        return any(self.facilitates(one) for one in concerned) if concerned else self.may_register()

    def sees_contacts_of(self, organisation: OrganisationId) -> bool:
        """Who speaks for an organisation is seen by who guides a programme that concerns it, and by its own contacts."""
        return self.manages_everything() or self.guides_organisation(organisation) or self.reads_for((organisation,))


class OnPerson(InScope):
    """What a command knows of where a person belongs.

    `contact_of`: the organisations of which the person ever was a contact, as they were looked up; the facts have the last word.
    """

    contact_of: tuple[OrganisationId, ...] = ()

    def where(self, person: PersonId) -> list[Selector]:
        """The facts that say where this person belongs."""
        return [self.roles_of(person), *(self.concerning(one) for one in self.contact_of)]

    def organisations_of(self, person: PersonId) -> set[OrganisationId]:
        """Those of which the person ever was a contact."""
        contacts = (*self.contacts.values(), *self.ended_contacts.values())
        return {one.organisation for one in contacts if one.person == person}

    def sets_up_person(self, person: PersonId) -> bool:
        """Manage a programme to which the person belongs; or anything, as long as they belong nowhere."""
        if self.manages_everything():
            return True
        organisations = self.organisations_of(person)
        programmes = {programme for one, programme in self.once_in if one == person}.union(
            *(self.programmes_concerning(one) for one in organisations)
        )
        looked_up = organisations <= set(self.contact_of)  # else nobody knows yet what the others belong to
        return self.sets_up_in(programmes) if programmes or looked_up else False


class OrganisationRights(InScope):
    """What one caller may know of an organisation, learnt for reading."""

    def __init__(self, organisation: OrganisationId, *, by: Caller) -> None:
        super().__init__()
        self.organisation, self.by = organisation, by

    def consistency_boundary(self) -> list[Selector]:
        return [*super().consistency_boundary(), self.concerning(self.organisation)]


class PersonRights(OnPerson):
    """Whether one caller sets up a person, learnt for reading."""

    def __init__(self, person: PersonId, *, contact_of: tuple[OrganisationId, ...], by: Caller) -> None:
        super().__init__()
        self.person, self.contact_of, self.by = person, contact_of, by

    def consistency_boundary(self) -> list[Selector]:
        return [*super().consistency_boundary(), *self.where(self.person)]
