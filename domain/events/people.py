"""Events of people and organisations."""

from domain.foundation import (
    Code,
    Event,
    Label,
    Nobody,
    OrganisationId,
    Personal,
    PersonId,
    ProgrammeId,
    Text,
)


class PersonRegistered(Event, frozen=True, kw_only=True):
    """A person became known to Kring. `programmes`: those that whoever registered them guides or manages."""

    TOPIC = "person.registered"
    VERSION = 2
    TAGS = ("person",)
    AUDIENCE = Nobody(because="a person is not an organisation's")
    SUMMARY = Text(en="{name} was registered.", nl="{name} werd geregistreerd.")

    person: PersonId
    name: Personal
    email: Personal
    language: Code
    programmes: tuple[ProgrammeId, ...] = ()


class PersonDetailsChanged(Event, frozen=True, kw_only=True):
    """A person is called, written to or addressed otherwise from here on; what is None stays as it was."""

    TOPIC = "person.details_changed"
    TAGS = ("person",)
    AUDIENCE = Nobody(because="a person is not an organisation's")
    SUMMARY = Text(en="The details of {person} were changed.", nl="De gegevens van {person} werden gewijzigd.")

    person: PersonId
    name: Personal | None
    email: Personal | None
    language: Code | None


class OrganisationRegistered(Event, frozen=True, kw_only=True):
    """An organisation became known to Kring. `programmes`: those that whoever registered it guides or manages (rule 27)."""

    TOPIC = "organisation.registered"
    VERSION = 2
    TAGS = ("organisation",)
    AUDIENCE = ("organisation",)
    SUMMARY = Text(en="{name} was registered.", nl="{name} werd geregistreerd.")

    organisation: OrganisationId
    name: Label
    programmes: tuple[ProgrammeId, ...] = ()


class OrganisationRenamed(Event, frozen=True, kw_only=True):
    """An organisation is called otherwise from here on."""

    TOPIC = "organisation.renamed"
    TAGS = ("organisation",)
    AUDIENCE = ("organisation",)
    SUMMARY = Text(en="{was} is now called {name}.", nl="{was} heet voortaan {name}.")

    organisation: OrganisationId
    was: Label
    name: Label
