"""What gives people rights, and `Acting`: what every command knows about whoever asks.

A right that can be taken away is learnt from events, in the same consistency boundary as everything else that the command
depends on: a lagging view grants nothing.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import NoReturn

from domain.events.roles import (
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
    NotAllowed,
    NotFound,
    OrganisationId,
    PersonId,
    ProgrammeId,
    Role,
    Selector,
    TeamId,
    TokenEnded,
    TokenId,
    applies,
)

READERS: tuple[Role, ...] = ("commissioner", "auditor")
"""The roles in which organisations read what they were told."""

# What a command knows about who asks


class Acting(Command):
    """Base of every command: the roles of people, keyed so that a subclass may learn those of others as well.

    A token without a person stands for itself: a manager's manages all programmes, a commissioner's, auditor's or reporting
    one speaks or reads for the organisations that it names. A token that a manager issued gives rights within the programmes
    that it names only, whatever its person is elsewhere (rule 28): every question below asks `is_within`.

    `once_in`: who ever had a role in which programme; `sent_to`: which organisation ever sent somebody there. The rest is as it
    is now.
    """

    def __init__(self) -> None:
        super().__init__()
        self.ended_tokens: set[str] = set()
        self.managers: set[tuple[PersonId, ProgrammeId]] = set()
        self.participants: dict[tuple[PersonId, ProgrammeId], OrganisationId | None] = {}
        self.facilitators: dict[tuple[PersonId, ProgrammeId], FacilitatorAssigned] = {}
        self.contacts: dict[ContactId, ContactAppointed] = {}
        self.ended_contacts: dict[ContactId, ContactAppointed] = {}
        self.once_in: set[tuple[PersonId, ProgrammeId]] = set()
        self.sent_to: set[tuple[OrganisationId, ProgrammeId]] = set()

    def consistency_boundary(self) -> list[Selector]:
        about_token = Selector(types=[TokenRevoked], tags=[self.by.via])
        if self.by.person is None:
            return [about_token]
        return [about_token, self.roles_of(self.by.person)]

    @staticmethod
    def roles_of(person: PersonId) -> Selector:
        """The events that give or take this person's roles."""
        return Selector(types=ROLE_EVENTS, tags=[person])

    @applies(TokenRevoked)
    def _(self, token: TokenId) -> None:
        self.ended_tokens.add(token)

    @applies(ManagerAppointed)
    def _(self, programme: ProgrammeId, person: PersonId) -> None:
        self.managers.add((person, programme))
        self.once_in.add((person, programme))

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
        self.once_in.add((event.person, event.programme))

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
        self.once_in.add((person, programme))
        if organisation is not None:
            self.sent_to.add((organisation, programme))

    # What the caller is

    @property
    def token_ended(self) -> bool:
        """The token through which the caller asks was revoked."""
        return self.by.via in self.ended_tokens

    def require_token(self) -> None:
        """Raises `TokenEnded`."""
        if self.token_ended:
            raise TokenEnded

    def require_standing(self) -> None:
        """Raises what every command is refused by: `TokenEnded`; `NotAllowed` or `ReasonMissing` (rule 19).

        Only a contact of the organisation, or a manager with a reason, acts on its behalf; on what: `require_concerned`.
        """
        if self.token_ended:
            raise TokenEnded
        behalf = self.by.on_behalf_of
        if behalf is None or behalf in self.organisations_served("commissioner"):
            return
        if self.by.role != "manager":
            raise NotAllowed(field="Kring-On-Behalf-Of")
        self.require_reason()

    def require_concerned(self) -> None:
        """Raises `NotAllowed` if the command acts on behalf of an organisation that its subject does not concern (rule 27).

        The first event that a command records is about its subject. It must be visible to the organisation; and the caller
        must be the organisation's contact, or manage the programme in which the organisation is named.
        """
        behalf = self.by.on_behalf_of
        if behalf is None:
            return
        tags = self.new_decisions[0].tags
        programme = next((ProgrammeId(one) for one in tags if one.startswith("programme_")), None)
        acts = self.speaks_for_all(behalf) if programme is None else self.contact_for(behalf, programme=programme)
        manages = programme is not None and self.manages(programme)
        if f"to:{behalf}" not in tags or not (acts or manages):
            raise NotAllowed(field="Kring-On-Behalf-Of")

    # Within which programmes the caller's token gives rights (rule 28)

    @property
    def is_limited(self) -> bool:
        """The token of the caller gives rights within some programmes only."""
        return self.by.programmes is not None

    def is_within(self, programme: ProgrammeId | None) -> bool:
        """The token of the caller gives rights in this programme; None: outside of all programmes."""
        return self.by.programmes is None or programme in self.by.programmes

    def manages_everything(self) -> bool:
        """Hold the operator's token, a manager's without a person, or be Kring."""
        self.require_token()
        operator = self.by.role == "manager" and self.by.person is None and not self.is_limited
        return operator or self.by.role == "system"

    def manages(self, programme: ProgrammeId) -> bool:
        """Its manager; the operator's token manages every programme, as Kring itself does for timers."""
        if self.manages_everything():
            return True
        appointed = self.by.person is not None and (self.by.person, programme) in self.managers
        return self.by.role == "manager" and appointed and self.is_within(programme)

    def facilitates(self, programme: ProgrammeId, team: TeamId | None = None) -> bool:
        """Its facilitator now, of this team if one is named, or whoever may do all that a facilitator may."""
        if self.manages(programme):
            return True
        if self.by.role != "facilitator" or self.by.person is None or not self.is_within(programme):
            return False
        one = self.facilitators.get((self.by.person, programme))
        return one is not None and one.guides(self.by.at, team)

    def participates(self, programme: ProgrammeId) -> bool:
        """An active participant, asking as one."""
        self.require_token()
        return (
            self.by.role == "participant"
            and self.by.person is not None
            and (self.by.person, programme) in self.participants
            and self.is_within(programme)
        )

    def belongs_to(self, programme: ProgrammeId) -> bool:
        """Someone inside the programme, in whatever role: what goes on in it need not be hidden from them."""
        return self.facilitates(programme) or self.participates(programme)

    # For which organisations the caller speaks or reads

    def contact_for(
        self,
        organisation: OrganisationId | None,
        challenge: ChallengeId | None = None,
        *,
        programme: ProgrammeId,
        role: Role = "commissioner",
    ) -> bool:
        """A contact of this organisation in this role and programme now, for this challenge if one is named.

        Or a token without a person that names the organisation.
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
        """Whether this person, whose roles were learnt, is such a contact now."""
        return any(
            one.programme in {None, programme} and (challenge is None or one.for_all or challenge in one.challenges)
            for one in self._appointments(person, organisation, role)
        )

    def speaks_for_all(
        self, organisation: OrganisationId, role: Role = "commissioner", *, in_: ProgrammeId | None = None
    ) -> bool:
        """A contact for all challenges of this organisation: to such contacts it belongs as a whole (rule 27).

        `in_`: for all challenges of this programme, which is as far as a limited token reaches.
        """
        self.require_token()
        if self.by.role != role or not self.is_within(in_):
            return False
        if self.by.person is None:
            return organisation in self.by.organisations
        return any(one.for_all for one in self._appointments(self.by.person, organisation, role))

    def reads_all_of(self, organisation: OrganisationId, *, in_: ProgrammeId | None = None) -> bool:
        """A commissioner or auditor for all challenges of this organisation; or for all of this programme."""
        return any(self.speaks_for_all(organisation, role, in_=in_) for role in READERS)

    def has_commissioner(self, organisation: OrganisationId) -> bool:
        """Somebody is commissioner for all challenges of this organisation, whose contacts were learnt."""
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
        """A commissioner or auditor of one of these organisations: what it was told need not be hidden from them."""
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

    # What they are refused by

    def refuse(self, programme: ProgrammeId, concerned: Collection[OrganisationId | None] = ()) -> NoReturn:
        """Raises `NotAllowed` to whoever may know of it (403), `NotFound` to everybody else (404)."""
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


class Rights(Acting):
    """The roles of one caller, learnt for reading."""

    def __init__(self, by: Caller) -> None:
        super().__init__()
        self.by = by
