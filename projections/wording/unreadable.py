"""The stand-in for an event that this program cannot read, so that a history can name it and go on."""

from domain.foundation import Event, Label, Nobody, Text


class Unreadable(Event, frozen=True, kw_only=True):
    """An event of the log of which this program knows no more than its type: a newer one recorded it, or its data are damaged.

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
    """The type under which an event is stored, also where it cannot be read."""
    return event.topic if isinstance(event, Unreadable) else event.TOPIC
