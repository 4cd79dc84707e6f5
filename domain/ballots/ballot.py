"""The state of a ballot, and the commands that close, certify and void it.

Opening is in `opening.py`, voting in `voting.py`, recusals in `recusing.py`, the count in `tallying.py`.
"""

from collections.abc import Sequence
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
    Knowledge,
    NotFound,
    PersonId,
    Refusal,
    Selector,
    Text,
    Words,
    applies,
)
from domain.people.rights import CallerCommand

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
    """Rule 2: the challenges on a ballot are fixed when it opens."""

    CODE = "not-on-the-ballot"
    TEXT = Text(
        en="A challenge that you name is not on this ballot.",
        nl="Een vraagstuk dat je noemt, staat niet op dit stembiljet.",
    )


class PapersClash(Refusal):
    """Two voters have the same paper, which cannot happen by chance; the manager may void the ballot."""

    CODE = "papers-clash"
    TEXT = Text(
        en="Two voters have the same paper, so the ballot was not closed.",
        nl="Twee stemmers hebben hetzelfde stembiljet. De stemming is daarom niet gesloten.",
    )


class NotCounted(Refusal):
    """A result is certified after the count, and only once."""

    CODE = "ballot-not-counted"
    TEXT = Text(en="This ballot has not been counted yet.", nl="Deze stemming is nog niet geteld.")


class BallotOver(Refusal):
    """A ballot that was certified or voided cannot be changed."""

    CODE = "ballot-over"
    TEXT = Text(en="This ballot is over.", nl="Deze stemming is voorbij.")


# Digests


def ranks(rule: Code) -> bool:
    """Whether papers under this rule are in the voter's order, the best first."""
    return rule.partition("/")[0] == "stv"


def seed_commitment(seed: bytes) -> Digest:
    """SHA-256 of the tie seed, fixed before the first vote (rule 6)."""
    return as_digest(sha256(seed).digest())


# Knowledge


def void(opened: BallotOpened, cause: VoidCause) -> BallotVoided:
    """The event that this ballot has no result, and why."""
    return BallotVoided(
        ballot=opened.ballot,
        programme=opened.programme,
        organisations=opened.organisations,
        challenge_ids=opened.challenge_ids,
        cause=Code(cause),
    )


class BallotState(Knowledge):
    """The state of a ballot. `struck`: the challenges that were withdrawn from it (rule 22)."""

    def __init__(self, ballot: BallotId) -> None:
        types = [BallotOpened, BallotClosed, BallotCertified, BallotVoided, ChallengeWithdrawn]
        super().__init__(Selector(types=types, tags=[ballot]))
        self.ballot = ballot
        self.opened: BallotOpened | None = None
        self.closed: BallotClosed | None = None
        self.over = False
        self.struck: set[ChallengeId] = set()

    @applies(BallotOpened)
    def _(self, event: BallotOpened) -> None:
        if event.ballot == self.ballot:
            self.opened = event

    @applies(BallotClosed)
    def _(self, event: BallotClosed) -> None:
        if event.ballot == self.ballot:
            self.closed = event

    @applies(ChallengeWithdrawn)
    def _(self, event: ChallengeWithdrawn) -> None:
        if event.ballot == self.ballot:
            self.struck.add(event.challenge)

    @applies(BallotCertified)
    def _(self, ballot: BallotId) -> None:
        self.over |= ballot == self.ballot

    @applies(BallotVoided)
    def _(self, ballot: BallotId) -> None:
        self.over |= ballot == self.ballot

    def require_ballot(self) -> BallotOpened:
        """Return the ballot as it was opened. Raises `NotFound` if there is none."""
        if self.opened is None:
            raise NotFound
        return self.opened


