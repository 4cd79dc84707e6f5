"""P4 and reading: the cost of a voter's slice and of the whole log, by size."""

import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from statistics import median, quantiles
from typing import Any, cast

import asyncpg
from eventsourcing.dcb.api import DCBQuery, DCBQueryItem

from bench.contenders.work import CAST, CLOSED, OPENED
from bench.database_servers import DatabaseCluster, cluster
from bench.log_filling import log_of, papers_on
from bench.row import rate
from bench.run import Run
from domain.ballots.voting import CastVote
from domain.events.ballot import BallotChallenge, BallotOpened
from domain.foundation import BallotId, Caller, ChallengeId, Code, Digest, PersonId, ProgrammeId, Tagged
from service.ballot_papers import Envelopes, PaperSealer, ballot_key, tie_seed_commitment
from service.clock_and_ids import new_id, new_uuid, now
from service.commands import CommandHandler
from service.sealing.keys import KeyStore
from service.store.log.log import COLUMNS, Log
from service.store.log.mapper import Mapper
from service.store.log.types import Append, Envelope

SMALL, LARGE = 100, 100_000  # papers
SIZES = (100, 1_000, 10_000, 100_000)
ELECTORS = 128
ELECTORATES = (128, 1_024, 8_192)
VOTES, SLICES = 400, 400
STREAMED = 100_000  # events
FETCHES = (500, 5_000)  # rows that the peer's cursor takes at a time
SAME = round(1 / 1.3, 3)
"""At most 1.3 times as long."""

connect = cast("Callable[..., Awaitable[Any]]", asyncpg.connect)


def milliseconds(times: Sequence[float]) -> dict[str, float]:
    """The median and 99th percentile of times in seconds."""
    return {"p50_ms": round(median(times) * 1000, 3), "p99_ms": round(quantiles(times, n=100)[98] * 1000, 3)}


# P4


class Poll:
    """An open ballot, and the votes of its electors through the command handler."""

    def __init__(self, commands: CommandHandler, opened: BallotOpened) -> None:
        self.commands, self.opened, self.seal = commands, opened, PaperSealer(Envelopes())

    async def vote(self, number: int) -> None:
        """Load, decide, append: the work of a request between its validation and its answer."""
        voter = self.opened.electorate[number % len(self.opened.electorate)]
        choice = (self.opened.challenge_ids[number % 5],)
        by = Caller(role="participant", person=voter, via="token_bench", at=now())
        ballot = self.opened.ballot
        await self.commands.execute(lambda: CastVote(ballot, voter=voter, approvals=choice, seal=self.seal, by=by))

    async def slice(self, number: int) -> None:
        """Only load."""
        voter = self.opened.electorate[number % len(self.opened.electorate)]
        by = Caller(role="participant", person=voter, via="token_bench", at=now())
        await self.commands.load(CastVote(self.opened.ballot, voter=voter, approvals=(), seal=self.seal, by=by))


async def poll(commands: CommandHandler, servers: DatabaseCluster, *, electors: int, papers: int) -> Poll:
    """Open a ballot by its event, then add papers of persons outside the electorate, which is the same at every size."""
    programme, ballot = ProgrammeId(new_id("programme")), BallotId(new_id("ballot"))
    challenges = [ChallengeId(new_id("challenge")) for _ in range(5)]
    opened = BallotOpened(
        ballot=ballot,
        programme=programme,
        challenges=tuple(BallotChallenge(one, None, None, (Digest("A" * 43),)) for one in challenges),
        electorate=tuple(PersonId(new_id("person")) for _ in range(electors)),
        own=(),
        rule=Code("approval/1"),
        seats=3,
        quorum_permille=0,
        secrecy=Code("named"),
        own_challenge=Code("disclosed"),
        tie_seed_commitment=tie_seed_commitment(commands.keys, ballot),
        ballot_key=ballot_key(commands.keys, ballot),
        closes_at=now() + timedelta(days=1),
    )
    rows, _ = commands.mapper.rows([Tagged(tags=opened.tags(), decision=opened)])
    command = new_uuid()
    who = Envelope(actor="system", via="bench", command_id=command, correlation_id=command)
    await commands.log.append(Append(events=rows, envelope=who))
    if papers:
        await papers_on(servers.owner_url, ballot, programme, papers)
    return Poll(commands, opened)


