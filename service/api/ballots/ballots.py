"""Ballots over HTTP."""

from datetime import datetime
from typing import Annotated, Literal

from litestar import Controller, Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct
from msgspec.structs import replace

from domain.ballots.ballot import MILLE, CertifyBallot, CloseBallot, OwnChallenge, Secrecy, VoidBallot
from domain.ballots.opening import OpenBallot
from domain.ballots.recusing import DeclareRecusal, PaperReplaced
from domain.ballots.voting import CastVote
from domain.events.ballot import BallotOpened
from domain.foundation import BallotId, ChallengeId, Code, NotFound, PersonId, ProgrammeId, Text
from domain.people.rights import Rights
from projections import ballots as views
from projections.view import ids
from service import ballot_papers
from service.api.ballots.results import ShownResult, said, shown, voters
from service.api.http.bodies import At, Body
from service.api.requests.request_context import RequestContext
from service.api.requests.sse import WATCHED
from service.reading.options import BadText, ListOptions, Page, ReadOptions
from service.reading.reader import Reader
from service.sealing.papers import receipt_text, tracker
from service.store.log.types import Receipt

RULES = {"equal_shares": Code("equal_shares/1"), "approval": Code("approval/1"), "stv": Code("stv/1")}
EXACT = 1e-6  # how far a float of three decimals lies from what it stands for, at most
TRIES = 3  # at a paper that its voter replaces at that moment
NOT_KEPT = {"Cache-Control": "no-store"}
"""On every answer with a paper in it: no browser or proxy keeps one (docs/explanation/sealing.md 'Ballot papers')."""


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
    """A ballot paper: the challenges that the voter approves of, or where the rule is `stv` ranks, the best first.

    None of them for a blank one. `voter_id`: entered for someone else.
    """

    approvals: Annotated[tuple[ChallengeId, ...], Meta(max_length=200)] | None = None
    ranking: Annotated[tuple[ChallengeId, ...], Meta(max_length=200)] | None = None
    voter_id: PersonId | None = None

    @property
    def choices(self) -> tuple[ChallengeId, ...]:
        """Whichever was handed in. Raises `BadText` unless it is one of the two, without doubles."""
        if self.approvals is not None and self.ranking is not None:
            raise BadText(
                "ranking",
                Text(
                    en="stands beside approvals: hand in one of them",
                    nl="staat naast approvals: lever een van beide in",
                ),
            )
        found = self.approvals if self.ranking is None else self.ranking
        if found is None:
            raise BadText(
                "approvals",
                Text(
                    en="is missing; where the rule is stv, ranking is",
                    nl="ontbreekt; waar de regel stv is, ontbreekt ranking",
                ),
            )
        if len(set(found)) != len(found):
            raise BadText(
                "approvals" if self.ranking is None else "ranking",
                Text(en="names a challenge twice", nl="noemt een vraagstuk twee keer"),
            )
        return found


class Recusal(Body):
    """A challenge in whose choice the elector takes no part."""

    challenge_id: ChallengeId


PaperStatus = Literal["current", "counted"]


class OwnPaper(Struct, frozen=True, kw_only=True, rename=ids("ballot", "voter")):
    """That a voter has a current paper, and since when; on a named ballot also what it says.

    `approvals` or, under a rule that ranks, `ranking`: both None on a secret ballot, which shows no paper again, and where
    nobody can open it any more. `tracker`, `receipt`: of a secret paper, when it is handed in and never again.
    """

    ballot: BallotId
    voter: PersonId
    status: PaperStatus
    approvals: tuple[ChallengeId, ...] | None = None
    ranking: tuple[ChallengeId, ...] | None = None
    handed_in_at: datetime
    tracker: str | None = None
    receipt: str | None = None
    position: int


def status_of_paper(result: views.Result | None) -> PaperStatus:
    """Of a current paper: whether its ballot was counted."""
    return "current" if result is None else "counted"


async def turnout(reader: Reader, ballot: BallotId, reading: ReadOptions) -> int:
    """How many current papers an open ballot has, or had."""
    papers_of = await reader.views(reading, ballot)
    return (await papers_of.rows(views.Turnout, views.TURNOUT, ballot))[0].turnout


async def recused(reader: Reader, ballot: BallotId, until: int | None) -> tuple[ChallengeId, ...]:
    """The challenges from which the caller recused themselves."""
    row = (
        None
        if reader.caller.person is None
        else await reader.row_from_log(views.RECUSALS, f"{reader.caller.person}/{ballot}", until)
    )
    return () if row is None else row.challenges


