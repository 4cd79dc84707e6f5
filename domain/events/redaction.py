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
    """A text of the event at `position` is withheld from everybody; that event and its digest stay.

    `field`: the name of the text in that event, or `reason`. `subject`: what that event concerns most. `programme`: where it
    belongs, if it belongs to one.
    """

    TOPIC = "words.redacted"
    TAGS = ("subject", "programme")
    AUDIENCE = Nobody(because="whoever was told the fact sees that the text is withheld")
    SUMMARY = Text(
        en="A text of the fact at position {position} was withheld.",
        nl="Een tekst van het feit op positie {position} is onleesbaar gemaakt.",
    )

    position: int
    field: Code
    subject: AnyId
    programme: ProgrammeId | None
