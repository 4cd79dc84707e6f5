"""The joint choice of challenges: what is recorded of a ballot, and its close, its certification, its end without a result.

Opening is in `opening.py`, voting in `voting.py`, recusals in `recusing.py`, the count in `tallying.py`.
"""

from hashlib import sha256
from typing import Literal

from domain.events.ballot import (
    BallotCertified,
    BallotClosed,
    BallotCounted,
    BallotOpened,
    BallotVoided,
    RecusalDeclared,
    VoteCast,
    as_digest,
    papers_digest,
)
from domain.events.challenge import ChallengeWithdrawn
from domain.foundation import (
    BallotId,
    Caller,
    ChallengeId,
    Code,
    Digest,
    NotFound,
    PersonId,
    Refusal,
    Selector,
    Text,
    Words,
    applies,
)
from domain.people.rights import Acting

Secrecy = Literal["named", "secret"]
OwnChallenge = Literal["disclosed", "forbidden"]
VoidCause = Literal["quorum", "key_lost", "manager", "withdrawal"]

MILLE = 1000


# Refusals


class BallotNotOpen(Refusal):
    """Rule 4: a paper counts only while the ballot is open."""

    CODE = "ballot-not-open"
    TEXT = Text(en="This ballot is closed.", nl="Deze stemming is gesloten.")


class NotAnElector(Refusal):
    """Rule 1: the electorate is fixed when the ballot opens."""

    CODE = "not-an-elector"
    TEXT = Text(en="You are not an elector of this ballot.", nl="Je bent niet stemgerechtigd in deze stemming.")


class NotOnTheBallot(Refusal):
    """Rule 2: what stands on a ballot is fixed when it opens."""

    CODE = "not-on-the-ballot"
    TEXT = Text(
        en="A challenge that you name is not on this ballot.",
        nl="Een vraagstuk dat je noemt, staat niet op dit stembiljet.",
    )


class PapersClash(Refusal):
    """Two voters hold the same paper, which chance does not bring about; the manager may void the ballot."""

    CODE = "papers-clash"
    TEXT = Text(
        en="Two voters hold the same paper. Nothing was closed.",
        nl="Twee stemmers hebben hetzelfde stembiljet. Er is niets gesloten.",
    )


class NotCounted(Refusal):
    """A result is certified once it is counted, and once only."""

    CODE = "ballot-not-counted"
    TEXT = Text(en="This ballot has no count to certify.", nl="Deze stemming heeft geen telling om vast te stellen.")


class BallotOver(Refusal):
    """A certified ballot stands, and a void one is void."""

    CODE = "ballot-over"
    TEXT = Text(en="This ballot is over.", nl="Deze stemming is voorbij.")


# Digests


def ranks(rule: Code) -> bool:
    """Whether papers under this rule are in the voter's order, the best first."""
    return rule.partition("/")[0] == "stv"


def seed_commitment(seed: bytes) -> Digest:
    """SHA-256 of the tie seed, fixed before the first vote (rule 6)."""
    return as_digest(sha256(seed).digest())


# What the commands share


def void(opened: BallotOpened, cause: VoidCause) -> BallotVoided:
    """That this ballot has no result, and why."""
    return BallotVoided(
        ballot=opened.ballot,
        programme=opened.programme,
        organisations=opened.organisations,
        challenge_ids=opened.challenge_ids,
        cause=Code(cause),
    )


class OnBallot(Acting):
    """What every command on a ballot knows about it."""

    ballot: BallotId
    opened: BallotOpened | None = None
    closed: BallotClosed | None = None
    over: bool = False
    struck: frozenset[ChallengeId] = frozenset()
    """What was withdrawn from it (rule 22)."""

    def consistency_boundary(self) -> list[Selector]:
        types = [BallotOpened, BallotClosed, BallotCertified, BallotVoided, ChallengeWithdrawn]
        return [*super().consistency_boundary(), Selector(types=types, tags=[self.ballot])]

    @applies(BallotOpened)
    def _(self, event: BallotOpened) -> None:
        if event.ballot == self.ballot:
            self.opened = event

    @applies(BallotClosed)
    def _(self, event: BallotClosed) -> None:
        self.closed = event

    @applies(ChallengeWithdrawn)
    def _(self, event: ChallengeWithdrawn) -> None:
        if event.ballot == self.ballot:
            self.struck |= {event.challenge}

    @applies(BallotCertified)
    def _(self) -> None:
        self.over = True

    @applies(BallotVoided)
    def _(self) -> None:
        self.over = True

    def require_ballot(self) -> BallotOpened:
        """Raises `NotFound` where there is none."""
        if self.opened is None:
            raise NotFound
        return self.opened

    def require_open(self, opened: BallotOpened) -> None:
        """Raises `BallotNotOpen` (rule 4); that the deadline has not passed is the store's to say."""
        if self.closed is not None or self.over:
            raise BallotNotOpen
        self.not_after = opened.closes_at

    def require_elector(self, opened: BallotOpened) -> None:
        """Raises `NotAnElector` to a participant who is none (rule 1), `NotAllowed` or `NotFound` to everybody else."""
        elector = self.by.role == "participant" and self.by.person in opened.electorate
        if self.token_ended or not elector or not self.is_within(opened.programme):
            if self.participates(opened.programme):
                raise NotAnElector
            self.refuse(opened.programme, opened.organisations)


