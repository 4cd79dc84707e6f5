"""Events of the joint choice of challenges: votes, recusals, the count and its result."""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

from msgspec import Struct

from domain import base64url
from domain.calculations import counting
from domain.foundation import (
    BallotId,
    ChallengeId,
    Code,
    Digest,
    Event,
    Nobody,
    OrganisationId,
    PersonId,
    ProgrammeId,
    QuestionId,
    Text,
    Words,
)


class FrozenQuestion(Struct, frozen=True):
    """A question on a challenge of a ballot (rule 34), with the digests of its text and of its answer if it had one."""

    question: QuestionId
    texts: tuple[Digest, ...]


class BallotChallenge(Struct, frozen=True):
    """A challenge on a ballot, with the digests of its frozen texts (rule 2): title, context, wish and short title."""

    challenge: ChallengeId
    organisation: OrganisationId | None
    proposer: PersonId | None
    texts: tuple[Digest, ...]
    questions: tuple[FrozenQuestion, ...] = ()


class OwnChallenges(Struct, frozen=True):
    """The challenges of a ballot that were an elector's own (rule 7) when it opened."""

    elector: PersonId
    challenges: tuple[ChallengeId, ...]


class CountedPaper(Struct, frozen=True):
    """A paper as the count publishes it: its number in ascending order of commitments, and the challenges that it approves.

    Under a rule that ranks, `approvals` are in the voter's order, best first. `tracker`: only on a secret ballot.
    """

    number: int
    approvals: tuple[ChallengeId, ...]
    tracker: Code | None = None


class BallotOpened(Event, frozen=True, kw_only=True):
    """A ballot opened; its electorate, challenges, rule, seed commitment and deadline are fixed now.

    `quorum_permille`: current papers per thousand electors. `ballot_key`: X25519 public key. `tie_seed_commitment`: SHA-256
    of the seed. Both base64url without padding. `understaffed`: there are fewer electors than its seats need. `rerun_of`:
    the void ballot that is held again (rule 8).
    """

    TOPIC = "ballot.opened"
    VERSION = 2
    TAGS = ("ballot", "rerun_of", "challenge_ids", "programme")
    AUDIENCE = ("organisations",)
    REACH = "programme"
    SUMMARY = Text(
        en="The ballot on {challenges:# challenge|# challenges} for {seats:# place|# places} opened "
        "for {electorate:# elector|# electors}.",
        nl="De stemming over {challenges:# vraagstuk|# vraagstukken} voor {seats:# plaats|# plaatsen} ging open "
        "voor {electorate:# stemgerechtigde|# stemgerechtigden}.",
    )

    ballot: BallotId
    programme: ProgrammeId
    challenges: tuple[BallotChallenge, ...]
    electorate: tuple[PersonId, ...]
    own: tuple[OwnChallenges, ...]
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
        """The commissioner of each challenge, as the count needs it, without challenges in the public interest."""
        return {one.challenge: one.organisation for one in self.challenges if one.organisation is not None}


class VoteCast(Event, frozen=True, kw_only=True):
    """An elector cast a sealed paper, which replaces an earlier one. `own`: by the elector in person."""

    TOPIC = "ballot.vote_cast"
    TAGS = ("voter", "ballot", "programme")
    AUDIENCE = Nobody(because="organisations can see turnout and result, not who votes")
    REACH = "programme"
    SUMMARY = Text(en="{voter} voted.", nl="{voter} heeft gestemd.")

    ballot: BallotId
    programme: ProgrammeId
    voter: PersonId
    commitment: Digest
    own: bool = True


class RecusalDeclared(Event, frozen=True, kw_only=True):
    """An elector takes no part in the choice of a challenge (rule 7): no current paper of theirs approves it."""

    TOPIC = "ballot.recusal_declared"
    TAGS = ("elector", "ballot", "programme")
    AUDIENCE = Nobody(because="organisations can see with the count how many recused themselves, not who")
    REACH = "programme"
    SUMMARY = Text(
        en="{elector} takes no part in the choice of {challenge}.",
        nl="{elector} stemt niet mee over {challenge} wegens betrokkenheid.",
    )

    ballot: BallotId
    programme: ProgrammeId
    elector: PersonId
    challenge: ChallengeId


