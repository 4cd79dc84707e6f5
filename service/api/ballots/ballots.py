"""Ballots over HTTP."""

from typing import Annotated, Literal

from litestar import Controller, Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta
from msgspec.structs import replace

from domain.ballots.ballot import MILLE, CertifyBallot, CloseBallot, OwnChallenge, Secrecy, VoidBallot
from domain.ballots.opening import OpenBallot
from domain.foundation import BallotId, ChallengeId, Code, PersonId, ProgrammeId, Text
from projections import ballots as views
from service import ballot_papers
from service.api.http.bodies import At, Body, require_distinct
from service.api.requests.request_context import RequestContext
from service.api.requests.sse import WATCHED
from service.preparing.ballots import casting, declare_recusal, new_paper
from service.reading.ballot_results import ShownResult
from service.reading.ballot_texts import BallotTexts, visible_texts
from service.reading.ballots import (
    OwnPaper,
    ballots_of_programme,
    own_paper,
    own_recusals,
    visible_ballot,
    visible_result,
)
from service.reading.options import BadText, ListOptions, Page, ReadOptions
from service.reading.reader import Reader

RULES = {"equal_shares": Code("equal_shares/1"), "approval": Code("approval/1"), "stv": Code("stv/1")}
ROUNDING_TOLERANCE = 1e-6
"""The largest difference between a float and the number of three decimals that it stands for."""
NO_STORE = {"Cache-Control": "no-store"}
"""On every answer with a paper in it: no browser or proxy may store it (docs/explanation/sealing.md 'Ballot papers')."""


class NewBallot(Body):
    """A ballot to open. `quorum`: current papers per elector, 0 to 1, with three decimals at most."""

    challenge_ids: Annotated[tuple[ChallengeId, ...], Meta(min_length=2, max_length=200)]
    closes_at: At
    rule: Literal["equal_shares", "approval", "stv"] = "equal_shares"
    seats: Annotated[int, Meta(ge=1, le=200)] | None = None
    quorum: Annotated[float, Meta(ge=0, le=1)] = 0.5
    secrecy: Secrecy = "named"
    own_challenge: OwnChallenge = "disclosed"
    rerun_of: BallotId | None = None


class Vote(Body):
    """A ballot paper: the challenges that the voter approves or, if the rule is `stv`, ranks, the best first.

    An empty list is a blank paper. `voter_id`: the paper is entered for someone else.
    """

    approvals: Annotated[tuple[ChallengeId, ...], Meta(max_length=200)] | None = None
    ranking: Annotated[tuple[ChallengeId, ...], Meta(max_length=200)] | None = None
    voter_id: PersonId | None = None

    @property
    def choices(self) -> tuple[ChallengeId, ...]:
        """The approvals or the ranking. Raises `BadText` unless there is exactly one of them, without duplicates."""
        if self.approvals is not None and self.ranking is not None:
            raise BadText(
                "ranking",
                Text(
                    en="cannot be combined with approvals: send one of them",
                    nl="kan niet samen met approvals: stuur een van beide",
                ),
            )
        found = self.approvals if self.ranking is None else self.ranking
        if found is None:
            raise BadText(
                "approvals",
                Text(
                    en="is missing (or ranking, if the rule is stv)",
                    nl="ontbreekt (of ranking, als de regel stv is)",
                ),
            )
        if len(set(found)) != len(found):
            raise BadText(
                "approvals" if self.ranking is None else "ranking",
                Text(en="names a challenge twice", nl="noemt een vraagstuk twee keer"),
            )
        return found


class Recusal(Body):
    """The challenge from which the elector recuses themselves."""

    challenge_id: ChallengeId


async def require_may_open(reader: Reader, programme: ProgrammeId) -> None:
    """Check that the caller may open a ballot before keys are made for it; `OpenBallot` checks it again.

    Raises `NotFound` or `NotAllowed`.
    """
    (await reader.rights()).require_facilitator(programme)


class BallotsOfProgramme(Controller):
    path = "/programmes/{programme:str}/ballots"
    tags = ("Ballots",)

    @post()
    async def open(
        self, programme: FromPath[ProgrammeId], data: JSONBody[NewBallot], context: NamedDependency[RequestContext]
    ) -> Response[views.Ballot]:
        """Open a ballot."""
        require_distinct(
            "challenge_ids", data.challenge_ids, Text(en="names a challenge twice", nl="noemt een vraagstuk twee keer")
        )
        permille = round(data.quorum * MILLE)
        if abs(permille - data.quorum * MILLE) > ROUNDING_TOLERANCE:
            raise BadText("quorum", Text(en="has more than three decimals", nl="heeft meer dan drie decimalen"))
        await require_may_open(context.reader, programme)
        keys = context.kring.keys
        return await context.create(
            "ballot",
            data,
            lambda new, by: OpenBallot(
                new,
                programme=programme,
                challenges=data.challenge_ids,
                closes_at=data.closes_at,
                tie_seed_commitment=ballot_papers.tie_seed_commitment(keys, new),
                ballot_key=ballot_papers.ballot_key(keys, new),
                rule=RULES[data.rule],
                seats=data.seats,
                quorum_permille=permille,
                secrecy=data.secrecy,
                own_challenge=data.own_challenge,
                rerun_of=data.rerun_of,
                by=by,
            ),
            views.BALLOTS,
        )

    @get()
    async def list_all(
        self, programme: FromPath[ProgrammeId], reader: NamedDependency[Reader], listing: NamedDependency[ListOptions]
    ) -> Page[views.Ballot]:
        """List the ballots of a programme."""
        return await ballots_of_programme(reader, programme, listing)


