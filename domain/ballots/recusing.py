"""Recusals: an elector takes no part in the choice of a challenge, and no paper of theirs approves it (rule 7)."""

from typing import NamedTuple

from domain.ballots.ballot import KnowingRecusals, NotOnTheBallot
from domain.events.ballot import RecusalDeclared, VoteCast
from domain.foundation import AsIs, BallotId, Caller, ChallengeId, Digest, Refusal, Selector, Text, applies

# Refusals


class PaperApproves(Refusal):
    """Rule 7: who recuses themselves from a challenge cannot approve it, so the paper goes first."""

    CODE = "paper-approves"
    TEXT = Text(
        en="Your paper approves {challenge}. Vote again first, without it.",
        nl="Op je stembiljet staat {challenge}. Stem eerst opnieuw, zonder dit vraagstuk.",
    )


class PaperHandedIn(Refusal):
    """Rule 5: whether a secret paper approves a challenge is told to nobody, by no refusal either; so the recusal comes first."""

    CODE = "paper-handed-in"
    TEXT = Text(
        en="On a secret ballot you say this before you vote. You can still vote again, without this challenge.",
        nl="Bij een geheime stemming zeg je dit voordat je stemt. Je kunt nog wel opnieuw stemmen, zonder dit vraagstuk.",
    )


class PaperReplaced(Refusal):
    """Rule 3: the paper that was looked at is not the current one; a later one took its place."""

    CODE = "paper-replaced"
    TEXT = Text(
        en="A paper of yours came in at this very moment. Try again.",
        nl="Er kwam net een stembiljet van je binnen. Probeer het opnieuw.",
    )


# Commands


class HeldPaper(NamedTuple):
    """An elector's paper as it was found, opened for that elector alone."""

    commitment: Digest
    approvals: tuple[ChallengeId, ...]


class DeclareRecusal(KnowingRecusals):
    """Take no part in the choice of a challenge, from here on (rules 4, 5, 7).

    `paper`: the elector's current one; on a secret ballot nobody looks at it.
    """

    commitment: Digest | None = None

    def __init__(self, ballot: BallotId, *, challenge: ChallengeId, paper: HeldPaper | None, by: Caller) -> None:
        super().__init__()
        self.ballot, self.challenge, self.paper_held, self.by = ballot, challenge, paper, by

    def consistency_boundary(self) -> list[Selector]:
        if self.by.person is None:
            return super().consistency_boundary()
        mine = Selector(types=[VoteCast, RecusalDeclared], tags=[self.by.person, self.ballot])
        return [*super().consistency_boundary(), mine]

    @applies(VoteCast)
    def _(self, commitment: Digest) -> None:
        self.commitment = commitment

    def execute(self) -> None:
        opened = self.require_ballot()
        self.require_elector(opened)
        self.require_open(opened)
        assert self.by.person is not None, "an elector is a person"
        if self.challenge not in opened.challenge_ids:
            raise NotOnTheBallot(field="challenge_id")
        if self.challenge in self.recused.get(self.by.person, ()):
            raise AsIs(field="challenge_id")
        if opened.secrecy == "secret" and self.commitment is not None:
            raise PaperHandedIn(field="challenge_id")
        held = self.paper_held
        if self.commitment != (None if held is None else held.commitment):
            raise PaperReplaced
        if held is not None and self.challenge in held.approvals:
            raise PaperApproves(field="challenge_id", challenge=self.challenge)
        self.record(
            RecusalDeclared(
                ballot=self.ballot, programme=opened.programme, elector=self.by.person, challenge=self.challenge
            )
        )
