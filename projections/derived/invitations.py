"""Invitations of a programme, or of an organisation's contacts: who is invited to which role, and by which event (rule 36).

Derived from the events whenever it is read: an invitation is held back if its role was given while the invitations of the
programme were held, until they are released. So the mail and the list of invitations cannot disagree.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Literal, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from domain.events.invitations import HOLD_EVENTS, InvitationResent, InvitationsHeld, InvitationsReleased
from domain.events.programme import PROGRAMME_EVENTS, ProgrammeConcluded, ProgrammeOpened, ProgrammeRevised
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
)
from domain.foundation import AnyId, ContactId, Event, OrganisationId, PersonId, ProgrammeId, Selector
from projections.view import EventMetadata

Appointing: TypeAlias = ManagerAppointed | ParticipantEnrolled | FacilitatorAssigned | ContactAppointed
"""The events that give a role, and so invite."""
InvitationStatus: TypeAlias = Literal["held_back", "waiting", "refused", "failed", "sent", "used"]
"""`waiting`: due, or tried again after an error. `refused`: by the mail server, for this address. `failed`: given up.

`used`: its person signed in since they have the role; `sent`: not yet.
"""


class Invited(Struct, frozen=True):
    """A role of a person, and their invitation to it.

    `id`: the person's, or the contact's, since a person may have several appointments. `by`: the actor who gave the role.
    `required_at`, `required_by`: the event that requires the last mail, and its actor; None: it is held back. `again_from`: the
    earliest time at which it may be sent again, if it was sent again before.
    """

    id: AnyId
    person: PersonId
    event: Appointing
    position: int
    given_at: datetime
    by: str
    required_at: int | None
    required_by: str
    required_on: datetime | None
    again_from: datetime | None = None


class Period(NamedTuple):
    """The end of a programme: its last day, and whether it was concluded."""

    zone: str
    ends_on: date | None
    concluded: bool = False

    def is_over(self, at: datetime) -> bool:
        """Whether the programme was over by this time: nobody is invited to what is past (rule 26)."""
        return self.concluded or (self.ends_on is not None and at.astimezone(ZoneInfo(self.zone)).date() > self.ends_on)


class Invitees(NamedTuple):
    """Everybody with a role who was invited, or will be; and when the programme ends. `period` None: no programme."""

    invited: tuple[Invited, ...]
    period: Period | None

    def required_by(self, position: int, person: PersonId) -> dict[AnyId, int]:
        """The invitations of this person whose last mail this event requires: the positions of their roles, by their ids."""
        return {one.id: one.position for one in self.invited if (one.required_at, one.person) == (position, person)}

    def is_over(self, at: datetime) -> bool:
        """Whether the programme was over by this time."""
        return self.period is not None and self.period.is_over(at)


def events_about(about: ProgrammeId | ContactId | OrganisationId, person: PersonId | None = None) -> list[Selector]:
    """The events that decide the invitations under this tag; those of one person alone, if one is named."""
    tags: list[str] = [about] if person is None else [person, about]
    return [
        Selector(types=[*PROGRAMME_EVENTS, *HOLD_EVENTS], tags=[about]),
        Selector(types=[*ROLE_EVENTS, InvitationResent], tags=tags),
    ]


def invitees(
    events: Iterable[tuple[Event, EventMetadata]], programme: ProgrammeId | None, *, until: int | None = None
) -> Invitees:
    """The invitations after these events, as far as position `until`. `programme` None: those that belong to no programme."""
    state = _State(programme)
    for event, at in events:
        if until is None or at.position <= until:
            state.take(event, at)
    return Invitees(tuple(sorted(state.invited.values(), key=lambda one: one.id)), state.period)


class _State:
    """The invitations of a programme while its events are folded."""

    def __init__(self, programme: ProgrammeId | None) -> None:
        self.programme = programme
        self.invited: dict[AnyId, Invited] = {}
        self.period: Period | None = None
        self.held = False

    def take(self, event: Event, at: EventMetadata) -> None:
        """Fold one event."""
        match event:
            case ProgrammeOpened() | ProgrammeRevised():
                concluded = self.period is not None and self.period.concluded
                self.period = Period(event.timezone, event.ends_on, concluded)
            case ProgrammeConcluded():
                self.period = self.period and self.period._replace(concluded=True)
            case InvitationsHeld() | InvitationsReleased() | InvitationResent():
                self._sent_or_held(event, at)
            case ManagerAppointed() | ParticipantEnrolled() | FacilitatorAssigned() | ContactAppointed():
                if event.programme == self.programme:
                    self._given(event, at)
            case ParticipantMoved():
                self._moved(event)
            case ParticipantWithdrew() | FacilitatorReplaced():
                self.invited.pop(AnyId(event.person), None)
            case ContactEnded():
                self.invited.pop(AnyId(event.contact), None)
            case _:
                pass

    def _sent_or_held(self, event: InvitationsHeld | InvitationsReleased | InvitationResent, at: EventMetadata) -> None:
        match event:
            case InvitationsHeld():
                self.held = True
            case InvitationsReleased():
                self.held = False
                self._require(at, [one for one in self.invited.values() if one.required_at is None])
            case InvitationResent():
                theirs = [one for one in self.invited.values() if one.required_at and _concerns(event, one)]
                self._require(at, [replace(one, again_from=event.not_before) for one in theirs])

    def _given(self, event: Appointing, at: EventMetadata) -> None:
        id_ = AnyId(event.contact if isinstance(event, ContactAppointed) else event.person)
        self.invited.pop(id_, None)
        past = isinstance(event, FacilitatorAssigned) and event.until is not None and event.until <= at.recorded_at
        over = self.period is not None and self.period.is_over(at.recorded_at)
        if past or over or at.actor == event.person:  # nobody invites themselves, or to what is past (rule 26)
            return
        position, on = (None, None) if self.held else (at.position, at.recorded_at)
        self.invited[id_] = Invited(
            id_, event.person, event, at.position, at.recorded_at, at.actor, position, at.actor, on
        )

    def _moved(self, event: ParticipantMoved) -> None:
        one = self.invited.get(AnyId(event.person))
        if one is not None and isinstance(one.event, ParticipantEnrolled):
            moved = replace(one.event, organisation=event.organisation)
            self.invited[one.id] = replace(one, event=moved)

    def _require(self, at: EventMetadata, those: Iterable[Invited]) -> None:
        for one in those:
            self.invited[one.id] = replace(
                one, required_at=at.position, required_by=at.actor, required_on=at.recorded_at
            )


def _concerns(event: InvitationResent, one: Invited) -> bool:
    return event.person == one.person and event.contact in {None, one.id}
