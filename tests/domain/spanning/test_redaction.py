"""Withholding a text."""

import pytest

from domain.events.redaction import WordsRedacted
from domain.events.roles import ManagerAppointed, ParticipantEnrolled
from domain.foundation import AnyId, AsIs, Code, NotAllowed, NotFound, PersonId, ProgrammeId, ReasonMissing, Role
from domain.spanning.redaction import NoSuchText, RedactWords
from tests.domain.examples.deciding import caller, decide
from tests.samples import sample_id

PROGRAMME = ProgrammeId(sample_id("programme", "it"))
SUBJECT = AnyId(sample_id("team", "it"))
ANNA = PersonId(sample_id("person", "anna"))
MANAGES = ManagerAppointed(programme=PROGRAMME, person=ANNA)
WHY = "Een naam die er niet hoort"


def redact(*, role: Role = "manager", why: str | None = WHY, field: str = "text") -> RedactWords:
    return RedactWords(
        7,
        field=Code(field),
        texts=frozenset({"text", "reason"}),
        subject=SUBJECT,
        programme=PROGRAMME,
        by=caller(role, ANNA, reason=why),
    )


REDACTED = WordsRedacted(position=7, field=Code("text"), subject=SUBJECT, programme=PROGRAMME)


def test_the_manager_withholds_a_text_with_a_reason() -> None:
    assert decide(redact(), MANAGES) == [REDACTED]


def test_withholding_a_text_needs_a_reason() -> None:
    with pytest.raises(ReasonMissing):
        decide(redact(why=None), MANAGES)


def test_outside_programmes_only_a_manager_without_a_person_withholds_texts() -> None:
    def outside(person: PersonId | None) -> RedactWords:
        by = caller("manager", person, reason=WHY)
        text = Code("text")
        return RedactWords(7, field=text, texts=frozenset({"text"}), subject=SUBJECT, programme=None, by=by)

    assert decide(outside(None))
    with pytest.raises(NotFound):
        decide(outside(ANNA), MANAGES)


def test_only_a_text_of_that_event_can_be_withheld() -> None:
    with pytest.raises(NoSuchText) as refused:
        decide(redact(field="verdict"), MANAGES)
    assert refused.value.field == "field"


def test_a_text_is_withheld_once_and_other_texts_stay() -> None:
    with pytest.raises(AsIs):
        decide(redact(), MANAGES, REDACTED)
    assert decide(redact(field="reason"), MANAGES, REDACTED)


def test_only_a_manager_of_the_programme_withholds_texts() -> None:
    inside = ParticipantEnrolled(programme=PROGRAMME, person=ANNA, organisation=None)
    with pytest.raises(NotAllowed):
        decide(redact(role="participant"), inside)
    with pytest.raises(NotFound):
        decide(redact())
