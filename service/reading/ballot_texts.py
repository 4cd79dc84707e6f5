"""The texts of a ballot: those of its challenges, with questions and answers, as they were when it opened (rules 2 and 33)."""

from msgspec import Struct

from domain.events.ballot import BallotOpened
from domain.foundation import BallotId, ChallengeId, OrganisationId, PersonId, Selector, Words
from projections.ballots import BALLOTS
from projections.challenges import CHALLENGES, Challenge
from projections.query import ViewQuery
from projections.questions import QUESTIONS, Question
from projections.view import ids
from service.reading.ballots import can_see_ballot, is_elector
from service.reading.challenges import can_see_challenge
from service.reading.options import ReadOptions
from service.reading.reader import Reader

CHALLENGES_OF_BALLOT = ViewQuery(
    """
    -- The challenges of a ballot.
    select * from {challenges} where key = any($1)
    """,
    CHALLENGES,
)

QUESTIONS_OF_BALLOT = ViewQuery(
    """
    -- The questions on the challenges of a ballot, in the order in which they were asked.
    select * from {questions} where challenge_id = any($1) order by key
    """,
    QUESTIONS,
)


class FrozenTexts(Struct, frozen=True, kw_only=True, rename=ids("challenge", "organisation", "proposer")):
    """The frozen texts of one challenge, and the questions on it. A text that was redacted since is null."""

    challenge: ChallengeId
    organisation: OrganisationId | None
    proposer: PersonId | None
    title: Words
    short_title: Words | None
    context: Words
    wish: Words | None
    questions: tuple[Question, ...]


class BallotTexts(Struct, frozen=True, kw_only=True, rename=ids("ballot")):
    """The frozen texts of the challenges on a ballot, in its order. `position`: that of the opening."""

    ballot: BallotId
    position: int
    challenges: tuple[FrozenTexts, ...]


async def visible_texts(reader: Reader, ballot: BallotId, reading: ReadOptions) -> BallotTexts:
    """The frozen texts of the challenges that the caller may see, unsealed. Raises `NotFound`."""
    row, rights = await reader.visible_row(BALLOTS, ballot, can_see_ballot, reading), await reader.rights()
    position = await _position_of_opening(reader, ballot)
    past = await reader.views(ReadOptions(as_of=position), row.programme)
    challenges = {one.id: one for one in await past.rows(Challenge, CHALLENGES_OF_BALLOT, row.challenges)}
    every = is_elector(rights, row)
    seen = [challenges[one] for one in row.challenges if every or can_see_challenge(rights, challenges[one])]
    asked = await past.rows(Question, QUESTIONS_OF_BALLOT, [one.id for one in seen])
    texts = tuple(_frozen(one, asked) for one in seen)
    await reader.unseal(texts)
    return BallotTexts(ballot=ballot, position=position, challenges=texts)


async def _position_of_opening(reader: Reader, ballot: BallotId) -> int:
    found = await reader.kring.commands.events(Selector(types=[BallotOpened], tags=[ballot]))
    return next(at.position for event, at in found if isinstance(event, BallotOpened) and event.ballot == ballot)


def _frozen(row: Challenge, questions: list[Question]) -> FrozenTexts:
    return FrozenTexts(
        challenge=row.id,
        organisation=row.organisation,
        proposer=row.proposer,
        title=row.title,
        short_title=row.short_title,
        context=row.context,
        wish=row.wish,
        questions=tuple(one for one in questions if one.challenge == row.id),
    )
