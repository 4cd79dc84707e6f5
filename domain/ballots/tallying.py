"""The count of a closed ballot, from its opened papers to what is published of them (rules 5 to 8).

A named ballot publishes papers by number, with their voters sealed; a secret one by tracker, without any
(docs/explanation/sealing.md 'Ballot papers').

How papers elect is in `counting.py`.
"""

from base64 import urlsafe_b64decode
from collections import Counter
from collections.abc import Collection
from typing import NamedTuple

from domain.ballots.ballot import MILLE, BallotOver, KnowingRecusals, void
from domain.ballots.opening import FEWEST_FOR_SECRECY
from domain.calculations import counting
from domain.events.ballot import (
    BallotClosed,
    BallotCounted,
    BallotOpened,
    CountedPaper,
    RecusalDeclared,
    as_digest,
    papers_digest,
)
from domain.foundation import (
    BallotId,
    Caller,
    ChallengeId,
    Code,
    Digest,
    PersonId,
    Refusal,
    Selector,
    Text,
    Words,
    applies,
)

# Refusals


class NotClosed(Refusal):
    """A ballot is counted once it is closed."""

    CODE = "ballot-not-closed"
    TEXT = Text(en="This ballot is still open.", nl="Deze stemming is nog open.")


class PapersDiffer(Refusal):
    """The papers at hand are not those that were current at the close: the digest in `ballot.closed` says so."""

    CODE = "papers-differ"
    TEXT = Text(
        en="The papers are not those of the close; nothing was counted.",
        nl="De stembiljetten zijn niet die van de sluiting; er is niets geteld.",
    )


# Commands


class OpenedPaper(NamedTuple):
    """A paper of the close, opened for the count. Under a rule that ranks, `approvals` are in the voter's order."""

    voter: PersonId
    approvals: tuple[ChallengeId, ...]
    commitment: Digest
    tracker: Code


class CountBallot(KnowingRecusals):
    """Count the papers of the close (rules 6 to 8); below the quorum the ballot is void."""

    counted: bool = False

    def __init__(self, ballot: BallotId, *, papers: Collection[OpenedPaper], tie_seed: bytes, by: Caller) -> None:
        super().__init__()
        self.ballot, self.papers, self.tie_seed, self.by = ballot, papers, tie_seed, by

    def consistency_boundary(self) -> list[Selector]:
        return [
            *super().consistency_boundary(),
            Selector(types=[BallotCounted, RecusalDeclared], tags=[self.ballot]),
        ]

    @applies(BallotCounted)
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
        if len(self.papers) * MILLE < opened.quorum_permille * self._electors(opened):
            self.record(void(opened, "quorum"))
        else:
            self.record(self._count(opened, self.closed))

    def _count(self, opened: BallotOpened, closed: BallotClosed) -> BallotCounted:
        secret = opened.secrecy == "secret"
        papers = self._in_order(secret=secret)
        shown = [
            CountedPaper(number, one.approvals, one.tracker if secret else None) for number, one in enumerate(papers, 1)
        ]
        result = counting.count(
            opened.rule,
            [counting.Paper(one.tracker or str(one.number), one.approvals) for one in shown],
            opened.challenge_ids,
            opened.seats,
            self.tie_seed,
            opened.commissioners,
            self.struck,
        )
        hidden = secret and self._too_few(opened)
        return BallotCounted(
            ballot=self.ballot,
            programme=opened.programme,
            organisations=opened.organisations,
            challenge_ids=opened.challenge_ids,
            turnout=closed.turnout,
            selected=tuple(ChallengeId(one) for one in result.selected),
            tallies=() if hidden else result.tallies,
            own_approvals=() if secret else self._own_approvals(opened),
            trace=() if hidden else result.trace,
            papers=() if hidden else tuple(shown),
            voters=None if secret else Words("\n".join(one.voter for one in papers)),
            tie_seed=as_digest(self.tie_seed),
            struck=tuple(sorted(self.struck)),
            recusals=self._recusals(),
            stays_closed=hidden,
            stages=() if hidden else result.stages,
        )

    def _in_order(self, *, secret: bool) -> list[OpenedPaper]:
        """The papers in an order that tells nothing of voters beyond what their commitments do, or on a secret ballot nothing.

        Commitments stand beside their voters in `ballot.vote_cast`: their order would tell whose a secret paper is.
        """
        if secret:
            return sorted(self.papers, key=lambda one: one.tracker)
        return sorted(self.papers, key=lambda one: urlsafe_b64decode(one.commitment + "="))

    def _electors(self, opened: BallotOpened) -> int:
        """The electors of the quorum: who is not recused from every challenge (rule 8)."""
        everything = set(opened.challenge_ids) - self.struck
        return sum(not everything <= self.recused.get(one, set()) for one in opened.electorate)

    def _recusals(self) -> tuple[counting.Tally, ...]:
        """How many recused themselves from each challenge (rule 7)."""
        times = Counter(challenge for theirs in self.recused.values() for challenge in theirs)
        return tuple(counting.Tally(challenge, times[challenge]) for challenge in sorted(times))

    def _too_few(self, opened: BallotOpened) -> bool:
        """Too few papers to show any; or too few of voters who may have approved some challenge, since recusals are known."""
        taking_part = (
            sum(one not in self.recused.get(paper.voter, ()) for paper in self.papers) for one in opened.challenge_ids
        )
        return len(self.papers) < FEWEST_FOR_SECRECY or min(taking_part) < FEWEST_FOR_SECRECY

    def _own_approvals(self, opened: BallotOpened) -> tuple[counting.Tally, ...]:
        """How many approvals of each challenge were own ones (rule 7)."""
        own = {one.elector: one.challenges for one in opened.own}
        times = Counter(
            challenge for paper in self.papers for challenge in paper.approvals if challenge in own.get(paper.voter, ())
        )
        for one in self.struck:
            times.pop(one, None)
        return tuple(counting.Tally(challenge, times[challenge]) for challenge in sorted(times))