class Recusals(Knowledge):
    """The recusals on a ballot, by elector (rule 7); or those of one elector."""

    def __init__(self, ballot: BallotId, elector: PersonId | None = None) -> None:
        tags = [ballot] if elector is None else [elector, ballot]
        super().__init__(Selector(types=[RecusalDeclared], tags=tags))
        self.by_elector: dict[PersonId, set[ChallengeId]] = {}

    @applies(RecusalDeclared)
    def _(self, elector: PersonId, challenge: ChallengeId) -> None:
        self.by_elector.setdefault(elector, set()).add(challenge)

    def of(self, elector: PersonId) -> set[ChallengeId]:
        """The challenges in whose choice this elector takes no part."""
        return self.by_elector.get(elector, set())


class BallotCommand(CallerCommand):
    """A command on a ballot."""

    def __init__(self, by: Caller, ballot: BallotId, *, boundary: Sequence[Selector] = ()) -> None:
        super().__init__(by, boundary=boundary)
        self.ballot, self.ballot_state = ballot, BallotState(ballot)

    def require_open(self, opened: BallotOpened) -> None:
        """Raises `BallotNotOpen` (rule 4). The store checks that the deadline has not passed."""
        if self.ballot_state.closed is not None or self.ballot_state.over:
            raise BallotNotOpen
        self.not_after = opened.closes_at

    def require_elector(self, opened: BallotOpened) -> None:
        """Raises `NotAnElector` if the caller is a participant but no elector (rule 1), else `NotAllowed` or `NotFound`."""
        elector = self.by.role == "participant" and self.by.person in opened.electorate
        if self.rights.token_ended or not elector or not self.rights.is_within(opened.programme):
            if self.rights.participates(opened.programme):
                raise NotAnElector
            self.rights.refuse(opened.programme, opened.organisations)


# Commands


class CloseBallot(BallotCommand):
    """Close the voting: facilitators at any time, the timer after the deadline."""

    def __init__(self, ballot: BallotId, *, by: Caller) -> None:
        super().__init__(by, ballot, boundary=[Selector(types=[VoteCast], tags=[ballot])])
        self.papers: dict[PersonId, Digest] = {}

    @applies(VoteCast)
    def _(self, voter: PersonId, commitment: Digest) -> None:
        self.papers[voter] = commitment

    def execute(self) -> None:
        opened = self.ballot_state.require_ballot()
        self.rights.require_facilitator(opened.programme, opened.organisations)
        if self.ballot_state.closed is not None or self.ballot_state.over:
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


class CertifyBallot(BallotCommand):
    """Certify the counted result."""

    def __init__(self, ballot: BallotId, *, by: Caller) -> None:
        super().__init__(by, ballot, boundary=[Selector(types=[BallotCounted], tags=[ballot])])
        self.selected: tuple[ChallengeId, ...] | None = None

    @applies(BallotCounted)
    def _(self, selected: tuple[ChallengeId, ...]) -> None:
        self.selected = selected

    def execute(self) -> None:
        opened = self.ballot_state.require_ballot()
        self.rights.require_facilitator(opened.programme, opened.organisations)
        if self.ballot_state.over:
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


class VoidBallot(BallotCommand):
    """Declare that a ballot has no result (rule 8): managers with a reason; facilitators if the key for the count is lost."""

    def __init__(self, ballot: BallotId, *, cause: VoidCause = "manager", by: Caller) -> None:
        super().__init__(by, ballot, boundary=[Selector(types=[BallotCounted], tags=[ballot])])
        self.cause: VoidCause = cause
        self.counted = False

    @applies(BallotCounted)
    def _(self) -> None:
        self.counted = True

    def execute(self) -> None:
        opened = self.ballot_state.require_ballot()
        if self.cause == "key_lost":
            self.rights.require_facilitator(opened.programme, opened.organisations)
        else:
            self.rights.require_manager(opened.programme, opened.organisations)
        # After the count the key is destroyed on purpose.
        if self.ballot_state.over or (self.counted and self.cause == "key_lost"):
            raise BallotOver
        if self.cause != "key_lost":
            self.require_reason()
        self.drops_papers_of = self.ballot
        self.record(void(opened, self.cause))
