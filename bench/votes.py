"""P5 and P6: votes over HTTP, compared with the same framework answering an empty POST, each in one process with uvloop."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import msgspec

from bench.http_servers import EMPTY, KRING, installed, serving
from bench.load import Answers, Load
from bench.row import rate
from bench.run import Run
from service.auth.issuing import issue_token
from service.clock_and_ids import now
from service.commands import CommandHandler

VOTERS, ROUNDS, CONNECTIONS = 128, 40, 64
QUARTER = 4


async def rows(run: Run) -> list[dict[str, Any]]:
    """P5: votes at the maximum rate and empty POSTs, in turns; then P6: votes at a quarter of that rate."""
    async with (
        installed(run.folder) as here,
        serving(EMPTY, here.environ) as empty,
        serving(KRING, here.environ) as kring,
    ):
        async with here.commands() as commands:
            votes = await ballot(kring, commands)
        votes = votes[: run.many(len(votes), 4 * VOTERS)]
        nothing = [request("POST", "/", empty, b"", "")] * len(votes)
        rounds = run.many(5, 1)
        with run.steps("P5", 2 * rounds + 1) as steps:
            plain: list[Answers] = []
            voting: list[Answers] = []
            for _ in range(rounds):
                steps.next("empty POSTs")
                plain.append(await load(empty, nothing))
                steps.next("votes")
                voting.append(await load(kring, votes))
            fast, peer = median_of(voting), median_of(plain)
            steps.next("votes at a quarter of that rate")
            calm = await load(kring, votes, every=QUARTER / fast.per_second)
    return [_speed(fast, peer, len(votes)), _calm(calm, fast.per_second / QUARTER)]


def median_of(rounds: list[Answers]) -> Answers:
    """The median round."""
    return sorted(rounds, key=lambda one: one.per_second)[len(rounds) // 2]


def _speed(voting: Answers, plain: Answers, votes: int) -> dict[str, Any]:
    assert voting.refused == 0, f"{voting.refused} votes were refused"
    return rate(
        "P5",
        "votes/s",
        voting.per_second,
        {"empty POST": plain.per_second},
        {"empty POST": 0.2},
        aims={"empty POST": 0.35},
        detail={"connections": CONNECTIONS, "voters": VOTERS, "votes": votes, **_spread(voting)},
    )


def _calm(calm: Answers, per_second: float) -> dict[str, Any]:
    assert calm.refused == 0, f"{calm.refused} votes were refused"
    return rate(
        "P6",
        "ms, p99",
        calm.percentile(0.99),
        {"5 × its p50": 5 * calm.percentile(0.5)},
        {"5 × its p50": 1.0},
        aims={"5 × its p50": 5 / 3},
        less_is_better=True,
        detail={"votes/s": round(per_second), **_spread(calm)},
    )


def _spread(answers: Answers) -> dict[str, float]:
    return {"p50_ms": round(answers.percentile(0.5), 1), "p99_ms": round(answers.percentile(0.99), 1)}


async def load(port: int, requests: list[bytes], *, every: float | None = None) -> Answers:
    """Send requests by the load generator; `every` as in `Load`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.load", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate(msgspec.msgpack.encode(Load("127.0.0.1", port, CONNECTIONS, requests, every)))
    return msgspec.msgpack.decode(out, type=Answers)


def request(method: str, path: str, port: int, body: bytes, token: str) -> bytes:
    """The bytes of a request."""
    known = f"Authorization: Bearer {token}\r\n" if token else ""
    about = f"Host: 127.0.0.1:{port}\r\n{known}Content-Type: application/json\r\nContent-Length: {len(body)}"
    return f"{method} {path} HTTP/1.1\r\n{about}\r\n\r\n".encode() + body


async def ballot(port: int, commands: CommandHandler) -> list[bytes]:
    """Set up a ballot over the API and prepare every voter's requests."""
    manager = await issue_token(commands, "manager")
    base = f"http://127.0.0.1:{port}/api/v1"
    async with httpx.AsyncClient(base_url=base, headers={"Authorization": f"Bearer {manager}"}) as client:

        async def made(path: str, **body: Any) -> dict[str, Any]:
            answer = await client.post(path, json=body)
            answer.raise_for_status()
            return answer.json()

        tokens, challenges, opened = await _set_up(made, commands)
    bodies = [json.dumps({"approvals": [challenges[n % 5], challenges[(n + 1) % 5]]}).encode() for n in range(ROUNDS)]
    return [
        request("PUT", f"/api/v1/ballots/{opened}/vote", port, bodies[n], token)
        for n in range(ROUNDS)
        for token in tokens
    ]


async def _set_up(
    made: Callable[..., Awaitable[dict[str, Any]]], commands: CommandHandler
) -> tuple[list[str], list[str], str]:
    bank = (await made("/organisations", name="Bank"))["id"]
    programme = (await made("/programmes", name="Bench", edition="1"))["id"]
    people = [(await made("/people", name=f"P{n}", email=f"p{n}@example.org"))["id"] for n in range(VOTERS)]
    for one in people:
        await made(f"/programmes/{programme}/participants", person_id=one, organisation_id=bank)
    challenges: list[str] = []
    for n in range(5):
        body = {"title": f"C{n}", "context": "c", "organisation_id": bank}
        challenges.append((await made(f"/programmes/{programme}/challenges", **body))["id"])
        await made(f"/challenges/{challenges[-1]}/admission")
    closes_at = (now() + timedelta(days=1)).isoformat()
    opened = await made(f"/programmes/{programme}/ballots", challenge_ids=challenges, closes_at=closes_at, seats=3)
    tokens = [await issue_token(commands, "participant", person=one) for one in people]
    return tokens, challenges, opened["id"]
