"""The joint choice of challenges: opening, voting, closing, counting, certifying.

How papers are counted is in `counting.py`.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime
from hashlib import sha256
from typing import Literal, NamedTuple, Protocol

from msgspec import Struct

from domain import counting
from domain.challenge import ChallengeAdmitted, ChallengeDeclined, ChallengeProposed, KnowingChallenges
from domain.foundation import (
    BallotId,
    Caller,
    ChallengeId,
    Code,
    Digest,
    Fact,
    Nobody,
    NotAllowed,
    NotFound,
    OrganisationId,
    PersonId,
    ProgrammeId,
    Refusal,
    SealedPaper,
    Selector,
    Text,
    Words,
    learns,
)
from domain.programme import InProgramme
from domain.roles import Acting, ParticipantEnrolled, ParticipantWithdrew

Secrecy = Literal["named", "secret"]
OwnChallenge = Literal["disclosed", "forbidden"]
VoidCause = Literal["quorum", "key_lost", "manager"]

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
    """A paper as the count publishes it: its number in ascending order of commitments, and what it approved."""

    number: int
    approvals: tuple[ChallengeId, ...]


# Facts


class BallotOpened(Fact, frozen=True, kw_only=True):
    """A ballot opened; electorate, challenges, rule, seed commitment and deadline stay as they are from here on.

    `quorum_permille`: current papers per thousand electors. `ballot_key`: X25519 public key. `tie_seed_commitment`: SHA-256
    of the seed. Both base64url without padding. `understaffed`: the electors are fewer than its seats need.
    """

    TOPIC = "ballot.opened"
    CONCERNS = ("ballot", "challenge_ids", "programme")
    AUDIENCE = ("organisations",)
    AUDIT = Text(
        en="The ballot on {challenges:count} challenges for {seats} places opened for {electorate:count} electors.",
        nl="De stemming over {challenges:count} vraagstukken voor {seats} plaatsen ging open "
        "voor {electorate:count} stemgerechtigden.",
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


class BallotClosed(Fact, frozen=True, kw_only=True):
    """No paper is accepted any more. `roll`: who voted, sealed: the ids of the voters, ascending, one a line."""

    TOPIC = "ballot.closed"
    CONCERNS = ("ballot", "programme")
    AUDIENCE = ("organisations",)
    AUDIT = Text(en="The ballot closed with {turnout} papers.", nl="De stemming sloot met {turnout} stembiljetten.")
    KEY = "programme"

    ballot: BallotId
    programme: ProgrammeId
    organisations: tuple[OrganisationId, ...]
    cause: Code
    turnout: int
    papers_digest: Digest
    roll: Words


class BallotCounted(Fact, frozen=True, kw_only=True):
    """The papers were opened and counted: the seed lets anyone repeat the draw, the papers let anyone repeat the count.

    The trace names papers by number. `voters`: whose they were, sealed, since the organisations that are told the result are
    not told the votes (rule 5): the voters' ids in the order of the numbers, one a line.
    """

    TOPIC = "ballot.counted"
    CONCERNS = ("ballot", "challenge_ids", "programme")
    AUDIENCE = ("organisations",)
    AUDIT = Text(
        en="The count of {turnout} papers selected {selected}.",
        nl="De telling van {turnout} stembiljetten koos {selected}.",
    )

    ballot: BallotId
    programme: ProgrammeId
    organisations: tuple[OrganisationId, ...]
    challenge_ids: tuple[ChallengeId, ...]
    turnout: int
    selected: tuple[ChallengeId, ...]
    tallies: tuple[counting.Tally, ...]
    own_approvals: tuple[counting.Tally, ...]
    trace: tuple[counting.Round, ...]
    papers: tuple[CountedPaper, ...]
    voters: Words
    tie_seed: Digest


class BallotCertified(Fact, frozen=True, kw_only=True):
    """The result stands; from here on preferences can be given."""

    TOPIC = "ballot.certified"
    CONCERNS = ("ballot", "challenge_ids", "programme")
    AUDIENCE = ("organisations",)
    AUDIT = Text(en="The result was certified: {selected}.", nl="De uitslag is vastgesteld: {selected}.")

    ballot: BallotId
    programme: ProgrammeId
    organisations: tuple[OrganisationId, ...]
    challenge_ids: tuple[ChallengeId, ...]
    selected: tuple[ChallengeId, ...]


class BallotVoided(Fact, frozen=True, kw_only=True):
    """The ballot has no result; its challenges may stand on another."""

    TOPIC = "ballot.voided"
    CONCERNS = ("ballot", "challenge_ids", "programme")
    AUDIENCE = ("organisations",)
    AUDIT = Text(en="The ballot is void ({cause}).", nl="De stemming is ongeldig ({cause}).")

    ballot: BallotId
    programme: ProgrammeId
    organisations: tuple[OrganisationId, ...]
    challenge_ids: tuple[ChallengeId, ...]
    cause: Code


# Refusals


class NotAdmitted(Refusal):
    """Only admitted challenges of this programme that stand on no running ballot can be voted on."""

    CODE = "not-admitted"
    TEXT = Text(
        en="A challenge on this list is not admitted, or stands on another ballot.",
        nl="Een vraagstuk op deze lijst is niet toegelaten of staat op een andere stemming.",
    )


class TooFewChallenges(Refusal):
    """Rule 1: a choice has fewer seats than challenges."""

    CODE = "too-few-challenges"
    TEXT = Text(
        en="There is nothing to choose: seats must be fewer than challenges.",
        nl="Er valt niets te kiezen: er moeten minder plaatsen dan vraagstukken zijn.",
    )


class NoElectors(Refusal):
    """Rule 1: the electorate is the participants active when the ballot opens."""

    CODE = "no-electors"
    TEXT = Text(en="The programme has no participants.", nl="De leergang heeft geen deelnemers.")


class NothingToChoose(Refusal):
    """Rule 7: under `forbidden` an opening is refused if an elector would have nothing to choose."""

    CODE = "nothing-to-choose"
    TEXT = Text(
        en="An elector could approve of nothing: every challenge would be their own.",
        nl="Een stemgerechtigde zou niets kunnen kiezen: elk vraagstuk is van henzelf.",
    )


class ClosesTooSoon(Refusal):
    """Rule 26: `closes_at` lies in the future."""

    CODE = "closes-too-soon"
    STATUS = 422
    TEXT = Text(en="A ballot closes in the future.", nl="Een stemming sluit in de toekomst.")


class BallotNotOpen(Refusal):
    """Rule 4: a paper counts only while the ballot is open."""

    CODE = "ballot-not-open"
    TEXT = Text(en="This ballot is closed.", nl="Deze stemming is gesloten.")


class NotAnElector(Refusal):
    """Rule 1: the electorate is fixed when the ballot opens."""

    CODE = "not-an-elector"
    TEXT = Text(en="You are not an elector of this ballot.", nl="Je bent niet stemgerechtigd in deze stemming.")


class NotOnTheBallot(Refusal):
    """Rule 2: only what stands on the ballot can be approved."""

    CODE = "not-on-the-ballot"
    TEXT = Text(
        en="A challenge that you approve is not on this ballot.",
        nl="Een gekozen vraagstuk staat niet op dit stembiljet.",
    )


class OwnChallengeForbidden(Refusal):
    """Rule 7: under `forbidden` a paper that approves one's own challenge is refused by name."""

    CODE = "own-challenge-forbidden"
    TEXT = Text(
        en="You may not approve your own challenge {challenge}.",
        nl="Je mag je eigen vraagstuk {challenge} niet kiezen.",
    )


