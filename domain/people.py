"""People, their organisations, and the tokens by which they are known."""

from datetime import datetime
from typing import Literal

from domain.foundation import (
    AsIs,
    Caller,
    ChallengeId,
    Claim,
    Code,
    ContactId,
    Digest,
    Fact,
    Label,
    Nobody,
    NotAllowed,
    NotFound,
    OrganisationId,
    Personal,
    PersonId,
    Refusal,
    Selector,
    Text,
    TokenId,
    TokenRole,
    learns,
)
from domain.roles import Acting, ContactAppointed, TokenIssued, TokenRevoked

Language = Literal["nl", "en"]
ContactRole = Literal["commissioner", "auditor"]

# Facts


class PersonRegistered(Fact, frozen=True, kw_only=True):
    """A person became known to Kring."""

    TOPIC = "person.registered"
    CONCERNS = ("person",)
    AUDIENCE = Nobody(because="a person is not an organisation's")
    AUDIT = Text(en="{name} was registered.", nl="{name} werd geregistreerd.")

    person: PersonId
    name: Personal
    email: Personal
    language: Code


class OrganisationRegistered(Fact, frozen=True, kw_only=True):
    """An organisation became known to Kring."""

    TOPIC = "organisation.registered"
    CONCERNS = ("organisation",)
    AUDIENCE = ("organisation",)
    AUDIT = Text(en="{name} was registered.", nl="{name} werd geregistreerd.")

    organisation: OrganisationId
    name: Label


class OrganisationRenamed(Fact, frozen=True, kw_only=True):
    """An organisation is called otherwise from here on."""

    TOPIC = "organisation.renamed"
    CONCERNS = ("organisation",)
    AUDIENCE = ("organisation",)
    AUDIT = Text(en="{was} is now called {name}.", nl="{was} heet voortaan {name}.")

    organisation: OrganisationId
    was: Label
    name: Label


# Refusals


class EmailTaken(Refusal):
    """An e-mail address belongs to one person."""

    CODE = "email-taken"
    TEXT = Text(
        en="Another person is registered with this e-mail address.",
        nl="Er is al iemand geregistreerd met dit e-mailadres.",
    )


class UnknownPerson(Refusal):
    """A request may only name people who are registered."""

    CODE = "unknown-person"
    STATUS = 422
    TEXT = Text(en="Nobody is registered under this id.", nl="Onder dit kenmerk is niemand geregistreerd.")


class UnknownOrganisation(Refusal):
    """A request may only name organisations that are registered."""

    CODE = "unknown-organisation"
    STATUS = 422
    TEXT = Text(
        en="No organisation is registered under this id.", nl="Onder dit kenmerk is geen organisatie geregistreerd."
    )


class TokenNeedsPerson(Refusal):
    """A participant's or facilitator's token stands for a person; only a manager's, an auditor's, … may stand for itself."""

    CODE = "token-needs-person"
    STATUS = 422
    TEXT = Text(
        en="A token of this role needs a person, or organisations.",
        nl="Een token voor deze rol heeft een persoon of organisaties nodig.",
    )


class AlreadyExpired(Refusal):
    """A token that has expired already gives nothing."""

    CODE = "already-expired"
    STATUS = 422
    TEXT = Text(en="This moment has passed.", nl="Dit moment is voorbij.")


# Commands


class SettingUp(Acting):
    """What managers do, of whatever programme: with the rights of one, or a manager's token that names nobody."""

    def is_manager(self) -> bool:
        """Manage something, or hold a manager's token that stands for itself."""
        self.require_token()
        if self.by.role == "system" or (self.by.role == "manager" and self.by.person is None):
            return True
        return any(self.manages(programme) for person, programme in self.managers if person == self.by.person)

    def may_register(self) -> bool:
        """A manager, or a facilitator of any programme now."""
        return self.is_manager() or any(self.facilitates(programme) for _, programme in self.facilitators)

    def require_some_manager(self) -> None:
        """Raises `NotAllowed` unless the caller manages anything."""
        if not self.is_manager():
            raise NotAllowed


class RegisterPerson(SettingUp):
    """Make a person known; the address is unique."""

    def __init__(self, person: PersonId, *, name: Personal, email: Personal, language: Language, by: Caller) -> None:
        super().__init__()
        self.person, self.name, self.email, self.language, self.by = person, name, email, language, by

    def execute(self) -> None:
        if not self.may_register():
            raise NotAllowed
        assert self.email.text is not None, "a person is registered with an address in plain text"
        self.takes = (Claim("email", self.email.text, self.person),)
        self.record(
            PersonRegistered(person=self.person, name=self.name, email=self.email, language=Code(self.language))
        )


class RegisterOrganisation(SettingUp):
    """Make an organisation known."""

    def __init__(self, organisation: OrganisationId, *, name: Label, by: Caller) -> None:
        super().__init__()
        self.organisation, self.name, self.by = organisation, name, by

    def execute(self) -> None:
        if not self.may_register():
            raise NotAllowed
        self.record(OrganisationRegistered(organisation=self.organisation, name=self.name))


