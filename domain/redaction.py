"""Withholding one text for good: what somebody typed and should not have (5-audit.md 'Personal data and words')."""

from domain.foundation import (
    AnyId,
    AsIs,
    Caller,
    Code,
    Fact,
    Nobody,
    NotFound,
    ProgrammeId,
    Refusal,
    Selector,
    Text,
    learns,
)
from domain.roles import Acting

# Facts


class WordsRedacted(Fact, frozen=True, kw_only=True):
    """A text of the fact at `position` is withheld from everybody; that fact and its digest stay.

    `field`: the name of the text in that fact, or `reason`. `subject`: what that fact concerns most. `programme`: where it
    belongs, if it belongs to one.
    """

    TOPIC = "words.redacted"
    CONCERNS = ("subject", "programme")
    AUDIENCE = Nobody(because="whoever was told the fact sees that the text is withheld")
    AUDIT = Text(
        en="A text of the fact at position {position} was withheld.",
        nl="Een tekst van het feit op positie {position} is onleesbaar gemaakt.",
    )

    position: int
    field: Code
    subject: AnyId
    programme: ProgrammeId | None


# Refusals


class NoSuchText(Refusal):
    """What can be withheld is a text that a person typed, or a reason."""

    CODE = "no-such-text"
    STATUS = 422
    TEXT = Text(
        en="The fact at this position has no text of this name.",
        nl="Het feit op deze positie heeft geen tekst met deze naam.",
    )


# Commands


class RedactWords(Acting):
    """Withhold a text: the programme's manager, with a reason; outside programmes a manager's token without a person.

    `texts`: the names of the fields of that fact that hold texts, `reason` among them where it has one.
    """

    def __init__(
        self,
        position: int,
        *,
        field: Code,
        texts: frozenset[str],
        subject: AnyId,
        programme: ProgrammeId | None,
        by: Caller,
    ) -> None:
        super().__init__()
        self.position, self.field, self.texts, self.subject, self.programme = position, field, texts, subject, programme
        self.by = by
        self.redacted: set[tuple[int, str]] = set()

    def consistency_boundary(self) -> list[Selector]:
        return [*super().consistency_boundary(), Selector(types=[WordsRedacted], tags=[self.subject])]

    @learns(WordsRedacted)
    def _(self, position: int, field: Code) -> None:
        self.redacted.add((position, field))

    def execute(self) -> None:
        if self.programme is not None:
            self.require_manager(self.programme)
        elif not (self.by.role == "manager" and self.manages_everything()):
            raise NotFound
        self.require_reason()
        if self.field not in self.texts:
            raise NoSuchText(field="field")
        if (self.position, self.field) in self.redacted:
            raise AsIs(field="field")
        self.record(
            WordsRedacted(position=self.position, field=self.field, subject=self.subject, programme=self.programme)
        )
