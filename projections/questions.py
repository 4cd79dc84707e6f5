"""Questions on challenges, with their answers (rule 34)."""

from datetime import datetime
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from domain.events.questions import QuestionAnswered, QuestionAsked
from domain.foundation import ChallengeId, OrganisationId, PersonId, ProgrammeId, QuestionId, Words
from projections.query import ViewQuery
from projections.view import EventMetadata, On, View, ids, one_row


class Answer(Struct, frozen=True, kw_only=True, rename=ids("author")):
    """The last answer to a question. `author` None: a token without a person."""

    text: Words
    author: PersonId | None
    answered_at: datetime


class Question(Struct, frozen=True, kw_only=True, rename=ids("challenge", "programme", "organisation", "author")):
    """One row per question. `organisation`: that of the challenge then. `author` None: a token without a person."""

    id: QuestionId
    challenge: ChallengeId
    programme: ProgrammeId
    organisation: OrganisationId
    status: Literal["open", "answered"]
    author: PersonId | None
    text: Words
    asked_at: datetime
    answer: Answer | None = None


def asked(_: Question | None, event: QuestionAsked, at: EventMetadata) -> Question:
    return Question(
        id=event.question,
        challenge=event.challenge,
        programme=event.programme,
        organisation=event.organisation,
        status="open",
        author=event.author,
        text=event.text,
        asked_at=at.stated_at,
    )


def answered(row: Question, event: QuestionAnswered, at: EventMetadata) -> Question:
    answer = Answer(text=event.text, author=event.author, answered_at=at.stated_at)
    return replace(row, status="answered", answer=answer)


QUESTIONS = View(
    "questions",
    Question,
    {QuestionAsked: On(one_row("question"), asked), QuestionAnswered: On(one_row("question"), answered)},
)

QUESTIONS_OF_CHALLENGE = ViewQuery(
    """
    -- The questions on one challenge, in the order in which they were asked.
    select * from {questions} where challenge_id = $3 and key > $1 order by key limit $2
    """,
    QUESTIONS,
)
