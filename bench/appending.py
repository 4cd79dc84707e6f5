"""P1, P2 and P3: durable conditional appends, beside those of peers, in the same rounds on the same disk."""

import shutil
import sys
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from bench.contender_processes import Contender, Failed, Figures, best, compete, contender, in_results, together
from bench.contenders.work import Answer, Order, new_voter
from bench.database_servers import DatabaseCluster, NotAvailable, cluster, emmett, umadb
from bench.row import rate
from bench.run import Run, Steps
from service.store.database import connect

IN_FLIGHT = (1, 8, 32, 128, 512)
ONE_ROW = (1, 8, 32)
HEADLINE = 128
TURN_S = 2.0
EMMETT_POOL = 32
ROUNDS = 11  # of P2, since turns differ by a tenth
MIN_SHARE = 0.4  # of all appends of two processes, by each
KRING, INSERTS, LIBRARY, EMMETT = "kring", "one-row INSERTs", "PostgresDCBRecorderTT", "Emmett"
UMADB = {
    "UmaDB": ((), 1),
    "UmaDB, pipelined": (("--pipelined-writer", "true"), 1),
    "UmaDB, two clients": ((), 2),
}
"""Options of its server, and the number of client processes: the best variant counts."""


def kring(url: str, *in_flight: int, processes: int = 1) -> Any:
    """Kring's log in a separate process."""
    return contender(
        sys.executable, "-m", "bench.contenders.kring", url, in_flight=in_flight or IN_FLIGHT, processes=processes
    )


def inserts(url: str, *in_flight: int) -> Any:
    """Plain INSERTs in a separate process."""
    return contender(sys.executable, "-m", "bench.contenders.inserts", url, in_flight=in_flight or ONE_ROW)


# P1


async def one_process(run: Run) -> list[dict[str, Any]]:
    """P1: conditional appends on a hot ballot, by one process."""
    missing: dict[str, str] = {}
    async with cluster(run.folder) as servers, everybody(run, servers, missing) as teams:
        turns = run.rounds * sum(len(team.in_flight) for team in teams.values())
        with run.steps("P1", turns) as steps:
            await compete_or_miss(run, steps, teams, missing)
        contenders = {name: in_results(team) for name, team in teams.items()}
        checked = await _checked(servers, [one for answers in teams[KRING].table.values() for one in answers])
    ours = Figures.of(teams[KRING].table[HEADLINE]).per_second
    peers, best_of = _peers(teams)
    detail = {
        "contenders": contenders,
        "peers' best": best_of,
        "not measured": missing,
        "checked": checked,
        "figure": "median of the rounds",
    }
    required = {LIBRARY: 15.0, "UmaDB": 1.8, INSERTS: 0.8}
    aims = {LIBRARY: 25.0, "UmaDB": 2.5, INSERTS: 1.2}
    return [rate("P1", "appends/s", ours, peers, required, aims=aims, and_holds=not checked["wrong"], detail=detail)]


@asynccontextmanager
async def everybody(
    run: Run, servers: DatabaseCluster, missing: dict[str, str]
) -> AsyncGenerator[dict[str, Contender]]:
    """Start all contenders. Those that cannot be started go to `missing`, with the reason."""
    peers = await servers.database("peers")
    async with AsyncExitStack() as stack:
        teams: dict[str, Contender] = {
            KRING: await stack.enter_async_context(kring(servers.database_url)),
            INSERTS: await stack.enter_async_context(inserts(peers.owner_url)),
        }

        async def add(name: str, *command: str, processes: int = 1) -> None:
            try:
                started = contender(*command, in_flight=IN_FLIGHT, processes=processes)
                teams[name] = await stack.enter_async_context(started)
            except (Failed, TimeoutError) as error:
                missing[name] = str(error) or type(error).__name__

        await add(LIBRARY, sys.executable, "-m", "bench.contenders.library", peers.owner_url)
        for number, (name, (options, processes)) in enumerate(UMADB.items()):
            try:
                url = await stack.enter_async_context(umadb(run.folder / f"umadb-{number}", *options))
            except NotAvailable as error:
                missing[name] = str(error)
            else:
                await add(name, sys.executable, "-m", "bench.contenders.umadb_client", url, processes=processes)
        try:
            script = await emmett() / "append.mjs"
        except (NotAvailable, TimeoutError) as error:
            missing[EMMETT] = str(error)
        else:
            await add(EMMETT, shutil.which("node") or "node", str(script), peers.owner_url, str(EMMETT_POOL))
        yield teams


async def compete_or_miss(run: Run, steps: Steps, teams: dict[str, Contender], missing: dict[str, str]) -> None:
    """Run all rounds. If a peer fails, start again without it."""
    while True:
        for team in teams.values():
            team.table.clear()
        try:
            await compete(run, steps, teams, TURN_S)
        except Failed as error:
            name = error.args[0]
            if name == KRING:
                raise
            missing[name] = error.args[1]
            del teams[name]
        else:
            return


