"""The protocol of contenders: run a number of concurrent appends for some time, and answer with their number and latencies.

A contender is a process. It reads orders from standard input, one per line, and answers each with a line on standard output;
its first line says that it is ready, with its settings.
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

from service.gc_tuning import freeze_and_tune

MAX_LATENCIES = 20_000  # in one answer
OPENED, CLOSED, CAST = "ballot.opened", "ballot.closed", "ballot.vote_cast"
PROGRAMME = "programme_01m84mt5r8es5rc7sp6wjmjab6"
DATA = b'{"ballot":"ballot_01m84mt5r8es5rc7sp6wjmjab6","commitment":"%s","own":true,"programme":"%s"}' % (
    b"x" * 76,
    PROGRAMME.encode(),
)
assert len(DATA) == 200, "the same content for all contenders"


class Order(Struct, frozen=True):
    """A turn: the number of concurrent appends, its duration, and the hot ballot."""

    in_flight: int
    seconds: float
    ballot: str


class Answer(Struct, frozen=True):
    """The result of a turn. `latencies`: a sorted sample in milliseconds. `wrong`: events that are not as acknowledged."""

    done: int
    seconds: float
    latencies: list[float]
    wrong: list[str] = []

    @classmethod
    def of(cls, latencies: list[float], seconds: float, wrong: Iterable[str] = ()) -> Self:
        some = latencies if len(latencies) <= MAX_LATENCIES else random.sample(latencies, MAX_LATENCIES)
        return cls(len(latencies), seconds, sorted(round(one * 1000, 3) for one in some), list(wrong))

    @property
    def per_second(self) -> float:
        return self.done / self.seconds

    def percentile(self, part: float) -> float:
        """A percentile of the latencies in milliseconds."""
        return self.latencies[min(len(self.latencies) - 1, int(len(self.latencies) * part))]


class Ready(Struct, frozen=True):
    """The first line of a contender, with its settings in words."""

    settings: str


def new_voter() -> str:
    """A random id of the same length as a real one."""
    return f"person_{token_hex(13)}"


def tags_of(voter: str, ballot: str) -> list[str]:
    """The tags of a vote, the most specific first, as in the domain."""
    return [voter, ballot, PROGRAMME]


def not_voted_since(voter: str, ballot: str, after: int) -> DCBAppendCondition:
    """The condition that after this position the ballot was neither opened nor closed, and the voter has not voted."""
    items = [DCBQueryItem([OPENED, CLOSED], [ballot]), DCBQueryItem([CAST], [voter, ballot])]
    return DCBAppendCondition(DCBQuery(items), after=after)


async def append_together(order: Order, append: Callable[[], Awaitable[None]]) -> tuple[list[float], float]:
    """Run concurrent tasks that append again and again. Returns the latencies and the total time, in seconds."""
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
    """The same for blocking clients, with one thread per append in flight; threads use `appends` in turn."""
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
        except BaseException as error:  # noqa: BLE001  raised by the waiting thread
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
    """Write a line."""
    sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
    sys.stdout.buffer.flush()


async def follow_orders(settings: str, act: Callable[[Order], Awaitable[Answer]]) -> None:
    """Announce `Ready`, then answer orders until standard input ends. Garbage collection is tuned as in the service."""
    freeze_and_tune()
    say(Ready(settings))
    decode = msgspec.json.Decoder(Order).decode
    while line := await asyncio.to_thread(sys.stdin.buffer.readline):
        say(await act(decode(line)))


def follow_orders_in_threads(settings: str, act: Callable[[Order], Answer]) -> None:
    """The same without an event loop."""
    freeze_and_tune()
    say(Ready(settings))
    decode = msgspec.json.Decoder(Order).decode
    for line in sys.stdin.buffer:
        say(act(decode(line)))
