"""Voting: handing in a sealed paper, one's own or, on a named ballot, another's (rules 1 to 5 and 7)."""

from collections.abc import Collection
from typing import Protocol

from domain.ballots.ballot import KnowingRecusals, NotAnElector, NotOnTheBallot, ranks
from domain.events.ballot import BallotOpened, RecusalDeclared, VoteCast
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
    """Rule 6: the rule of a ballot is fixed, and with it what a paper says: approvals, or a ranking."""

    CODE = "other-paper"
    STATUS = 422
    TEXT = Text(
        en="The rule of this ballot asks for the field {wanted}.",
        nl="De regel van deze stemming vraagt om het veld {wanted}.",
    )


class TakenBack(Refusal):
    """Rule 22: while the ballot is open, what was withdrawn is struck; papers that approve it stay, a new one cannot."""

    CODE = "challenge-withdrawn"
    TEXT = Text(en="{challenge} was withdrawn from this ballot.", nl="{challenge} is uit deze stemming teruggetrokken.")


class OwnChallengeForbidden(Refusal):
    """Rule 7: under `forbidden` a paper that approves one's own challenge is refused by name."""

    CODE = "own-challenge-forbidden"
    TEXT = Text(
        en="You may not approve your own challenge {challenge}.",
        nl="Je mag je eigen vraagstuk {challenge} niet kiezen.",
    )


class Recused(Refusal):
    """Rule 7: who recuses themselves from a challenge cannot approve it."""

    CODE = "recused"
    TEXT = Text(
        en="You declared that you take no part in the choice of {challenge}.",
        nl="Je hebt gezegd niet mee te stemmen over {challenge}.",
    )


class OwnPaperStands(Refusal):
    """Rule 3: a paper that someone else enters never replaces the elector's own."""

    CODE = "own-paper-stands"
    TEXT = Text(
        en="This elector voted in person; that vote stands.",
        nl="Deze stemgerechtigde heeft zelf gestemd; die stem blijft staan.",
    )


# Commands


class SealPaper(Protocol):
    """Seal choices under a ballot's public key with a new receipt: chance comes in from outside.

    Under a rule that ranks, `approvals` are in the voter's order, the best first.
    """

    def __call__(self, opened: BallotOpened, voter: PersonId, approvals: Collection[ChallengeId]) -> SealedPaper:
        """The sealed paper of this voter."""
        ...


class CastVote(KnowingRecusals):
    """Hand in a paper (rules 1, 2, 3, 4, 5, 7). `ranked`: `approvals` are in the voter's order, the best first."""

    voted_in_person: bool = False

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
        super().__init__()
        self.ballot, self.voter, self.approvals, self.seal, self.by = ballot, voter, approvals, seal, by
        self.ranked = ranked

    def consistency_boundary(self) -> list[Selector]:
        in_person = self.voter == self.by.person
        theirs = [RecusalDeclared] if in_person else [RecusalDeclared, VoteCast]
        return [*super().consistency_boundary(), Selector(types=theirs, tags=[self.voter, self.ballot])]

    @applies(VoteCast)
    def _(self, own: bool) -> None:
        self.voted_in_person |= own

    def execute(self) -> None:
        opened = self.require_ballot()
        self._require_right(opened)
        self.require_open(opened)
        if self.voter not in opened.electorate:
            raise NotAnElector
        field = self._require_fitting(opened)
        if not set(opened.challenge_ids).issuperset(self.approvals):
            raise NotOnTheBallot(field=field)
        if struck := [one for one in self.approvals if one in self.struck]:
            raise TakenBack(field=field, challenge=struck[0])
        if opened.own_challenge == "forbidden":
            self._refuse_own(opened, field)
        for one in self.approvals:
            if one in self.recused.get(self.voter, ()):
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
        """Rule 3: one's own paper; or another's, by a manager with a reason, on a named ballot, never over the elector's own."""
        if self.voter == self.by.person:
            self.require_elector(opened)
            return
        self.require_manager(opened.programme, opened.organisations)
        self.require_reason()
        if opened.secrecy != "named":
            raise NotAllowed
        if self.voted_in_person:
            raise OwnPaperStands

    def _require_fitting(self, opened: BallotOpened) -> str:
        """The field of the paper's choices. Raises `OtherPaper` where the rule asks for the other one."""
        field, other = ("ranking", "approvals") if self.ranked else ("approvals", "ranking")
        if ranks(opened.rule) != self.ranked:
            raise OtherPaper(field=field, wanted=other)
        return field

    def _refuse_own(self, opened: BallotOpened, field: str) -> None:
        for one in opened.own:
            for challenge in one.challenges:
                if one.elector == self.voter and challenge in self.approvals:
                    raise OwnChallengeForbidden(field=field, challenge=challenge)
