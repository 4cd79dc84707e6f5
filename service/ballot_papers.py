"""What the edge does for a ballot beside its rules: keys, sealed papers, and opening them for the count.

A ballot has two secrets in the key store, made when it opens: `count/ballot_…`, the private key of its papers, and
`draw/ballot_…`, its tie seed. The private key is destroyed after the count (docs/explanation/sealing.md 'Ballot papers').
"""

import asyncio
from collections.abc import Callable, Collection

from domain.ballots.ballot import VoidBallot, ranks, seed_commitment
from domain.ballots.recusing import HeldPaper
from domain.ballots.tallying import CountBallot, OpenedPaper
from domain.events.ballot import BallotClosed, BallotOpened
from domain.foundation import (
    BallotId,
    Caller,
    ChallengeId,
    Code,
    Command,
    Digest,
    NotFound,
    PersonId,
    SealedPaper,
    Selector,
)
from service.commands import CommandHandler
from service.sealing.keys import Destroyed, KeyStore, NoSuchKey
from service.sealing.papers import (
    Envelope,
    Paper,
    PaperError,
    choices,
    commitment,
    new_receipt,
    open_paper,
    places,
    public_key,
    ranking,
    tracker,
)
from service.sealing.papers import approvals as approved_in
from service.sealing.sealed_fields import digest_bytes, digest_text
from service.store.unsealing import open_texts

PAPERS, SECONDS = 16, 1.0


def count_key(ballot: str) -> str:
    """The name of a ballot's private key in the key store."""
    return f"count/{ballot}"


def draw_key(ballot: str) -> str:
    """The name of a ballot's tie seed in the key store."""
    return f"draw/{ballot}"


def ballot_key(keys: KeyStore, ballot: BallotId) -> Digest:
    """The public key of a new ballot, 32 bytes of X25519 in base64url."""
    return Digest(digest_text(public_key(keys.make(count_key(ballot)))))


def tie_seed_commitment(keys: KeyStore, ballot: BallotId) -> Digest:
    """What is told of the tie seed of a new ballot."""
    return seed_commitment(keys.make(draw_key(ballot)))


class Envelopes:
    """The key that seals the next papers: `PAPERS` of one ballot at most, and `SECONDS` long, then it is forgotten.

    A key for every paper is two multiplications on a curve, a sixth of what a vote costs (decision 0025).
    """

    def __init__(self) -> None:
        self.kept: Envelope | None = None
        self._for: tuple[BallotId, Digest] | None = None
        self._left = 0
        self._end: asyncio.TimerHandle | None = None

    def seal(self, opened: BallotOpened, voter: PersonId, paper: Paper) -> bytes:
        """The sealed paper of this voter. In a running loop, which sees to the forgetting."""
        envelope = self.kept
        if envelope is None or self._for != (opened.ballot, opened.ballot_key):
            envelope = self._begin(opened)
        self._left -= 1
        if self._left == 0:
            self._forget()
        return envelope.seal(voter, paper)

    def _begin(self, opened: BallotOpened) -> Envelope:
        self._forget()
        envelope = self.kept = Envelope(digest_bytes(opened.ballot_key), opened.ballot)
        self._for, self._left = (opened.ballot, opened.ballot_key), PAPERS
        self._end = asyncio.get_running_loop().call_later(SECONDS, self._forget)
        return envelope

    def _forget(self) -> None:
        if self._end is not None:
            self._end.cancel()
        self.kept = self._end = None


ENVELOPES = Envelopes()
"""Of this process."""


class Sealing:
    """Seals papers (`domain.ballots.voting.SealPaper`), each with a new receipt that stands nowhere else.

    It keeps the last one: where a command had to decide again, that is the one that was recorded.
    """

    def __init__(self) -> None:
        self.opened: BallotOpened | None = None
        self.receipt: bytes | None = None

    def __call__(self, opened: BallotOpened, voter: PersonId, approvals: Collection[ChallengeId]) -> SealedPaper:
        """The sealed paper of this voter."""
        said = (
            places(opened.challenge_ids, tuple(approvals))
            if ranks(opened.rule)
            else choices(opened.challenge_ids, approvals)
        )
        paper = Paper(new_receipt(), said)
        self.opened, self.receipt = opened, paper.receipt
        return SealedPaper(opened.ballot, voter, ENVELOPES.seal(opened, voter, paper), _commitment(opened, paper))


