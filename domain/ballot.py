"""The joint choice of challenges: what is recorded of a ballot, and its close, its certification, its end without a result.

Opening is in `opening.py`, voting in `voting.py`, recusals in `recusing.py`, the count in `tallying.py`.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import Literal

from msgspec import Struct

from domain import counting
from domain.challenge import ChallengeWithdrawn
from domain.foundation import (
    BallotId,
    Caller,
    ChallengeId,
    Code,
    Digest,
    Fact,
    Nobody,
    NotFound,
    OrganisationId,
    PersonId,
    ProgrammeId,
    Refusal,
    Selector,
    Text,
    Words,
    learns,
)
from domain.roles import Acting

Secrecy = Literal["named", "secret"]
OwnChallenge = Literal["disclosed", "forbidden"]
VoidCause = Literal["quorum", "key_lost", "manager", "withdrawal"]

MILLE = 1000


class Standing(Struct, frozen=True):
    """A challenge as it stands on a ballot, with the digests of its frozen texts (rule 2): title, context and wish."""

    challenge: ChallengeId
    organisation: OrganisationId | None
    proposer: PersonId | None
    texts: tuple[Digest, ...]


class Own(Struct, frozen=True):
    """The challenges of a ballot that are an elector's own (rule 7), as it was when the ballot opened."""

    elector: PersonId
    challenges: tuple[ChallengeId, ...]


class CountedPaper(Struct, frozen=True):
    """A paper as the count publishes it: its number in ascending order of commitments, and what it approved.

    Under a rule that ranks, `approvals` are in the voter's order, the best first. `tracker`: on a secret ballot alone.
    """

    number: int
    approvals: tuple[ChallengeId, ...]
    tracker: Code | None = None


# Facts


class BallotOpened(Fact, frozen=True, kw_only=True):
    """A ballot opened; electorate, challenges, rule, seed commitment and deadline stay as they are from here on.

    `quorum_permille`: current papers per thousand electors. `ballot_key`: X25519 public key. `tie_seed_commitment`: SHA-256
    of the seed. Both base64url without padding. `understaffed`: the electors are fewer than its seats need. `rerun_of`: the void
    ballot that is held again (rule 8).
    """

    TOPIC = "ballot.opened"
    CONCERNS = ("ballot", "rerun_of", "challenge_ids", "programme")
    AUDIENCE = ("organisations",)
    AUDIT = Text(
        en="The ballot on {challenges:# challenge|# challenges} for {seats:# place|# places} opened "
        "for {electorate:# elector|# electors}.",
        nl="De stemming over {challenges:# vraagstuk|# vraagstukken} voor {seats:# plaats|# plaatsen} ging open "
        "voor {electorate:# stemgerechtigde|# stemgerechtigden}.",
    )

    ballot: BallotId
    programme: ProgrammeId
    challenges: tuple[Standing, ...]
    electorate: tuple[PersonId, ...]
    own: tuple[Own, ...]
    rule: Code
    seats: int
    quorum_permille: int
    secrecy: Code
    own_challenge: Code
    tie_seed_commitment: Digest
    ballot_key: Digest
    closes_at: datetime
    rerun_of: BallotId | None = None
    understaffed: bool = False

    @property
    def challenge_ids(self) -> tuple[ChallengeId, ...]:
        return tuple(one.challenge for one in self.challenges)

    @property
    def organisations(self) -> tuple[OrganisationId, ...]:
        return tuple(one.organisation for one in self.challenges if one.organisation is not None)

    @property
    def commissioners(self) -> dict[str, str]:
        """Who commissions each challenge, as the count asks it; what is in the public interest is left out."""
        return {one.challenge: one.organisation for one in self.challenges if one.organisation is not None}


class VoteCast(Fact, frozen=True, kw_only=True):
    """An elector's paper was handed in, sealed; it replaces an earlier one. `own`: by the elector in person."""

    TOPIC = "ballot.vote_cast"
    CONCERNS = ("voter", "ballot", "programme")
    AUDIENCE = Nobody(because="who votes is the programme's business; turnout and result are told")
    AUDIT = Text(en="{voter} voted.", nl="{voter} heeft gestemd.")

    ballot: BallotId
    programme: ProgrammeId
    voter: PersonId
    commitment: Digest
    own: bool = True


class RecusalDeclared(Fact, frozen=True, kw_only=True):
    """An elector takes no part in the choice of a challenge (rule 7): no current paper of theirs approves it."""

    TOPIC = "ballot.recusal_declared"
    CONCERNS = ("elector", "ballot", "programme")
    AUDIENCE = Nobody(
        because="who votes is the programme's business; how many recused themselves is told with the count"
    )
    AUDIT = Text(
        en="{elector} takes no part in the choice of {challenge}.",
        nl="{elector} stemt niet mee over {challenge} wegens betrokkenheid.",
    )

    ballot: BallotId
    programme: ProgrammeId
    elector: PersonId
    challenge: ChallengeId


class OfBallot(Fact, frozen=True, kw_only=True):
    """Base of what is recorded of a ballot after its opening. `organisations`: those with a challenge on it."""

    ballot: BallotId
    programme: ProgrammeId
    organisations: tuple[OrganisationId, ...]


