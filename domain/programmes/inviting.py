"""Invitations of a programme: held back, released, sent again (rule 36)."""

from domain.events.invitations import HOLD_EVENTS, InvitationResent, InvitationsHeld, InvitationsReleased
from domain.events.roles import (
    ROLE_EVENTS,
    ContactAppointed,
    ContactEnded,
    FacilitatorAssigned,
    FacilitatorReplaced,
    ManagerAppointed,
    ParticipantEnrolled,
    ParticipantWithdrew,
)
from domain.foundation import (
    AsIs,
    Caller,
    ContactId,
    Knowledge,
    NotFound,
    PersonId,
    ProgrammeId,
    Refusal,
    Selector,
    Text,
    applies,
)
from domain.people.invitations import Resends
from domain.people.rights import CallerCommand
from domain.programmes.programme import ProgrammeState


class InvitationHeldBack(Refusal):
    """Rule 36: an invitation that is held back goes out when the invitations are released, not before."""

    CODE = "invitation-held-back"
    TEXT = Text(
        en="The invitations of this programme are held back: release them, and this one is sent as well.",
        nl="De uitnodigingen van deze leergang worden nog niet verstuurd: geef ze vrij, dan gaat ook deze uit.",
    )


class InvitationHold(Knowledge):
    """Whether the invitations of a programme are held back."""

    def __init__(self, programme: ProgrammeId, *boundary: Selector) -> None:
        super().__init__(Selector(types=HOLD_EVENTS, tags=[programme]), *boundary)
        self.programme, self.is_held = programme, False

    @applies(InvitationsHeld)
    def _(self, programme: ProgrammeId) -> None:
        if programme == self.programme:
            self.is_held = True

    @applies(InvitationsReleased)
    def _(self, programme: ProgrammeId) -> None:
        if programme == self.programme:
            self.is_held = False
            self.released()

    def released(self) -> None:
        """Everything that was held back goes out."""


class Invitations(InvitationHold):
    """The people with a role in a programme, or one of them; and whose invitations are held back."""

    def __init__(self, programme: ProgrammeId, person: PersonId | None = None) -> None:
        tags = [programme] if person is None else [person, programme]
        super().__init__(programme, Selector(types=ROLE_EVENTS, tags=tags))
        self.roles: dict[PersonId | ContactId, PersonId] = {}
        self.held: set[PersonId | ContactId] = set()

    @applies(ManagerAppointed)
    def _(self, programme: ProgrammeId, person: PersonId) -> None:
        self._given(programme, person, person)

    @applies(ParticipantEnrolled)
    def _(self, programme: ProgrammeId, person: PersonId) -> None:
        self._given(programme, person, person)

    @applies(ParticipantWithdrew)
    def _(self, programme: ProgrammeId, person: PersonId) -> None:
        self._ended(programme, person)

    @applies(FacilitatorAssigned)
    def _(self, programme: ProgrammeId, person: PersonId) -> None:
        self._given(programme, person, person)

    @applies(FacilitatorReplaced)
    def _(self, programme: ProgrammeId, person: PersonId) -> None:
        self._ended(programme, person)

    @applies(ContactAppointed)
    def _(self, programme: ProgrammeId | None, person: PersonId, contact: ContactId) -> None:
        self._given(programme, contact, person)

    @applies(ContactEnded)
    def _(self, programme: ProgrammeId | None, contact: ContactId) -> None:
        self._ended(programme, contact)

    def released(self) -> None:
        self.held.clear()

    def _given(self, programme: ProgrammeId | None, role: PersonId | ContactId, person: PersonId) -> None:
        if programme == self.programme:
            self.roles[role] = person
            self.held.discard(role)
            if self.is_held:
                self.held.add(role)

    def _ended(self, programme: ProgrammeId | None, role: PersonId | ContactId) -> None:
        if programme == self.programme:
            self.roles.pop(role, None)
            self.held.discard(role)

    def held_people(self) -> tuple[PersonId, ...]:
        """The people with a role whose invitation is held back."""
        return tuple(sorted({self.roles[one] for one in self.held}))

    def require_sendable(self, person: PersonId) -> None:
        """Raises `NotFound` if the person has no role, `InvitationHeldBack` if no invitation of theirs may go out yet."""
        theirs = {role for role, one in self.roles.items() if one == person}
        if not theirs:
            raise NotFound
        if theirs <= self.held:
            raise InvitationHeldBack


class HoldInvitations(CallerCommand):
    """Hold back the invitations for roles that are given from now on (rule 36)."""

    def __init__(self, programme: ProgrammeId, *, by: Caller) -> None:
        super().__init__(by)
        self.programme = programme
        self.programme_state, self.hold = ProgrammeState(programme), InvitationHold(programme)

    def execute(self) -> None:
        self.programme_state.require_programme()
        self.rights.require_manager(self.programme)
        self.programme_state.require_not_concluded(self.programme)
        if self.hold.is_held:
            raise AsIs
        self.record(InvitationsHeld(programme=self.programme))


class ReleaseInvitations(CallerCommand):
    """Send all invitations that are held back, and hold back no more (rule 36)."""

    def __init__(self, programme: ProgrammeId, *, by: Caller) -> None:
        super().__init__(by)
        self.programme = programme
        self.programme_state, self.invitations = ProgrammeState(programme), Invitations(programme)

    def execute(self) -> None:
        self.programme_state.require_programme()
        self.rights.require_manager(self.programme)
        self.programme_state.require_not_concluded(self.programme)
        if not self.invitations.is_held:
            raise AsIs
        self.record(InvitationsReleased(programme=self.programme, people=self.invitations.held_people()))


class ResendInvitation(CallerCommand):
    """Send a person the invitation for their roles in a programme again, at most once an hour (rule 36)."""

    def __init__(self, programme: ProgrammeId, *, person: PersonId, by: Caller) -> None:
        super().__init__(by)
        self.programme, self.person = programme, person
        self.programme_state = ProgrammeState(programme)
        self.invitations, self.resends = Invitations(programme, person), Resends(person, programme)

    def execute(self) -> None:
        self.programme_state.require_programme()
        self.rights.require_facilitator(self.programme)
        self.programme_state.require_not_concluded(self.programme)
        self.invitations.require_sendable(self.person)
        self.record(
            InvitationResent(
                person=self.person,
                programme=self.programme,
                contact=None,
                organisation=None,
                not_before=self.resends.next_after(self.by),
            )
        )