class OwnPaperStands(Refusal):
    """Rule 3: a paper that someone else enters never replaces the elector's own."""

    CODE = "own-paper-stands"
    TEXT = Text(
        en="This elector voted in person; that stands.", nl="Deze stemgerechtigde heeft zelf gestemd; dat geldt."
    )


class NotClosed(Refusal):
    """A ballot is counted once it is closed."""

    CODE = "ballot-not-closed"
    TEXT = Text(en="This ballot is still open.", nl="Deze stemming is nog open.")


class NotCounted(Refusal):
    """A result is certified once it is counted, and once only."""

    CODE = "ballot-not-counted"
    TEXT = Text(en="This ballot has no count to certify.", nl="Deze stemming heeft geen telling om vast te stellen.")


class PapersDiffer(Refusal):
    """The papers at hand are not those that were current at the close: the digest in `ballot.closed` says so."""

    CODE = "papers-differ"
    TEXT = Text(
        en="The papers are not those of the close; nothing was counted.",
        nl="De stembiljetten zijn niet die van de sluiting; er is niets geteld.",
    )


class BallotOver(Refusal):
    """A certified ballot stands, and a void one is void."""

    CODE = "ballot-over"
    TEXT = Text(en="This ballot is over.", nl="Deze stemming is voorbij.")


