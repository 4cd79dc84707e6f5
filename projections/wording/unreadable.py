"""A placeholder for an event that this version cannot read, so that a history can name it and continue."""

from domain.foundation import Event, Label, Nobody, Text


class Unreadable(Event, frozen=True, kw_only=True):
    """An event of which only the type can be read: a newer version recorded it, or its data are damaged.

    It is never recorded, and has no topic of its own.
    """

    TAGS = ()
    AUDIENCE = Nobody("It stands for an event that cannot be read, and is never recorded.")
    SUMMARY = Text(
        en="an event of the type {topic}, which this version of Kring cannot read",
        nl="een gebeurtenis van de soort {topic}, die deze versie van Kring niet kan lezen",
    )

    topic: Label


def topic_of(event: Event) -> str:
    """The stored type of an event, even if it cannot be read."""
    return event.topic if isinstance(event, Unreadable) else event.TOPIC
