"""Ballots, without totals and choices before the count (rule 5)."""

from datetime import datetime
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from domain.calculations.counting import Round, Stage, Tally
from domain.events.ballot import (
    BallotCertified,
    BallotClosed,
    BallotCounted,
    BallotOpened,
    BallotVoided,
    CountedPaper,
    RecusalDeclared,
    VoteCast,
)
from domain.events.challenge import ChallengeWithdrawn
from domain.foundation import BallotId, ChallengeId, Code, Digest, OrganisationId, PersonId, ProgrammeId, Words
from projections.query import ViewQuery
from projections.view import EventMetadata, On, View, ids, one_row

UNDERSTAFFED = Code("seats-cannot-be-staffed")
BALLOT_IDS = ids("programme", "challenges", "organisations", "rerun_of", "rerun", "recused_challenges") | {
    "electorate": "elector_ids",
    "struck": "struck_ids",
}


class RecusedFrom(Struct, frozen=True, rename=ids("challenge")):
    """The number of electors who take no part in the choice of a challenge."""

    challenge: ChallengeId
    electors: int


class Ballot(Struct, frozen=True, kw_only=True, rename=BALLOT_IDS):
    """One row per ballot. `turnout`: at the close; until then it is counted from the papers view.

    `recusals`: from the count on. `recused_challenges`: the reader's own, added from the recusals view when one ballot is shown.
    `struck`: challenges that were withdrawn from this ballot (rule 22).
    """

    id: BallotId
    programme: ProgrammeId
    status: Literal["open", "closed", "counted", "certified", "void"]
    challenges: tuple[ChallengeId, ...]
    organisations: tuple[OrganisationId, ...]
    electorate: tuple[PersonId, ...]
    rule: Code
    seats: int
    quorum_permille: int
    secrecy: Code
    own_challenge: Code
    tie_seed_commitment: Digest
    opened_at: datetime
    closes_at: datetime
    turnout: int = 0
    closed_at: datetime | None = None
    papers_digest: Digest | None = None
    void_cause: Code | None = None
    struck: tuple[ChallengeId, ...] = ()
    warnings: tuple[Code, ...] = ()
    rerun_of: BallotId | None = None
    rerun: BallotId | None = None
    recusals: tuple[RecusedFrom, ...] | None = None
    recused_challenges: tuple[ChallengeId, ...] | None = None


class Result(Struct, frozen=True, kw_only=True, rename=ids("ballot", "programme") | {"struck": "struck_ids"}):
    """One row per counted ballot, with everything needed to count it again. `voters`: one per line, by number of the paper.

    `selected`: with the runner-up in place of a challenge withdrawn after certification; the trace stays that of the count.
    """

    ballot: BallotId
    programme: ProgrammeId
    status: Literal["counted", "certified", "void"]
    selected: tuple[ChallengeId, ...]
    turnout: int
    tallies: tuple[Tally, ...]
    own_approvals: tuple[Tally, ...]
    trace: tuple[Round, ...]
    papers: tuple[CountedPaper, ...]
    voters: Words | None
    tie_seed: Digest
    struck: tuple[ChallengeId, ...] = ()
    counted_at: datetime
    recusals: tuple[RecusedFrom, ...] = ()
    stays_closed: bool = False
    stages: tuple[Stage, ...] = ()


class Paper(Struct, frozen=True, kw_only=True, rename=ids("voter", "ballot")):
    """One row per elector who voted: `voter/ballot`. It has the time of the vote, never the choices."""

    voter: PersonId
    ballot: BallotId
    handed_in_at: datetime
    in_person: bool
    position: int


class Recusals(Struct, frozen=True, kw_only=True, rename=ids("elector", "ballot", "challenges")):
    """One row per elector who recused themselves from any challenge: `elector/ballot`."""

    elector: PersonId
    ballot: BallotId
    challenges: tuple[ChallengeId, ...]


def opened(row: Ballot | None, event: BallotOpened, at: EventMetadata) -> Ballot:
    if row is not None:  # the void ballot, which now has a rerun
        return replace(row, rerun=event.ballot)
    return Ballot(
        id=event.ballot,
        programme=event.programme,
        status="open",
        challenges=event.challenge_ids,
        organisations=event.organisations,
        electorate=event.electorate,
        rule=event.rule,
        seats=event.seats,
        quorum_permille=event.quorum_permille,
        secrecy=event.secrecy,
        own_challenge=event.own_challenge,
        tie_seed_commitment=event.tie_seed_commitment,
        opened_at=at.recorded_at,
        closes_at=event.closes_at,
        warnings=(UNDERSTAFFED,) if event.understaffed else (),
        rerun_of=event.rerun_of,
    )


def closed(row: Ballot, event: BallotClosed, at: EventMetadata) -> Ballot:
    return replace(
        row, status="closed", closed_at=at.recorded_at, turnout=event.turnout, papers_digest=event.papers_digest
    )