# Digests


def papers_digest(commitments: Iterable[Digest]) -> Digest:
    """SHA-256("kring/papers/1" ‖ the commitments, 32 bytes each, ascending), as `ballot.closed` holds it (5-audit.md)."""
    raw = sorted(urlsafe_b64decode(one + "=") for one in commitments)
    return _text(sha256(b"kring/papers/1" + b"".join(raw)).digest())


def seed_commitment(seed: bytes) -> Digest:
    """SHA-256 of the tie seed, fixed before the first vote (rule 6)."""
    return _text(sha256(seed).digest())


def _text(digest: bytes) -> Digest:
    return Digest(urlsafe_b64encode(digest).rstrip(b"=").decode())


# Commands


class OpenBallot(InProgramme, KnowingChallenges):
    """Let the participants choose (rules 1, 2, 6, 7)."""

    def __init__(
        self,
        ballot: BallotId,
        *,
        programme: ProgrammeId,
        challenges: tuple[ChallengeId, ...],
        closes_at: datetime,
        tie_seed_commitment: Digest,
        ballot_key: Digest,
        rule: Code = Code("equal_shares/1"),
        seats: int | None = None,
        quorum_permille: int = 500,
        secrecy: Secrecy = "named",
        own_challenge: OwnChallenge = "disclosed",
        by: Caller,
    ) -> None:
        super().__init__()
        self.ballot, self.programme, self.challenges, self.closes_at, self.by = (
            ballot,
            programme,
            challenges,
            closes_at,
            by,
        )
        self.tie_seed_commitment, self.ballot_key, self.rule = tie_seed_commitment, ballot_key, rule
        self.seats, self.quorum_permille, self.secrecy = seats, quorum_permille, secrecy
        self.own_challenge: OwnChallenge = own_challenge

    def consistency_boundary(self) -> list[Selector]:
        types = [ChallengeProposed, ChallengeAdmitted, ChallengeDeclined, BallotOpened, BallotCertified, BallotVoided]
        return [
            *super().consistency_boundary(),
            Selector(types=[ParticipantEnrolled, ParticipantWithdrew], tags=[self.programme]),
            *(Selector(types=types, tags=[one]) for one in self.challenges),
        ]

    @learns(BallotOpened)
    def _(self, fact: BallotOpened) -> None:
        self.status.update(dict.fromkeys(fact.challenge_ids, "on_ballot"))

    @learns(BallotCertified)
    def _(self, challenge_ids: tuple[ChallengeId, ...], selected: tuple[ChallengeId, ...]) -> None:
        self.status.update({one: "selected" if one in selected else "admitted" for one in challenge_ids})

    @learns(BallotVoided)
    def _(self, challenge_ids: tuple[ChallengeId, ...]) -> None:
        self.status.update(dict.fromkeys(challenge_ids, "admitted"))

    def execute(self) -> None:
        programme = self.require_programme()
        self.require_facilitator(self.programme)
        if self.closes_at <= self.by.at:
            raise ClosesTooSoon(field="closes_at")
        for one in self.challenges:
            if self.status.get(one) != "admitted" or self.proposed[one].programme != self.programme:
                raise NotAdmitted(field="challenge_ids")
        electorate = tuple(sorted(person for person, where in self.participants if where == self.programme))
        if not electorate:
            raise NoElectors
        bounds = programme.policies
        seats = self.seats or counting.default_seats(len(electorate), bounds.min_team, bounds.max_team)
        if seats >= len(self.challenges):
            raise TooFewChallenges(field="seats" if self.seats else "challenge_ids")
        standing = tuple(self._standing(one) for one in self.challenges)
        own = tuple(Own(one, mine) for one in electorate if (mine := self._own(one, standing)))
        if self.own_challenge == "forbidden" and any(len(one.challenges) == len(standing) for one in own):
            raise NothingToChoose(field="own_challenge")
        self.not_after = self.closes_at
        self.record(
            BallotOpened(
                ballot=self.ballot,
                programme=self.programme,
                challenges=standing,
                electorate=electorate,
                own=own,
                rule=self.rule,
                seats=seats,
                quorum_permille=self.quorum_permille,
                secrecy=Code(self.secrecy),
                own_challenge=Code(self.own_challenge),
                tie_seed_commitment=self.tie_seed_commitment,
                ballot_key=self.ballot_key,
                closes_at=self.closes_at,
                understaffed=len(electorate) < seats * bounds.min_team,
            )
        )

    def _standing(self, challenge: ChallengeId) -> Standing:
        fact = self.proposed[challenge]
        texts = (fact.title, fact.context, *(() if fact.wish is None else (fact.wish,)))
        digests = tuple(Digest(one.digest) for one in texts if one.digest is not None)
        return Standing(challenge, fact.organisation, fact.proposer, digests)

    def _own(self, person: PersonId, standing: Iterable[Standing]) -> tuple[ChallengeId, ...]:
        """Rule 7: a challenge is an elector's own if they proposed it or it is their organisation's."""
        organisation = self.participants[person, self.programme]
        return tuple(
            one.challenge
            for one in standing
            if one.proposer == person or (organisation is not None and one.organisation == organisation)
        )


