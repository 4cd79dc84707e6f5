"""The result of a ballot, as far as its reader may see it (rule 5)."""

from datetime import datetime
from typing import Literal, TypeAlias

from msgspec import Struct

from domain.ballots.ballot import ranks
from domain.calculations.counting import Draw, Method, Ratio, Round, Share, Stage, Tally
from domain.events.ballot import BallotOpened
from domain.foundation import BallotId, ChallengeId, Code, Digest, OrganisationId, PersonId
from projections import ballots as views
from projections.view import ids

Choices: TypeAlias = tuple[ChallengeId, ...] | None


class CountedChallenge(Struct, frozen=True, rename=ids("challenge", "organisation")):
    """A challenge on the ballot, with its commissioner when the ballot opened, which a draw prefers if it is new (rule 6)."""

    challenge: ChallengeId
    organisation: OrganisationId | None


class ShownPaper(Struct, frozen=True, rename=ids("voter")):
    """A counted paper. `voter_id`: visible only inside the programme. `tracker`: on a secret ballot. Choices as in `OwnPaper`."""

    number: int
    tracker: Code | None
    voter: PersonId | None
    approvals: tuple[ChallengeId, ...] | None
    ranking: tuple[ChallengeId, ...] | None


class ShownTally(Struct, frozen=True, rename=ids("challenge")):
    """The number of papers that approve a challenge."""

    challenge: ChallengeId
    approvals: int


class ShownRound(Struct, frozen=True, rename=ids("challenge")):
    """The round in which a challenge was elected. `domain.calculations.counting.Round` explains every field."""

    challenge: ChallengeId
    method: Method
    supporters: int
    rho: Ratio
    earned: Ratio
    paid: tuple[Share, ...]
    left: tuple[Share, ...]
    draw: Draw | None


class ShownVotes(Struct, frozen=True, rename=ids("challenge")):
    """The votes of a challenge at a stage; a paper at full value is worth 1."""

    challenge: ChallengeId
    votes: Ratio


class ShownTransfer(Struct, frozen=True, rename=ids("challenge")):
    """The transfer of a surplus: each paper of the challenge moves to its next choice, its value multiplied by `value`."""

    challenge: ChallengeId
    value: Ratio


class ShownStage(Struct, frozen=True, kw_only=True, rename={"elected": "elected_ids", "excluded": "excluded_id"}):
    """One stage of a ranked count. `domain.calculations.counting.Stage` explains every field."""

    quota: Ratio
    standing: tuple[ShownVotes, ...]
    held: Ratio
    exhausted: Ratio
    elected: tuple[ChallengeId, ...]
    transfers: tuple[ShownTransfer, ...]
    excluded: ChallengeId | None
    draws: tuple[Draw, ...]


class ShownResult(
    Struct, frozen=True, kw_only=True, rename=ids("ballot") | {"roll": "roll_ids", "struck": "struck_ids"}
):
    """A result with everything that is needed to count again.

    `seats`, `challenges`, `tie_seed_commitment`: those of the opening. `trace`, or `stages` if the rule ranks: the steps of the
    count. `roll_ids`: the voters, visible inside the programme and to auditors. `stays_closed`: a secret ballot with too few
    papers shows no papers, tallies, trace or stages. `struck_ids`: counted as if they had never been on a paper. `selected`:
    with runners-up in the place of challenges withdrawn later.
    """

    ballot: BallotId
    status: Literal["counted", "certified", "void"]
    rule: Code
    secrecy: Code
    seats: int
    challenges: tuple[CountedChallenge, ...]
    tie_seed_commitment: Digest
    selected: tuple[ChallengeId, ...]
    turnout: int
    roll: tuple[PersonId, ...] | None
    tallies: tuple[ShownTally, ...]
    own_approvals: tuple[ShownTally, ...]
    recusals: tuple[views.RecusedFrom, ...]
    trace: tuple[ShownRound, ...]
    papers: tuple[ShownPaper, ...]
    stays_closed: bool
    tie_seed: Digest
    struck: tuple[ChallengeId, ...]
    counted_at: datetime
    stages: tuple[ShownStage, ...]


def shown_result(
    result: views.Result, opened: BallotOpened, *, with_voters: bool, roll: tuple[PersonId, ...] | None
) -> ShownResult:
    """The result as far as its reader may see it (rule 5). `with_voters`: show who handed in each paper."""
    voter_of = voters(result) if with_voters else {}
    return ShownResult(
        ballot=result.ballot,
        status=result.status,
        rule=opened.rule,
        secrecy=opened.secrecy,
        seats=opened.seats,
        challenges=tuple(CountedChallenge(one.challenge, one.organisation) for one in opened.challenges),
        tie_seed_commitment=opened.tie_seed_commitment,
        selected=result.selected,
        turnout=result.turnout,
        roll=roll,
        tallies=tuple(_tally(one) for one in result.tallies),
        own_approvals=tuple(_tally(one) for one in result.own_approvals),
        recusals=result.recusals,
        trace=tuple(_round(one) for one in result.trace),
        papers=tuple(
            ShownPaper(
                one.number, one.tracker, voter_of.get(one.number), *approvals_and_ranking(opened.rule, one.approvals)
            )
            for one in result.papers
        ),
        stays_closed=result.stays_closed,
        tie_seed=result.tie_seed,
        struck=result.struck,
        counted_at=result.counted_at,
        stages=tuple(_stage(one) for one in result.stages),
    )


def voters(result: views.Result) -> dict[int, PersonId]:
    """The voters by the numbers of their papers; empty if they were not recorded, or cannot be opened any more."""
    text = None if result.voters is None else result.voters.text
    return dict(enumerate((PersonId(one) for one in (text or "").split()), 1))


def approvals_and_ranking(rule: Code, choices: Choices) -> tuple[Choices, Choices]:
    """The choices of a paper as its approvals or its ranking, by the rule; the other is None."""
    return (None, choices) if ranks(rule) else (choices, None)


def _tally(one: Tally) -> ShownTally:
    return ShownTally(ChallengeId(one.challenge), one.approvals)


def _round(one: Round) -> ShownRound:
    return ShownRound(
        ChallengeId(one.challenge),
        one.method,
        one.supporters,
        one.rho,
        one.earned,
        one.paid,
        one.left,
        one.draw,
    )


def _stage(one: Stage) -> ShownStage:
    return ShownStage(
        quota=one.quota,
        standing=tuple(ShownVotes(ChallengeId(each.challenge), each.votes) for each in one.standing),
        held=one.held,
        exhausted=one.exhausted,
        elected=tuple(ChallengeId(each) for each in one.elected),
        transfers=tuple(ShownTransfer(ChallengeId(each.challenge), each.value) for each in one.transfers),
        excluded=None if one.excluded is None else ChallengeId(one.excluded),
        draws=one.draws,
    )