class KnowingRecusals(OnBallot):
    """What a command knows that depends on who takes no part in the choice of what (rule 7)."""

    def __init__(self) -> None:
        super().__init__()
        self.recused: dict[PersonId, set[ChallengeId]] = {}

    @applies(RecusalDeclared)
    def _(self, elector: PersonId, challenge: ChallengeId) -> None:
        self.recused.setdefault(elector, set()).add(challenge)


# Commands


class CloseBallot(OnBallot):
    """End the voting: the facilitator at any moment, the timer after the deadline."""

    def __init__(self, ballot: BallotId, *, by: Caller) -> None:
        super().__init__()
        self.ballot, self.by = ballot, by
        self.papers: dict[PersonId, Digest] = {}

    def consistency_boundary(self) -> list[Selector]:
        return [*super().consistency_boundary(), Selector(types=[VoteCast], tags=[self.ballot])]

    @applies(VoteCast)
    def _(self, voter: PersonId, commitment: Digest) -> None:
        self.papers[voter] = commitment

    def execute(self) -> None:
        opened = self.require_ballot()
        self.require_facilitator(opened.programme, opened.organisations)
        if self.closed is not None or self.over:
            raise BallotNotOpen
        if len(set(self.papers.values())) != len(self.papers):
            raise PapersClash
        by_timer = self.by.role == "system"
        if by_timer:
            self.not_before = opened.closes_at
        self.record(
            BallotClosed(
                ballot=self.ballot,
                programme=opened.programme,
                organisations=opened.organisations,
                cause=Code("deadline" if by_timer else "by_hand"),
                turnout=len(self.papers),
                papers_digest=papers_digest(self.papers.values()),
                roll=Words("\n".join(sorted(self.papers))),
            )
        )


class CertifyBallot(OnBallot):
    """Let the counted result stand."""

    selected: tuple[ChallengeId, ...] | None = None

    def __init__(self, ballot: BallotId, *, by: Caller) -> None:
        super().__init__()
        self.ballot, self.by = ballot, by

    def consistency_boundary(self) -> list[Selector]:
        return [*super().consistency_boundary(), Selector(types=[BallotCounted], tags=[self.ballot])]

    @applies(BallotCounted)
    def _(self, selected: tuple[ChallengeId, ...]) -> None:
        self.selected = selected

    def execute(self) -> None:
        opened = self.require_ballot()
        self.require_facilitator(opened.programme, opened.organisations)
        if self.over:
            raise BallotOver
        if self.selected is None:
            raise NotCounted
        self.record(
            BallotCertified(
                ballot=self.ballot,
                programme=opened.programme,
                organisations=opened.organisations,
                challenge_ids=opened.challenge_ids,
                selected=self.selected,
            )
        )


class VoidBallot(OnBallot):
    """Declare that a ballot has no result (rule 8): the manager with a reason; or whoever asks for a count whose key is lost."""

    counted: bool = False

    def __init__(self, ballot: BallotId, *, cause: VoidCause = "manager", by: Caller) -> None:
        super().__init__()
        self.ballot, self.by = ballot, by
        self.cause: VoidCause = cause

    def consistency_boundary(self) -> list[Selector]:
        return [*super().consistency_boundary(), Selector(types=[BallotCounted], tags=[self.ballot])]

    @applies(BallotCounted)
    def _(self) -> None:
        self.counted = True

    def execute(self) -> None:
        opened = self.require_ballot()
        if self.cause == "key_lost":
            self.require_facilitator(opened.programme, opened.organisations)
        else:
            self.require_manager(opened.programme, opened.organisations)
        if self.over or (self.counted and self.cause == "key_lost"):  # after the count the key is gone as it should be
            raise BallotOver
        if self.cause != "key_lost":
            self.require_reason()
        self.drops_papers_of = self.ballot
        self.record(void(opened, self.cause))
