"""Questions on challenges, as far as their reader may see them."""

from domain.foundation import ChallengeId, QuestionId
from domain.people.rights import Rights
from projections.challenges import CHALLENGES
from projections.questions import QUESTIONS, QUESTIONS_OF_CHALLENGE, Question
from service.reading.challenges import can_see_challenge
from service.reading.options import ListOptions, Page, ReadOptions
from service.reading.reader import Reader


def can_see_question(rights: Rights, row: Question) -> bool:
    """Whether the caller is inside the programme, or a contact for the challenge of the organisation that it had then."""
    return rights.belongs_to(row.programme) or rights.reads_for(
        (row.organisation,), row.challenge, programme=row.programme
    )


async def visible_question(reader: Reader, question: QuestionId, reading: ReadOptions) -> Question:
    """A question with its answer, unsealed. Raises `NotFound`."""
    return await reader.visible_row(QUESTIONS, question, can_see_question, reading)


async def questions_of_challenge(reader: Reader, challenge: ChallengeId, listing: ListOptions) -> Page[Question]:
    """A page of the questions on a challenge that the caller may see, unsealed. Raises `NotFound`."""
    await reader.visible_row(CHALLENGES, challenge, can_see_challenge, listing.reading)
    rights = await reader.rights()
    return await reader.page(
        QUESTIONS,
        QUESTIONS_OF_CHALLENGE,
        challenge,
        listing=listing,
        scope=challenge,
        can_see=lambda row: can_see_question(rights, row),
    )
