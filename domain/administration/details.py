"""How people and organisations are called otherwise, and people written to."""

from typing import NamedTuple

from domain.administration.ownership import KnowingOrganisations, KnowingPerson
from domain.events.people import OrganisationRenamed, PersonDetailsChanged
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


class ChangeDetails(KnowingPerson):
    """Change a person's name, address or language: the person, or a manager of all programmes to which they belong (rule 28).

    `known`: the details as they were read; if they are no longer so, `DetailsMoved`. A `language` of None stays.
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
        super().__init__()
        self.person, self.name, self.email, self.language, self.by = person, name, email, language, by
        self.known = known
        self.changed: list[PersonDetailsChanged] = []

    def consistency_boundary(self) -> list[Selector]:
        return [
            *super().consistency_boundary(),
            Selector(types=[PersonDetailsChanged], tags=[self.person]),
            *self.about_person(self.person),
        ]

    @applies(PersonDetailsChanged)
    def _(self, event: PersonDetailsChanged) -> None:
        if event.person == self.person:
            self.changed.append(event)

    def execute(self) -> None:
        self.require_right()
        was = self.known
        if self._recorded() != (was.name.digest, was.email.digest if was.email else None, was.language):
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
        if self.person not in self.people_registered:
            raise NotFound
        if not (self.is_self(self.person) or self.is_mine_alone(self.person)):
            raise NotAllowed

    def _recorded(self) -> tuple[str | None, str | None, Code]:
        """The digests of name and address, and the language, as they are now."""
        event = self.people_registered[self.person]
        name, email, language = event.name, event.email, event.language
        for one in self.changed:
            name, email, language = one.name or name, one.email or email, one.language or language
        return name.digest, email.digest, language


def _changed(new: Personal, old: Personal | None) -> Personal | None:
    """What is new; None where it says the same."""
    return None if old == new else new


class RenameOrganisation(KnowingOrganisations):
    """Call an organisation otherwise: whose it is as a whole (rule 27)."""

    def __init__(self, organisation: OrganisationId, *, name: Label, by: Caller) -> None:
        super().__init__()
        self.organisation, self.name, self.by = organisation, name, by

    def consistency_boundary(self) -> list[Selector]:
        renamed = Selector(types=[OrganisationRenamed], tags=[self.organisation])
        return [*super().consistency_boundary(), self.about_organisation(self.organisation), renamed]

    @applies(OrganisationRenamed)
    def _(self, organisation: OrganisationId, name: Label) -> None:
        self.organisations_called[organisation] = name

    def execute(self) -> None:
        called = self.organisations_called.get(self.organisation)
        if called is None:
            raise NotFound
        if not self.owns(self.organisation):
            raise NotAllowed
        if reads_alike(self.name, called):
            raise AsIs
        self.record(OrganisationRenamed(organisation=self.organisation, was=called, name=self.name))
