"""Voting: handing in a sealed paper, one's own or, on a named ballot, another's (rules 1 to 5 and 7)."""

from collections.abc import Collection
from typing import Protocol

from domain.ballot import BallotOpened, OnBallot, VoteCast
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
    learns,
)

# Refusals


class NotAnElector(Refusal):
    """Rule 1: the electorate is fixed when the ballot opens."""

    CODE = "not-an-elector"
    TEXT = Text(en="You are not an elector of this ballot.", nl="Je bent niet stemgerechtigd in deze stemming.")


class NotOnTheBallot(Refusal):
    """Rule 2: only what stands on the ballot can be approved."""

    CODE = "not-on-the-ballot"
    TEXT = Text(
        en="A challenge that you approve is not on this ballot.",
        nl="Een vraagstuk dat je koos, staat niet op dit stembiljet.",
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
        en="This elector voted in person; that vote stands.",
        nl="Deze stemgerechtigde heeft zelf gestemd; die stem blijft staan.",
    )


# Commands


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