class RenameOrganisation(SettingUp):
    """Call an organisation otherwise: a manager, or a commissioner of that organisation."""

    called: Label | None = None

    def __init__(self, organisation: OrganisationId, *, name: Label, by: Caller) -> None:
        super().__init__()
        self.organisation, self.name, self.by = organisation, name, by

    def consistency_boundary(self) -> list[Selector]:
        types = [OrganisationRegistered, OrganisationRenamed]
        return [*super().consistency_boundary(), Selector(types=types, tags=[self.organisation])]

    @learns(OrganisationRegistered)
    def _(self, organisation: OrganisationId, name: Label) -> None:
        self.called = name if organisation == self.organisation else self.called

    @learns(OrganisationRenamed)
    def _(self, organisation: OrganisationId, name: Label) -> None:
        self.called = name if organisation == self.organisation else self.called

    def execute(self) -> None:
        if self.called is None:
            raise NotFound
        if not self.contact_for(self.organisation):
            self.require_some_manager()
        if self.name == self.called:
            raise AsIs
        self.record(OrganisationRenamed(organisation=self.organisation, was=self.called, name=self.name))


class AppointContact(SettingUp):
    """Let a person speak for an organisation. By a manager, or by a commissioner of that organisation."""

    known_person: bool = False
    known_organisation: bool = False

    def __init__(
        self,
        contact: ContactId,
        *,
        organisation: OrganisationId,
        person: PersonId,
        role: ContactRole,
        challenges: tuple[ChallengeId, ...] = (),
        effective_from: datetime | None = None,
        by: Caller,
    ) -> None:
        super().__init__()
        self.contact, self.organisation, self.person, self.role, self.by = contact, organisation, person, role, by
        self.challenges, self.effective_from = challenges, effective_from

    def consistency_boundary(self) -> list[Selector]:
        return [
            *super().consistency_boundary(),
            Selector(types=[PersonRegistered], tags=[self.person]),
            Selector(types=[OrganisationRegistered], tags=[self.organisation]),
        ]

    @learns(PersonRegistered)
    def _(self, person: PersonId) -> None:
        self.known_person |= person == self.person

    @learns(OrganisationRegistered)
    def _(self, organisation: OrganisationId) -> None:
        self.known_organisation |= organisation == self.organisation

    def execute(self) -> None:
        if not self.contact_for(self.organisation):
            self.require_some_manager()
        if not self.known_organisation:
            raise NotFound
        if not self.known_person:
            raise UnknownPerson(field="person_id")
        self.record(
            ContactAppointed(
                contact=self.contact,
                organisation=self.organisation,
                person=self.person,
                role=Code(self.role),
                challenges=self.challenges,
                effective_from=self.effective_from,
            )
        )


class IssueToken(SettingUp):
    """Give a person, or a client of organisations, a way in. The caller sees the secret once."""

    known_person: bool = False

    def __init__(
        self,
        token: TokenId,
        *,
        role: TokenRole,
        person: PersonId | None,
        organisations: tuple[OrganisationId, ...],
        secret_digest: Digest,
        expires_at: datetime,
        by: Caller,
    ) -> None:
        super().__init__()
        self.token, self.role, self.person, self.organisations = token, role, person, organisations
        self.secret_digest, self.expires_at, self.by = secret_digest, expires_at, by

    def consistency_boundary(self) -> list[Selector]:
        about = [] if self.person is None else [Selector(types=[PersonRegistered], tags=[self.person])]
        return [*super().consistency_boundary(), *about]

    @learns(PersonRegistered)
    def _(self, person: PersonId) -> None:
        self.known_person |= person == self.person

    def execute(self) -> None:
        self.require_some_manager()
        if self.person is not None and not self.known_person:
            raise UnknownPerson(field="person_id")
        if self.person is None and not (self.role == "manager" or self.organisations):
            raise TokenNeedsPerson(field="person_id")
        if self.person is None and self.role in {"participant", "facilitator"}:
            raise TokenNeedsPerson(field="person_id")
        if self.expires_at <= self.by.at:
            raise AlreadyExpired(field="expires_at")
        self.record(
            TokenIssued(
                token=self.token,
                role=Code(self.role),
                person=self.person,
                organisations=self.organisations,
                secret_digest=self.secret_digest,
                expires_at=self.expires_at,
            )
        )


class RevokeToken(SettingUp):
    """Take a token's rights away: one's own, or as a manager."""

    issued: TokenIssued | None = None

    def __init__(self, token: TokenId, *, by: Caller) -> None:
        super().__init__()
        self.token, self.by = token, by

    def consistency_boundary(self) -> list[Selector]:
        return [*super().consistency_boundary(), Selector(types=[TokenIssued, TokenRevoked], tags=[self.token])]

    @learns(TokenIssued)
    def _(self, fact: TokenIssued) -> None:
        if fact.token == self.token:
            self.issued = fact

    def execute(self) -> None:
        if self.issued is None:
            raise NotFound
        if self.token in self.ended_tokens:
            raise AsIs
        self.require_token()
        if self.issued.person is None or self.issued.person != self.by.person:
            self.require_some_manager()
        self.record(TokenRevoked(token=self.token, person=self.issued.person))
