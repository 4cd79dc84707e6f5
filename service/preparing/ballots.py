"""Papers and recusals: commands that seal a paper or need the one that was handed in."""

from collections.abc import Awaitable, Callable

from msgspec.structs import replace

from domain.ballots.recusing import DeclareRecusal, PaperReplaced
from domain.ballots.voting import CastVote
from domain.events.ballot import BallotOpened
from domain.foundation import BallotId, Caller, ChallengeId, PersonId
from service import ballot_papers
from service.commands import CommandHandler
from service.reading.ballot_results import approvals_and_ranking
from service.reading.ballots import OwnPaper
from service.sealing.papers import receipt_text, tracker
from service.store.log.types import Receipt

MAX_TRIES = 3
"""Tries to declare a recusal while the voter replaces their paper."""


def casting(
    ballot: BallotId,
    voter: PersonId,
    choices: tuple[ChallengeId, ...],
    *,
    ranked: bool,
    sealer: ballot_papers.PaperSealer,
) -> Callable[[Caller], CastVote]:
    """Prepare to cast a vote. `ranked`: `choices` are in the voter's order, the best first."""
    return lambda by: CastVote(ballot, voter=voter, approvals=choices, ranked=ranked, seal=sealer, by=by)


def new_paper(
    choices: tuple[ChallengeId, ...],
    opened: BallotOpened,
    voter: PersonId,
    receipt: Receipt,
    sealer: ballot_papers.PaperSealer,
) -> OwnPaper:
    """The answer to a paper that was handed in. A repeated command gets neither tracker nor receipt of a secret one."""
    paper = OwnPaper(
        ballot=opened.ballot,
        voter=voter,
        status="current",
        handed_in_at=receipt.recorded_at,
        position=receipt.last,
    )
    if opened.secrecy != "secret":
        approvals, ranking = approvals_and_ranking(opened.rule, choices)
        return replace(paper, approvals=approvals, ranking=ranking)
    if receipt.repeated or sealer.receipt is None:
        return paper
    return replace(paper, tracker=tracker(sealer.receipt), receipt=receipt_text(sealer.receipt))


async def declare_recusal(
    commands: CommandHandler,
    ballot: BallotId,
    challenge: ChallengeId,
    person: PersonId | None,
    execute: Callable[[Callable[[Caller], DeclareRecusal]], Awaitable[Receipt]],
) -> Receipt:
    """Declare the recusal, given the person's paper unless it is secret; again if it was replaced in the meantime.

    Raises `NotFound` and the refusals of the command.
    """
    opened = await ballot_papers.opening(commands, ballot)
    looking = None if opened.secrecy == "secret" else person
    for tries_left in reversed(range(MAX_TRIES)):
        held = None if looking is None else await ballot_papers.own_paper(commands, opened, looking)
        try:
            return await execute(lambda by, held=held: DeclareRecusal(ballot, challenge=challenge, paper=held, by=by))
        except PaperReplaced:
            if not tries_left:
                raise
    raise AssertionError("the last try answers or raises")
