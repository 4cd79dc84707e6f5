"""Recusals: an elector takes no part in the choice of a challenge, and no paper of theirs approves it (rule 7)."""

from typing import NamedTuple

from domain.ballots.ballot import BallotCommand, NotOnTheBallot
from domain.events.ballot import RecusalDeclared, VoteCast
from domain.foundation import AsIs, BallotId, Caller, ChallengeId, Digest, Refusal, Selector, Text, applies

# Refusals


class PaperApproves(Refusal):
    """Rule 7: an elector who is recused from a challenge cannot approve it, so they first replace their paper."""

    CODE = "paper-approves"
    TEXT = Text(
        en="Your paper approves {challenge}. Vote again first, without it.",
        nl="Op je stembiljet staat {challenge}. Stem eerst opnieuw, zonder dit vraagstuk.",
    )


class PaperHandedIn(Refusal):
    """Rule 5: not even a refusal reveals whether a secret paper approves a challenge, so recusals precede papers."""

    CODE = "paper-handed-in"
    TEXT = Text(
        en="On a secret ballot you must declare this before you vote. You can still vote again, without this challenge.",
        nl="Bij een geheime stemming verklaar je dit voordat je stemt. Je kunt wel opnieuw stemmen, zonder dit vraagstuk.",
    )


class PaperReplaced(Refusal):
    """Rule 3: the paper that the command was given is no longer the current one."""

    CODE = "paper-replaced"
    TEXT = Text(
        en="You have just voted again. Try once more.",
        nl="Je hebt net opnieuw gestemd. Probeer het nog eens.",
    )


# Commands


class HeldPaper(NamedTuple):
    """The current paper of an elector, opened for that elector alone."""

    commitment: Digest
    approvals: tuple[ChallengeId, ...]


class DeclareRecusal(BallotCommand):
    """Declare that the caller takes no part in the choice of a challenge (rules 4, 5, 7).

    `paper`: the elector's current one; on a secret ballot it is not opened.
    """

    def __init__(self, ballot: BallotId, *, challenge: ChallengeId, paper: HeldPaper | None, by: Caller) -> None:
        types = [VoteCast, RecusalDeclared]
        super().__init__(
            by, ballot, boundary=[] if by.person is None else [Selector(types=types, tags=[by.person, ballot])]
        )
        self.challenge, self.paper_held = challenge, paper
        self.commitment: Digest | None = None
        self.recused: set[ChallengeId] = set()

    @applies(VoteCast)
    def _(self, commitment: Digest) -> None:
        self.commitment = commitment

    @applies(RecusalDeclared)
    def _(self, challenge: ChallengeId) -> None:
        self.recused.add(challenge)

    def execute(self) -> None:
        opened = self.ballot_state.require_ballot()
        self.require_elector(opened)
        self.require_open(opened)
        assert self.by.person is not None, "an elector is a person"
        if self.challenge not in opened.challenge_ids:
            raise NotOnTheBallot(field="challenge_id")
        if self.challenge in self.recused:
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
