"""A ballot on three challenges, with its electors and events."""

from base64 import urlsafe_b64encode
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from domain.ballots import ballot as b
from domain.ballots import opening, tallying, voting
from domain.events.ballot import (
    BallotCertified,
    BallotChallenge,
    BallotClosed,
    BallotCounted,
    BallotOpened,
    OwnChallenges,
    VoteCast,
    papers_digest,
)
from domain.events.challenge import ChallengeAdmitted, ChallengeProposed
from domain.events.roles import FacilitatorAssigned, ManagerAppointed, ParticipantEnrolled
from domain.foundation import (
    BallotId,
    Caller,
    ChallengeId,
    Code,
    Digest,
    Event,
    OrganisationId,
    PersonId,
    ProgrammeId,
    SealedPaper,
    Words,
)
from tests.domain.examples.deciding import NOW, caller
from tests.domain.examples.programme import OPENED as OPENED_PROGRAMME

BALLOT, PROGRAMME, ELSEWHERE = BallotId("ballot_1"), ProgrammeId("programme_1"), ProgrammeId("programme_2")
ANNA, BERT, EVE = PersonId("person_anna"), PersonId("person_bert"), PersonId("person_eve")
GUIDE, BOSS, CONTACT = PersonId("person_guide"), PersonId("person_boss"), PersonId("person_contact")
CARE, ENERGY, START_UPS = ChallengeId("challenge_1"), ChallengeId("challenge_2"), ChallengeId("challenge_3")
BANK, CLINIC = OrganisationId("organisation_bank"), OrganisationId("organisation_clinic")
SEED = bytes(range(32))
DIGEST = Digest("d" * 43)
ENROLLED = [
    ParticipantEnrolled(programme=PROGRAMME, person=ANNA, organisation=BANK),
    ParticipantEnrolled(programme=PROGRAMME, person=BERT, organisation=None),
]
GUIDES = FacilitatorAssigned(programme=PROGRAMME, person=GUIDE)
MANAGES = ManagerAppointed(programme=PROGRAMME, person=BOSS)


def proposed(
    challenge: ChallengeId, organisation: OrganisationId, proposer: PersonId | None = None
) -> ChallengeProposed:
    return ChallengeProposed(
        challenge=challenge,
        programme=PROGRAMME,
        organisation=organisation,
        proposer=proposer,
        title=Words("t"),
        context=Words("c"),
        wish=None,
    )


def admitted(challenge: ChallengeId, organisation: OrganisationId) -> ChallengeAdmitted:
    return ChallengeAdmitted(challenge=challenge, programme=PROGRAMME, organisation=organisation)


BOARD: list[Event] = [
    proposed(CARE, CLINIC),
    admitted(CARE, CLINIC),
    proposed(ENERGY, CLINIC, BERT),
    admitted(ENERGY, CLINIC),
    proposed(START_UPS, BANK),
    admitted(START_UPS, BANK),
]
OPENED = BallotOpened(
    ballot=BALLOT,
    programme=PROGRAMME,
    challenges=(
        BallotChallenge(CARE, CLINIC, None, ()),
        BallotChallenge(ENERGY, CLINIC, BERT, ()),
        BallotChallenge(START_UPS, BANK, None, ()),
    ),
    electorate=(ANNA, BERT),
    own=(OwnChallenges(ANNA, (START_UPS,)), OwnChallenges(BERT, (ENERGY,))),
    rule=Code("equal_shares/1"),
    seats=2,
    quorum_permille=500,
    secrecy=Code("named"),
    own_challenge=Code("disclosed"),
    tie_seed_commitment=b.seed_commitment(SEED),
    ballot_key=DIGEST,
    closes_at=NOW + timedelta(days=7),
)


def commitment(voter: str) -> Digest:
    return Digest(urlsafe_b64encode(sha256(voter.encode()).digest()).rstrip(b"=").decode())


def seal(opened: BallotOpened, voter: PersonId, approvals: Collection[ChallengeId]) -> SealedPaper:
    return SealedPaper(opened.ballot, voter, f"sealed {len(approvals)}".encode(), commitment(voter))


def voted(voter: PersonId, *, own: bool = True) -> VoteCast:
    return VoteCast(ballot=BALLOT, programme=PROGRAMME, voter=voter, commitment=commitment(voter), own=own)


def closed(*voters: PersonId) -> BallotClosed:
    return BallotClosed(
        ballot=BALLOT,
        programme=PROGRAMME,
        organisations=(BANK,),
        cause=Code("by_hand"),
        turnout=len(voters),
        papers_digest=papers_digest(commitment(one) for one in voters),
        roll=Words("\n".join(voters)),
    )


CERTIFIED = BallotCertified(
    ballot=BALLOT,
    programme=PROGRAMME,
    organisations=(BANK,),
    challenge_ids=(CARE, ENERGY, START_UPS),
    selected=(CARE, START_UPS),
)
VOIDED = b.void(OPENED, "manager")
BY_GUIDE = caller("facilitator", GUIDE)


@dataclass
class Opening:
    """The parameters of an opening by the facilitator, with defaults."""

    challenges: tuple[ChallengeId, ...] = (CARE, ENERGY, START_UPS)
    seats: int | None = 2
    own_challenge: b.OwnChallenge = "disclosed"
    closes_in: timedelta = timedelta(days=7)
    rule: str = "equal_shares/1"
    secrecy: b.Secrecy = "named"
    rerun_of: BallotId | None = None
    by: Caller = BY_GUIDE

    def command(self) -> opening.OpenBallot:
        return opening.OpenBallot(
            BALLOT,
            programme=PROGRAMME,
            challenges=self.challenges,
            closes_at=NOW + self.closes_in,
            tie_seed_commitment=b.seed_commitment(SEED),
            ballot_key=DIGEST,
            rule=Code(self.rule),
            seats=self.seats,
            secrecy=self.secrecy,
            own_challenge=self.own_challenge,
            rerun_of=self.rerun_of,
            by=self.by,
        )


GROUND: list[Event] = [OPENED_PROGRAMME, GUIDES, *ENROLLED, *BOARD]


def vote(
    voter: PersonId = ANNA,
    approvals: tuple[ChallengeId, ...] = (CARE,),
    by: Caller | None = None,
    *,
    ranked: bool = False,
) -> voting.CastVote:
    by = by or caller("participant", voter)
    return voting.CastVote(BALLOT, voter=voter, approvals=approvals, ranked=ranked, seal=seal, by=by)


def papers(**approvals: tuple[ChallengeId, ...]) -> list[tallying.OpenedPaper]:
    return [
        tallying.OpenedPaper(
            PersonId(f"person_{name}"), choice, commitment(f"person_{name}"), Code(f"T{name[::-1].upper()}")
        )
        for name, choice in approvals.items()
    ]


def count(found: list[tallying.OpenedPaper]) -> tallying.CountBallot:
    return tallying.CountBallot(BALLOT, papers=found, tie_seed=SEED, by=caller("system"))


COUNTED = BallotCounted(
    ballot=BALLOT,
    programme=PROGRAMME,
    organisations=(BANK,),
    challenge_ids=(CARE, ENERGY, START_UPS),
    turnout=2,
    selected=(CARE, START_UPS),
    tallies=(),
    own_approvals=(),
    trace=(),
    papers=(),
    voters=Words(""),
    tie_seed=DIGEST,
)