class Ballots(Controller):
    path = "/ballots/{ballot:str}"
    tags = ("Ballots",)

    @get(opt=WATCHED)
    async def show(
        self, ballot: FromPath[BallotId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> views.Ballot:
        """Show a ballot, with its turnout while it runs; no totals before the count."""
        return await visible_ballot(reader, ballot, reading)

    @get("/texts")
    async def texts(
        self, ballot: FromPath[BallotId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> BallotTexts:
        """Show the texts of the challenges on a ballot, with questions and answers, as they were when it opened."""
        return await visible_texts(reader, ballot, reading)

    @put("/vote")
    async def vote(
        self, ballot: FromPath[BallotId], data: JSONBody[Vote], context: NamedDependency[RequestContext]
    ) -> Response[OwnPaper]:
        """Hand in a paper; until the ballot closes, it replaces an earlier one."""
        choices, ranked = data.choices, data.ranking is not None
        sealer = ballot_papers.PaperSealer(context.kring.envelopes)
        voter = await context.reader.person(data.voter_id)
        opened = await ballot_papers.opening(context.kring.commands, ballot) if context.has_command_key else None
        receipt = await context.submit(
            data,
            casting(ballot, voter, choices, ranked=ranked, sealer=sealer),
            of_body=opened is None or opened.secrecy != "secret",
            read_at=context.request.url.path.removesuffix("/vote"),
        )
        opened = opened or sealer.opened
        assert opened is not None, "what was recorded now was sealed now"
        paper = new_paper(choices, opened, voter, receipt, sealer)
        return Response(paper, headers={"Kring-Position": str(receipt.last), **NO_STORE})

    @get("/vote")
    async def own(
        self, ballot: FromPath[BallotId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> Response[OwnPaper]:
        """Show the caller's own paper; on a secret ballot, only when it was handed in."""
        return Response(await own_paper(reader, ballot, reading), headers=NO_STORE)

    @post("/recusals", status_code=200)
    async def recuse(
        self, ballot: FromPath[BallotId], data: JSONBody[Recusal], context: NamedDependency[RequestContext]
    ) -> Response[views.Ballot]:
        """Recuse the caller from the choice of a challenge."""
        receipt = await declare_recusal(
            context.kring.commands,
            ballot,
            data.challenge_id,
            context.caller.person,
            lambda make_command: context.submit(data, make_command, answered=True),
        )
        answer = await context.answer(views.BALLOTS, ballot, receipt, status=200)
        answer.content = replace(
            answer.content, recused_challenges=await own_recusals(context.reader, ballot, receipt.last)
        )
        return answer

    @post("/close", status_code=200)
    async def close(
        self, ballot: FromPath[BallotId], context: NamedDependency[RequestContext], data: JSONBody[Body | None] = None
    ) -> Response[views.Ballot]:
        """Close a ballot."""
        return await context.execute(data, lambda by: CloseBallot(ballot, by=by), views.BALLOTS, ballot)

    @post("/count", status_code=200)
    async def count(
        self, ballot: FromPath[BallotId], context: NamedDependency[RequestContext], data: JSONBody[Body | None] = None
    ) -> Response[views.Ballot]:
        """Count the papers of a closed ballot."""
        answer = await context.execute(
            data, await ballot_papers.counting(context.kring.commands, ballot), views.BALLOTS, ballot
        )
        context.kring.keys.destroy(ballot_papers.count_key(ballot))
        return answer

    @get("/result")
    async def result(
        self, ballot: FromPath[BallotId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> ShownResult:
        """Show the result with everything that is needed to count again; 404 before the count."""
        return await visible_result(reader, ballot, reading)

    @post("/certification", status_code=200)
    async def certify(
        self, ballot: FromPath[BallotId], context: NamedDependency[RequestContext], data: JSONBody[Body | None] = None
    ) -> Response[views.Ballot]:
        """Certify the counted result."""
        return await context.execute(data, lambda by: CertifyBallot(ballot, by=by), views.BALLOTS, ballot)

    @post("/voiding", status_code=200)
    async def void(
        self, ballot: FromPath[BallotId], context: NamedDependency[RequestContext], data: JSONBody[Body | None] = None
    ) -> Response[views.Ballot]:
        """Declare a ballot void, with a reason."""
        answer = await context.execute(data, lambda by: VoidBallot(ballot, by=by), views.BALLOTS, ballot)
        context.kring.keys.destroy(ballot_papers.count_key(ballot))
        return answer