def counted(row: Ballot, event: BallotCounted, _: EventMetadata) -> Ballot:
    return replace(row, status="counted", recusals=recused_from(event))


def recused_from(event: BallotCounted) -> tuple[RecusedFrom, ...]:
    return tuple(RecusedFrom(ChallengeId(one.challenge), one.approvals) for one in event.recusals)


def certified(row: Ballot, _: BallotCertified, __: EventMetadata) -> Ballot:
    return replace(row, status="certified")


def voided(row: Ballot, event: BallotVoided, _: EventMetadata) -> Ballot:
    return replace(row, status="void", void_cause=event.cause)


def struck(row: Ballot, event: ChallengeWithdrawn, _: EventMetadata) -> Ballot:
    return replace(row, struck=(*row.struck, event.challenge))


def result(_: Result | None, event: BallotCounted, at: EventMetadata) -> Result:
    return Result(
        ballot=event.ballot,
        programme=event.programme,
        status="counted",
        selected=event.selected,
        turnout=event.turnout,
        tallies=event.tallies,
        own_approvals=event.own_approvals,
        trace=event.trace,
        papers=event.papers,
        voters=event.voters,
        tie_seed=event.tie_seed,
        struck=event.struck,
        counted_at=at.recorded_at,
        recusals=recused_from(event),
        stays_closed=event.stays_closed,
        stages=event.stages,
    )


def result_stands(row: Result, _: BallotCertified, __: EventMetadata) -> Result:
    return replace(row, status="certified")


def result_falls(row: Result | None, _: BallotVoided, __: EventMetadata) -> Result | None:
    return None if row is None else replace(row, status="void")


def recused(row: Recusals | None, event: RecusalDeclared, _: EventMetadata) -> Recusals:
    before = () if row is None else row.challenges
    return Recusals(elector=event.elector, ballot=event.ballot, challenges=(*before, event.challenge))


def reseated(row: Result | None, event: ChallengeWithdrawn, _: EventMetadata) -> Result | None:
    """Give the seat to the runner-up, if the count was certified and no team works on the challenge yet.

    A count that was not certified is replaced by a recount.
    """
    if row is None or row.status != "certified" or event.teams or event.challenge not in row.selected:
        return row
    instead = () if event.takes_the_seat is None else (event.takes_the_seat,)
    before = row.selected.index(event.challenge)
    return replace(row, selected=(*row.selected[:before], *instead, *row.selected[before + 1 :]))


def handed_in(_: Paper | None, event: VoteCast, at: EventMetadata) -> Paper:
    return Paper(
        voter=event.voter, ballot=event.ballot, handed_in_at=at.recorded_at, in_person=event.own, position=at.position
    )


def with_void(event: BallotOpened) -> list[str]:
    """Keys: the ballot, and the void ballot of which it is the rerun."""
    return [event.ballot, *([] if event.rerun_of is None else [event.rerun_of])]


BALLOTS = View(
    "ballots",
    Ballot,
    {
        BallotOpened: On(with_void, opened),
        BallotClosed: On(one_row("ballot"), closed),
        BallotCounted: On(one_row("ballot"), counted),
        BallotCertified: On(one_row("ballot"), certified),
        BallotVoided: On(one_row("ballot"), voided),
        ChallengeWithdrawn: On(one_row("ballot"), struck),
    },
)
RESULTS = View(
    "results",
    Result,
    {
        BallotCounted: On(one_row("ballot"), result),
        BallotCertified: On(one_row("ballot"), result_stands),
        BallotVoided: On(one_row("ballot"), result_falls),
        ChallengeWithdrawn: On(one_row("ballot"), reseated),
    },
    key=("ballot",),
)
PAPERS = View("papers", Paper, {VoteCast: On(one_row("voter", "ballot"), handed_in)}, key=("voter", "ballot"))
RECUSALS = View(
    "recusals", Recusals, {RecusalDeclared: On(one_row("elector", "ballot"), recused)}, key=("elector", "ballot")
)

BALLOTS_OF_PROGRAMME = ViewQuery(
    """
    -- The ballots of one programme, in order of opening; for contacts, those with a challenge of their organisations ($5).
    select * from {ballots}
    where programme_id = $3 and key > $1 and ($4 or organisation_ids && $5)
    order by key limit $2
    """,
    BALLOTS,
)

NEWEST_OPEN_BALLOT = ViewQuery(
    """
    -- The open ballot of a programme ($1) that was opened last.
    select * from {ballots} where programme_id = $1 and status = 'open' order by key desc limit 1
    """,
    BALLOTS,
)

TURNOUT = ViewQuery(
    """
    -- The number of current papers.
    select count(*) as turnout from {papers} where ballot_id = $1
    """,
    PAPERS,
)


class Turnout(Struct, frozen=True):
    """The row of `TURNOUT`."""

    turnout: int
