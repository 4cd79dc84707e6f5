"""Opening of a ballot: its challenges, its electors and its rule (rules 1, 2, 6 and 7)."""

from collections.abc import Iterable
from datetime import datetime

from domain.ballots.ballot import OwnChallenge, Secrecy
from domain.calculations import counting
from domain.challenges.board import Board
from domain.challenges.lifecycle import FREE
from domain.challenges.questions import Questions
from domain.events.ballot import BallotChallenge, BallotOpened, BallotVoided, OwnChallenges
from domain.foundation import (
    BallotId,
    Caller,
    ChallengeId,
    Code,
    Digest,
    PersonId,
    ProgrammeId,
    Refusal,
    Selector,
    Text,
)
from domain.people.rights import CallerCommand, Participants
from domain.programmes.programme import ProgrammeState

FEWEST_FOR_SECRECY = 5
"""The least number of electors, and of papers, of a secret ballot (docs/explanation/sealing.md 'Ballot papers')."""

# Refusals


class NotAdmitted(Refusal):
    """Only admitted challenges of this programme that are on no running ballot can be voted on."""

    CODE = "not-admitted"
    TEXT = Text(
        en="A challenge on this list is not admitted, or is on another ballot.",
        nl="Een vraagstuk op deze lijst is niet toegelaten of staat al in een andere stemming.",
    )


class TooFewChallenges(Refusal):
    """Rule 1: a ballot has fewer seats than challenges."""

    CODE = "too-few-challenges"
    TEXT = Text(
        en="There is nothing to choose: there must be fewer seats than challenges.",
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
        en="One of the electors has nothing to choose: every challenge is their own.",
        nl="Een van de stemgerechtigden kan niets kiezen: elk vraagstuk is van die persoon zelf.",
    )


class TooFewForSecrecy(Refusal):
    """Rule 5: among fewer than five electors no paper would be secret."""

    CODE = "too-few-for-secrecy"
    TEXT = Text(
        en="A secret ballot needs at least five electors.",
        nl="Een geheime stemming heeft minstens vijf stemgerechtigden nodig.",
    )


class UnknownRule(Refusal):
    """Rule 6: the rule is fixed before the first vote, so Kring must be able to count by it."""

    CODE = "unknown-rule"
    STATUS = 422
    TEXT = Text(en="There is no counting rule with this name.", nl="Er is geen telregel met deze naam.")


class NoRerun(Refusal):
    """Rule 8: only a void ballot of this programme can be held again."""

    CODE = "no-rerun"
    TEXT = Text(
        en="Only a void ballot of this programme can be held again.",
        nl="Alleen een ongeldige stemming van deze leergang kan worden overgedaan.",
    )


class OneRerun(Refusal):
    """Rule 8: a ballot has one rerun; after that the manager decides, with a reason."""

    CODE = "one-rerun"
    TEXT = Text(
        en="A ballot can be held again only once; after that the manager decides.",
        nl="Een stemming kan maar één keer worden overgedaan; daarna beslist de programmamanager.",
    )


class ClosesTooSoon(Refusal):
    """Rule 26: `closes_at` lies in the future."""

    CODE = "closes-too-soon"
    STATUS = 422
    TEXT = Text(en="Choose a closing time in the future.", nl="Kies een sluitingstijd in de toekomst.")


# Commands


class OpenBallot(CallerCommand):
    """Open a ballot for the participants (rules 1, 2, 5, 6, 7, 8, 33)."""

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
        rerun_of: BallotId | None = None,
        by: Caller,
    ) -> None:
        before = [] if rerun_of is None else [Selector(types=[BallotOpened, BallotVoided], tags=[rerun_of])]
        super().__init__(by, boundary=before)
        self.ballot, self.programme, self.challenges, self.closes_at = ballot, programme, challenges, closes_at
        self.tie_seed_commitment, self.ballot_key, self.rule = tie_seed_commitment, ballot_key, rule
        self.seats, self.quorum_permille, self.secrecy = seats, quorum_permille, secrecy
        self.own_challenge: OwnChallenge = own_challenge
        self.rerun_of = rerun_of
        self.programme_state = ProgrammeState(programme)
        self.participants = Participants(programme)
        self.board = Board(*challenges)
        self.questions = Questions(*challenges)

    def execute(self) -> None:
        programme = self.programme_state.require_programme()
        self.rights.require_facilitator(self.programme)
        self.programme_state.require_not_concluded(self.programme)
        if self.closes_at <= self.by.at:
            raise ClosesTooSoon(field="closes_at")
        if self.rule not in counting.RULES:
            raise UnknownRule(field="rule")
        self._require_rerun()
        for one in self.challenges:
            if self.board.status_of(one) not in FREE or self.board.proposed[one].programme != self.programme:
                raise NotAdmitted(field="challenge_ids")
        electorate = tuple(self.participants)
        if not electorate:
            raise NoElectors
        if self.secrecy == "secret" and len(electorate) < FEWEST_FOR_SECRECY:
            raise TooFewForSecrecy(field="secrecy")
        bounds = programme.policies
        seats = self.seats or counting.default_seats(len(electorate), bounds.min_team, bounds.max_team)
        if seats >= len(self.challenges):
            raise TooFewChallenges(field="seats" if self.seats else "challenge_ids")
        on_ballot = tuple(self._on_ballot(one) for one in self.challenges)
        own = tuple(OwnChallenges(one, mine) for one in electorate if (mine := self._own(one, on_ballot)))
        if self.own_challenge == "forbidden" and any(len(one.challenges) == len(on_ballot) for one in own):
            raise NothingToChoose(field="own_challenge")
        self.not_after = self.closes_at
        self.record(
            BallotOpened(
                ballot=self.ballot,
                programme=self.programme,
                challenges=on_ballot,
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
                rerun_of=self.rerun_of,
                understaffed=len(electorate) < seats * bounds.min_team,
            )
        )

    def _require_rerun(self) -> None:
        """Raises `NoRerun` or `OneRerun` if the ballot may not be held again (rule 8)."""
        if self.rerun_of is None:
            return
        before = self.board.ballots.get(self.rerun_of)
        if before is None or before.programme != self.programme or self.rerun_of not in self.board.void:
            raise NoRerun(field="rerun_of")
        if before.rerun_of is not None or any(one.rerun_of == self.rerun_of for one in self.board.ballots.values()):
            raise OneRerun(field="rerun_of")

    def _on_ballot(self, challenge: ChallengeId) -> BallotChallenge:
        event = self.board.proposed[challenge]
        texts = (event.title, event.context, event.wish, event.short_title)
        digests = tuple(Digest(one.digest) for one in texts if one is not None and one.digest is not None)
        questions = self.questions.frozen(challenge)
        return BallotChallenge(challenge, event.organisation, event.proposer, digests, questions)

    def _own(self, person: PersonId, on_ballot: Iterable[BallotChallenge]) -> tuple[ChallengeId, ...]:
        """Rule 7: a challenge is an elector's own if they proposed it or it is their organisation's."""
        organisation = self.participants.organisations[person]
        return tuple(
            one.challenge
            for one in on_ballot
            if one.proposer == person or (organisation is not None and one.organisation == organisation)
        )
