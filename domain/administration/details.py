"""Changes of the details of people, and of the names of organisations."""

from typing import NamedTuple

from domain.administration.ownership import OrganisationOwnership, PersonOwnership
from domain.events.people import OrganisationRenamed, PersonDetailsChanged, PersonRegistered
from domain.foundation import (
    AsIs,
    Caller,
    Claim,
    Code,
    Label,
    Language,
    NotAllowed,
    NotFound,
    OrganisationId,
    Personal,
    PersonId,
    Refusal,
    Selector,
    Text,
    applies,
    reads_alike,
)
from domain.people.rights import CallerCommand


class DetailsChanged(Refusal):
    """The person's details changed after the caller read them."""

    CODE = "details-changed"
    TEXT = Text(
        en="These details have just been changed. Look at them again.",
        nl="Deze gegevens zijn net gewijzigd. Bekijk ze opnieuw.",
    )


class Details(NamedTuple):
    """The details of a person, unsealed outside the domain: events have digests alone, and equal texts have different ones."""

    name: Personal
    email: Personal | None
    language: Code


class ChangeDetails(CallerCommand):
    """Change a person's name, address or language: the person, or a manager of all programmes to which they belong (rule 28).

    `known`: the details as the caller read them. `language` None: no change.
    """

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
        super().__init__(by, boundary=[Selector(types=[PersonDetailsChanged], tags=[person])])
        self.person, self.name, self.email, self.language = person, name, email, language
        self.known = known
        self.ownership = PersonOwnership(self.rights, person)
        self.changes: list[PersonDetailsChanged] = []

    @applies(PersonDetailsChanged)
    def _(self, event: PersonDetailsChanged) -> None:
        if event.person == self.person:
            self.changes.append(event)

    def execute(self) -> None:
        registered = self.require_right()
        was = self.known
        if self._current(registered) != (was.name.digest, was.email.digest if was.email else None, was.language):
            raise DetailsChanged
        name, email = _changed(self.name, was.name), _changed(self.email, was.email)
        language = None if self.language in {None, was.language} else Code(self.language or was.language)
        if name is None and email is None and language is None:
            raise AsIs
        if email is not None and email.text is not None:
            self.takes = (Claim("email", email.text, self.person),)
            if was.email is not None and was.email.text is not None:
                self.releases = (Claim("email", was.email.text, self.person),)
        self.record(PersonDetailsChanged(person=self.person, name=name, email=email, language=language))

    def require_right(self) -> PersonRegistered:
        """Return the person as they were registered. Raises `NotFound` or `NotAllowed`."""
        self.rights.require_token()
        registered = self.ownership.registered
        if registered is None:
            raise NotFound
        if not (self.ownership.is_caller() or self.ownership.manages_all()):
            raise NotAllowed
        return registered

    def _current(self, registered: PersonRegistered) -> tuple[str | None, str | None, Code]:
        """The digests of name and address, and the language, as they are now."""
        name, email, language = registered.name, registered.email, registered.language
        for one in self.changes:
            name, email, language = one.name or name, one.email or email, one.language or language
        return name.digest, email.digest, language


def _changed(new: Personal, old: Personal | None) -> Personal | None:
    """The new text; None if it reads the same."""
    return None if old == new else new


class RenameOrganisation(CallerCommand):
    """Rename an organisation that belongs to the caller as a whole (rule 27)."""

    def __init__(self, organisation: OrganisationId, *, name: Label, by: Caller) -> None:
        super().__init__(by, boundary=[Selector(types=[OrganisationRenamed], tags=[organisation])])
        self.organisation, self.name = organisation, name
        self.ownership = OrganisationOwnership(self.rights, organisation)
        self.renamed: Label | None = None

    @applies(OrganisationRenamed)
    def _(self, organisation: OrganisationId, name: Label) -> None:
        if organisation == self.organisation:
            self.renamed = name

    def execute(self) -> None:
        registered_name = self.ownership.names.get(self.organisation)
        if registered_name is None:
            raise NotFound
        if not self.ownership.owns(self.organisation):
            raise NotAllowed
        name = self.renamed or registered_name
        if reads_alike(self.name, name):
            raise AsIs
        self.record(OrganisationRenamed(organisation=self.organisation, was=name, name=self.name))
