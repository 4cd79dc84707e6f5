"""Commands about challenges that need reads first."""

from collections.abc import Callable

from domain.foundation import Caller, ChallengeId
from domain.spanning.withdrawing import WithdrawChallenge
from projections.ballots import RESULTS
from projections.challenges import CHALLENGES
from service.reading.reader import Reader


async def withdrawal_of(reader: Reader, challenge: ChallengeId) -> Callable[[Caller], WithdrawChallenge]:
    """Prepare to withdraw a challenge: a runner-up is found by counting again, which needs the voters. Raises `NotFound`."""
    row = await reader.existing_row(CHALLENGES, challenge)
    result = None if row.ballot is None else await reader.row_from_log(RESULTS, row.ballot)
    await reader.unseal([] if result is None else [result])
    voters = () if result is None or result.voters is None else (result.voters,)
    return lambda by: WithdrawChallenge(challenge, programme=row.programme, voters=voters, by=by)
