"""What the edge does for a ballot beside its rules: keys, sealed papers, and opening them for the count.

A ballot has two secrets in the key store, made when it opens: `count/ballot_…`, the private key of its papers, and
`draw/ballot_…`, its tie seed. The private key is destroyed after the count (5-audit.md 'Papers and ballot secrecy').
"""

from collections.abc import Callable, Collection

from domain.ballot import BallotOpened, VoidBallot, seed_commitment
from domain.foundation import BallotId, Caller, ChallengeId, Command, Digest, NotFound, PersonId, SealedPaper, Selector
from domain.tallying import CountBallot, OpenedPaper
from service.commands import Desk
from service.store.keys import Destroyed, KeyStore, NoSuchKey
from service.store.papers import (
    Paper,
    choices,
    commitment,
    new_receipt,
    open_paper,
    public_key,
    seal_paper,
)
from service.store.papers import (
    approvals as approved_in,
)
from service.store.sealed import digest_bytes, digest_text


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


def seal(opened: BallotOpened, voter: PersonId, approvals: Collection[ChallengeId]) -> SealedPaper:
    """Seal a paper under the ballot's public key, with a receipt that stands nowhere else."""
    paper = Paper(new_receipt(), choices(opened.challenge_ids, approvals))
    sealed = seal_paper(digest_bytes(opened.ballot_key), opened.ballot, voter, paper)
    return SealedPaper(
        opened.ballot, voter, sealed, Digest(digest_text(commitment(opened.ballot, paper.receipt, paper.choices)))
    )


async def opening(desk: Desk, ballot: BallotId) -> BallotOpened:
    """The opening of this ballot. Raises `NotFound`."""
    query = desk.mapper.query([Selector(types=[BallotOpened], tags=[ballot])])
    for recorded in (await desk.log.read(query))[0]:
        fact = desk.mapper.fact(recorded)
        if isinstance(fact, BallotOpened) and fact.ballot == ballot:
            return fact
    raise NotFound


async def own_paper(desk: Desk, opened: BallotOpened, voter: PersonId) -> tuple[ChallengeId, ...] | None:
    """What a voter's current paper on a named ballot says, to that voter alone, until it is counted."""
    row = await desk.log.paper(opened.ballot, voter)
    if row is None:
        return None
    private = desk.keys.get(count_key(opened.ballot))
    paper = open_paper(private, opened.ballot, voter, row.sealed)
    return tuple(ChallengeId(one) for one in approved_in(opened.challenge_ids, paper.choices))


async def counting(desk: Desk, ballot: BallotId) -> Callable[[Caller], Command]:
    """How to count this ballot with its papers opened; how to void it where its key is lost. Raises `NotFound`."""
    opened = await opening(desk, ballot)
    try:
        private = desk.keys.get(count_key(ballot))
        seed = desk.keys.get(draw_key(ballot))
    except (NoSuchKey, Destroyed):
        return lambda by: VoidBallot(ballot, cause="key_lost", by=by)
    found = await _opened_papers(desk, opened, private)
    return lambda by: CountBallot(ballot, papers=found, tie_seed=seed, by=by)


async def _opened_papers(desk: Desk, opened: BallotOpened, private: bytes) -> list[OpenedPaper]:
    """Every current paper, with the commitment made again from its content: the digest of the close tells a changed one."""
    found: list[OpenedPaper] = []
    for row in await desk.log.papers(opened.ballot):
        paper = open_paper(private, opened.ballot, row.voter, row.sealed)
        approved = tuple(ChallengeId(one) for one in approved_in(opened.challenge_ids, paper.choices))
        again = Digest(digest_text(commitment(opened.ballot, paper.receipt, paper.choices)))
        found.append(OpenedPaper(PersonId(row.voter), approved, again))
    return found
