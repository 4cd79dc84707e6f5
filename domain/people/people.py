"""People and organisations, and how they become known.

How they are called otherwise: `details.py`. Who speaks for an organisation: `contacts.py`. By what they get in: `tokens.py`.
"""

from domain.events.people import OrganisationRegistered, PersonRegistered
from domain.foundation import (
    Caller,
    Claim,
    Code,
    Label,
    Language,
    NotAllowed,
    OrganisationId,
    Personal,
    PersonId,
    ProgrammeId,
    Refusal,
    Text,
)
from domain.people.rights import Acting

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


# Commands


class SettingUp(Acting):
    """Commands of managers, of whatever programme: with the rights of one, or the operator's token."""

    def is_manager(self) -> bool:
        """Manage something, or hold the operator's token."""
        return self.manages_everything() or bool(self.managed())

    def managed(self) -> tuple[ProgrammeId, ...]:
        """The programmes that the caller manages, by a role in them."""
        mine = {programme for person, programme in self.managers if person == self.by.person}
        return tuple(sorted(one for one in mine if self.manages(one)))

    def guided(self) -> tuple[ProgrammeId, ...]:
        """The programmes that the caller guides or manages, by a role in them."""
        mine = {programme for person, programme in (*self.managers, *self.facilitators) if person == self.by.person}
        return tuple(sorted(one for one in mine if self.facilitates(one)))

    def require_registrar(self) -> tuple[ProgrammeId, ...]:
        """The programmes on whose behalf the caller registers; none for the operator. Raises `NotAllowed`."""
        guided = self.guided()
        if not (guided or self.manages_everything()):
            raise NotAllowed
        return guided

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
        programmes = self.require_registrar()
        assert self.email.text is not None, "a person is registered with an address in plain text"
        self.takes = (Claim("email", self.email.text, self.person),)
        self.record(
            PersonRegistered(
                person=self.person,
                name=self.name,
                email=self.email,
                language=Code(self.language),
                programmes=programmes,
            )
        )


class RegisterOrganisation(SettingUp):
    """Make an organisation known."""

    def __init__(self, organisation: OrganisationId, *, name: Label, by: Caller) -> None:
        super().__init__()
        self.organisation, self.name, self.by = organisation, name, by

    def execute(self) -> None:
        programmes = self.require_registrar()
        self.record(OrganisationRegistered(organisation=self.organisation, name=self.name, programmes=programmes))