def _peers(teams: dict[str, Contender]) -> tuple[dict[str, float], dict[str, str]]:
    """Each peer's best figure over its variants and numbers in flight, and which variant that was."""
    peers: dict[str, float] = {}
    best_of: dict[str, str] = {}
    for name, team in teams.items():
        if name == KRING:
            continue
        many, figure = best(team)
        peer = name.partition(",")[0]
        if figure > peers.get(peer, 0):
            peers[peer], best_of[peer] = figure, f"{name}, {many} in flight"
    return peers, best_of


async def _checked(servers: DatabaseCluster, answers: list[Answer]) -> dict[str, Any]:
    """Check that exactly the acknowledged events are in the log, at their positions and without gaps."""
    connection = await connect(servers.database_url, timeout_s=60)
    try:
        row = await connection.fetchrow("select count(*), count(distinct command_id), max(position) from events")
    finally:
        await connection.close()
    assert row is not None
    acknowledged, wrong = sum(one.done for one in answers), [one for answer in answers for one in answer.wrong]
    if (row[0], row[1], row[2]) != (acknowledged, acknowledged, acknowledged):
        wrong.append(f"{acknowledged} acknowledged, {row[0]} events of {row[1]} commands up to position {row[2]}")
    return {"acknowledged": acknowledged, "wrong": wrong}


# P2


async def two_processes(run: Run) -> list[dict[str, Any]]:
    """P2: the same number in flight, shared by two processes on one ballot, compared with one process alone."""
    async with (
        cluster(run.folder) as servers,
        kring(servers.database_url, HEADLINE, 2 * HEADLINE, processes=2) as team,
    ):
        alone: list[Answer] = []
        pairs: dict[int, list[list[Answer]]] = {HEADLINE: [], 2 * HEADLINE: []}
        rounds = run.many(ROUNDS, 2)
        turns = deque[int | None]([None, *pairs])
        with run.steps("P2", len(turns) * rounds) as steps:
            for _ in range(rounds):
                for many in turns:
                    steps.next(f"two processes, {many} in flight" if many else "one process")
                    if many:
                        pairs[many].append(await team.turn(_order(run, many)))
                    else:
                        alone += await team.turn(_order(run, HEADLINE), processes=1)
                turns.rotate()
        everything = [*alone, *(one for turns in pairs.values() for pair in turns for one in pair)]
        checked = await _checked(servers, everything)
    shares = {many: _smaller_share(turns) for many, turns in pairs.items()}
    by_number = {str(many): Figures.of([together(pair) for pair in turns]).short() for many, turns in pairs.items()}
    fair = shares[HEADLINE] >= MIN_SHARE
    return [
        rate(
            "P2",
            "appends/s",
            by_number[str(HEADLINE)]["per_second"],
            {"one process": Figures.of(alone).per_second},
            {"one process": 0.9},
            aims={"one process": 1.0},
            and_holds=fair and not checked["wrong"],
            detail={
                "two processes, in flight together": by_number,
                "one process": Figures.of(alone).short(),
                "the smaller share": {str(many): round(share, 3) for many, share in shares.items()},
                "fair": fair,
                "checked": checked,
                "figure": "median of the rounds",
            },
        )
    ]


def _order(run: Run, many: int) -> Order:
    return Order(many, run.seconds(TURN_S), new_voter().replace("person", "ballot"))


def _smaller_share(turns: list[list[Answer]]) -> float:
    """The share of the process that appended less, over all turns."""
    mine, other = (sum(pair[process].done for pair in turns) for process in (0, 1))
    return min(mine, other) / (mine + other)


# P3


async def one_at_a_time(run: Run) -> list[dict[str, Any]]:
    """P3: the latency of one append, compared with a one-row INSERT."""
    async with cluster(run.folder) as servers:
        peers = await servers.database("peers")
        async with kring(servers.database_url, 1) as ours, inserts(peers.owner_url, 1) as plain:
            teams = {KRING: ours, INSERTS: plain}
            rounds = run.many(3, 1)
            with run.steps("P3", rounds * run.rounds * len(teams)) as steps:
                for _ in range(rounds):
                    await compete(run, steps, teams, TURN_S / 2)
    mine, theirs = Figures.of(ours.table[1]), Figures.of(plain.table[1])
    detail = {KRING: in_results(ours), INSERTS: in_results(plain), "figure": "median of the rounds' p50"}
    required, aims = {INSERTS: 0.5}, {INSERTS: 0.667}
    return [rate("P3", "ms", mine.p50, {INSERTS: theirs.p50}, required, aims=aims, less_is_better=True, detail=detail)]
