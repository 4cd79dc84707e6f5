"""Events that give people and tokens their rights, or end them."""

from datetime import datetime

from domain.foundation import (
    ChallengeId,
    Code,
    ContactId,
    Digest,
    Event,
    Nobody,
    OrganisationId,
    PersonId,
    ProgrammeId,
    TeamId,
    Text,
    TokenId,
)


class ManagerAppointed(Event, frozen=True, kw_only=True):
    """A person became manager of a programme."""

    TOPIC = "programme.manager_appointed"
    TAGS = ("person", "programme")
    AUDIENCE = Nobody(because="management is the programme's own business")
    REACH = "programme"
    SUMMARY = Text(en="{person} became manager of the programme.", nl="{person} werd programmamanager.")

    programme: ProgrammeId
    person: PersonId


class ParticipantEnrolled(Event, frozen=True, kw_only=True):
    """A person was enrolled in a programme, sent by an organisation or on their own account."""

    TOPIC = "programme.participant_enrolled"
    TAGS = ("person", "programme")
    AUDIENCE = ("organisation",)
    REACH = "programme"
    SUMMARY = Text(en="{person} was enrolled as a participant.", nl="{person} werd ingeschreven als deelnemer.")

    programme: ProgrammeId
    person: PersonId
    organisation: OrganisationId | None


class ParticipantWithdrew(Event, frozen=True, kw_only=True):
    """A participant left the programme; the reason is sealed."""

    TOPIC = "programme.participant_withdrew"
    TAGS = ("person", "programme")
    AUDIENCE = ("organisation",)
    REACH = "programme"
    SUMMARY = Text(en="{person} left the programme.", nl="{person} verliet de leergang.")

    programme: ProgrammeId
    person: PersonId
    organisation: OrganisationId | None


class ParticipantMoved(Event, frozen=True, kw_only=True):
    """A participant takes part for another organisation now, or on their own account (`organisation` None)."""

    TOPIC = "programme.participant_moved"
    TAGS = ("person", "programme")
    AUDIENCE = ("organisations",)
    REACH = "programme"
    SUMMARY = Text(
        en="{person} takes part for another organisation from now on.",
        nl="{person} doet vanaf nu mee namens een andere organisatie.",
    )

    programme: ProgrammeId
    person: PersonId
    organisation: OrganisationId | None
    previous: OrganisationId | None

    @property
    def organisations(self) -> tuple[OrganisationId, ...]:
        return tuple(one for one in (self.previous, self.organisation) if one is not None)


class FacilitatorAssigned(Event, frozen=True, kw_only=True):
    """A person facilitates teams of a programme from one time until another. `teams` empty: all of them."""

    TOPIC = "programme.facilitator_assigned"
    TAGS = ("person", "programme")
    AUDIENCE = Nobody(because="facilitation is the programme's own business")
    REACH = "programme"
    SUMMARY = Text(en="{person} became facilitator.", nl="{person} werd begeleider.")

    programme: ProgrammeId
    person: PersonId
    teams: tuple[TeamId, ...] = ()
    from_: datetime | None = None
    until: datetime | None = None

    def guides(self, at: datetime, team: TeamId | None = None) -> bool:
        """Whether the person facilitates at this time; this team, if one is named."""
        begun, over = self.from_ is None or self.from_ <= at, self.until is not None and self.until <= at
        return begun and not over and (team is None or not self.teams or team in self.teams)


class FacilitatorReplaced(Event, frozen=True, kw_only=True):
    """A person no longer facilitates; their earlier work keeps their name (rule 23). The replacement is assigned separately."""

    TOPIC = "programme.facilitator_replaced"
    TAGS = ("person", "replacement", "programme")
    AUDIENCE = Nobody(because="facilitation is the programme's own business")
    REACH = "programme"
    SUMMARY = Text(en="{person} is no longer facilitator.", nl="{person} is geen begeleider meer.")

    programme: ProgrammeId
    person: PersonId
    replacement: PersonId | None


class ContactAppointed(Event, frozen=True, kw_only=True):
    """A person became commissioner or auditor for an organisation. `challenges` empty: for all of them.

    `programme`: the one to which the named challenges belong; None for all challenges.
    """

    TOPIC = "organisation.contact_appointed"
    VERSION = 2
    TAGS = ("contact", "person", "organisation", "programme")
    AUDIENCE = ("organisation",)
    REACH = "own"
    SUMMARY = Text(
        en="{person} became {role} for {organisation}.",
        nl="{person} werd {role} namens {organisation}.",
    )

    contact: ContactId
    organisation: OrganisationId
    person: PersonId
    role: Code
    challenges: tuple[ChallengeId, ...] = ()
    effective_from: datetime | None = None
    programme: ProgrammeId | None = None

    @property
    def for_all(self) -> bool:
        """Whether it is for all challenges of the organisation."""
        return not self.challenges


class ContactEnded(Event, frozen=True, kw_only=True):
    """A person is no longer contact of an organisation; its obligations stay (rule 23)."""

    TOPIC = "organisation.contact_ended"
    VERSION = 2
    TAGS = ("contact", "person", "organisation", "programme")
    AUDIENCE = ("organisation",)
    REACH = "own"
    SUMMARY = Text(
        en="{person} no longer acts for {organisation}.",
        nl="{person} treedt niet langer op namens {organisation}.",
    )

    contact: ContactId
    organisation: OrganisationId
    person: PersonId
    programme: ProgrammeId | None = None


class TokenIssued(Event, frozen=True, kw_only=True):
    """A token was issued; its secret was shown once, and only its SHA-256 is stored.

    `programmes`: the only ones within which it gives rights; None: wherever its person has them.
    """

    TOPIC = "access.token_issued"
    VERSION = 2
    TAGS = ("token", "person")
    AUDIENCE = Nobody(because="access is between the person and Kring; the person gets a mail")
    REACH = "own"
    SUMMARY = Text(
        en="A token for the role of {role} was issued.", nl="Een token voor de rol van {role} werd uitgegeven."
    )

    token: TokenId
    role: Code
    person: PersonId | None
    organisations: tuple[OrganisationId, ...]
    secret_digest: Digest
    expires_at: datetime
    programmes: tuple[ProgrammeId, ...] | None = None


class TokenRevoked(Event, frozen=True, kw_only=True):
    """A token was revoked."""

    TOPIC = "access.token_revoked"
    TAGS = ("token", "person")
    AUDIENCE = Nobody(because="access is between the person and Kring")
    REACH = "own"
    SUMMARY = Text(en="A token was revoked.", nl="Een token werd ingetrokken.")

    token: TokenId
    person: PersonId | None


ENROLMENT_EVENTS: list[type[Event]] = [ParticipantEnrolled, ParticipantMoved, ParticipantWithdrew]
"""The events that change the participants of a programme and their organisations."""


ROLE_EVENTS: list[type[Event]] = [
    ManagerAppointed,
    *ENROLMENT_EVENTS,
    FacilitatorAssigned,
    FacilitatorReplaced,
    ContactAppointed,
    ContactEnded,
]
"""The events that give roles to people, or end them."""
