"""Event of the redaction of one text."""

from domain.foundation import (
    AnyId,
    Code,
    Event,
    Nobody,
    ProgrammeId,
    Text,
)


class WordsRedacted(Event, frozen=True, kw_only=True):
    """A text of the event at `position` was made unreadable for everybody; the event and its digest stay.

    `field`: the name of the text in that event, or `reason`. `subject`: the first id that the event concerns. `programme`: that
    of the event, if any.
    """

    TOPIC = "words.redacted"
    TAGS = ("subject", "programme")
    AUDIENCE = Nobody(because="everybody who can see the event can see that the text is unreadable")
    REACH = "guides"
    SUMMARY = Text(
        en="A text of the fact at position {position} was made unreadable.",
        nl="Een tekst van het feit op positie {position} is onleesbaar gemaakt.",
    )

    position: int
    field: Code
    subject: AnyId
    programme: ProgrammeId | None
