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
    Text,
    Words,
)


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


class BallotOpened(Event, frozen=True, kw_only=True):
    """A ballot opened; electorate, challenges, rule, seed commitment and deadline stay as they are from here on.

    `quorum_permille`: current papers per thousand electors. `ballot_key`: X25519 public key. `tie_seed_commitment`: SHA-256
    of the seed. Both base64url without padding. `understaffed`: the electors are fewer than its seats need. `rerun_of`: the void
    ballot that is held again (rule 8).
    """

    TOPIC = "ballot.opened"
    TAGS = ("ballot", "rerun_of", "challenge_ids", "programme")
    AUDIENCE = ("organisations",)
    SUMMARY = Text(
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


class VoteCast(Event, frozen=True, kw_only=True):
    """An elector's paper was handed in, sealed; it replaces an earlier one. `own`: by the elector in person."""

    TOPIC = "ballot.vote_cast"
    TAGS = ("voter", "ballot", "programme")
    AUDIENCE = Nobody(because="who votes is the programme's business; turnout and result are told")
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
    AUDIENCE = Nobody(
        because="who votes is the programme's business; how many recused themselves is told with the count"
    )
    SUMMARY = Text(
        en="{elector} takes no part in the choice of {challenge}.",
        nl="{elector} stemt niet mee over {challenge} wegens betrokkenheid.",
    )

    ballot: BallotId
    programme: ProgrammeId
    elector: PersonId
    challenge: ChallengeId


class OfBallot(Event, frozen=True, kw_only=True):
    """Base of what is recorded of a ballot after its opening. `organisations`: those with a challenge on it."""

    ballot: BallotId
    programme: ProgrammeId
    organisations: tuple[OrganisationId, ...]


class BallotClosed(OfBallot, frozen=True, kw_only=True):
    """No paper is accepted any more. `roll`: who voted, sealed: the ids of the voters, ascending, one a line."""

    TOPIC = "ballot.closed"
    TAGS = ("ballot", "programme")
    AUDIENCE = ("organisations",)
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
    """The papers were opened and counted: the seed lets anyone repeat the draw, the papers let anyone repeat the count.

    The trace names papers by number; where the rule ranks, `stages` stand in its place. `voters`: whose they were, sealed, since
    the organisations that are told the result are not told the votes (rule 5): the voters' ids in the order of the numbers, one
    a line; None on a secret ballot. `struck`: what was withdrawn, counted as if it had never been on a paper (rule 22).
    `recusals`: how many recused themselves from each challenge (rule 7). `stays_closed`: too few papers of a secret ballot to
    show any, nor tallies, trace or stages.
    """

    TOPIC = "ballot.counted"
    VERSION = 2
    TAGS = ("ballot", "challenge_ids", "programme")
    AUDIENCE = ("organisations",)
    SUMMARY = Text(
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
    TAGS = ("ballot", "challenge_ids", "programme")
    AUDIENCE = ("organisations",)
    SUMMARY = Text(en="The result was certified: {selected}.", nl="De uitslag is vastgesteld: {selected}.")

    challenge_ids: tuple[ChallengeId, ...]
    selected: tuple[ChallengeId, ...]


class BallotVoided(OfBallot, frozen=True, kw_only=True):
    """The ballot has no result; its challenges may stand on another."""

    TOPIC = "ballot.voided"
    TAGS = ("ballot", "challenge_ids", "programme")
    AUDIENCE = ("organisations",)
    SUMMARY = Text(en="The ballot is void ({cause}).", nl="De stemming is ongeldig ({cause}).")

    challenge_ids: tuple[ChallengeId, ...]
    cause: Code


class ChallengesChosen(Event, frozen=True, kw_only=True):
    """The challenges were chosen without a ballot (rules 1 and 8): how is a word, why is sealed in the reason."""

    TOPIC = "programme.challenges_chosen"
    TAGS = ("challenges", "programme")
    AUDIENCE = ("organisations",)
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
