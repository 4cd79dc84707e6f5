"""Ownership outside of one programme: of organisations as a whole, and of people (rules 27 and 28).

An organisation belongs to its commissioners for all challenges; until it has one, to the managers of the programmes that
registered it. A programme that merely names it has no rights to it.

A person belongs to the programmes that registered them, in which they ever had a role, and for whose challenges they ever were
a contact. A person who speaks or spoke for a whole organisation belongs to no programme alone.
"""

from domain.events.people import OrganisationRegistered, PersonRegistered
from domain.events.roles import ContactAppointed, ContactEnded
from domain.foundation import Caller, Knowledge, Label, OrganisationId, PersonId, ProgrammeId, Selector, applies
from domain.people.rights import Rights, roles_of


class OrganisationOwnership(Knowledge):
    """The ownership of organisations, as `rights` knows their contacts. `names`: those of organisations that are registered."""

    def __init__(self, rights: Rights, *organisations: OrganisationId) -> None:
        types = [OrganisationRegistered, ContactAppointed, ContactEnded]
        super().__init__(*(Selector(types=types, tags=[one]) for one in organisations))
        self.rights = rights
        self.names: dict[OrganisationId, Label] = {}
        self.registered_by: dict[OrganisationId, tuple[ProgrammeId, ...]] = {}

    @applies(OrganisationRegistered)
    def _(self, organisation: OrganisationId, name: Label, programmes: tuple[ProgrammeId, ...]) -> None:
        self.names[organisation], self.registered_by[organisation] = name, programmes

    def owns(self, organisation: OrganisationId) -> bool:
        """Whether the organisation as a whole belongs to the caller."""
        if self.rights.manages_everything() or self.rights.speaks_for_all(organisation):
            return True
        registered = any(self.rights.manages(one) for one in self.registered_by.get(organisation, ()))
        return registered and not self.rights.has_commissioner(organisation)

    def facilitates_registrar(self, organisation: OrganisationId) -> bool:
        """Whether the caller facilitates a programme that registered the organisation."""
        return any(self.rights.facilitates(one) for one in self.registered_by.get(organisation, ()))


class OrganisationRights(OrganisationOwnership):
    """The rights of a caller to read about one organisation."""

    def __init__(self, organisation: OrganisationId, *, by: Caller) -> None:
        super().__init__(Rights(by), organisation)
        self.organisation = organisation

    def reads_as_a_whole(self) -> bool:
        """Whether the organisation belongs to the caller, or the caller audits all of it."""
        return self.owns(self.organisation) or self.rights.reads_all_of(self.organisation)

    def is_concerned(self) -> bool:
        """Whether the caller owns the organisation, has a role for it, or facilitates a programme that registered it."""
        return (
            self.reads_as_a_whole()
            or self.facilitates_registrar(self.organisation)
            or self.organisation in self.rights.organisations_served()
        )


class PersonOwnership(Knowledge):
    """The programmes to which one other person belongs, as `rights` knows that person's roles; None: nobody's."""

    def __init__(self, rights: Rights, person: PersonId | None) -> None:
        registered = () if person is None else (Selector(types=[PersonRegistered], tags=[person]), roles_of(person))
        super().__init__(*registered)
        self.rights, self.person = rights, person
        self.registered: PersonRegistered | None = None

    @applies(PersonRegistered)
    def _(self, event: PersonRegistered) -> None:
        if event.person == self.person:
            self.registered = event

    def programmes(self) -> set[ProgrammeId]:
        """The programmes to which the person belongs, or once did."""
        in_roles = {programme for one, programme in self.rights.ever_in if one == self.person}
        appointed = {one.programme for one in self._appointments() if one.programme is not None}
        return in_roles | appointed | set(self.registered.programmes if self.registered else ())

    def manages_any(self) -> bool:
        """Whether the caller manages a programme to which the person belongs."""
        return self.rights.manages_everything() or any(self.rights.manages(one) for one in self.programmes())

    def manages_all(self) -> bool:
        """Whether the caller manages all programmes to which the person belongs, who belongs to nothing else (rule 28)."""
        return self.rights.manages_everything() or (
            self._is_in_programmes_alone() and all(self.rights.manages(one) for one in self.programmes())
        )

    def is_caller(self) -> bool:
        """Whether the person is the caller, with a token that gives rights wherever they belong."""
        self.rights.require_token()
        if self.person != self.rights.by.person:
            return False
        everywhere = self._is_in_programmes_alone() and all(map(self.rights.is_within, self.programmes()))
        return everywhere or not self.rights.is_limited

    def _is_in_programmes_alone(self) -> bool:
        return bool(self.programmes()) and not any(one.for_all for one in self._appointments())

    def _appointments(self) -> list[ContactAppointed]:
        """The appointments of the person, those that ended included."""
        ever = (*self.rights.contacts.values(), *self.rights.ended_contacts.values())
        return [one for one in ever if one.person == self.person]
