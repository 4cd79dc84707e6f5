"""Ownership outside of one programme: of organisations as a whole, and of people (rules 27 and 28).

An organisation belongs to its commissioners for all challenges; until it has one, to the managers of the programmes that
registered it. That a programme names it gives nothing.

A person belongs to the programmes that registered them, in which they ever had a role, and for whose challenges they ever were
a contact. Who speaks or spoke for a whole organisation belongs to no programme alone.
"""

from domain.events.people import OrganisationRegistered, PersonRegistered
from domain.events.roles import ContactAppointed, ContactEnded
from domain.foundation import Caller, Label, OrganisationId, PersonId, ProgrammeId, Selector, applies
from domain.people.people import SettingUp


class KnowingOrganisations(SettingUp):
    """Knowledge of organisations as a whole: what they are called, and whose they are."""

    def __init__(self) -> None:
        super().__init__()
        self.organisations_called: dict[OrganisationId, Label] = {}
        self.registered_by: dict[OrganisationId, tuple[ProgrammeId, ...]] = {}

    @staticmethod
    def about_organisation(organisation: OrganisationId) -> Selector:
        """The events that say whose this organisation is."""
        return Selector(types=[OrganisationRegistered, ContactAppointed, ContactEnded], tags=[organisation])

    @applies(OrganisationRegistered)
    def _(self, organisation: OrganisationId, name: Label, programmes: tuple[ProgrammeId, ...]) -> None:
        self.organisations_called[organisation], self.registered_by[organisation] = name, programmes

    def owns(self, organisation: OrganisationId) -> bool:
        """The organisation as a whole is theirs."""
        if self.manages_everything() or self.speaks_for_all(organisation):
            return True
        registered = any(self.manages(one) for one in self.registered_by.get(organisation, ()))
        return registered and not self.has_commissioner(organisation)


class KnowingPerson(SettingUp):
    """Knowledge of one other person: where they belong. Only asked of people whose events were read."""

    def __init__(self) -> None:
        super().__init__()
        self.people_registered: dict[PersonId, PersonRegistered] = {}

    def about_person(self, person: PersonId) -> list[Selector]:
        """The events that say where this person belongs."""
        return [Selector(types=[PersonRegistered], tags=[person]), self.roles_of(person)]

    @applies(PersonRegistered)
    def _(self, event: PersonRegistered) -> None:
        self.people_registered[event.person] = event

    def programmes_of(self, person: PersonId) -> set[ProgrammeId]:
        """The programmes to which a person belongs, or once did."""
        in_roles = {programme for one, programme in self.once_in if one == person}
        appointed = {one.programme for one in self._ever_contact(person) if one.programme is not None}
        registered = self.people_registered.get(person)
        return in_roles | appointed | set(registered.programmes if registered else ())

    def is_mine(self, person: PersonId) -> bool:
        """Manage a programme to which the person belongs."""
        return self.manages_everything() or any(self.manages(one) for one in self.programmes_of(person))

    def is_mine_alone(self, person: PersonId) -> bool:
        """Manage all programmes to which the person belongs; and they belong to nothing else (rule 28)."""
        return self.manages_everything() or (
            self._is_in_programmes_alone(person) and all(self.manages(one) for one in self.programmes_of(person))
        )

    def is_self(self, person: PersonId) -> bool:
        """The person, with a token that reaches wherever they belong."""
        self.require_token()
        if person != self.by.person:
            return False
        everywhere = self._is_in_programmes_alone(person) and all(map(self.is_within, self.programmes_of(person)))
        return everywhere or not self.is_limited

    def _is_in_programmes_alone(self, person: PersonId) -> bool:
        speaks_for_all = any(one.for_all for one in self._ever_contact(person))
        return bool(self.programmes_of(person)) and not speaks_for_all

    def _ever_contact(self, person: PersonId) -> list[ContactAppointed]:
        ever = (*self.contacts.values(), *self.ended_contacts.values())
        return [one for one in ever if one.person == person]


class OrganisationRights(KnowingOrganisations):
    """What one caller may know of an organisation, learnt for reading."""

    def __init__(self, organisation: OrganisationId, *, by: Caller) -> None:
        super().__init__()
        self.organisation, self.by = organisation, by

    def consistency_boundary(self) -> list[Selector]:
        return [*super().consistency_boundary(), self.about_organisation(self.organisation)]

    def reads_as_a_whole(self) -> bool:
        """Those whose it is, and who audit all of it."""
        return self.owns(self.organisation) or self.reads_all_of(self.organisation)

    def is_concerned(self) -> bool:
        """Those whose it is, who speak or read for it in some programme, and who guide a programme that registered it."""
        registered = any(map(self.facilitates, self.registered_by.get(self.organisation, ())))
        return self.reads_as_a_whole() or registered or self.organisation in self.organisations_served()
