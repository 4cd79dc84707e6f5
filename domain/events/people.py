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
    """A person was registered. `programmes`: those that the caller facilitated or managed."""

    TOPIC = "person.registered"
    VERSION = 2
    TAGS = ("person",)
    AUDIENCE = Nobody(because="a person's details belong to no organisation")
    REACH = "own"
    SUMMARY = Text(en="{name} was registered.", nl="{name} werd geregistreerd.")

    person: PersonId
    name: Personal
    email: Personal
    language: Code
    programmes: tuple[ProgrammeId, ...] = ()


class PersonDetailsChanged(Event, frozen=True, kw_only=True):
    """A person's name, address or language changed. None: this one did not change."""

    TOPIC = "person.details_changed"
    TAGS = ("person",)
    AUDIENCE = Nobody(because="a person's details belong to no organisation")
    REACH = "own"
    SUMMARY = Text(en="The details of {person} were changed.", nl="De gegevens van {person} werden gewijzigd.")

    person: PersonId
    name: Personal | None
    email: Personal | None
    language: Code | None


class OrganisationRegistered(Event, frozen=True, kw_only=True):
    """An organisation was registered. `programmes`: those that the caller facilitated or managed (rule 27)."""

    TOPIC = "organisation.registered"
    VERSION = 2
    TAGS = ("organisation",)
    AUDIENCE = ("organisation",)
    REACH = "own"
    SUMMARY = Text(en="{name} was registered.", nl="{name} werd geregistreerd.")

    organisation: OrganisationId
    name: Label
    programmes: tuple[ProgrammeId, ...] = ()


class OrganisationRenamed(Event, frozen=True, kw_only=True):
    """An organisation got another name."""

    TOPIC = "organisation.renamed"
    TAGS = ("organisation",)
    AUDIENCE = ("organisation",)
    REACH = "own"
    SUMMARY = Text(en="{was} is now called {name}.", nl="{was} heet voortaan {name}.")

    organisation: OrganisationId
    was: Label
    name: Label
