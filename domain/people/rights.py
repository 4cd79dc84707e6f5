"""The rights of callers, and the base of their commands.

A right that can be taken away is loaded from events, in the same consistency boundary as everything else that the command
depends on: a lagging view grants nothing.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NoReturn

from domain.events.roles import (
    ENROLMENT_EVENTS,
    ROLE_EVENTS,
    ContactAppointed,
    ContactEnded,
    FacilitatorAssigned,
    FacilitatorReplaced,
    ManagerAppointed,
    ParticipantEnrolled,
    ParticipantMoved,
    ParticipantWithdrew,
    TokenRevoked,
)
from domain.foundation import (
    Caller,
    ChallengeId,
    Command,
    ContactId,
    Knowledge,
    NotAllowed,
    NotFound,
    OrganisationId,
    PersonId,
    ProgrammeId,
    ReasonMissing,
    Role,
    Selector,
    TeamId,
    TokenEnded,
    TokenId,
    applies,
)

READERS: tuple[Role, ...] = ("commissioner", "auditor")
"""The roles in which organisations read what is visible to them."""


def roles_of(person: PersonId) -> Selector:
    """The events that give or take this person's roles."""
    return Selector(types=ROLE_EVENTS, tags=[person])


class Rights(Knowledge):
    """The rights of a caller: the roles of people, keyed by person, so that a command can load those of others as well.

    A token without a person has rights of its own: a manager's token manages all programmes, a commissioner's, auditor's or
    reporting one speaks or reads for the organisations that it names. A token that a manager issued gives rights only within
    the programmes that it names, whatever its person is elsewhere (rule 28): every method below checks `is_within`.

    `ever_in`: pairs of a person and a programme in which they have or had a role.
    """

    def __init__(self, by: Caller) -> None:
        token = Selector(types=[TokenRevoked], tags=[by.via])
        super().__init__(*([token] if by.person is None else [token, roles_of(by.person)]))
        self.by = by
        self.ended_tokens: set[str] = set()
        self.managers: set[tuple[PersonId, ProgrammeId]] = set()
        self.participants: dict[tuple[PersonId, ProgrammeId], OrganisationId | None] = {}
        self.facilitators: dict[tuple[PersonId, ProgrammeId], FacilitatorAssigned] = {}
        self.contacts: dict[ContactId, ContactAppointed] = {}
        self.ended_contacts: dict[ContactId, ContactAppointed] = {}
        self.ever_in: set[tuple[PersonId, ProgrammeId]] = set()

    @applies(TokenRevoked)
    def _(self, token: TokenId) -> None:
        self.ended_tokens.add(token)

    @applies(ManagerAppointed)
    def _(self, programme: ProgrammeId, person: PersonId) -> None:
        self.managers.add((person, programme))
        self.ever_in.add((person, programme))

    @applies(ParticipantEnrolled)
    def _(self, programme: ProgrammeId, person: PersonId, organisation: OrganisationId | None) -> None:
        self._takes_part(person, programme, organisation)

    @applies(ParticipantMoved)
    def _(self, programme: ProgrammeId, person: PersonId, organisation: OrganisationId | None) -> None:
        self._takes_part(person, programme, organisation)

    @applies(ParticipantWithdrew)
    def _(self, programme: ProgrammeId, person: PersonId) -> None:
        self.participants.pop((person, programme), None)

    @applies(FacilitatorAssigned)
    def _(self, event: FacilitatorAssigned) -> None:
        self.facilitators[event.person, event.programme] = event
        self.ever_in.add((event.person, event.programme))

    @applies(FacilitatorReplaced)
    def _(self, programme: ProgrammeId, person: PersonId) -> None:
        self.facilitators.pop((person, programme), None)

    @applies(ContactAppointed)
    def _(self, event: ContactAppointed) -> None:
        self.contacts[event.contact] = event

    @applies(ContactEnded)
    def _(self, contact: ContactId) -> None:
        if contact in self.contacts:
            self.ended_contacts[contact] = self.contacts.pop(contact)

    def _takes_part(self, person: PersonId, programme: ProgrammeId, organisation: OrganisationId | None) -> None:
        self.participants[person, programme] = organisation
        self.ever_in.add((person, programme))

    # The caller

    @property
    def token_ended(self) -> bool:
        """Whether the caller's token was revoked."""
        return self.by.via in self.ended_tokens

    def require_token(self) -> None:
        """Raises `TokenEnded`."""
        if self.token_ended:
            raise TokenEnded

    def require_valid_caller(self) -> None:
        """Raises the refusals of every command: `TokenEnded`; `NotAllowed` or `ReasonMissing` (rule 19).

        Only a contact of the organisation, or a manager with a reason, acts on its behalf; on what: `require_concerned`.
        """
        self.require_token()
        behalf = self.by.on_behalf_of
        if behalf is None or behalf in self.organisations_served("commissioner"):
            return
        if self.by.role != "manager":
            raise NotAllowed(field="Kring-On-Behalf-Of")
        if self.by.reason is None:
            raise ReasonMissing(field="reason")

    # Roles in programmes, as far as the caller's token gives rights there (rule 28)

    @property
    def is_limited(self) -> bool:
        """Whether the caller's token gives rights within some programmes only."""
        return self.by.programmes is not None

    def is_within(self, programme: ProgrammeId | None) -> bool:
        """Whether the caller's token gives rights in this programme; None: outside of all programmes."""
        return self.by.programmes is None or programme in self.by.programmes

    def manages_everything(self) -> bool:
        """Whether the caller has the operator's token, a manager's without a person, or is Kring itself."""
        self.require_token()
        operator = self.by.role == "manager" and self.by.person is None and not self.is_limited
        return operator or self.by.role == "system"

    def manages(self, programme: ProgrammeId) -> bool:
        """Whether the caller manages the programme; the operator manages every programme, and so does Kring for timers."""
        if self.manages_everything():
            return True
        appointed = self.by.person is not None and (self.by.person, programme) in self.managers
        return self.by.role == "manager" and appointed and self.is_within(programme)

    def facilitates(self, programme: ProgrammeId, team: TeamId | None = None) -> bool:
        """Whether the caller facilitates the programme now (this team, if one is named) or manages it."""
        if self.manages(programme):
            return True
        if self.by.role != "facilitator" or self.by.person is None or not self.is_within(programme):
            return False
        one = self.facilitators.get((self.by.person, programme))
        return one is not None and one.guides(self.by.at, team)

    def participates(self, programme: ProgrammeId) -> bool:
        """Whether the caller is an active participant, with a participant's token."""
        self.require_token()
        return (
            self.by.role == "participant"
            and self.by.person is not None
            and (self.by.person, programme) in self.participants
            and self.is_within(programme)
        )

    def belongs_to(self, programme: ProgrammeId) -> bool:
        """Whether the caller has any role in the programme: its existence need not be hidden from them."""
        return self.facilitates(programme) or self.participates(programme)

    # Organisations for which the caller speaks or reads

    def contact_for(
        self,
        organisation: OrganisationId | None,
        challenge: ChallengeId | None = None,
        *,
        programme: ProgrammeId,
        role: Role = "commissioner",
    ) -> bool:
        """Whether the caller is now a contact of this organisation in this role and programme (for this challenge, if named).

        A token without a person counts if it names the organisation.
        """
        self.require_token()
        if organisation is None or self.by.role != role or not self.is_within(programme):
            return False
        if self.by.person is None:
            return organisation in self.by.organisations
        return self.is_contact(self.by.person, organisation, challenge, programme=programme, role=role)

    def is_contact(
        self,
        person: PersonId,
        organisation: OrganisationId,
        challenge: ChallengeId | None = None,
        *,
        programme: ProgrammeId,
        role: Role = "commissioner",
    ) -> bool:
        """Whether this person, whose roles were loaded, is such a contact now."""
        return any(
            one.programme in {None, programme} and (challenge is None or one.for_all or challenge in one.challenges)
            for one in self._appointments(person, organisation, role)
        )

    def speaks_for_all(
        self, organisation: OrganisationId, role: Role = "commissioner", *, in_: ProgrammeId | None = None
    ) -> bool:
        """Whether the caller is a contact for all challenges of this organisation: it belongs to such contacts (rule 27).

        `in_`: for all challenges of this programme; a limited token gives no more.
        """
        self.require_token()
        if self.by.role != role or not self.is_within(in_):
            return False
        if self.by.person is None:
            return organisation in self.by.organisations
        return any(one.for_all for one in self._appointments(self.by.person, organisation, role))

    def reads_all_of(self, organisation: OrganisationId, *, in_: ProgrammeId | None = None) -> bool:
        """Whether the caller is commissioner or auditor for all challenges of this organisation; or for all of this programme."""
        return any(self.speaks_for_all(organisation, role, in_=in_) for role in READERS)

    def has_commissioner(self, organisation: OrganisationId) -> bool:
        """Whether anybody is commissioner for all challenges of this organisation, whose contacts were loaded."""
        return any(one.for_all for one in self._appointments(None, organisation, "commissioner"))

    def _appointments(
        self, person: PersonId | None, organisation: OrganisationId, role: Role
    ) -> Iterator[ContactAppointed]:
        """The appointments in this role for this organisation that are in effect; those of anybody for `person` None."""
        for one in self.contacts.values():
            begun = one.effective_from is None or one.effective_from <= self.by.at
            if begun and one.organisation == organisation and one.role == role and person in {None, one.person}:
                yield one

    def reads_for(
        self,
        organisations: Iterable[OrganisationId | None],
        challenge: ChallengeId | None = None,
        *,
        programme: ProgrammeId,
    ) -> bool:
        """Whether the caller is commissioner or auditor of one of these organisations: what they can see need not be hidden."""
        return any(
            self.contact_for(one, challenge, programme=programme, role=role)
            for one in organisations
            for role in READERS
        )

    def organisations_served(self, role: Role | None = None, *, in_: ProgrammeId | None = None) -> list[OrganisationId]:
        """The organisations for which the caller speaks or reads; in this role, and in this programme, if one is named."""
        self.require_token()
        if self.by.role not in ({role} if role else READERS):
            return []
        if self.by.person is None:
            return sorted(self.by.organisations) if in_ is None or self.is_within(in_) else []
        mine = [one for one in self.contacts.values() if one.person == self.by.person and one.role == self.by.role]
        return sorted({one.organisation for one in mine if self._serves(one, in_)})

    def _serves(self, one: ContactAppointed, programme: ProgrammeId | None) -> bool:
        begun = one.effective_from is None or one.effective_from <= self.by.at
        if programme is None:
            return begun and (one.programme is None or self.is_within(one.programme))
        return begun and one.programme in {None, programme} and self.is_within(programme)

    # Refusals

    def refuse(self, programme: ProgrammeId, concerned: Collection[OrganisationId | None] = ()) -> NoReturn:
        """Raises `NotAllowed` if the caller may know of it (403), else `NotFound` (404)."""
        if self.belongs_to(programme) or self.reads_for(concerned, programme=programme):
            raise NotAllowed
        raise NotFound

    def require_manager(self, programme: ProgrammeId, concerned: Collection[OrganisationId | None] = ()) -> None:
        """Raises `NotAllowed` or `NotFound` unless the caller manages the programme."""
        if not self.manages(programme):
            self.refuse(programme, concerned)

    def require_facilitator(
        self, programme: ProgrammeId, concerned: Collection[OrganisationId | None] = (), team: TeamId | None = None
    ) -> None:
        """Raises `NotAllowed` or `NotFound` unless the caller facilitates the programme (this team of it)."""
        if not self.facilitates(programme, team):
            self.refuse(programme, concerned)