class OfBallot(Event, frozen=True, kw_only=True):
    """Base of events about a ballot after its opening. `organisations`: those with a challenge on it."""

    ballot: BallotId
    programme: ProgrammeId
    organisations: tuple[OrganisationId, ...]


class BallotClosed(OfBallot, frozen=True, kw_only=True):
    """A ballot closed: no more papers are accepted. `roll`: the ids of the voters, sealed, in ascending order, one per line."""

    TOPIC = "ballot.closed"
    TAGS = ("ballot", "programme")
    AUDIENCE = ("organisations",)
    REACH = "programme"
    SUMMARY = Text(
        en="The ballot closed with {turnout:# paper|# papers}.",
        nl="De stemming sloot met {turnout:# stembiljet|# stembiljetten}.",
    )
    KEY = "programme"

    cause: Code
    turnout: int
    papers_digest: Digest
    roll: Words


class BallotCounted(OfBallot, frozen=True, kw_only=True):
    """The papers were unsealed and counted; anyone can repeat the draw with the seed, and the count with the papers.

    The trace names papers by number; if the rule ranks, there are `stages` instead. `voters`: the ids of the voters in the order
    of the numbers, one per line, sealed, since the organisations that can see the result must not see the votes (rule 5); None
    on a secret ballot. `struck`: the challenges withdrawn, counted as if they had never been on a paper (rule 22). `recusals`:
    the number of electors who recused themselves from each challenge (rule 7). `stays_closed`: a secret ballot has too few papers
    to publish any; there are no tallies, trace or stages either.
    """

    TOPIC = "ballot.counted"
    VERSION = 2
    TAGS = ("ballot", "challenge_ids", "programme")
    AUDIENCE = ("organisations",)
    REACH = "programme"
    SUMMARY = Text(
        en="The count of {turnout:# paper|# papers} selected {selected}.",
        nl="Bij de telling van {turnout:# stembiljet|# stembiljetten} is gekozen: {selected}.",
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
    """The result was certified; participants can give their preferences now."""

    TOPIC = "ballot.certified"
    TAGS = ("ballot", "challenge_ids", "programme")
    AUDIENCE = ("organisations",)
    REACH = "programme"
    SUMMARY = Text(en="The result was certified: {selected}.", nl="De uitslag is vastgesteld: {selected}.")

    challenge_ids: tuple[ChallengeId, ...]
    selected: tuple[ChallengeId, ...]


class BallotVoided(OfBallot, frozen=True, kw_only=True):
    """A ballot has no result; its challenges can be on another."""

    TOPIC = "ballot.voided"
    TAGS = ("ballot", "challenge_ids", "programme")
    AUDIENCE = ("organisations",)
    REACH = "programme"
    SUMMARY = Text(en="The ballot is void ({cause}).", nl="De stemming is ongeldig ({cause}).")

    challenge_ids: tuple[ChallengeId, ...]
    cause: Code


class ChallengesChosen(Event, frozen=True, kw_only=True):
    """Challenges were chosen without a ballot (rules 1 and 8). `how`: a code word; the reason is sealed."""

    TOPIC = "programme.challenges_chosen"
    TAGS = ("challenges", "programme")
    AUDIENCE = ("organisations",)
    REACH = "programme"
    SUMMARY = Text(en="{challenges} were chosen ({how}).", nl="{challenges} zijn gekozen ({how}).")

    programme: ProgrammeId
    organisations: tuple[OrganisationId, ...]
    challenges: tuple[ChallengeId, ...]
    how: Code


def papers_digest(commitments: Iterable[Digest]) -> Digest:
    """SHA-256("kring/papers/1" ‖ the commitments, 32 bytes each, ascending): see docs/explanation/sealing.md."""
    raw = sorted(base64url.decode(one) for one in commitments)
    return as_digest(sha256(b"kring/papers/1" + b"".join(raw)).digest())


def as_digest(digest: bytes) -> Digest:
    """32 bytes in base64url without padding."""
    return Digest(base64url.encode(digest))
