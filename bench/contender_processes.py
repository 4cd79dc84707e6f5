"""Contenders: started as processes, measured in turns, in rounds, with the results of all turns."""

import asyncio
import statistics
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import msgspec

from bench.contenders.work import Answer, Order, Ready, new_voter
from bench.run import Run, Steps

MAX_LINE_BYTES = 64 << 20
GRACE_S = 60.0  # that a contender may take beyond its turn

Table = dict[int, list[Answer]]
"""The answers of all rounds, by number in flight."""


class Failed(Exception):
    """A contender failed."""


class Contender:
    """One or several processes that share each order evenly."""

    def __init__(
        self, processes: Sequence[asyncio.subprocess.Process], settings: str, in_flight: Sequence[int]
    ) -> None:
        self.processes = processes
        self.settings = settings
        self.in_flight = in_flight
        """The numbers of concurrent appends that it is measured with."""
        self.table: Table = {}

    async def turn(self, order: Order, processes: int | None = None) -> list[Answer]:
        """Send an order to all its processes, or to this number of them. Returns their answers. Raises `Failed`."""
        team = self.processes[:processes]
        share = msgspec.structs.replace(order, in_flight=max(1, order.in_flight // len(team)))
        try:
            async with asyncio.timeout(order.seconds + GRACE_S):
                return list(await asyncio.gather(*(_ask(one, share) for one in team)))
        except TimeoutError:
            raise Failed(f"no answer within {order.seconds + GRACE_S:.0f} seconds") from None


async def _ask(process: asyncio.subprocess.Process, order: Order) -> Answer:
    assert process.stdin is not None
    process.stdin.write(msgspec.json.encode(order) + b"\n")
    return msgspec.json.decode(await _line(process), type=Answer)


async def _line(process: asyncio.subprocess.Process) -> bytes:
    assert process.stdout is not None
    if line := await process.stdout.readline():
        return line
    raise Failed(f"it ended with {await process.wait()}")


@asynccontextmanager
async def contender(*command: str, in_flight: Sequence[int], processes: int = 1) -> AsyncGenerator[Contender]:
    """Start a contender; it ends with the body. Raises `Failed`."""
    async with AsyncExitStack() as stack:
        team = [await stack.enter_async_context(_process(command)) for _ in range(processes)]
        async with asyncio.timeout(GRACE_S):
            ready = [msgspec.json.decode(await _line(one), type=Ready) for one in team]
        many = "" if processes == 1 else f"; {processes} processes"
        yield Contender(team, ready[0].settings + many, in_flight)


@asynccontextmanager
async def _process(command: Sequence[str]) -> AsyncGenerator[asyncio.subprocess.Process]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, limit=MAX_LINE_BYTES)
    try:
        yield process
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(5):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


async def compete(run: Run, steps: Steps, teams: Mapping[str, Contender], seconds: float) -> None:
    """Measure contenders in rounds, each in turn at each number in flight, so that disturbances affect all alike.

    Every turn has a new hot ballot. The answers go to each contender's `table`. Raises `Failed` with its name and the reason.
    """
    for number in range(run.rounds):
        for many in sorted({many for team in teams.values() for many in team.in_flight}):
            for name, team in teams.items():
                if many not in team.in_flight:
                    continue
                steps.next(f"{name}, {many} in flight, round {number + 1}")
                order = Order(many, run.seconds(seconds), new_voter().replace("person", "ballot"))
                try:
                    answers = await team.turn(order)
                except Failed as error:
                    raise Failed(name, str(error)) from error
                team.table.setdefault(many, []).append(together(answers))


def together(answers: Sequence[Answer]) -> Answer:
    """The combined answer of several concurrent processes."""
    latencies = sorted(one for answer in answers for one in answer.latencies)
    wrong = [one for answer in answers for one in answer.wrong]
    seconds = max(answer.seconds for answer in answers)
    return Answer(sum(answer.done for answer in answers), seconds, latencies, wrong)


class Figures(msgspec.Struct, frozen=True):
    """The medians over the rounds: appends per second, and latencies in milliseconds."""

    per_second: float
    p50: float
    p99: float

    @classmethod
    def of(cls, answers: Sequence[Answer]) -> "Figures":
        return cls(
            statistics.median(one.per_second for one in answers),
            statistics.median(one.percentile(0.5) for one in answers),
            statistics.median(one.percentile(0.99) for one in answers),
        )

    def short(self) -> dict[str, float]:
        return {"per_second": round(self.per_second), "p50_ms": round(self.p50, 2), "p99_ms": round(self.p99, 2)}


def best(team: Contender) -> tuple[int, float]:
    """The number in flight at which it was fastest, and its appends per second there."""
    rates = {many: Figures.of(answers).per_second for many, answers in team.table.items()}
    many = max(rates, key=rates.__getitem__)
    return many, rates[many]


def in_results(team: Contender) -> dict[str, Any]:
    """Settings and figures by number in flight, for the results."""
    by_number = {str(many): Figures.of(answers).short() for many, answers in sorted(team.table.items())}
    return {"settings": team.settings, "in flight": by_number}