def answered(
    data: Vote, opened: BallotOpened, voter: PersonId, receipt: Receipt, sealing: ballot_papers.Sealing
) -> OwnPaper:
    """What is told of a paper that was handed in. A repeated command tells nothing of a secret one."""
    paper = OwnPaper(
        ballot=opened.ballot,
        voter=voter,
        status="current",
        handed_in_at=receipt.recorded_at,
        position=receipt.last,
    )
    if opened.secrecy != "secret":
        return replace(paper, approvals=data.approvals, ranking=data.ranking)
    if receipt.repeated or sealing.receipt is None:
        return paper
    return replace(paper, tracker=tracker(sealing.receipt), receipt=receipt_text(sealing.receipt))


def sees(rights: Rights, row: views.Ballot) -> bool:
    """A ballot is seen inside its programme, and by the contacts for a challenge that stands on it."""
    return rights.belongs_to(row.programme) or any(
        rights.reads_for(row.organisations, one, programme=row.programme) for one in row.challenges
    )


async def require_opener(reader: Reader, programme: ProgrammeId) -> None:
    """Refuses who may not open a ballot, before keys are made for it; `OpenBallot` decides again.

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
        if len(set(data.challenge_ids)) != len(data.challenge_ids):
            raise BadText("challenge_ids", Text(en="names a challenge twice", nl="noemt een vraagstuk twee keer"))
        permille = round(data.quorum * MILLE)
        if abs(permille - data.quorum * MILLE) > EXACT:
            raise BadText("quorum", Text(en="has more than three decimals", nl="heeft meer dan drie decimalen"))
        await require_opener(context.reader, programme)
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
    async def all(
        self, programme: FromPath[ProgrammeId], reader: NamedDependency[Reader], listing: NamedDependency[ListOptions]
    ) -> Page[views.Ballot]:
        """List the ballots of a programme."""
        rights = await reader.rights()
        inside, organisations = await reader.audience(programme, listing.reading)
        return await reader.page(
            views.BALLOTS,
            views.BALLOTS_OF_PROGRAMME,
            programme,
            inside,
            organisations,
            listing=listing,
            scope=programme,
            sees=lambda row: sees(rights, row),
        )


class Ballots(Controller):
    path = "/ballots/{ballot:str}"
    tags = ("Ballots",)

    @get(opt=WATCHED)
    async def one(
        self, ballot: FromPath[BallotId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> views.Ballot:
        """Show a ballot, with its turnout while it runs; no totals before the count."""
        row = await reader.visible_row(views.BALLOTS, ballot, sees, reading)
        row = replace(row, recused_challenges=await recused(reader, ballot, await reader.position_of(reading)))
        if row.status != "open":
            return row
        return replace(row, turnout=await turnout(reader, ballot, reading))

    @put("/vote")
    async def vote(
        self, ballot: FromPath[BallotId], data: JSONBody[Vote], context: NamedDependency[RequestContext]
    ) -> Response[OwnPaper]:
        """Hand in a paper; it replaces an earlier one until the ballot closes."""
        choices, sealing, ranked = data.choices, ballot_papers.Sealing(), data.ranking is not None
        voter = await context.reader.person(data.voter_id)
        opened = await ballot_papers.opening(context.kring.commands, ballot) if context.has_command_key else None
        receipt = await context.submit(
            data,
            lambda by: CastVote(ballot, voter=voter, approvals=choices, ranked=ranked, seal=sealing, by=by),
            of_body=opened is None or opened.secrecy != "secret",
            read_at=context.request.url.path.removesuffix("/vote"),
        )
        opened = opened or sealing.opened
        assert opened is not None, "what was recorded now was sealed now"
        paper = answered(data, opened, voter, receipt, sealing)
        return Response(paper, headers={"Kring-Position": str(receipt.last), **NOT_KEPT})

    @get("/vote")
    async def own(
        self, ballot: FromPath[BallotId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> Response[OwnPaper]:
        """Show one's own paper; of a secret one, that and when it was handed in."""
        me, commands = reader.caller.person, reader.kring.commands
        if me is None or reader.caller.role != "participant":  # a token gives the rights of its role
            raise NotFound
        until = await reader.position_of(reading)
        opened, key = await ballot_papers.opening(commands, ballot), f"{me}/{ballot}"
        if not (await reader.rights()).is_within(opened.programme):
            raise NotFound
        row, latest = await reader.row_from_log(views.PAPERS, key, until), await reader.row_from_log(views.PAPERS, key)
        if row is None or latest is None:
            raise NotFound
        paper = OwnPaper(
            ballot=ballot,
            voter=me,
            status=status_of_paper(await reader.row_from_log(views.RESULTS, ballot, until)),
            handed_in_at=row.handed_in_at,
            position=row.position,
        )
        if opened.secrecy != "secret" and row.position == latest.position:  # an earlier one is nowhere any more
            approvals, ranking = said(opened.rule, await self._choices(reader, opened, me))
            paper = replace(paper, approvals=approvals, ranking=ranking)
        return Response(paper, headers=NOT_KEPT)

    async def _choices(self, reader: Reader, opened: BallotOpened, me: PersonId) -> tuple[ChallengeId, ...] | None:
        """What the caller's paper on a named ballot says: sealed until the count, published after it."""
        counted = await reader.row_from_log(views.RESULTS, opened.ballot)
        if counted is None:
            held = await ballot_papers.own_paper(reader.kring.commands, opened, me)
            return None if held is None else held.approvals
        await reader.unseal([counted])
        whose = voters(counted)
        return next((one.approvals for one in counted.papers if whose.get(one.number) == me), None)

    @post("/recusals", status_code=200)
    async def recuse(
        self, ballot: FromPath[BallotId], data: JSONBody[Recusal], context: NamedDependency[RequestContext]
    ) -> Response[views.Ballot]:
        """Take no part in the choice of a challenge, from here on."""
        receipt = await self._recused(ballot, data, context)
        answer = await context.answer(views.BALLOTS, ballot, receipt, status=200)
        answer.content = replace(answer.content, recused_challenges=await recused(context.reader, ballot, receipt.last))
        return answer

    async def _recused(self, ballot: BallotId, data: Recusal, context: RequestContext) -> Receipt:
        """Look at the caller's paper, if it is not a secret one, and decide; again, if another took its place meanwhile."""
        commands, me = context.kring.commands, context.caller.person
        opened = await ballot_papers.opening(commands, ballot)
        looking = None if opened.secrecy == "secret" else me
        for tries_left in reversed(range(TRIES)):
            held = None if looking is None else await ballot_papers.own_paper(commands, opened, looking)
            try:
                return await context.submit(
                    data,
                    lambda by, held=held: DeclareRecusal(ballot, challenge=data.challenge_id, paper=held, by=by),
                    answered=True,
                )
            except PaperReplaced:
                if not tries_left:
                    raise
        raise AssertionError("the last try answers or raises")

    @post("/close", status_code=200)
    async def close(
        self, ballot: FromPath[BallotId], context: NamedDependency[RequestContext], data: JSONBody[Body | None] = None
    ) -> Response[views.Ballot]:
        """End the voting."""
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
        """Show the result with everything that is needed to count it again; 404 before the count."""
        row = await reader.visible_row(views.BALLOTS, ballot, sees, reading)
        result = await reader.visible_row(views.RESULTS, ballot, lambda _, __: True, reading)
        rights = await reader.rights()
        inside = rights.belongs_to(result.programme)
        told = inside or (rights.by.role == "auditor" and sees(rights, row))
        roll = await ballot_papers.roll(reader.kring.commands, ballot) if told else None
        return shown(result, row, with_voters=inside, roll=roll)

    @post("/certification", status_code=200)
    async def certify(
        self, ballot: FromPath[BallotId], context: NamedDependency[RequestContext], data: JSONBody[Body | None] = None
    ) -> Response[views.Ballot]:
        """Let the counted result stand."""
        return await context.execute(data, lambda by: CertifyBallot(ballot, by=by), views.BALLOTS, ballot)

    @post("/voiding", status_code=200)
    async def void(
        self, ballot: FromPath[BallotId], context: NamedDependency[RequestContext], data: JSONBody[Body | None] = None
    ) -> Response[views.Ballot]:
        """Declare, with a reason, that a ballot has no result."""
        answer = await context.execute(data, lambda by: VoidBallot(ballot, by=by), views.BALLOTS, ballot)
        context.kring.keys.destroy(ballot_papers.count_key(ballot))
        return answer