class CallerCommand(Command):
    """A command of a caller, with the caller's rights."""

    rights: Rights

    def __init__(
        self,
        by: Caller,
        *,
        boundary: Sequence[Selector] = (),
        background: Sequence[Selector] = (),
        rights: Rights | None = None,
    ) -> None:
        super().__init__(*boundary, background=background)
        self.by = by
        self.rights = rights or Rights(by)

    def require_concerned(self) -> None:
        """Raises `NotAllowed` if the command acts on behalf of an organisation that its subject does not concern (rule 27).

        The first event that a command records is about its subject. It must be visible to the organisation; and the caller
        must be the organisation's contact, or manage the programme in which the organisation is named.
        """
        behalf = self.by.on_behalf_of
        if behalf is None:
            return
        tags, rights = self.new_decisions[0].tags, self.rights
        programme = next((ProgrammeId(one) for one in tags if one.startswith("programme_")), None)
        acts = rights.speaks_for_all(behalf) if programme is None else rights.contact_for(behalf, programme=programme)
        manages = programme is not None and rights.manages(programme)
        if f"to:{behalf}" not in tags or not (acts or manages):
            raise NotAllowed(field="Kring-On-Behalf-Of")


class Participants(Knowledge):
    """The participants of a programme, with the organisations that sent them; or one person, if they are one."""

    def __init__(self, programme: ProgrammeId, person: PersonId | None = None) -> None:
        tags = [programme] if person is None else [person, programme]
        super().__init__(Selector(types=ENROLMENT_EVENTS, tags=tags))
        self.programme = programme
        self.organisations: dict[PersonId, OrganisationId | None] = {}

    @applies(ParticipantEnrolled)
    def _(self, programme: ProgrammeId, person: PersonId, organisation: OrganisationId | None) -> None:
        if programme == self.programme:
            self.organisations[person] = organisation

    @applies(ParticipantMoved)
    def _(self, programme: ProgrammeId, person: PersonId, organisation: OrganisationId | None) -> None:
        if programme == self.programme:
            self.organisations[person] = organisation

    @applies(ParticipantWithdrew)
    def _(self, programme: ProgrammeId, person: PersonId) -> None:
        if programme == self.programme:
            self.organisations.pop(person, None)

    def __contains__(self, person: object) -> bool:
        return person in self.organisations

    def __iter__(self) -> Iterator[PersonId]:
        return iter(sorted(self.organisations))

    def __len__(self) -> int:
        return len(self.organisations)
