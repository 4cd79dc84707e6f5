"""Ballots over HTTP."""

from datetime import datetime
from typing import Annotated, Literal

from litestar import Controller, Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct
from msgspec.structs import replace

from domain.ballot import CertifyBallot, CloseBallot, OwnChallenge, Secrecy, VoidBallot
from domain.counting import Draw, Method, Ratio, Round, Share, Tally
from domain.foundation import BallotId, ChallengeId, Code, Digest, NotAllowed, NotFound, PersonId, ProgrammeId, Selector
from domain.opening import OpenBallot
from domain.roles import Rights
from domain.voting import CastVote
from projections import ballots as views
from projections.view import ids, replay
from service import papers
from service.api.asking import Asking
from service.api.bodies import At, BadText, Body, Page
from service.api.not_yet import NotYet
from service.api.reading import Listing, Reading

RULES = {"equal_shares": Code("equal_shares/1"), "approval": Code("approval/1")}


class NewBallot(Body):
    """A ballot to open. `quorum`: current papers per elector, 0 to 1."""

    challenge_ids: Annotated[tuple[ChallengeId, ...], Meta(min_length=2, max_length=200)]
    closes_at: At
    rule: Literal["equal_shares", "approval", "stv"] = "equal_shares"
    seats: Annotated[int, Meta(ge=1, le=200)] | None = None
    quorum: Annotated[float, Meta(ge=0, le=1)] = 0.5
    secrecy: Secrecy = "named"
    own_challenge: OwnChallenge = "disclosed"
    rerun_of: BallotId | None = None


class Vote(Body):
    """A ballot paper: the challenges that the voter approves of, none for a blank one. `voter_id`: entered for someone else."""

    approvals: Annotated[tuple[ChallengeId, ...], Meta(max_length=200)]
    voter_id: PersonId | None = None


class OwnPaper(Struct, frozen=True, rename=ids("ballot", "voter")):
    """A voter's own current paper. `approvals` None: the ballot is void, and nobody can open it any more."""

    ballot: BallotId
    voter: PersonId
    status: Literal["current", "counted"]
    approvals: tuple[ChallengeId, ...] | None
    position: int


class ShownPaper(Struct, frozen=True, rename=ids("voter")):
    """A counted paper; `voter` is told inside the programme alone."""

    number: int
    voter: PersonId | None
    approvals: tuple[ChallengeId, ...]


class ShownTally(Struct, frozen=True, rename=ids("challenge")):
    """How many papers approve a challenge."""

    challenge: ChallengeId
    approvals: int


class ShownRound(Struct, frozen=True, rename=ids("challenge")):
    """How one challenge was elected: `domain.counting.Round`, where every field is told."""

    challenge: ChallengeId
    method: Method
    supporters: int
    rho: Ratio
    earned: Ratio
    paid: tuple[Share, ...]
    left: tuple[Share, ...]
    draw: Draw | None


class ShownResult(Struct, frozen=True, kw_only=True, rename=ids("ballot")):
    """A result with everything that is needed to count it again."""

    ballot: BallotId
    status: Literal["counted", "certified"]
    selected: tuple[ChallengeId, ...]
    turnout: int
    tallies: tuple[ShownTally, ...]
    own_approvals: tuple[ShownTally, ...]
    trace: tuple[ShownRound, ...]
    papers: tuple[ShownPaper, ...]
    tie_seed: Digest
    counted_at: datetime


def shown(result: views.Result, *, with_voters: bool) -> ShownResult:
    """The result as its reader may see it (rule 5)."""
    voters = (
        [PersonId(one) for one in ((result.voters and result.voters.text) or "").split("\n")] if with_voters else []
    )
    whose = dict(enumerate(voters, 1))
    return ShownResult(
        ballot=result.ballot,
        status=result.status,
        selected=result.selected,
        turnout=result.turnout,
        tallies=tuple(_tally(one) for one in result.tallies),
        own_approvals=tuple(_tally(one) for one in result.own_approvals),
        trace=tuple(_round(one) for one in result.trace),
        papers=tuple(ShownPaper(one.number, whose.get(one.number), one.approvals) for one in result.papers),
        tie_seed=result.tie_seed,
        counted_at=result.counted_at,
    )


async def turnout(asking: Asking, ballot: BallotId, reading: Reading) -> int:
    """How many current papers an open ballot has, or had."""
    until = await asking.until(reading)
    if until is None:
        return (await asking.kring.views.rows(views.Turnout, views.TURNOUT, ballot))[0].turnout
    cast = Selector(types=list(views.PAPERS.takes), tags=[ballot])
    return len(replay(views.PAPERS, await asking.kring.desk.told(cast, until=until)))


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


def sees(rights: Rights, row: views.Ballot) -> bool:
    """A ballot is seen inside its programme, and by the contacts for a challenge that stands on it."""
    return rights.belongs_to(row.programme) or any(rights.reads_for(row.organisations, one) for one in row.challenges)


