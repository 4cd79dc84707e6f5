"""The view of questions: the last answer, and who gave it when."""

from datetime import UTC, datetime, timedelta

from domain.events.questions import QuestionAnswered, QuestionAsked
from domain.foundation import ChallengeId, OrganisationId, PersonId, ProgrammeId, QuestionId, Words
from projections.questions import QUESTIONS, Answer
from projections.view import EventMetadata, fold_events

QUESTION, CHALLENGE = QuestionId("question_1"), ChallengeId("challenge_1")
PROGRAMME, BANK = ProgrammeId("programme_1"), OrganisationId("organisation_1")
ANNA, BERT = PersonId("person_anna"), PersonId("person_bert")
T0 = datetime(2016, 10, 1, tzinfo=UTC)


def answered(author: PersonId | None, text: str) -> QuestionAnswered:
    return QuestionAnswered(
        question=QUESTION,
        challenge=CHALLENGE,
        programme=PROGRAMME,
        organisation=BANK,
        asked_by=BERT,
        author=author,
        text=Words(text),
    )


def test_a_question_shows_its_last_answer_with_author_and_time() -> None:
    asked = QuestionAsked(
        question=QUESTION,
        challenge=CHALLENGE,
        programme=PROGRAMME,
        organisation=BANK,
        proposer=ANNA,
        author=BERT,
        text=Words("Waarom nu?"),
    )
    history = [
        (event, EventMetadata(number, T0 + timedelta(hours=number)))
        for number, event in enumerate((asked, answered(ANNA, "Daarom."), answered(None, "Om de groei.")), 1)
    ]
    rows = [fold_events(QUESTIONS, history[:many])[QUESTION] for many in (1, 2, 3)]
    assert [one.status for one in rows] == ["open", "answered", "answered"]
    assert [one.answer for one in rows] == [
        None,
        Answer(text=Words("Daarom."), author=ANNA, answered_at=T0 + timedelta(hours=2)),
        Answer(text=Words("Om de groei."), author=None, answered_at=T0 + timedelta(hours=3)),
    ]
    assert {(one.author, one.asked_at) for one in rows} == {(BERT, T0 + timedelta(hours=1))}