class OnBallot(Acting):
    """What every command on a ballot knows about it."""

    ballot: BallotId
    opened: BallotOpened | None = None
    closed: BallotClosed | None = None
    over: bool = False

    def consistency_boundary(self) -> list[Selector]:
        types = [BallotOpened, BallotClosed, BallotCertified, BallotVoided]
        return [*super().consistency_boundary(), Selector(types=types, tags=[self.ballot])]

    @learns(BallotOpened)
    def _(self, fact: BallotOpened) -> None:
        if fact.ballot == self.ballot:
            self.opened = fact

    @learns(BallotClosed)
    def _(self, fact: BallotClosed) -> None:
        self.closed = fact

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


class SealPaper(Protocol):
    """Seal choices under a ballot's public key with a new receipt: chance comes in from outside."""

    def __call__(self, opened: BallotOpened, voter: PersonId, approvals: Collection[ChallengeId]) -> SealedPaper:
        """The sealed paper of this voter."""
        ...


class CastVote(OnBallot):
    """Hand in a paper (rules 1 to 5, 7)."""

    voted_in_person: bool = False

    def __init__(
        self,
        ballot: BallotId,
        *,
        voter: PersonId,
        approvals: tuple[ChallengeId, ...],
        seal: SealPaper,
        by: Caller,
    ) -> None:
        super().__init__()
        self.ballot, self.voter, self.approvals, self.seal, self.by = ballot, voter, approvals, seal, by

    def consistency_boundary(self) -> list[Selector]:
        if self.voter == self.by.person:
            return super().consistency_boundary()
        return [
            *super().consistency_boundary(),
            Selector(types=[VoteCast], tags=[self.voter, self.ballot]),
        ]

    @learns(VoteCast)
    def _(self, own: bool) -> None:
        self.voted_in_person |= own

    def execute(self) -> None:
        opened = self.require_ballot()
        self._require_right(opened)
        self.require_open(opened)
        if self.voter not in opened.electorate:
            raise NotAnElector
        if not set(opened.challenge_ids).issuperset(self.approvals):
            raise NotOnTheBallot(field="approvals")
        if opened.own_challenge == "forbidden":
            self._refuse_own(opened)
        self.paper = self.seal(opened, self.voter, self.approvals)
        self.record(
            VoteCast(
                ballot=self.ballot,
                programme=opened.programme,
                voter=self.voter,
                commitment=self.paper.commitment,
                own=self.voter == self.by.person,
            )
        )

    def _require_right(self, opened: BallotOpened) -> None:
        """Rule 3: one's own paper; or another's, by a manager with a reason, on a named ballot, never over the elector's own."""
        if self.voter == self.by.person:
            if self.token_ended or self.by.role != "participant" or self.voter not in opened.electorate:
                if self.participates(opened.programme):
                    raise NotAnElector
                self.refuse(opened.programme, opened.organisations)
            return
        self.require_manager(opened.programme, opened.organisations)
        self.require_reason()
        if opened.secrecy != "named":
            raise NotAllowed
        if self.voted_in_person:
            raise OwnPaperStands

    def _refuse_own(self, opened: BallotOpened) -> None:
        for one in opened.own:
            for challenge in one.challenges:
                if one.elector == self.voter and challenge in self.approvals:
                    raise OwnChallengeForbidden(field="approvals", challenge=challenge)


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