def seal(opened: BallotOpened, voter: PersonId, approvals: Collection[ChallengeId]) -> SealedPaper:
    """Seal a paper whose receipt nobody needs to know."""
    return Sealing()(opened, voter, approvals)


async def opening(commands: CommandHandler, ballot: BallotId) -> BallotOpened:
    """The opening of this ballot. Raises `NotFound`."""
    query = commands.mapper.query([Selector(types=[BallotOpened], tags=[ballot])])
    for recorded in (await commands.log.slice(query))[0]:
        event = commands.mapper.event(recorded)
        if isinstance(event, BallotOpened) and event.ballot == ballot:
            return event
    raise NotFound


async def own_paper(commands: CommandHandler, opened: BallotOpened, voter: PersonId) -> HeldPaper | None:
    """A voter's current paper, opened for that voter alone; None where there is none, or nobody can open it any more."""
    row = await commands.log.paper(opened.ballot, voter)
    if row is None:
        return None
    try:
        private = commands.keys.get(count_key(opened.ballot))
    except (NoSuchKey, Destroyed):
        return None
    paper = open_paper(private, opened.ballot, voter, row.sealed)
    return HeldPaper(_commitment(opened, paper), _said(opened, paper))


async def roll(commands: CommandHandler, ballot: BallotId, *, until: int | None = None) -> tuple[PersonId, ...] | None:
    """Who voted, as the close sealed it; None before it, or where it cannot be opened any more."""
    for event, _ in await commands.events(Selector(types=[BallotClosed], tags=[ballot]), until=until):
        assert isinstance(event, BallotClosed)
        await open_texts(commands.log, commands.keys, [event.roll])
        return None if event.roll.text is None else tuple(PersonId(one) for one in event.roll.text.split())
    return None


async def counting(commands: CommandHandler, ballot: BallotId) -> Callable[[Caller], Command]:
    """How to count this ballot with its papers opened; how to void it where its key is lost. Raises `NotFound`."""
    opened = await opening(commands, ballot)
    try:
        private = commands.keys.get(count_key(ballot))
        seed = commands.keys.get(draw_key(ballot))
    except (NoSuchKey, Destroyed):
        return lambda by: VoidBallot(ballot, cause="key_lost", by=by)
    found = await _opened_papers(commands, opened, private)
    return lambda by: CountBallot(ballot, papers=found, tie_seed=seed, by=by)


async def _opened_papers(commands: CommandHandler, opened: BallotOpened, private: bytes) -> list[OpenedPaper]:
    """Every current paper, with the commitment made again from its content: the digest of the close tells a changed one."""
    found: list[OpenedPaper] = []
    for row in await commands.log.papers(opened.ballot):
        try:
            paper = open_paper(private, opened.ballot, row.voter, row.sealed)
            said = _said(opened, paper)
        except PaperError:  # left out, which the digest of the close tells likewise
            continue
        again = _commitment(opened, paper)
        found.append(OpenedPaper(PersonId(row.voter), said, again, Code(tracker(paper.receipt))))
    return found


def _said(opened: BallotOpened, paper: Paper) -> tuple[ChallengeId, ...]:
    """What a paper approves; under a rule that ranks in the voter's order, the best first."""
    read = ranking if ranks(opened.rule) else approved_in
    return tuple(ChallengeId(one) for one in read(opened.challenge_ids, paper.choices))


def _commitment(opened: BallotOpened, paper: Paper) -> Digest:
    return Digest(digest_text(commitment(opened.ballot, paper.receipt, paper.choices)))
