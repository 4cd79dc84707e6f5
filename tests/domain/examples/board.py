"""Four challenges of three organisations with their contacts, and a ballot on them at every stage."""

from base64 import urlsafe_b64encode
from datetime import timedelta
from hashlib import sha256

from domain.ballots import ballot as b
from domain.ballots.tallying import CountBallot, OpenedPaper
from domain.calculations import counting
from domain.events.ballot import BallotChallenge, BallotClosed, BallotCounted, BallotOpened, papers_digest
from domain.events.challenge import ChallengeAdmitted, ChallengeProposed
from domain.events.people import OrganisationRegistered
from domain.events.roles import (
    ContactAppointed,
    FacilitatorAssigned,
    ManagerAppointed,
    ParticipantEnrolled,
)
from domain.events.team import TeamFormed
from domain.foundation import (
    BallotId,
    Caller,
    ChallengeId,
    Code,
    ContactId,
    Digest,
    Event,
    Label,
    OrganisationId,
    PersonId,
    ProgrammeId,
    TeamId,
    Words,
)
from tests.domain.examples.deciding import NOW, caller
from tests.domain.examples.programme import OPENED as OPENED_PROGRAMME
from tests.domain.examples.team import execute

PROGRAMME, ELSEWHERE = ProgrammeId("programme_1"), ProgrammeId("programme_2")
BALLOT = BallotId("ballot_1")
CARE, ENERGY, START_UPS, WATER = (ChallengeId(f"challenge_{n}") for n in range(1, 5))
BANK, CLINIC, COLLEGE = (OrganisationId(f"organisation_{one}") for one in ("bank", "clinic", "college"))
WHOSE = {CARE: CLINIC, ENERGY: BANK, START_UPS: BANK, WATER: COLLEGE}
ANNA, GUIDE, BOSS = (PersonId(f"person_{one}") for one in ("anna", "guide", "boss"))
ELECTORS = (ANNA, *(PersonId(f"person_{n}") for n in range(1, 6)))
BANKER, OTHER_BANKER, DOCTOR = (PersonId(f"person_{one}") for one in ("banker", "other_banker", "doctor"))
TEAM = TeamId("team_1")
SEED, DIGEST = bytes(range(32)), Digest("d" * 43)
AGAIN = Words(digest="v" * 43)
"""The sealed voters of a count."""

PAPERS: dict[PersonId, tuple[ChallengeId, ...]] = dict(
    zip(
        ELECTORS,
        [(CARE, START_UPS), (CARE, START_UPS), (CARE, START_UPS), (CARE, ENERGY), (ENERGY,), (WATER,)],
        strict=True,
    )
)
"""With two seats, care and start-ups are selected; energy is third, water last."""

BY_GUIDE, BY_ANNA = caller("facilitator", GUIDE, reason="x"), caller("participant", ANNA, reason="x")
BY_BOSS = caller("manager", BOSS, reason="x")
BY_BANKER, BY_OTHER_BANKER = (caller("commissioner", one, reason="x") for one in (BANKER, OTHER_BANKER))
BY_DOCTOR = caller("commissioner", DOCTOR, reason="x")
STRANGER = caller("participant", PersonId("person_stranger"), reason="x")


def on_behalf_of(organisation: OrganisationId | None) -> Caller:
    """The manager, with a reason, on behalf of an organisation."""
    return Caller(
        role="manager", person=BOSS, via="token_1", at=NOW, reason=Words("They called."), on_behalf_of=organisation
    )


def contact(person: PersonId, organisation: OrganisationId, *challenges: ChallengeId) -> ContactAppointed:
    """A commissioner for these challenges, or for all if none is given."""
    number = ContactId(f"contact_{person}")
    return ContactAppointed(
        contact=number, organisation=organisation, person=person, role=Code("commissioner"), challenges=challenges
    )