class OpenedPaper(NamedTuple):
    """A paper of the close, opened for the count."""

    voter: PersonId
    approvals: tuple[ChallengeId, ...]
    commitment: Digest


class CountBallot(OnBallot):
    """Count the papers of the close (rules 6 to 8); below the quorum the ballot is void."""

    counted: bool = False

    def __init__(self, ballot: BallotId, *, papers: Collection[OpenedPaper], tie_seed: bytes, by: Caller) -> None:
        super().__init__()
        self.ballot, self.papers, self.tie_seed, self.by = ballot, papers, tie_seed, by

    def consistency_boundary(self) -> list[Selector]:
        return [*super().consistency_boundary(), Selector(types=[BallotCounted], tags=[self.ballot])]

    @learns(BallotCounted)
    def _(self) -> None:
        self.counted = True

    def execute(self) -> None:
        opened = self.require_ballot()
        self.require_facilitator(opened.programme, opened.organisations)
        if self.over or self.counted:
            raise BallotOver
        if self.closed is None:
            raise NotClosed
        if papers_digest(one.commitment for one in self.papers) != self.closed.papers_digest:
            raise PapersDiffer
        self.drops_papers_of = self.ballot
        if len(self.papers) * MILLE < opened.quorum_permille * len(opened.electorate):
            self.record(void(opened, "quorum"))
        else:
            self.record(self._count(opened, self.closed))

    def _count(self, opened: BallotOpened, closed: BallotClosed) -> BallotCounted:
        papers = sorted(self.papers, key=lambda one: urlsafe_b64decode(one.commitment + "="))
        result = counting.count(
            opened.rule,
            [counting.Paper(str(number), one.approvals) for number, one in enumerate(papers, 1)],
            opened.challenge_ids,
            opened.seats,
            self.tie_seed,
            {one.challenge: one.organisation for one in opened.challenges if one.organisation is not None},
        )
        return BallotCounted(
            ballot=self.ballot,
            programme=opened.programme,
            organisations=opened.organisations,
            challenge_ids=opened.challenge_ids,
            turnout=closed.turnout,
            selected=tuple(ChallengeId(one) for one in result.selected),
            tallies=result.tallies,
            own_approvals=self._own_approvals(opened),
            trace=result.trace,
            papers=tuple(CountedPaper(number, one.approvals) for number, one in enumerate(papers, 1)),
            voters=Words("\n".join(one.voter for one in papers)),
            tie_seed=_text(self.tie_seed),
        )

    def _own_approvals(self, opened: BallotOpened) -> tuple[counting.Tally, ...]:
        """How many approvals of each challenge were own ones (rule 7)."""
        own = {one.elector: one.challenges for one in opened.own}
        times = Counter(
            challenge for paper in self.papers for challenge in paper.approvals if challenge in own.get(paper.voter, ())
        )
        return tuple(counting.Tally(challenge, times[challenge]) for challenge in sorted(times))


def void(opened: BallotOpened, cause: VoidCause) -> BallotVoided:
    """That this ballot has no result, and why."""
    return BallotVoided(
        ballot=opened.ballot,
        programme=opened.programme,
        organisations=opened.organisations,
        challenge_ids=opened.challenge_ids,
        cause=Code(cause),
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
    """Declare that a ballot has no result: the manager with a reason; Kring itself when the key is lost."""

    def __init__(self, ballot: BallotId, *, cause: VoidCause = "manager", by: Caller) -> None:
        super().__init__()
        self.ballot, self.by = ballot, by
        self.cause: VoidCause = cause

    def execute(self) -> None:
        opened = self.require_ballot()
        self.require_manager(opened.programme, opened.organisations)
        if self.over:
            raise BallotOver
        if self.by.role != "system":
            self.require_reason()
        self.drops_papers_of = self.ballot
        self.record(void(opened, self.cause))