class BallotsOfProgramme(Controller):
    path = "/programmes/{programme:str}/ballots"
    tags = ("Ballots",)

    @post()
    async def open(
        self, programme: FromPath[ProgrammeId], data: JSONBody[NewBallot], asking: NamedDependency[Asking]
    ) -> Response[views.Ballot]:
        """Open a ballot."""
        if data.secrecy == "secret" or data.rule == "stv" or data.rerun_of is not None:
            raise NotYet
        if len(set(data.challenge_ids)) != len(data.challenge_ids):
            raise BadText("challenge_ids", "names a challenge twice")
        keys = asking.kring.keys
        return await asking.make(
            "ballot",
            data,
            lambda new, by: OpenBallot(
                new,
                programme=programme,
                challenges=data.challenge_ids,
                closes_at=data.closes_at,
                tie_seed_commitment=papers.tie_seed_commitment(keys, new),
                ballot_key=papers.ballot_key(keys, new),
                rule=RULES[data.rule],
                seats=data.seats,
                quorum_permille=round(data.quorum * 1000),
                secrecy=data.secrecy,
                own_challenge=data.own_challenge,
                by=by,
            ),
            views.BALLOTS,
        )

    @get()
    async def all(
        self, programme: FromPath[ProgrammeId], asking: NamedDependency[Asking], listing: NamedDependency[Listing]
    ) -> Page[views.Ballot]:
        """List the ballots of a programme."""
        rights = await asking.rights()
        inside, organisations = await asking.audience(programme)
        return await asking.page(
            views.BALLOTS,
            views.BALLOTS_OF_PROGRAMME,
            programme,
            inside,
            organisations,
            listing=listing,
            sees=lambda row: sees(rights, row),
        )


class Ballots(Controller):
    path = "/ballots/{ballot:str}"
    tags = ("Ballots",)

    @get()
    async def one(
        self, ballot: FromPath[BallotId], asking: NamedDependency[Asking], reading: NamedDependency[Reading]
    ) -> views.Ballot:
        """Show a ballot, with its turnout while it runs; no totals before the count."""
        row = await asking.one(views.BALLOTS, ballot, sees, reading)
        if row.status != "open":
            return row
        return replace(row, turnout=await turnout(asking, ballot, reading))

    @put("/vote")
    async def vote(
        self, ballot: FromPath[BallotId], data: JSONBody[Vote], asking: NamedDependency[Asking]
    ) -> Response[OwnPaper]:
        """Hand in a paper; it replaces an earlier one until the ballot closes."""
        if len(set(data.approvals)) != len(data.approvals):
            raise BadText("approvals", "names a challenge twice")
        voter = data.voter_id or asking.by.person
        if voter is None:
            raise NotAllowed
        receipt = await asking.record(
            data, lambda by: CastVote(ballot, voter=voter, approvals=data.approvals, seal=papers.seal, by=by)
        )
        paper = OwnPaper(ballot, voter, "current", data.approvals, receipt.last)
        return Response(paper, headers={"Kring-Position": str(receipt.last)})

    @get("/vote")
    async def own(self, ballot: FromPath[BallotId], asking: NamedDependency[Asking]) -> OwnPaper:
        """Show one's own paper, as it stands."""
        me, desk = asking.by.person, asking.kring.desk
        if me is None:
            raise NotFound
        opened = await papers.opening(desk, ballot)
        row = await asking.as_of(views.PAPERS, f"{me}/{ballot}")
        if row is None:
            raise NotFound
        counted = await asking.as_of(views.RESULTS, ballot)
        if counted is None:
            return OwnPaper(ballot, me, "current", await papers.own_paper(desk, opened, me), row.position)
        await asking.open([counted])
        mine = next(one.approvals for one in shown(counted, with_voters=True).papers if one.voter == me)
        return OwnPaper(ballot, me, "counted", mine, row.position)

    @post("/close", status_code=200)
    async def close(
        self, ballot: FromPath[BallotId], asking: NamedDependency[Asking], data: JSONBody[Body | None] = None
    ) -> Response[views.Ballot]:
        """End the voting."""
        return await asking.do(data, lambda by: CloseBallot(ballot, by=by), views.BALLOTS, ballot)

    @post("/count", status_code=200)
    async def count(
        self, ballot: FromPath[BallotId], asking: NamedDependency[Asking], data: JSONBody[Body | None] = None
    ) -> Response[views.Ballot]:
        """Count the papers of a closed ballot."""
        answer = await asking.do(data, await papers.counting(asking.kring.desk, ballot), views.BALLOTS, ballot)
        asking.kring.keys.destroy(papers.count_key(ballot))
        return answer

    @get("/result")
    async def result(
        self, ballot: FromPath[BallotId], asking: NamedDependency[Asking], reading: NamedDependency[Reading]
    ) -> ShownResult:
        """Show the result with everything that is needed to count it again; 404 before the count."""
        await asking.one(views.BALLOTS, ballot, sees, reading)
        result = await asking.one(views.RESULTS, ballot, lambda _, __: True, reading)
        return shown(result, with_voters=(await asking.rights()).belongs_to(result.programme))

    @post("/certification", status_code=200)
    async def certify(
        self, ballot: FromPath[BallotId], asking: NamedDependency[Asking], data: JSONBody[Body | None] = None
    ) -> Response[views.Ballot]:
        """Let the counted result stand."""
        return await asking.do(data, lambda by: CertifyBallot(ballot, by=by), views.BALLOTS, ballot)

    @post("/voiding", status_code=200)
    async def void(
        self, ballot: FromPath[BallotId], asking: NamedDependency[Asking], data: JSONBody[Body | None] = None
    ) -> Response[views.Ballot]:
        """Declare, with a reason, that a ballot has no result."""
        answer = await asking.do(data, lambda by: VoidBallot(ballot, by=by), views.BALLOTS, ballot)
        asking.kring.keys.destroy(papers.count_key(ballot))
        return answer