class BallotClosed(OfBallot, frozen=True, kw_only=True):
    """No paper is accepted any more. `roll`: who voted, sealed: the ids of the voters, ascending, one a line."""

    TOPIC = "ballot.closed"
    CONCERNS = ("ballot", "programme")
    AUDIENCE = ("organisations",)
    AUDIT = Text(
        en="The ballot closed with {turnout:# paper|# papers}.",
        nl="De stemming sloot met {turnout:# stembiljet|# stembiljetten}.",
    )
    KEY = "programme"

    cause: Code
    turnout: int
    papers_digest: Digest
    roll: Words


class BallotCounted(OfBallot, frozen=True, kw_only=True):
    """The papers were opened and counted: the seed lets anyone repeat the draw, the papers let anyone repeat the count.

    The trace names papers by number; where the rule ranks, `stages` stand in its place. `voters`: whose they were, sealed, since
    the organisations that are told the result are not told the votes (rule 5): the voters' ids in the order of the numbers, one
    a line; None on a secret ballot. `struck`: what was withdrawn, counted as if it had never been on a paper (rule 22).
    `recusals`: how many recused themselves from each challenge (rule 7). `stays_closed`: too few papers of a secret ballot to
    show any, nor tallies, trace or stages.
    """

    TOPIC = "ballot.counted"
    VERSION = 2
    CONCERNS = ("ballot", "challenge_ids", "programme")
    AUDIENCE = ("organisations",)
    AUDIT = Text(
        en="The count of {turnout:# paper|# papers} selected {selected}.",
        nl="De telling van {turnout:# stembiljet|# stembiljetten} koos {selected}.",
    )

    challenge_ids: tuple[ChallengeId, ...]
    turnout: int
    selected: tuple[ChallengeId, ...]
    tallies: tuple[counting.Tally, ...]
    own_approvals: tuple[counting.Tally, ...]
    trace: tuple[counting.Round, ...]
    papers: tuple[CountedPaper, ...]
    voters: Words | None
    tie_seed: Digest
    struck: tuple[ChallengeId, ...] = ()
    recusals: tuple[counting.Tally, ...] = ()
    stays_closed: bool = False
    stages: tuple[counting.Stage, ...] = ()


class BallotCertified(OfBallot, frozen=True, kw_only=True):
    """The result stands; from here on preferences can be given."""

    TOPIC = "ballot.certified"
    CONCERNS = ("ballot", "challenge_ids", "programme")
    AUDIENCE = ("organisations",)
    AUDIT = Text(en="The result was certified: {selected}.", nl="De uitslag is vastgesteld: {selected}.")

    challenge_ids: tuple[ChallengeId, ...]
    selected: tuple[ChallengeId, ...]


class BallotVoided(OfBallot, frozen=True, kw_only=True):
    """The ballot has no result; its challenges may stand on another."""

    TOPIC = "ballot.voided"
    CONCERNS = ("ballot", "challenge_ids", "programme")
    AUDIENCE = ("organisations",)
    AUDIT = Text(en="The ballot is void ({cause}).", nl="De stemming is ongeldig ({cause}).")

    challenge_ids: tuple[ChallengeId, ...]
    cause: Code


class ChallengesChosen(Fact, frozen=True, kw_only=True):
    """The challenges were chosen without a ballot (rules 1 and 8): how is a word, why is sealed in the reason."""

    TOPIC = "programme.challenges_chosen"
    CONCERNS = ("challenges", "programme")
    AUDIENCE = ("organisations",)
    AUDIT = Text(en="{challenges} were chosen ({how}).", nl="{challenges} zijn gekozen ({how}).")

    programme: ProgrammeId
    organisations: tuple[OrganisationId, ...]
    challenges: tuple[ChallengeId, ...]
    how: Code


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


def papers_digest(commitments: Iterable[Digest]) -> Digest:
    """SHA-256("kring/papers/1" ‖ the commitments, 32 bytes each, ascending), as `ballot.closed` holds it (5-audit.md)."""
    raw = sorted(urlsafe_b64decode(one + "=") for one in commitments)
    return as_digest(sha256(b"kring/papers/1" + b"".join(raw)).digest())


def ranks(rule: Code) -> bool:
    """Whether papers under this rule are in the voter's order, the best first."""
    return rule.partition("/")[0] == "stv"


def seed_commitment(seed: bytes) -> Digest:
    """SHA-256 of the tie seed, fixed before the first vote (rule 6)."""
    return as_digest(sha256(seed).digest())


def as_digest(digest: bytes) -> Digest:
    """32 bytes in base64url without padding."""
    return Digest(urlsafe_b64encode(digest).rstrip(b"=").decode())


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

    @learns(BallotOpened)
    def _(self, fact: BallotOpened) -> None:
        if fact.ballot == self.ballot:
            self.opened = fact

    @learns(BallotClosed)
    def _(self, fact: BallotClosed) -> None:
        self.closed = fact

    @learns(ChallengeWithdrawn)
    def _(self, fact: ChallengeWithdrawn) -> None:
        if fact.ballot == self.ballot:
            self.struck |= {fact.challenge}

    @learns(BallotCertified)
    def _(self) -> None:
        self.over = True

    @learns(BallotVoided)
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

    @learns(RecusalDeclared)
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

    @learns(VoteCast)
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

    @learns(BallotCounted)
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

    @learns(BallotCounted)
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
