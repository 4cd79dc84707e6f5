"""Registration of people and organisations.

Changes of their details are in `administration/details.py`, contacts in `contacts.py`, tokens in `tokens.py`.
"""

from domain.events.people import OrganisationRegistered, PersonRegistered
from domain.foundation import (
    Caller,
    Claim,
    Code,
    Knowledge,
    Label,
    Language,
    NotAllowed,
    OrganisationId,
    Personal,
    PersonId,
    ProgrammeId,
    Refusal,
    Selector,
    Text,
    applies,
)
from domain.people.rights import CallerCommand, Rights

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
    TEXT = Text(en="Nobody is registered with this id.", nl="Met dit id is niemand geregistreerd.")


class UnknownOrganisation(Refusal):
    """A request may only name organisations that are registered."""

    CODE = "unknown-organisation"
    STATUS = 422
    TEXT = Text(en="No organisation is registered with this id.", nl="Met dit id is geen organisatie geregistreerd.")


# Commands


def managed_by(rights: Rights) -> tuple[ProgrammeId, ...]:
    """The programmes that the caller manages, by a role in them."""
    theirs = {programme for person, programme in rights.managers if person == rights.by.person}
    return tuple(sorted(one for one in theirs if rights.manages(one)))


def is_manager(rights: Rights) -> bool:
    """Whether the caller manages any programme, or has the operator's token."""
    return rights.manages_everything() or bool(managed_by(rights))


def _registering(rights: Rights) -> tuple[ProgrammeId, ...]:
    """The programmes for which the caller registers somebody; none for the operator. Raises `NotAllowed`."""
    roles = (*rights.managers, *rights.facilitators)
    theirs = {programme for person, programme in roles if person == rights.by.person}
    programmes = tuple(sorted(one for one in theirs if rights.facilitates(one)))
    if not (programmes or rights.manages_everything()):
        raise NotAllowed
    return programmes


class KnownPeople(Knowledge):
    """The people of these ids who are registered."""

    def __init__(self, *people: PersonId | None) -> None:
        super().__init__(*(Selector(types=[PersonRegistered], tags=[one]) for one in people if one is not None))
        self.registered: set[PersonId] = set()

    @applies(PersonRegistered)
    def _(self, person: PersonId) -> None:
        self.registered.add(person)

    def __contains__(self, person: object) -> bool:
        return person in self.registered


class KnownOrganisations(Knowledge):
    """The organisations of these ids that are registered."""

    def __init__(self, *organisations: OrganisationId | None) -> None:
        selectors = (Selector(types=[OrganisationRegistered], tags=[one]) for one in organisations if one is not None)
        super().__init__(*selectors)
        self.registered: set[OrganisationId] = set()

    @applies(OrganisationRegistered)
    def _(self, organisation: OrganisationId) -> None:
        self.registered.add(organisation)

    def __contains__(self, organisation: object) -> bool:
        return organisation in self.registered


class RegisterPerson(CallerCommand):
    """Register a person; the address is unique."""

    def __init__(self, person: PersonId, *, name: Personal, email: Personal, language: Language, by: Caller) -> None:
        super().__init__(by)
        self.person, self.name, self.email, self.language = person, name, email, language

    def execute(self) -> None:
        programmes = _registering(self.rights)
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


class RegisterOrganisation(CallerCommand):
    """Register an organisation."""

    def __init__(self, organisation: OrganisationId, *, name: Label, by: Caller) -> None:
        super().__init__(by)
        self.organisation, self.name = organisation, name

    def execute(self) -> None:
        programmes = _registering(self.rights)
        self.record(OrganisationRegistered(organisation=self.organisation, name=self.name, programmes=programmes))
