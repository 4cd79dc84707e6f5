"""Redaction: making one text that somebody typed unreadable for good (docs/explanation/sealing.md 'Withholding a text')."""

from domain.events.redaction import WordsRedacted
from domain.foundation import (
    AnyId,
    AsIs,
    Caller,
    Code,
    NotFound,
    ProgrammeId,
    Refusal,
    Selector,
    Text,
    applies,
)
from domain.people.rights import CallerCommand

# Refusals


class NoSuchText(Refusal):
    """Only a text that a person typed, or a reason, can be redacted."""

    CODE = "no-such-text"
    STATUS = 422
    TEXT = Text(
        en="The fact at this position has no text of this name.",
        nl="Het feit op deze positie heeft geen tekst met deze naam.",
    )


# Commands


class RedactWords(CallerCommand):
    """Redact a text, with a reason: as the programme's manager, or as the operator outside programmes.

    `texts`: the names of the fields of that event that hold texts, with `reason` if it has one.
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
        super().__init__(by, boundary=[Selector(types=[WordsRedacted], tags=[subject])])
        self.position, self.field, self.texts, self.subject, self.programme = position, field, texts, subject, programme
        self.redacted: set[tuple[int, str]] = set()

    @applies(WordsRedacted)
    def _(self, position: int, field: Code) -> None:
        self.redacted.add((position, field))

    def execute(self) -> None:
        if self.programme is not None:
            self.rights.require_manager(self.programme)
        elif not (self.by.role == "manager" and self.rights.manages_everything()):
            raise NotFound
        self.require_reason()
        if self.field not in self.texts:
            raise NoSuchText(field="field")
        if (self.position, self.field) in self.redacted:
            raise AsIs(field="field")
        self.record(
            WordsRedacted(position=self.position, field=self.field, subject=self.subject, programme=self.programme)
        )
