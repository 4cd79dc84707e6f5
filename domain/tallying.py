"""The count of a closed ballot, from its opened papers to what is published of them (rules 5 to 8).

How papers elect is in `counting.py`.
"""

from base64 import urlsafe_b64decode
from collections import Counter
from collections.abc import Collection
from typing import NamedTuple

from domain import counting
from domain.ballot import (
    MILLE,
    BallotClosed,
    BallotCounted,
    BallotOpened,
    BallotOver,
    CountedPaper,
    OnBallot,
    as_digest,
    papers_digest,
    void,
)
from domain.foundation import BallotId, Caller, ChallengeId, Digest, PersonId, Refusal, Selector, Text, Words, learns

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
            tie_seed=as_digest(self.tie_seed),
        )

    def _own_approvals(self, opened: BallotOpened) -> tuple[counting.Tally, ...]:
        """How many approvals of each challenge were own ones (rule 7)."""
        own = {one.elector: one.challenges for one in opened.own}
        times = Counter(
            challenge for paper in self.papers for challenge in paper.approvals if challenge in own.get(paper.voter, ())
        )
        return tuple(counting.Tally(challenge, times[challenge]) for challenge in sorted(times))
