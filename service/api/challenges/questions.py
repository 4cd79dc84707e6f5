"""Questions on challenges over HTTP."""

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from domain.challenges.questions import AnswerQuestion, AskQuestion
from domain.foundation import ChallengeId, QuestionId, Words
from projections.questions import QUESTIONS, Question
from service.api.http.bodies import Body, Prose
from service.api.requests.request_context import RequestContext
from service.reading.options import ListOptions, Page, ReadOptions
from service.reading.questions import questions_of_challenge, visible_question
from service.reading.reader import Reader


class NewQuestion(Body):
    """A question on a challenge."""

    text: Prose


class NewAnswer(Body):
    """An answer to a question; it replaces an earlier one."""

    text: Prose


class QuestionsOfChallenge(Controller):
    path = "/challenges/{challenge:str}/questions"
    tags = ("Challenges",)

    @post()
    async def ask(
        self, challenge: FromPath[ChallengeId], data: JSONBody[NewQuestion], context: NamedDependency[RequestContext]
    ) -> Response[Question]:
        """Ask a question on a challenge before the ballot."""
        return await context.create(
            "question",
            data,
            lambda new, by: AskQuestion(new, challenge=challenge, text=Words(data.text), by=by),
            QUESTIONS,
        )

    @get()
    async def list_all(
        self, challenge: FromPath[ChallengeId], reader: NamedDependency[Reader], listing: NamedDependency[ListOptions]
    ) -> Page[Question]:
        """List the questions on a challenge, with their answers."""
        return await questions_of_challenge(reader, challenge, listing)


class Questions(Controller):
    path = "/questions/{question:str}"
    tags = ("Challenges",)

    @get()
    async def show(
        self, question: FromPath[QuestionId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> Question:
        """Show a question and its answer."""
        return await visible_question(reader, question, reading)

    @post("/answer", status_code=200)
    async def answer(
        self, question: FromPath[QuestionId], data: JSONBody[NewAnswer], context: NamedDependency[RequestContext]
    ) -> Response[Question]:
        """Answer a question before the ballot; a later answer replaces an earlier one."""
        row = await context.reader.existing_row(QUESTIONS, question)
        return await context.execute(
            data,
            lambda by: AnswerQuestion(question, challenge=row.challenge, text=Words(data.text), by=by),
            QUESTIONS,
            question,
        )
