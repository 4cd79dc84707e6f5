"""How people and organisations are called otherwise, and people written to."""

from typing import NamedTuple

from domain.foundation import (
    AsIs,
    Caller,
    Claim,
    Code,
    Label,
    NotAllowed,
    NotFound,
    OrganisationId,
    Personal,
    PersonId,
    Refusal,
    Selector,
    Text,
    learns,
    reads_alike,
)
from domain.people import (
    Language,
    OrganisationRegistered,
    OrganisationRenamed,
    PersonDetailsChanged,
    PersonRegistered,
)
from domain.scope import InScope, OnPerson


class DetailsMoved(Refusal):
    """A change is judged by what the person's details are, and these changed after they were read."""

    CODE = "details-changed"
    TEXT = Text(
        en="These details were changed at this very moment. Look again.",
        nl="Deze gegevens zijn op dit moment gewijzigd. Kijk opnieuw.",
    )


class Details(NamedTuple):
    """What is known of a person, its texts opened at the edge: rules run on digests, and equal texts have different ones."""

    name: Personal
    email: Personal | None
    language: Code


class ChangeDetails(OnPerson):
    """Change a person's name, address or language: the person, or who sets them up.

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
        contact_of: tuple[OrganisationId, ...] = (),
        by: Caller,
    ) -> None:
        super().__init__()
        self.person, self.name, self.email, self.language, self.by = person, name, email, language, by
        self.known, self.contact_of = known, contact_of
        self.digests: tuple[str | None, str | None] = (None, None)
        self.spoken: Code | None = None

    def consistency_boundary(self) -> list[Selector]:
        return [
            *super().consistency_boundary(),
            Selector(types=[PersonRegistered, PersonDetailsChanged], tags=[self.person]),
            *self.where(self.person),
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
        """Raises `NotFound` where nobody is registered so, and `NotAllowed`."""
        self.require_token()
        if not self.registered:
            raise NotFound
        if not (self.by.person == self.person or self.sets_up_person(self.person)):
            raise NotAllowed


def _changed(new: Personal, old: Personal | None) -> Personal | None:
    """What is new; None where it says the same."""
    return None if old == new else new


class RenameOrganisation(InScope):
    """Call an organisation otherwise: a manager of a programme that concerns it."""

    called: Label | None = None

    def __init__(self, organisation: OrganisationId, *, name: Label, by: Caller) -> None:
        super().__init__()
        self.organisation, self.name, self.by = organisation, name, by

    def consistency_boundary(self) -> list[Selector]:
        names = Selector(types=[OrganisationRegistered, OrganisationRenamed], tags=[self.organisation])
        return [*super().consistency_boundary(), names, self.concerning(self.organisation)]

    @learns(OrganisationRegistered)
    def _(self, organisation: OrganisationId, name: Label) -> None:
        self.called = name if organisation == self.organisation else self.called

    @learns(OrganisationRenamed)
    def _(self, organisation: OrganisationId, name: Label) -> None:
        self.called = name if organisation == self.organisation else self.called

    def execute(self) -> None:
        if self.called is None:
            raise NotFound
        if not self.sets_up_organisation(self.organisation):
            raise NotAllowed
        if reads_alike(self.name, self.called):
            raise AsIs
        self.record(OrganisationRenamed(organisation=self.organisation, was=self.called, name=self.name))