async def times(ways: Sequence[Callable[[int], Awaitable[None]]], many: int) -> list[list[float]]:
    """The times of each in seconds, in turns, so that disturbances affect all alike. The first tenth is a warm-up."""
    found: list[list[float]] = [[] for _ in ways]
    for number in range(-many // 10, many):
        for mine, way in zip(found, ways, strict=True):
            began = time.perf_counter()
            await way(number)
            if number >= 0:
                mine.append(time.perf_counter() - began)
    return found


async def votes(run: Run) -> list[dict[str, Any]]:
    """P4: load a voter's slice, decide and append, on a ballot with few papers and on one with many."""
    many = run.many(VOTES, 40)
    async with cluster(run.folder) as servers, Log.open(servers.database_url) as log:
        keys = KeyStore(run.folder / "keys")
        commands = CommandHandler(log, Mapper(keys), keys)
        with run.steps("P4", 6) as steps:
            steps.next(f"filling a ballot with {LARGE} papers")
            large = await poll(commands, servers, electors=ELECTORS, papers=run.many(LARGE, LARGE // 10))
            small = await poll(commands, servers, electors=ELECTORS, papers=SMALL)
            steps.next("voting")
            on_small, on_large = await times([small.vote, large.vote], many)
            steps.next("learning")
            learn_small, learn_large = await times([small.slice, large.slice], many)
            electorates: dict[str, Any] = {}
            for electors in ELECTORATES:
                steps.next(f"an electorate of {electors}")
                other = await poll(commands, servers, electors=electors, papers=0)
                (voting,) = await times([other.vote], many // 4)
                electorates[str(electors)] = milliseconds(voting)
    detail = {
        "vote": {str(SMALL): milliseconds(on_small), str(LARGE): milliseconds(on_large)},
        "learn": {str(SMALL): milliseconds(learn_small), str(LARGE): milliseconds(learn_large)},
        "vote, by electorate": electorates,
        "electors": ELECTORS,
        "votes": many,
        "figure": "median; the two in turns, one at a time, through service.commands.CommandHandler",
    }
    ours, peer = median(on_large) * 1000, median(on_small) * 1000
    name = f"a ballot of {SMALL} papers"
    return [rate("P4", "ms", ours, {name: peer}, {name: SAME}, aims={name: 0.909}, less_is_better=True, detail=detail)]


# Slices


async def slices(run: Run) -> list[dict[str, Any]]:
    """A slice by two tags, on ballots of different sizes: the size of the larger tag must not matter."""
    sizes = SIZES[: run.many(4, 3)]
    async with cluster(run.folder) as servers, Log.open(servers.database_url) as log:
        ballots: list[str] = []
        with run.steps("slices", len(sizes) + 1) as steps:
            for size in sizes:
                steps.next(f"filling a ballot with {size} papers")
                ballots.append(new_id("ballot"))
                await papers_on(servers.owner_url, ballots[-1], new_id("programme"), size)
            steps.next("reading")
            voters = [await _voters(servers, ballot) for ballot in ballots]

            def reading(ballot: str, some: list[str]) -> Callable[[int], Awaitable[None]]:
                async def read(number: int) -> None:
                    voter = some[number % len(some)]
                    items = [DCBQueryItem([OPENED, CLOSED], [ballot]), DCBQueryItem([CAST], [voter, ballot])]
                    found, _ = await log.read_boundary(DCBQuery(items))
                    assert len(found) == 1, found

                return read

            took = await times(
                [reading(ballot, some) for ballot, some in zip(ballots, voters, strict=True)], run.many(SLICES, 40)
            )
    curve = {str(size): milliseconds(mine) for size, mine in zip(sizes, took, strict=True)}
    ours, peer = median(took[-1]) * 1000, median(took[0]) * 1000
    name = f"a ballot of {sizes[0]} papers"
    detail = {"by papers on the ballot": curve, "figure": f"median, on {sizes[-1]} papers; one at a time, in turns"}
    return [rate("slices", "ms", ours, {name: peer}, {name: SAME}, less_is_better=True, detail=detail)]


async def _voters(servers: DatabaseCluster, ballot: str) -> list[str]:
    connection = await connect(servers.owner_url)
    try:
        rows = await connection.fetch(
            "select voter from papers where ballot = $1 order by md5(voter) limit 100", ballot
        )
    finally:
        await connection.close()
    return [row[0] for row in rows]


# Reading the whole log


async def reads(run: Run) -> list[dict[str, Any]]:
    """The whole log as a stream, compared with a plain cursor over the same columns of the same table."""
    events = run.many(STREAMED, STREAMED // 10)
    async with cluster(run.folder) as servers:
        with run.steps("reads", 1 + run.rounds * (1 + len(FETCHES))) as steps:
            steps.next(f"filling a log with {events} events")
            await log_of(servers.owner_url, events)
            ours: list[float] = []
            peers: dict[int, list[float]] = {fetch: [] for fetch in FETCHES}
            async with Log.open(servers.database_url) as log:
                for _ in range(run.rounds):
                    steps.next("stream")
                    began = time.perf_counter()
                    assert sum([len(page) async for page in log.stream()]) == events
                    ours.append(events / (time.perf_counter() - began))
                    for fetch, mine in peers.items():
                        steps.next(f"cursor, {fetch} rows at a time")
                        began = time.perf_counter()
                        assert await _by_cursor(servers, fetch) == events
                        mine.append(events / (time.perf_counter() - began))
    rates = {fetch: median(mine) for fetch, mine in peers.items()}
    name = "an asyncpg cursor"
    detail = {
        "events": events,
        "the cursor, by rows at a time": {str(fetch): round(figure) for fetch, figure in rates.items()},
        "figure": "median of the rounds; the cursor at its best",
    }
    return [rate("reads", "events/s", median(ours), {name: max(rates.values())}, {name: 0.5}, detail=detail)]


async def _by_cursor(servers: DatabaseCluster, fetch: int) -> int:
    connection, found = await connect(servers.database_url), 0
    async with connection.transaction():
        cursor = await connection.cursor(f"select {COLUMNS} from events order by position")
        while rows := await cursor.fetch(fetch):
            found += len(rows)
    await connection.close()
    return found
