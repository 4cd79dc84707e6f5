"""A ballot's keys and papers: making the keys, sealing papers, and opening them for the count.

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

MAX_PAPERS_PER_ENVELOPE = 16
ENVELOPE_LIFETIME_S = 1.0


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
    """The commitment to the tie seed of a new ballot, which is published before the first vote."""
    return seed_commitment(keys.make(draw_key(ballot)))


class Envelopes:
    """The envelope of the next papers: of one ballot, for `MAX_PAPERS_PER_ENVELOPE` papers and `ENVELOPE_LIFETIME_S` at most.

    A key for every paper is two multiplications on a curve, a sixth of what a vote costs (decision 0025).
    """

    def __init__(self) -> None:
        self.current: Envelope | None = None
        self._ballot: tuple[BallotId, Digest] | None = None
        self._papers_to_go = 0
        self._expiry: asyncio.TimerHandle | None = None

    def seal(self, opened: BallotOpened, voter: PersonId, paper: Paper) -> bytes:
        """Seal the paper of this voter. Needs a running loop, which drops the envelope when its time is over."""
        envelope = self.current
        if envelope is None or self._ballot != (opened.ballot, opened.ballot_key):
            envelope = self._begin(opened)
        self._papers_to_go -= 1
        if self._papers_to_go == 0:
            self._drop()
        return envelope.seal(voter, paper)

    def _begin(self, opened: BallotOpened) -> Envelope:
        self._drop()
        envelope = self.current = Envelope(digest_bytes(opened.ballot_key), opened.ballot)
        self._ballot, self._papers_to_go = (opened.ballot, opened.ballot_key), MAX_PAPERS_PER_ENVELOPE
        self._expiry = asyncio.get_running_loop().call_later(ENVELOPE_LIFETIME_S, self._drop)
        return envelope

    def _drop(self) -> None:
        if self._expiry is not None:
            self._expiry.cancel()
        self.current = self._expiry = None


class PaperSealer:
    """Seals papers (`domain.ballots.voting.SealPaper`), each with a new receipt that is stored nowhere.

    It remembers the last receipt: if the command had to decide again, that is the one that was recorded.
    """

    def __init__(self, envelopes: Envelopes) -> None:
        self._envelopes = envelopes
        self.opened: BallotOpened | None = None
        self.receipt: bytes | None = None

    def __call__(self, opened: BallotOpened, voter: PersonId, approvals: Collection[ChallengeId]) -> SealedPaper:
        """The sealed paper of this voter."""
        encoded = (
            places(opened.challenge_ids, tuple(approvals))
            if ranks(opened.rule)
            else choices(opened.challenge_ids, approvals)
        )
        paper = Paper(new_receipt(), encoded)
        self.opened, self.receipt = opened, paper.receipt
        sealed = self._envelopes.seal(opened, voter, paper)
        return SealedPaper(opened.ballot, voter, sealed, _commitment(opened, paper))


async def opening(commands: CommandHandler, ballot: BallotId) -> BallotOpened:
    """The opening of this ballot. Raises `NotFound`."""
    query = commands.mapper.query([Selector(types=[BallotOpened], tags=[ballot])])
    for recorded in (await commands.log.read_boundary(query))[0]:
        event = commands.mapper.decode(recorded)
        if isinstance(event, BallotOpened) and event.ballot == ballot:
            return event
    raise NotFound


async def own_paper(commands: CommandHandler, opened: BallotOpened, voter: PersonId) -> HeldPaper | None:
    """A voter's current paper, opened for that voter alone; None if there is none, or nobody can open it any more."""
    row = await commands.log.paper(opened.ballot, voter)
    if row is None:
        return None
    try:
        private = commands.keys.get(count_key(opened.ballot))
    except (NoSuchKey, Destroyed):
        return None
    paper = open_paper(private, opened.ballot, voter, row.sealed)
    return HeldPaper(_commitment(opened, paper), _choices(opened, paper))


async def roll(commands: CommandHandler, ballot: BallotId, *, until: int | None = None) -> tuple[PersonId, ...] | None:
    """The voters, as recorded when the ballot closed; None before that, or if the list cannot be opened any more."""
    for event, _ in await commands.events(Selector(types=[BallotClosed], tags=[ballot]), until=until):
        assert isinstance(event, BallotClosed)
        await open_texts(commands.log, commands.keys, [event.roll])
        return None if event.roll.text is None else tuple(PersonId(one) for one in event.roll.text.split())
    return None


async def counting(commands: CommandHandler, ballot: BallotId) -> Callable[[Caller], Command]:
    """The command that counts this ballot with its papers opened; if the key is lost, one that voids it. Raises `NotFound`."""
    opened = await opening(commands, ballot)
    try:
        private = commands.keys.get(count_key(ballot))
        seed = commands.keys.get(draw_key(ballot))
    except (NoSuchKey, Destroyed):
        return lambda by: VoidBallot(ballot, cause="key_lost", by=by)
    found = await _opened_papers(commands, opened, private)
    return lambda by: CountBallot(ballot, papers=found, tie_seed=seed, by=by)


async def _opened_papers(commands: CommandHandler, opened: BallotOpened, private: bytes) -> list[OpenedPaper]:
    """Every current paper, with a commitment computed from its content: a changed one does not match the digest of the close."""
    found: list[OpenedPaper] = []
    for row in await commands.log.papers(opened.ballot):
        try:
            paper = open_paper(private, opened.ballot, row.voter, row.sealed)
            chosen = _choices(opened, paper)
        except PaperError:  # a missing paper does not match the digest of the close either
            continue
        computed = _commitment(opened, paper)
        found.append(OpenedPaper(PersonId(row.voter), chosen, computed, Code(tracker(paper.receipt))))
    return found


def _choices(opened: BallotOpened, paper: Paper) -> tuple[ChallengeId, ...]:
    """The challenges that a paper approves; under a rule that ranks, in the voter's order, the best first."""
    read = ranking if ranks(opened.rule) else approved_in
    return tuple(ChallengeId(one) for one in read(opened.challenge_ids, paper.choices))


def _commitment(opened: BallotOpened, paper: Paper) -> Digest:
    return Digest(digest_text(commitment(opened.ballot, paper.receipt, paper.choices)))
