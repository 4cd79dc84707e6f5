"""The count of a closed ballot, from its opened papers to what is published of them (rules 5 to 8).

A named ballot publishes papers by number, with their voters sealed; a secret one by tracker, without any
(docs/explanation/sealing.md 'Ballot papers').

The counting rules are in `calculations/counting`.
"""

from collections import Counter
from collections.abc import Collection
from typing import NamedTuple

from domain import base64url
from domain.ballots.ballot import MILLE, BallotCommand, BallotOver, Recusals, void
from domain.ballots.opening import FEWEST_FOR_SECRECY
from domain.calculations import counting
from domain.events.ballot import (
    BallotClosed,
    BallotCounted,
    BallotOpened,
    CountedPaper,
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
    """A ballot is counted after it was closed."""

    CODE = "ballot-not-closed"
    TEXT = Text(en="This ballot is still open.", nl="Deze stemming is nog open.")


class PapersDiffer(Refusal):
    """The papers given are not those that were current at the close, by the digest in `ballot.closed`."""

    CODE = "papers-differ"
    TEXT = Text(
        en="The papers differ from those at the close, so they were not counted.",
        nl="De stembiljetten zijn niet dezelfde als bij de sluiting. Ze zijn daarom niet geteld.",
    )


# Commands


class OpenedPaper(NamedTuple):
    """A paper that was current at the close, opened. Under a rule that ranks, `approvals` are in the voter's order."""

    voter: PersonId
    approvals: tuple[ChallengeId, ...]
    commitment: Digest
    tracker: Code


class CountBallot(BallotCommand):
    """Count the papers that were current at the close (rules 6 to 8); below the quorum the ballot is void."""

    def __init__(self, ballot: BallotId, *, papers: Collection[OpenedPaper], tie_seed: bytes, by: Caller) -> None:
        super().__init__(by, ballot, boundary=[Selector(types=[BallotCounted], tags=[ballot])])
        self.papers, self.tie_seed = papers, tie_seed
        self.recusals = Recusals(ballot)
        self.counted = False

    @applies(BallotCounted)
    def _(self) -> None:
        self.counted = True

    def execute(self) -> None:
        opened = self.ballot_state.require_ballot()
        self.rights.require_facilitator(opened.programme, opened.organisations)
        if self.ballot_state.over or self.counted:
            raise BallotOver
        if self.ballot_state.closed is None:
            raise NotClosed
        if papers_digest(one.commitment for one in self.papers) != self.ballot_state.closed.papers_digest:
            raise PapersDiffer
        self.drops_papers_of = self.ballot
        if len(self.papers) * MILLE < opened.quorum_permille * self._electors(opened):
            self.record(void(opened, "quorum"))
        else:
            self.record(self._count(opened, self.ballot_state.closed))

    def _count(self, opened: BallotOpened, closed: BallotClosed) -> BallotCounted:
        secret = opened.secrecy == "secret"
        papers = self._in_order(secret=secret)
        published = [
            CountedPaper(number, one.approvals, one.tracker if secret else None) for number, one in enumerate(papers, 1)
        ]
        result = counting.count(
            opened.rule,
            [counting.Paper(one.tracker or str(one.number), one.approvals) for one in published],
            opened.challenge_ids,
            opened.seats,
            self.tie_seed,
            opened.commissioners,
            self.ballot_state.struck,
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
            papers=() if hidden else tuple(published),
            voters=None if secret else Words("\n".join(one.voter for one in papers)),
            tie_seed=as_digest(self.tie_seed),
            struck=tuple(sorted(self.ballot_state.struck)),
            recusals=self._recusals(),
            stays_closed=hidden,
            stages=() if hidden else result.stages,
        )

    def _in_order(self, *, secret: bool) -> list[OpenedPaper]:
        """The papers in an order that reveals no voters beyond their commitments, and on a secret ballot none.

        Commitments are beside their voters in `ballot.vote_cast`: in their order, secret papers could be matched with voters.
        """
        if secret:
            return sorted(self.papers, key=lambda one: one.tracker)
        return sorted(self.papers, key=lambda one: base64url.decode(one.commitment))

    def _electors(self, opened: BallotOpened) -> int:
        """The number of electors for the quorum: those who are not recused from every challenge (rule 8)."""
        everything = set(opened.challenge_ids) - self.ballot_state.struck
        return sum(not everything <= self.recusals.of(one) for one in opened.electorate)

    def _recusals(self) -> tuple[counting.Tally, ...]:
        """The number of recusals from each challenge (rule 7)."""
        times = Counter(challenge for theirs in self.recusals.by_elector.values() for challenge in theirs)
        return tuple(counting.Tally(challenge, times[challenge]) for challenge in sorted(times))

    def _too_few(self, opened: BallotOpened) -> bool:
        """Whether there are too few papers to publish them, or too few voters who may have approved some challenge.

        Recusals are public, so papers of recused electors hide nobody.
        """
        taking_part = (
            sum(one not in self.recusals.of(paper.voter) for paper in self.papers) for one in opened.challenge_ids
        )
        return len(self.papers) < FEWEST_FOR_SECRECY or min(taking_part) < FEWEST_FOR_SECRECY

    def _own_approvals(self, opened: BallotOpened) -> tuple[counting.Tally, ...]:
        """The number of approvals of each challenge by electors whose own it is (rule 7)."""
        own = {one.elector: one.challenges for one in opened.own}
        times = Counter(
            challenge for paper in self.papers for challenge in paper.approvals if challenge in own.get(paper.voter, ())
        )
        for one in self.ballot_state.struck:
            times.pop(one, None)
        return tuple(counting.Tally(challenge, times[challenge]) for challenge in sorted(times))
