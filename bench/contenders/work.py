"""What every contender does: appends that many at a time, for so long, and says how many that were and how long each took.

A contender is a process. It reads orders from its standard input, one a line, and answers each with a line on its standard
output; its first line says that it is ready, and how it is set.
"""

import asyncio
import random
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterable
from secrets import token_hex
from typing import Self

import msgspec
from eventsourcing.dcb.api import DCBAppendCondition, DCBQuery, DCBQueryItem
from msgspec import Struct

from service.gc_tuning import rest

SAMPLE = 20_000  # latencies that an answer holds at most
OPENED, CLOSED, CAST = "ballot.opened", "ballot.closed", "ballot.vote_cast"
PROGRAMME = "programme_01m84mt5r8es5rc7sp6wjmjab6"
DATA = b'{"ballot":"ballot_01m84mt5r8es5rc7sp6wjmjab6","commitment":"%s","own":true,"programme":"%s"}' % (
    b"x" * 76,
    PROGRAMME.encode(),
)
assert len(DATA) == 200, "the same content for everybody"


class Order(Struct, frozen=True):
    """How to run: `ballot` is the hot one."""

    in_flight: int
    seconds: float
    ballot: str


class Answer(Struct, frozen=True):
    """What a run came to. `latencies`: milliseconds, a sample of them, in order of size. `wrong`: what should not be."""

    done: int
    seconds: float
    latencies: list[float]
    wrong: list[str] = []

    @classmethod
    def of(cls, latencies: list[float], seconds: float, wrong: Iterable[str] = ()) -> Self:
        some = latencies if len(latencies) <= SAMPLE else random.sample(latencies, SAMPLE)
        return cls(len(latencies), seconds, sorted(round(one * 1000, 3) for one in some), list(wrong))

    @property
    def per_second(self) -> float:
        return self.done / self.seconds

    def percentile(self, part: float) -> float:
        """In milliseconds."""
        return self.latencies[min(len(self.latencies) - 1, int(len(self.latencies) * part))]


class Ready(Struct, frozen=True):
    """The first line: `settings` in words, for the table."""

    settings: str


def new_voter() -> str:
    """An id as long as a real one."""
    return f"person_{token_hex(13)}"


def tags_of(voter: str, ballot: str) -> list[str]:
    """The most specific first, as the domain has it."""
    return [voter, ballot, PROGRAMME]


def untouched(voter: str, ballot: str, after: int) -> DCBAppendCondition:
    """That the ballot was neither opened nor closed, and that this voter did not vote, after that position."""
    items = [DCBQueryItem([OPENED, CLOSED], [ballot]), DCBQueryItem([CAST], [voter, ballot])]
    return DCBAppendCondition(DCBQuery(items), after=after)


async def append_together(order: Order, append: Callable[[], Awaitable[None]]) -> tuple[list[float], float]:
    """So many tasks, each appending again when its last was acknowledged; the latencies and the whole, in seconds."""
    latencies: list[float] = []
    clock = time.perf_counter
    began = clock()
    until = began + order.seconds

    async def one() -> None:
        while (sent := clock()) < until:
            await append()
            latencies.append(clock() - sent)

    await asyncio.gather(*(one() for _ in range(order.in_flight)))
    return latencies, clock() - began


def append_in_threads(order: Order, appends: list[Callable[[], None]]) -> tuple[list[float], float]:
    """The same, for clients that block: one thread each, one of `appends` each in turn."""
    latencies: list[float] = []
    errors: list[BaseException] = []
    clock = time.perf_counter
    gate = threading.Barrier(order.in_flight + 1)
    until = float("inf")

    def one(append: Callable[[], None]) -> None:
        gate.wait()
        try:
            while (sent := clock()) < until:
                append()
                latencies.append(clock() - sent)
        except BaseException as error:  # noqa: BLE001  told by the one who waits
            errors.append(error)

    threads = [
        threading.Thread(target=one, args=(appends[n % len(appends)],), daemon=True) for n in range(order.in_flight)
    ]
    for thread in threads:
        thread.start()
    began = clock()
    until = began + order.seconds
    gate.wait()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return latencies, clock() - began


# Orders and answers


def say(line: Struct) -> None:
    """One line."""
    sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
    sys.stdout.buffer.flush()


async def obey(settings: str, act: Callable[[Order], Awaitable[Answer]]) -> None:
    """Say that one is ready, then act on every order until there are no more. Everybody's collector rests as the service's."""
    rest()
    say(Ready(settings))
    decode = msgspec.json.Decoder(Order).decode
    while line := await asyncio.to_thread(sys.stdin.buffer.readline):
        say(await act(decode(line)))


def obey_in_threads(settings: str, act: Callable[[Order], Answer]) -> None:
    """The same, without a loop."""
    rest()
    say(Ready(settings))
    decode = msgspec.json.Decoder(Order).decode
    for line in sys.stdin.buffer:
        say(act(decode(line)))
