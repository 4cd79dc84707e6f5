"""Events that give people and tokens their rights, or end them."""

from datetime import datetime

from domain.foundation import (
    ChallengeId,
    Code,
    ContactId,
    Digest,
    Fact,
    Nobody,
    OrganisationId,
    PersonId,
    ProgrammeId,
    TeamId,
    Text,
    TokenId,
)


class ManagerAppointed(Fact, frozen=True, kw_only=True):
    """A person manages a programme from here on."""

    TOPIC = "programme.manager_appointed"
    CONCERNS = ("person", "programme")
    AUDIENCE = Nobody(because="who manages a programme is its own business")
    AUDIT = Text(en="{person} became manager of the programme.", nl="{person} werd programmamanager.")

    programme: ProgrammeId
    person: PersonId


class ParticipantEnrolled(Fact, frozen=True, kw_only=True):
    """A person takes part in a programme, sent by an organisation or on their own account."""

    TOPIC = "programme.participant_enrolled"
    CONCERNS = ("person", "programme")
    AUDIENCE = ("organisation",)
    AUDIT = Text(en="{person} was enrolled as a participant.", nl="{person} werd ingeschreven als deelnemer.")

    programme: ProgrammeId
    person: PersonId
    organisation: OrganisationId | None


class ParticipantWithdrew(Fact, frozen=True, kw_only=True):
    """A participant left the programme; why is sealed in the reason."""

    TOPIC = "programme.participant_withdrew"
    CONCERNS = ("person", "programme")
    AUDIENCE = ("organisation",)
    AUDIT = Text(en="{person} left the programme.", nl="{person} verliet de leergang.")

    programme: ProgrammeId
    person: PersonId
    organisation: OrganisationId | None


class ParticipantMoved(Fact, frozen=True, kw_only=True):
    """A participant goes on for another organisation, or on their own account (`organisation` None)."""

    TOPIC = "programme.participant_moved"
    CONCERNS = ("person", "programme")
    AUDIENCE = ("organisations",)
    AUDIT = Text(
        en="{person} takes part for another organisation from here on.",
        nl="{person} doet vanaf hier mee namens een andere organisatie.",
    )

    programme: ProgrammeId
    person: PersonId
    organisation: OrganisationId | None
    previous: OrganisationId | None

    @property
    def organisations(self) -> tuple[OrganisationId, ...]:
        return tuple(one for one in (self.previous, self.organisation) if one is not None)


class FacilitatorAssigned(Fact, frozen=True, kw_only=True):
    """A person guides a programme's teams: the named ones, or all (`teams` empty), between two moments."""

    TOPIC = "programme.facilitator_assigned"
    CONCERNS = ("person", "programme")
    AUDIENCE = Nobody(because="who guides is the programme's own business")
    AUDIT = Text(en="{person} became facilitator.", nl="{person} werd begeleider.")

    programme: ProgrammeId
    person: PersonId
    teams: tuple[TeamId, ...] = ()
    from_: datetime | None = None
    until: datetime | None = None

    def guides(self, at: datetime, team: TeamId | None = None) -> bool:
        """Whether the person guides at this moment: this team, if one is named."""
        begun, over = self.from_ is None or self.from_ <= at, self.until is not None and self.until <= at
        return begun and not over and (team is None or not self.teams or team in self.teams)


class FacilitatorReplaced(Fact, frozen=True, kw_only=True):
    """A person guides no longer; what they did keeps their name (rule 23). Who comes instead is assigned beside it."""

    TOPIC = "programme.facilitator_replaced"
    CONCERNS = ("person", "replacement", "programme")
    AUDIENCE = Nobody(because="who guides is the programme's own business")
    AUDIT = Text(en="{person} is no longer facilitator.", nl="{person} is geen begeleider meer.")

    programme: ProgrammeId
    person: PersonId
    replacement: PersonId | None


class ContactAppointed(Fact, frozen=True, kw_only=True):
    """A person speaks or audits for an organisation: for the named challenges, or all (`challenges` empty).

    `programme`: the one to which the named challenges belong; None for all challenges.
    """

    TOPIC = "organisation.contact_appointed"
    VERSION = 2
    CONCERNS = ("contact", "person", "organisation", "programme")
    AUDIENCE = ("organisation",)
    AUDIT = Text(
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
        """An appointment for the organisation as a whole."""
        return not self.challenges


class ContactEnded(Fact, frozen=True, kw_only=True):
    """A person no longer speaks for an organisation; its obligations stay (rule 23)."""

    TOPIC = "organisation.contact_ended"
    VERSION = 2
    CONCERNS = ("contact", "person", "organisation", "programme")
    AUDIENCE = ("organisation",)
    AUDIT = Text(
        en="{person} no longer acts for {organisation}.",
        nl="{person} treedt niet langer op namens {organisation}.",
    )

    contact: ContactId
    organisation: OrganisationId
    person: PersonId
    programme: ProgrammeId | None = None


class TokenIssued(Fact, frozen=True, kw_only=True):
    """A token was issued; its secret was shown once and is stored as SHA-256 alone.

    `programmes`: the only ones within which it gives rights; None: wherever its person has them.
    """

    TOPIC = "access.token_issued"
    VERSION = 2
    CONCERNS = ("token", "person")
    AUDIENCE = Nobody(because="access is between the person and Kring; the person is told by mail")
    AUDIT = Text(
        en="A token for the role of {role} was issued.", nl="Een token voor de rol van {role} werd uitgegeven."
    )

    token: TokenId
    role: Code
    person: PersonId | None
    organisations: tuple[OrganisationId, ...]
    secret_digest: Digest
    expires_at: datetime
    programmes: tuple[ProgrammeId, ...] | None = None


class TokenRevoked(Fact, frozen=True, kw_only=True):
    """A token gives no rights any more."""

    TOPIC = "access.token_revoked"
    CONCERNS = ("token", "person")
    AUDIENCE = Nobody(because="access is between the person and Kring")
    AUDIT = Text(en="A token was revoked.", nl="Een token werd ingetrokken.")

    token: TokenId
    person: PersonId | None


ENROLMENT_FACTS: list[type[Fact]] = [ParticipantEnrolled, ParticipantMoved, ParticipantWithdrew]
"""The facts that say who takes part in a programme, and for which organisation."""


ROLE_FACTS: list[type[Fact]] = [
    ManagerAppointed,
    *ENROLMENT_FACTS,
    FacilitatorAssigned,
    FacilitatorReplaced,
    ContactAppointed,
    ContactEnded,
]
"""The facts that give people their roles, or take them."""
