"""State machine of ballots: voters, facilitator, manager, timers and withdrawals in any order, on a log in memory.

A simple model is kept beside the log; every step must have the same result in both.
"""

from base64 import urlsafe_b64encode
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec import json
from msgspec.structs import replace

from domain.ballots import ballot as b
from domain.ballots.opening import OpenBallot
from domain.ballots.recusing import DeclareRecusal, HeldPaper
from domain.ballots.tallying import CountBallot, OpenedPaper
from domain.ballots.voting import CastVote
from domain.events.ballot import (
    BallotCertified,
    BallotClosed,
    BallotCounted,
    BallotOpened,
    BallotVoided,
    RecusalDeclared,
    VoteCast,
)
from domain.events.challenge import ChallengeWithdrawn
from domain.events.people import PersonRegistered
from domain.events.roles import ParticipantEnrolled
from domain.foundation import (
    BallotId,
    Caller,
    ChallengeId,
    Code,
    Digest,
    Event,
    OrganisationId,
    PersonId,
    SealedPaper,
)
from domain.teams.enrolment import EnrolParticipant
from projections.ballots import BALLOTS, RESULTS
from projections.view import EventMetadata, fold_events
from tests.domain.examples.ballot import (
    BANK,
    BOSS,
    CLINIC,
    DIGEST,
    GUIDE,
    GUIDES,
    MANAGES,
    OPENED_PROGRAMME,
    PROGRAMME,
    SEED,
    admitted,
    proposed,
)
from tests.domain.examples.deciding import NOW, caller
from tests.domain.examples.state_machine import SETTINGS, MemoryLog
from tests.samples import sample_event

VOTERS = tuple(PersonId(f"person_{name}") for name in "abcdef")
LATE = PersonId("person_late")
CHALLENGES = tuple(ChallengeId(f"challenge_{number}") for number in range(6))
OWNERS: tuple[OrganisationId, ...] = (BANK, BANK, CLINIC, CLINIC, CLINIC, OrganisationId("organisation_school"))
PROPOSERS = (VOTERS[0], None, VOTERS[1], None, None, VOTERS[0])
GROUND: list[Event] = [
    OPENED_PROGRAMME,
    GUIDES,
    MANAGES,
    *(
        ParticipantEnrolled(programme=PROGRAMME, person=one, organisation=BANK if number < 2 else None)
        for number, one in enumerate(VOTERS)
    ),
    *(proposed(*one) for one in zip(CHALLENGES, OWNERS, PROPOSERS, strict=True)),
    *(admitted(*one) for one in zip(CHALLENGES, OWNERS, strict=True)),
]

voters = st.sampled_from((*VOTERS, LATE))
some_challenges = st.lists(st.sampled_from(CHALLENGES), max_size=3, unique=True).map(tuple)
which = st.integers(0, 7)
"""The index of a ballot, counted from the latest."""
seldom = st.integers(0, 4)
"""Steps that end most runs are taken only at 0."""


@dataclass
class Held:
    """A current paper."""

    approvals: tuple[ChallengeId, ...]
    own: bool
    commitment: Digest


@dataclass
class Model:
    """The expected state of a ballot."""

    id: BallotId
    secret: bool
    forbidden: bool
    electorate: tuple[PersonId, ...]
    challenges: tuple[ChallengeId, ...]
    quorum_permille: int
    closes: int
    rerun_of: BallotId | None
    status: str = "open"
    papers: dict[PersonId, Held] = field(default_factory=dict[PersonId, Held])
    recused: dict[PersonId, set[ChallengeId]] = field(default_factory=dict[PersonId, set[ChallengeId]])
    struck: set[ChallengeId] = field(default_factory=set[ChallengeId])
    selected: tuple[ChallengeId, ...] = ()

    def reaches_quorum(self) -> bool:
        """Rule 8."""
        standing = set(self.challenges) - self.struck
        electors = [one for one in self.electorate if standing - self.recused.get(one, set())]
        return len(self.papers) * 1000 >= self.quorum_permille * len(electors)


