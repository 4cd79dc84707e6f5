"""People, their organisations, and the tokens by which they are known. Who speaks for an organisation: `contacts.py`."""

from datetime import datetime
from typing import Literal, NamedTuple

from domain.foundation import (
    AsIs,
    Caller,
    Claim,
    Code,
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
    reads_alike,
)
from domain.roles import UNNAMED, Acting, TokenIssued, TokenRevoked

Language = Literal["nl", "en"]

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


class PersonDetailsChanged(Fact, frozen=True, kw_only=True):
    """A person is called, written to or addressed otherwise from here on; what is None stays as it was."""

    TOPIC = "person.details_changed"
    CONCERNS = ("person",)
    AUDIENCE = Nobody(because="a person is not an organisation's")
    AUDIT = Text(en="The details of {person} were changed.", nl="De gegevens van {person} werden gewijzigd.")

    person: PersonId
    name: Personal | None
    email: Personal | None
    language: Code | None


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


class DetailsMoved(Refusal):
    """A change is judged by what the person's details are, and these changed after they were read."""

    CODE = "details-changed"
    TEXT = Text(
        en="These details were changed at this very moment. Look again.",
        nl="Deze gegevens zijn op dit moment gewijzigd. Kijk opnieuw.",
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

    def manages_everything(self) -> bool:
        """Hold a manager's token that stands for itself, or be Kring."""
        return self.by.person is None and self.is_manager()

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


class Details(NamedTuple):
    """What is known of a person, its texts opened at the edge: rules run on digests, and equal texts have different ones."""

    name: Personal
    email: Personal | None
    language: Code


class ChangeDetails(SettingUp):
    """Change a person's name, address or language: the person, or a manager of a programme of theirs.

    `known`: the details as they were read; if they are no longer so, `DetailsMoved`. A `language` of None stays.
    """

    registered: bool = False

    def __init__(
        self,
        person: PersonId,
        *,
        name: Personal,
        email: Personal,
        language: Language | None = None,
        known: Details,
        by: Caller,
    ) -> None:
        super().__init__()
        self.person, self.name, self.email, self.language, self.known, self.by = (
            person,
            name,
            email,
            language,
            known,
            by,
        )
        self.digests: tuple[str | None, str | None] = (None, None)
        self.spoken: Code | None = None

    def consistency_boundary(self) -> list[Selector]:
        return [
            *super().consistency_boundary(),
            Selector(types=[PersonRegistered, PersonDetailsChanged], tags=[self.person]),
            self.roles_of(self.person),
        ]

    @learns(PersonRegistered)
    def _(self, fact: PersonRegistered) -> None:
        if fact.person == self.person:
            self.registered, self.spoken = True, fact.language
            self.digests = fact.name.digest, fact.email.digest

    @learns(PersonDetailsChanged)
    def _(self, fact: PersonDetailsChanged) -> None:
        if fact.person == self.person:
            name, email = self.digests
            self.digests = fact.name.digest if fact.name else name, fact.email.digest if fact.email else email
            self.spoken = fact.language or self.spoken

    def execute(self) -> None:
        self.require_right()
        was = self.known
        if self.digests != (was.name.digest, was.email.digest if was.email else None) or self.spoken != was.language:
            raise DetailsMoved
        name, email = _changed(self.name, was.name), _changed(self.email, was.email)
        language = None if self.language in {None, was.language} else Code(self.language or was.language)
        if name is None and email is None and language is None:
            raise AsIs
        if email is not None and email.text is not None:
            self.takes = (Claim("email", email.text, self.person),)
            if was.email is not None and was.email.text is not None:
                self.releases = (Claim("email", was.email.text, self.person),)
        self.record(PersonDetailsChanged(person=self.person, name=name, email=email, language=language))

    def require_right(self) -> None:
        """Raises `NotAllowed` to who is in a programme with the person, or sets up people; `NotFound` to others."""
        self.require_token()
        if not self.registered:
            raise NotFound
        theirs = {
            programme
            for person, programme in (*self.managers, *self.participants, *self.facilitators)
            if person == self.person
        }
        if self.manages_everything() or self.by.person == self.person or any(self.manages(one) for one in theirs):
            return
        raise NotAllowed if self.may_register() or any(self.belongs_to(one) for one in theirs) else NotFound


def _changed(new: Personal, old: Personal | None) -> Personal | None:
    """What is new; None where it says the same."""
    return None if old == new else new


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
    """Call an organisation otherwise: a manager, or a commissioner who speaks for all of it."""

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
        if not self.contact_for(self.organisation, UNNAMED):
            self.require_some_manager()
        if reads_alike(self.name, self.called):
            raise AsIs
        self.record(OrganisationRenamed(organisation=self.organisation, was=self.called, name=self.name))


class IssueToken(SettingUp):
    """Give a person, or a client of organisations, a way in. The caller sees the secret once.

    Who manages some programmes gives nobody more than they have there themselves: a token that stands for itself reaches
    further, and so does one for somebody who is known in other programmes alone, or manages another one.
    """

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
        self.known_organisations: set[OrganisationId] = set()

    def consistency_boundary(self) -> list[Selector]:
        person = self.person
        about = [] if person is None else [Selector(types=[PersonRegistered], tags=[person]), self.roles_of(person)]
        named = [Selector(types=[OrganisationRegistered], tags=[one]) for one in self.organisations]
        return [*super().consistency_boundary(), *about, *named]

    @learns(PersonRegistered)
    def _(self, person: PersonId) -> None:
        self.known_person |= person == self.person

    @learns(OrganisationRegistered)
    def _(self, organisation: OrganisationId) -> None:
        self.known_organisations.add(organisation)

    def execute(self) -> None:
        self.require_some_manager()
        if not self._is_theirs_to_give():
            raise NotAllowed
        if self.person is not None and not self.known_person:
            raise UnknownPerson(field="person_id")
        if self.person is None and not (self.role == "manager" or self.organisations):
            raise TokenNeedsPerson(field="person_id")
        if self.person is None and self.role in {"participant", "facilitator"}:
            raise TokenNeedsPerson(field="person_id")
        if unknown := [one for one in self.organisations if one not in self.known_organisations]:
            raise UnknownOrganisation(field=f"organisation_ids.{self.organisations.index(unknown[0])}")
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

    def _is_theirs_to_give(self) -> bool:
        if self.manages_everything() or (self.person is not None and self.person == self.by.person):
            return True
        if self.person is None:
            return False
        managed = [self.manages(one) for person, one in self.managers if person == self.person]
        here = [self.manages(one) for person, one in (*self.participants, *self.facilitators) if person == self.person]
        return all(managed) and (any(managed) or any(here) or not here)


class RevokeToken(SettingUp):
    """Take a token's rights away: one's own, or as a manager; one that stands for itself, with such a token."""

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
        own = self.issued.person is not None and self.issued.person == self.by.person
        if not (own or self.is_manager()):
            raise NotFound
        if self.token in self.ended_tokens:
            raise AsIs
        self.require_token()
        if self.issued.person is None and not self.manages_everything():
            raise NotAllowed
        self.record(TokenRevoked(token=self.token, person=self.issued.person))
