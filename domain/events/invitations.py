"""Events of invitations: held back, released, sent again (rule 36). The first mail follows from the event that gives the role."""

from datetime import datetime

from domain.foundation import ContactId, Event, Nobody, OrganisationId, PersonId, ProgrammeId, Text


class InvitationsHeld(Event, frozen=True, kw_only=True):
    """A manager holds back the invitations of a programme: those for roles that are given from now on."""

    TOPIC = "programme.invitations_held"
    TAGS = ("programme",)
    AUDIENCE = Nobody(because="invitations are between the programme and those whom it invites")
    REACH = "guides"
    SUMMARY = Text(en="Invitations are held back.", nl="Uitnodigingen worden nog niet verstuurd.")

    programme: ProgrammeId


class InvitationsReleased(Event, frozen=True, kw_only=True):
    """A manager released the invitations of a programme. `people`: those whose invitations were held back, and go out now."""

    TOPIC = "programme.invitations_released"
    TAGS = ("programme",)
    AUDIENCE = Nobody(because="invitations are between the programme and those whom it invites")
    REACH = "guides"
    SUMMARY = Text(
        en="Invitations were released, for {people:# person|# people}.",
        nl="De uitnodigingen werden vrijgegeven, voor {people:# persoon|# personen}.",
    )

    programme: ProgrammeId
    people: tuple[PersonId, ...]


class InvitationResent(Event, frozen=True, kw_only=True):
    """A person's invitation was sent again: for all their roles in a programme, or for one appointment by an organisation.

    `contact`, `organisation`: of an appointment for all challenges, which belongs to no programme. `not_before`: the earliest
    time at which it may be sent once more.
    """

    TOPIC = "access.invitation_resent"
    TAGS = ("person", "contact", "organisation", "programme")
    AUDIENCE = Nobody(because="access is between the person and Kring; the person gets a mail")
    REACH = "own"
    SUMMARY = Text(
        en="The invitation of {person} was sent again.", nl="De uitnodiging van {person} werd opnieuw verstuurd."
    )

    person: PersonId
    programme: ProgrammeId | None
    contact: ContactId | None
    organisation: OrganisationId | None
    not_before: datetime


HOLD_EVENTS: list[type[Event]] = [InvitationsHeld, InvitationsReleased]
"""The events that hold back the invitations of a programme, or release them."""