def proposed(challenge: ChallengeId, organisation: OrganisationId) -> ChallengeProposed:
    """A proposed challenge; energy is proposed by Anna."""
    return ChallengeProposed(
        challenge=challenge,
        programme=PROGRAMME,
        organisation=organisation,
        proposer=ANNA if challenge == ENERGY else None,
        title=Words(digest="t" * 43),
        context=Words(digest="c" * 43),
        wish=None,
    )


PEOPLE: list[Event] = [
    OPENED_PROGRAMME,
    ManagerAppointed(programme=PROGRAMME, person=BOSS),
    FacilitatorAssigned(programme=PROGRAMME, person=GUIDE),
    *(ParticipantEnrolled(programme=PROGRAMME, person=one, organisation=None) for one in ELECTORS),
    *(OrganisationRegistered(organisation=one, name=Label(one)) for one in (BANK, CLINIC, COLLEGE)),
    contact(BANKER, BANK, START_UPS),
    contact(OTHER_BANKER, BANK, ENERGY),
    contact(DOCTOR, CLINIC),
]
PROPOSED: list[Event] = [*PEOPLE, *(proposed(one, whose) for one, whose in WHOSE.items())]
ADMITTED: list[Event] = [
    *PROPOSED,
    *(ChallengeAdmitted(challenge=one, programme=PROGRAMME, organisation=whose) for one, whose in WHOSE.items()),
]
OPENED = BallotOpened(
    ballot=BALLOT,
    programme=PROGRAMME,
    challenges=tuple(BallotChallenge(one, whose, None, ()) for one, whose in WHOSE.items()),
    electorate=ELECTORS,
    own=(),
    rule=Code("equal_shares/1"),
    seats=2,
    quorum_permille=500,
    secrecy=Code("named"),
    own_challenge=Code("disclosed"),
    tie_seed_commitment=b.seed_commitment(SEED),
    ballot_key=DIGEST,
    closes_at=NOW + timedelta(days=7),
)
OPEN: list[Event] = [*ADMITTED, OPENED]


def commitment(voter: PersonId) -> Digest:
    """A commitment that differs per voter."""
    return Digest(urlsafe_b64encode(sha256(voter.encode()).digest()).rstrip(b"=").decode())


CLOSED: list[Event] = [
    *OPEN,
    BallotClosed(
        ballot=BALLOT,
        programme=PROGRAMME,
        organisations=(BANK, CLINIC, COLLEGE),
        cause=Code("by_hand"),
        turnout=len(PAPERS),
        papers_digest=papers_digest(commitment(one) for one in PAPERS),
        roll=Words(""),
    ),
]


def count_of(history: list[Event]) -> BallotCounted:
    """The count of the papers as stored in the log, with sealed voters."""
    papers = [OpenedPaper(voter, approvals, commitment(voter), Code(voter)) for voter, approvals in PAPERS.items()]
    found = execute(history, CountBallot(BALLOT, papers=papers, tie_seed=SEED, by=caller("system")))[-1]
    assert isinstance(found, BallotCounted)
    assert found.voters is not None
    found.voters.text, found.voters.digest = None, AGAIN.digest
    return found


COUNTED: list[Event] = [*CLOSED, count_of(CLOSED)]
CERTIFIED: list[Event] = execute(COUNTED, b.CertifyBallot(BALLOT, by=BY_GUIDE))


def formed(challenge: ChallengeId, team: TeamId = TEAM, number: int = 1) -> TeamFormed:
    """Two people work on a challenge."""
    return TeamFormed(
        team=team,
        programme=PROGRAMME,
        challenge=challenge,
        organisation=WHOSE[challenge],
        number=number,
        members=ELECTORS[:2],
    )


def recount(*struck: ChallengeId) -> counting.Count:
    """The count of the same papers without the struck challenges."""
    papers = [counting.Paper(voter, approvals) for voter, approvals in PAPERS.items()]
    return counting.count(OPENED.rule, papers, list(WHOSE), OPENED.seats, SEED, OPENED.commissioners, struck)