def own_of(voter: PersonId) -> set[ChallengeId]:
    """The voter's own challenges (rule 7): proposed by them, or by their organisation."""
    organisation = BANK if voter in VOTERS[:2] else None
    return {
        one
        for one, owner, proposer in zip(CHALLENGES, OWNERS, PROPOSERS, strict=True)
        if proposer == voter or owner == organisation
    }


class Ballots(RuleBasedStateMachine):
    """One programme with ballots."""

    def __init__(self) -> None:
        super().__init__()
        self.log = MemoryLog(NOW, *GROUND, sample_person(LATE))
        self.hours = 0
        self.ballots: list[Model] = []
        self.participants = list(VOTERS)
        self.withdrawn: set[ChallengeId] = set()
        self.sealed = 0
        self.by_boss = caller("manager", BOSS, reason="a wrong text")

    # State

    def by(self, caller_: Caller) -> Caller:
        """The same caller at the log's current time."""
        return replace(caller_, at=self.log.now)

    def ballot_at(self, number: int) -> Model:
        return self.ballots[-1 - number % len(self.ballots)]

    def unavailable(self) -> set[ChallengeId]:
        """The challenges that cannot be on a new ballot."""
        running = {
            one for each in self.ballots if each.status in {"open", "closed", "counted"} for one in each.challenges
        }
        selected = {one for each in self.ballots if each.status == "certified" for one in each.selected}
        return running | selected

    def seal(self, opened: BallotOpened, voter: PersonId, approvals: Collection[ChallengeId]) -> SealedPaper:
        self.sealed += 1
        digest = sha256(f"{self.sealed}".encode()).digest()
        commitment = Digest(urlsafe_b64encode(digest).rstrip(b"=").decode())
        return SealedPaper(opened.ballot, voter, json.encode(list(approvals)), commitment)

    def expect(self, command: Any, *, allowed: bool) -> bool:
        """Execute the command, and check that it is allowed or refused as expected."""
        refused = self.log.refusal(command)
        assert (refused is None) == allowed, refused or "was not refused"
        return allowed

    # Steps

    @initialize(secret=st.booleans(), forbidden=st.booleans(), quorum_permille=st.sampled_from([0, 500]))
    def begin(self, secret: bool, forbidden: bool, quorum_permille: int) -> None:
        """Open a first ballot, since most steps need one."""
        self.open(CHALLENGES[1:5], "equal_shares/1", 2, quorum_permille, secret, forbidden, 6, None)

    @rule(hours=st.integers(1, 3))
    def time_passes(self, hours: int) -> None:
        self.hours += hours
        self.log.now = NOW + timedelta(hours=self.hours)

    @precondition(lambda self: LATE not in self.participants)
    @rule()
    def a_participant_joins_later(self) -> None:
        self.log.execute(
            EnrolParticipant(PROGRAMME, person=LATE, organisation=None, by=self.by(caller("facilitator", GUIDE)))
        )
        self.participants.append(LATE)

    @rule(
        challenges=st.lists(st.sampled_from(CHALLENGES), min_size=2, max_size=5, unique=True).map(tuple),
        counting_rule=st.sampled_from(["equal_shares/1", "approval/1"]),
        seats=st.integers(1, 3),
        quorum_permille=st.sampled_from([0, 167, 500, 501, 1000]),
        secret=st.booleans(),
        forbidden=st.booleans(),
        hours=st.integers(0, 6),
        again=st.none() | which,
    )
    def open(
        self,
        challenges: tuple[ChallengeId, ...],
        counting_rule: str,
        seats: int,
        quorum_permille: int,
        secret: bool,
        forbidden: bool,
        hours: int,
        again: int | None,
    ) -> None:
        challenges = tuple(one for one in challenges if one not in self.withdrawn)
        before = self.ballot_at(again) if again is not None and self.ballots else None
        new = Model(
            BallotId(f"ballot_{len(self.ballots)}"),
            secret,
            forbidden,
            tuple(sorted(self.participants)),
            challenges,
            quorum_permille,
            self.hours + hours,
            before and before.id,
        )
        once = before is None or (
            before.status == "void"
            and before.rerun_of is None
            and all(one.rerun_of != before.id for one in self.ballots)
        )
        something = not forbidden or all(set(challenges) - own_of(one) for one in self.participants)
        command = OpenBallot(
            new.id,
            programme=PROGRAMME,
            challenges=challenges,
            closes_at=self.log.now + timedelta(hours=hours),
            tie_seed_commitment=b.seed_commitment(SEED),
            ballot_key=DIGEST,
            rule=Code(counting_rule),
            seats=seats,
            quorum_permille=quorum_permille,
            secrecy="secret" if secret else "named",
            own_challenge="forbidden" if forbidden else "disclosed",
            rerun_of=new.rerun_of,
            by=self.by(caller("facilitator", GUIDE)),
        )
        free = self.unavailable().isdisjoint(challenges)
        if self.expect(command, allowed=hours > 0 and free and seats < len(challenges) and once and something):
            self.ballots.append(new)

    @precondition(lambda self: self.ballots)
    @rule(number=which, voter=voters, approvals=some_challenges)
    def vote(self, number: int, voter: PersonId, approvals: tuple[ChallengeId, ...]) -> None:
        self.hand_in(self.ballot_at(number), voter, approvals, self.by(caller("participant", voter)))

    @precondition(lambda self: self.ballots)
    @rule(number=which, papers=st.lists(some_challenges, min_size=6, max_size=6))
    def everybody_votes(self, number: int, papers: list[tuple[ChallengeId, ...]]) -> None:
        for voter, approvals in zip(VOTERS, papers, strict=True):
            self.hand_in(self.ballot_at(number), voter, approvals, self.by(caller("participant", voter)))

    @precondition(lambda self: self.ballots)
    @rule(number=which, voter=voters, approvals=some_challenges)
    def vote_for_another(self, number: int, voter: PersonId, approvals: tuple[ChallengeId, ...]) -> None:
        self.hand_in(self.ballot_at(number), voter, approvals, self.by(self.by_boss))

    def hand_in(self, on: Model, voter: PersonId, approvals: tuple[ChallengeId, ...], by: Caller) -> None:
        approvals = tuple(one for one in on.challenges if one in approvals and one not in on.struck)
        in_person, held = by.person == voter, on.papers.get(voter)
        allowed = (
            on.status == "open"
            and self.hours <= on.closes
            and voter in on.electorate
            and not (on.forbidden and own_of(voter) & set(approvals))
            and on.recused.get(voter, set()).isdisjoint(approvals)
            and (in_person or (not on.secret and not (held and held.own)))
        )
        command = CastVote(on.id, voter=voter, approvals=approvals, seal=self.seal, by=by)
        if self.expect(command, allowed=allowed):
            assert command.paper is not None
            on.papers[voter] = Held(approvals, in_person, command.paper.commitment)

    @precondition(lambda self: self.ballots)
    @rule(number=which, voter=voters, challenge=st.sampled_from(CHALLENGES), unseen=st.booleans())
    def recuse(self, number: int, voter: PersonId, challenge: ChallengeId, unseen: bool) -> None:
        """`unseen`: a paper was handed in after the HTTP layer had read the current one."""
        on = self.ballot_at(number)
        held = on.papers.get(voter)
        looked_at = None if held is None or unseen else HeldPaper(held.commitment, held.approvals)
        allowed = (
            on.status == "open"
            and self.hours <= on.closes
            and voter in on.electorate
            and challenge in on.challenges
            and challenge not in on.recused.get(voter, set())
            and (held is None or (not unseen and not on.secret and challenge not in held.approvals))
        )
        by = self.by(caller("participant", voter))
        if self.expect(DeclareRecusal(on.id, challenge=challenge, paper=looked_at, by=by), allowed=allowed):
            on.recused.setdefault(voter, set()).add(challenge)

    @precondition(lambda self: self.ballots)
    @rule(number=which, voter=st.sampled_from(VOTERS))
    def recuse_from_everything(self, number: int, voter: PersonId) -> None:
        """Recuse from every challenge and hand in a blank paper; on a secret ballot the paper comes last (rule 5)."""
        on = self.ballot_at(number)
        if not on.secret:
            self.hand_in(on, voter, (), self.by(caller("participant", voter)))
        for challenge in on.challenges:
            self.recuse(number, voter, challenge, unseen=False)
        if on.secret:
            self.hand_in(on, voter, (), self.by(caller("participant", voter)))

    @precondition(lambda self: any(one.status == "void" for one in self.ballots))
    @rule(number=which)
    def rerun_a_void_ballot(self, number: int) -> None:
        void = [at for at in range(len(self.ballots)) if self.ballot_at(at).status == "void"]
        again = void[number % len(void)]
        self.open(self.ballot_at(again).challenges, "approval/1", 1, 500, False, False, 6, again)

    @precondition(lambda self: self.ballots)
    @rule(number=which, by_timer=st.booleans())
    def close(self, number: int, by_timer: bool) -> None:
        on = self.ballot_at(number)
        by = self.by(caller("system") if by_timer else caller("facilitator", GUIDE))
        allowed = on.status == "open" and (not by_timer or self.hours >= on.closes)
        if self.expect(b.CloseBallot(on.id, by=by), allowed=allowed):
            on.status = "closed"

    @precondition(lambda self: self.ballots)
    @rule(number=which)
    def count(self, number: int) -> None:
        on = self.ballot_at(number)
        found = [
            OpenedPaper(voter, approvals_of(one), one.commitment, tracker(voter))
            for (ballot, voter), one in self.log.papers.items()
            if ballot == on.id
        ]
        command = CountBallot(on.id, papers=found, tie_seed=SEED, by=self.by(caller("system")))
        if self.expect(command, allowed=on.status == "closed"):
            on.status = "counted" if on.reaches_quorum() else "void"
            if on.status == "counted":
                on.selected = self.log.of(BallotCounted)[-1].selected

    @precondition(lambda self: self.ballots)
    @rule(number=which)
    def run_to_the_end(self, number: int) -> None:
        self.close(number, by_timer=False)
        self.count(number)

    @precondition(lambda self: self.ballots)
    @rule(number=which)
    def certify(self, number: int) -> None:
        on = self.ballot_at(number)
        command = b.CertifyBallot(on.id, by=self.by(caller("facilitator", GUIDE)))
        if self.expect(command, allowed=on.status == "counted"):
            on.status = "certified"

    @precondition(lambda self: self.ballots)
    @rule(number=which, key_lost=st.booleans(), luck=seldom)
    def void(self, number: int, key_lost: bool, luck: int) -> None:
        if luck:
            return
        on = self.ballot_at(number)
        command = (
            b.VoidBallot(on.id, cause="key_lost", by=self.by(caller("system")))
            if key_lost
            else b.VoidBallot(on.id, by=self.by(self.by_boss))
        )
        if self.expect(command, allowed=on.status in ({"open", "closed"} | (set() if key_lost else {"counted"}))):
            on.status = "void"

    @precondition(lambda self: self.ballots)
    @rule(number=which, luck=seldom)
    def withdraw(self, number: int, luck: int) -> None:
        """Withdraw the most approved challenge before the count: it is struck from the ballot (rule 22)."""
        on = self.ballot_at(number)
        standing = [one for one in on.challenges if one not in on.struck]
        if luck or on.status not in {"open", "closed"} or not standing:
            return
        approved = [one for held in on.papers.values() for one in held.approvals]
        challenge = max(standing, key=approved.count)
        self.log.add(
            ChallengeWithdrawn(
                challenge=challenge,
                programme=PROGRAMME,
                organisation=OWNERS[CHALLENGES.index(challenge)],
                stage=Code("on_ballot"),
                ballot=on.id,
            )
        )
        on.struck.add(challenge)
        self.withdrawn.add(challenge)

    # Invariants

    @invariant()
    def rule_3_each_elector_has_one_paper_and_nobody_else_replaces_their_own(self) -> None:
        shown = {
            (on.id, voter): (held.approvals, held.commitment)
            for on in self.ballots
            if on.status in {"open", "closed"}
            for voter, held in on.papers.items()
        }
        assert {name: (approvals_of(one), one.commitment) for name, one in self.log.papers.items()} == shown

    @invariant()
    def rule_4_no_paper_and_no_recusal_is_recorded_after_the_deadline(self) -> None:
        deadlines = {one.ballot: one.closes_at for one in self.log.of(BallotOpened)}
        for one in self.log.recorded:
            if isinstance(one.event, VoteCast | RecusalDeclared):
                assert one.at <= deadlines[one.event.ballot]

    @invariant()
    def rule_5_nothing_reveals_a_choice_before_the_count(self) -> None:
        assert all(b"challenge_" not in json.encode(one) for one in self.log.of(VoteCast))
        counted = {one.ballot for one in self.log.of(BallotCounted)}
        assert {on.id for on in self.ballots if on.status in {"open", "closed"}}.isdisjoint(counted)

    @invariant()
    def the_count_contains_exactly_the_papers_handed_in(self) -> None:
        by_id = {on.id: on for on in self.ballots}
        for one in self.log.of(BallotClosed):
            assert one.turnout == len(by_id[one.ballot].papers)
            assert one.roll.text == "\n".join(sorted(by_id[one.ballot].papers))
        for one in self.log.of(BallotCounted):
            on = by_id[one.ballot]
            assert one.turnout == len(on.papers)
            assert set(one.selected) <= set(on.challenges) - on.struck
            assert set(one.struck) == on.struck
            said = {tracker(voter): held.approvals for voter, held in on.papers.items()}
            if on.secret:
                assert one.voters is None
                assert {paper.tracker: paper.approvals for paper in one.papers} in ({}, said)
            else:
                assert one.voters is not None
                whose = (one.voters.text or "").split()
                by_voter = zip(whose, one.papers, strict=True)
                assert {tracker(PersonId(voter)): paper.approvals for voter, paper in by_voter} == said
            assert {each.challenge: each.approvals for each in one.recusals} == {
                challenge: number
                for challenge in on.challenges
                if (number := sum(challenge in theirs for theirs in on.recused.values()))
            }

    @invariant()
    def rule_7_no_paper_approves_a_challenge_its_voter_is_recused_from(self) -> None:
        for on in self.ballots:
            for voter, held in on.papers.items():
                assert on.recused.get(voter, set()).isdisjoint(held.approvals)

    @invariant()
    def rule_8_a_ballot_is_rerun_at_most_once(self) -> None:
        again = [one.rerun_of for one in self.log.of(BallotOpened) if one.rerun_of is not None]
        assert len(again) == len(set(again))
        assert set(again) <= {one.ballot for one in self.log.of(BallotVoided)}
        assert set(again).isdisjoint(one.ballot for one in self.log.of(BallotOpened) if one.rerun_of is not None)

    @invariant()
    def a_result_is_certified_once_and_as_it_was_counted(self) -> None:
        certified = self.log.of(BallotCertified)
        counted = {one.ballot: one.selected for one in self.log.of(BallotCounted)}
        assert len({one.ballot for one in certified}) == len(certified)
        assert all(one.selected == counted[one.ballot] for one in certified)
        assert {one.ballot for one in certified}.isdisjoint(one.ballot for one in self.log.of(BallotVoided))

    @invariant()
    def the_views_say_the_same(self) -> None:
        events = [(one.event, EventMetadata(one.position, one.at)) for one in self.log.recorded]
        rows = fold_events(BALLOTS, events)
        assert {one.id: one.status for one in rows.values()} == {on.id: on.status for on in self.ballots}
        for on in self.ballots:
            if on.rerun_of is not None:
                assert rows[on.rerun_of].rerun == on.id
        results = fold_events(RESULTS, events)
        assert set(results) == {one.ballot for one in self.log.of(BallotCounted)}
        assert all(one.status == rows[one.ballot].status for one in results.values())


def approvals_of(paper: SealedPaper) -> tuple[ChallengeId, ...]:
    """The approvals of a paper made by `seal`."""
    return tuple(ChallengeId(one) for one in json.decode(paper.sealed, type=list[str]))


def tracker(voter: PersonId) -> Code:
    """The tracker of a voter's current paper."""
    return Code(f"T{sha256(voter.encode()).hexdigest()[:9].upper()}")


def sample_person(person: PersonId) -> PersonRegistered:
    return replace(sample_event(PersonRegistered), person=person)


Ballots.TestCase.settings = SETTINGS
TestBallots = Ballots.TestCase
