"""A load generator in a separate process: prepared HTTP/1.1 requests over persistent connections."""

import asyncio
import sys
import time
from collections import Counter

import msgspec
import uvloop
from msgspec import Struct


class Load(Struct):
    """Complete requests to send, distributed over the connections in order.

    `every`: seconds between the times at which requests are due; latencies are measured from then on, including the wait for
    a connection. Without it, each connection sends its next request when its last was answered.
    """

    host: str
    port: int
    connections: int
    requests: list[bytes]
    every: float | None = None


class Answers(Struct):
    """The total time in seconds, sorted latencies in milliseconds, and the number of answers other than 2xx.

    `writes`: the latencies of requests other than GET. `statuses`: the number of answers per status.
    """

    seconds: float
    latencies: list[float]
    refused: int
    writes: list[float]
    statuses: dict[str, int]

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds

    def percentile(self, part: float) -> float:
        return _percentile(self.latencies, part)

    def write_percentile(self, part: float) -> float:
        return _percentile(self.writes, part)


def _percentile(latencies: list[float], part: float) -> float:
    return latencies[min(len(latencies) - 1, int(len(latencies) * part))]


async def fire(load: Load) -> Answers:
    """Send all requests."""
    latencies: list[float] = []
    writes: list[float] = []
    statuses: Counter[str] = Counter()

    async def one(number: int) -> None:
        reader, writer = await asyncio.open_connection(load.host, load.port)
        for place in range(number, len(load.requests), load.connections):
            due = await _due(began, place, load.every)
            writer.write(load.requests[place])
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))[15:])
            await reader.readexactly(length)
            took = (time.perf_counter() - due) * 1000
            latencies.append(took)
            if not load.requests[place].startswith(b"GET "):
                writes.append(took)
            statuses[head[9:12].decode()] += 1
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(one(number) for number in range(load.connections)))
    seconds = time.perf_counter() - began
    refused = sum(many for status, many in statuses.items() if not status.startswith("2"))
    return Answers(seconds, sorted(latencies), refused, sorted(writes), dict(statuses))


async def _due(began: float, place: int, every: float | None) -> float:
    """Wait until a request is due. Returns its due time."""
    now = time.perf_counter()
    if every is None:
        return now
    due = began + place * every
    await asyncio.sleep(max(0.0, due - now))
    return due


def main() -> None:
    """Read a load from standard input, write the answers to standard output."""
    answers = uvloop.run(fire(msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Load)))
    sys.stdout.buffer.write(msgspec.msgpack.encode(answers))


if __name__ == "__main__":
    main()
