"""Voting: a sealed paper of the caller or, on a named ballot, of another elector (rules 1 to 5 and 7)."""

from collections.abc import Collection
from typing import Protocol

from domain.ballots.ballot import BallotCommand, NotAnElector, NotOnTheBallot, Recusals, ranks
from domain.events.ballot import BallotOpened, VoteCast
from domain.foundation import (
    BallotId,
    Caller,
    ChallengeId,
    NotAllowed,
    PersonId,
    Refusal,
    SealedPaper,
    Selector,
    Text,
    applies,
)

# Refusals


class OtherPaper(Refusal):
    """Rule 6: the rule of a ballot is fixed, and with it whether papers are approvals or a ranking."""

    CODE = "other-paper"
    STATUS = 422
    TEXT = Text(
        en="The rule of this ballot requires the field {wanted}.",
        nl="De telregel van deze stemming vereist het veld {wanted}.",
    )


class TakenBack(Refusal):
    """Rule 22: a challenge that is withdrawn during the voting is struck; papers that approve it stay, new ones are refused."""

    CODE = "challenge-withdrawn"
    TEXT = Text(en="{challenge} was withdrawn from this ballot.", nl="{challenge} is uit deze stemming teruggetrokken.")


class OwnChallengeForbidden(Refusal):
    """Rule 7: under `forbidden` a paper that approves the elector's own challenge is refused."""

    CODE = "own-challenge-forbidden"
    TEXT = Text(
        en="You may not approve your own challenge {challenge}.",
        nl="Je mag je eigen vraagstuk {challenge} niet kiezen.",
    )


class Recused(Refusal):
    """Rule 7: an elector who is recused from a challenge cannot approve it."""

    CODE = "recused"
    TEXT = Text(
        en="You declared that you do not vote on {challenge}.",
        nl="Je hebt verklaard dat je niet meestemt over {challenge}.",
    )


class OwnPaperStands(Refusal):
    """Rule 3: a paper that someone else enters never replaces the elector's own."""

    CODE = "own-paper-stands"
    TEXT = Text(
        en="This elector has voted in person; their own vote counts.",
        nl="Deze stemgerechtigde heeft zelf gestemd; die stem telt.",
    )


# Commands


class SealPaper(Protocol):
    """Seal choices under a ballot's public key with a new receipt: the domain has no randomness of its own.

    Under a rule that ranks, `approvals` are in the voter's order, the best first.
    """

    def __call__(self, opened: BallotOpened, voter: PersonId, approvals: Collection[ChallengeId]) -> SealedPaper:
        """The sealed paper of this voter."""
        ...


class CastVote(BallotCommand):
    """Cast a vote (rules 1, 2, 3, 4, 5, 7). `ranked`: `approvals` are in the voter's order, the best first."""

    def __init__(
        self,
        ballot: BallotId,
        *,
        voter: PersonId,
        approvals: tuple[ChallengeId, ...],
        ranked: bool = False,
        seal: SealPaper,
        by: Caller,
    ) -> None:
        in_person = voter == by.person
        votes = [] if in_person else [Selector(types=[VoteCast], tags=[voter, ballot])]
        super().__init__(by, ballot, boundary=votes)
        self.voter, self.approvals, self.ranked, self.seal = voter, approvals, ranked, seal
        self.recusals = Recusals(ballot, voter)
        self.voted_in_person = False

    @applies(VoteCast)
    def _(self, own: bool) -> None:
        self.voted_in_person |= own

    def execute(self) -> None:
        opened = self.ballot_state.require_ballot()
        self._require_right(opened)
        self.require_open(opened)
        if self.voter not in opened.electorate:
            raise NotAnElector
        field = self._require_fitting(opened)
        if not set(opened.challenge_ids).issuperset(self.approvals):
            raise NotOnTheBallot(field=field)
        if struck := [one for one in self.approvals if one in self.ballot_state.struck]:
            raise TakenBack(field=field, challenge=struck[0])
        if opened.own_challenge == "forbidden":
            self._refuse_own(opened, field)
        for one in self.approvals:
            if one in self.recusals.of(self.voter):
                raise Recused(field=field, challenge=one)
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
        """Raises unless the paper is the caller's own, or one that a manager enters for an elector (rule 3).

        A manager does so with a reason, on a named ballot, and never over the elector's own paper.
        """
        if self.voter == self.by.person:
            self.require_elector(opened)
            return
        self.rights.require_manager(opened.programme, opened.organisations)
        self.require_reason()
        if opened.secrecy != "named":
            raise NotAllowed
        if self.voted_in_person:
            raise OwnPaperStands

    def _require_fitting(self, opened: BallotOpened) -> str:
        """Return the field of the paper's choices. Raises `OtherPaper` if the rule asks for the other one."""
        field, other = ("ranking", "approvals") if self.ranked else ("approvals", "ranking")
        if ranks(opened.rule) != self.ranked:
            raise OtherPaper(field=field, wanted=other)
        return field

    def _refuse_own(self, opened: BallotOpened, field: str) -> None:
        for one in opened.own:
            for challenge in one.challenges:
                if one.elector == self.voter and challenge in self.approvals:
                    raise OwnChallengeForbidden(field=field, challenge=challenge)
