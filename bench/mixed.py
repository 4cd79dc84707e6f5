"""P14: concurrent reads and writes on shared trips and a shared ballot; and the memory of a service meanwhile."""

import asyncio
import json
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import msgspec

from bench import memory, votes
from bench.http_servers import KRING, Installed, installed, serving
from bench.load import Answers
from bench.row import rate
from bench.run import Run
from domain.events.team import TeamFormed
from domain.foundation import (
    Caller,
    ChallengeId,
    Command,
    OrganisationId,
    PersonId,
    ProgrammeId,
    Selector,
    TeamId,
)
from service.auth.issuing import issue_token
from service.clock_and_ids import new_id, now
from service.commands import CommandHandler

TEAMS, MEMBERS = 4, 16
"""Each member has a connection; the members of a team share one trip."""
READS_PER_WRITE = 3
REQUESTS = 4_000  # per round; each round has new trips, so that they do not keep growing
ROUNDS = 5


class Person(msgspec.Struct, frozen=True):
    """A member of a team, and the token of their requests."""

    id: str
    token: str
    team: str


class Stage(msgspec.Struct, frozen=True):
    """The shared ballot with its challenges, and the people; trips are new in each round."""

    base: str
    port: int
    ballot: str
    challenges: list[str]
    people: list[Person]


class Trip(msgspec.Struct, frozen=True):
    """A trip with an open date poll."""

    id: str
    options: list[str]


class FormTeam(Command):
    """Records that a team was formed, without a solver and a ballot, which are measured elsewhere."""

    def __init__(self, formed: TeamFormed) -> None:
        super().__init__()
        self.formed = formed
        self.by = Caller(role="system", via="bench", at=now())

    def consistency_boundary(self) -> list[Selector]:
        return [Selector(types=[TeamFormed], tags=[self.formed.team])]

    def execute(self) -> None:
        self.record(self.formed)


async def rows(run: Run) -> list[dict[str, Any]]:
    """P14: rounds with 64 connections, three reads per write."""
    async with staged(run) as stage:
        rounds: list[Answers] = []
        with run.steps("P14", run.many(ROUNDS, 1)) as steps:
            for number in range(run.many(ROUNDS, 1)):
                steps.next(f"round {number + 1}")
                rounds.append(await _round(stage, run.many(REQUESTS, 800)))
    middle = sorted(rounds, key=lambda one: one.write_percentile(0.99))[len(rounds) // 2]
    p50 = middle.write_percentile(0.5)
    detail = {
        "connections": len(stage.people),
        "reads per write": READS_PER_WRITE,
        "requests in a round": len(middle.latencies),
        "requests/s": round(middle.per_second),
        "writes": {"p50_ms": round(p50, 1), "p99_ms": round(middle.write_percentile(0.99), 1)},
        "all": {"p50_ms": round(middle.percentile(0.5), 1), "p99_ms": round(middle.percentile(0.99), 1)},
        "p99_ms of writes, by round": [round(one.write_percentile(0.99), 1) for one in rounds],
        "statuses": middle.statuses,
    }
    return [
        rate(
            "P14",
            "ms, p99 of writes",
            middle.write_percentile(0.99),
            {"5 × their p50": 5 * p50},
            {"5 × their p50": 1.0},
            less_is_better=True,
            and_holds=not any(one.refused for one in rounds),
            detail=detail,
        )
    ]


async def memory_rows(run: Run) -> list[dict[str, Any]]:
    """P13 under P14: the memory of the service, sampled for the duration of `--watch`."""
    async with staged(run) as stage:

        async def one_round() -> int:
            answers = await _round(stage, run.many(REQUESTS, 800))
            assert answers.refused == 0, f"refused: {answers.statuses}"
            return len(answers.latencies)

        return [await memory.watched(run, "P13 mixed", one_round)]


@asynccontextmanager
async def staged(run: Run) -> AsyncGenerator[Stage]:
    """A service with a projector beside it, and in it all that does not change from round to round."""
    async with (
        installed(run.folder) as here,
        serving(KRING, here.environ) as port,
        _projecting(here),
        here.commands() as commands,
    ):
        yield await _stage(port, commands)


@asynccontextmanager
async def _projecting(here: Installed) -> AsyncGenerator[None]:
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "workers", "project", env=here.environ)
    try:
        yield
    finally:
        process.terminate()
        await process.wait()


async def _stage(port: int, commands: CommandHandler) -> Stage:
    base = f"http://127.0.0.1:{port}/api/v1"
    async with _client(base, await issue_token(commands, "manager")) as manager:
        bank = (await _made(manager, "/organisations", name="Bank"))["id"]
        programme = (await _made(manager, "/programmes", name="Bench", edition="1"))["id"]
        people = [
            (await _made(manager, "/people", name=f"P{n}", email=f"p{n}@example.org"))["id"]
            for n in range(TEAMS * MEMBERS)
        ]
        for one in people:
            await _made(manager, f"/programmes/{programme}/participants", person_id=one, organisation_id=bank)
        challenges: list[str] = []
        for n in range(5):
            body = {"title": f"C{n}", "context": "c", "organisation_id": bank}
            challenges.append((await _made(manager, f"/programmes/{programme}/challenges", **body))["id"])
            await _made(manager, f"/challenges/{challenges[-1]}/admission")
        closes_at = (now() + timedelta(days=1)).isoformat()
        open_ballot = {"challenge_ids": challenges, "closes_at": closes_at, "seats": 3}
        ballot = (await _made(manager, f"/programmes/{programme}/ballots", **open_ballot))["id"]
    teams = [TeamId(new_id("team")) for _ in range(TEAMS)]
    for number, team in enumerate(teams):
        formed = TeamFormed(
            team=team,
            programme=ProgrammeId(programme),
            challenge=ChallengeId(challenges[number]),
            organisation=OrganisationId(bank),
            number=number + 1,
            members=tuple(PersonId(one) for one in people[number::TEAMS]),
        )
        await commands.execute(lambda formed=formed: FormTeam(formed))
    tokens = [await issue_token(commands, "participant", person=one) for one in people]
    known = [Person(one, token, teams[n % TEAMS]) for n, (one, token) in enumerate(zip(people, tokens, strict=True))]
    return Stage(base, port, ballot, challenges, known)


async def _round(stage: Stage, many: int) -> Answers:
    """Send this number of requests, on new trips."""
    trips = {one.team: await _new_trip(stage, one) for one in stage.people[:TEAMS]}
    return await votes.load(stage.port, list(_requests(stage, trips, many)))


async def _new_trip(stage: Stage, member: Person) -> Trip:
    """Create a trip of this person's team, and wait until it is in the views."""
    async with _client(stage.base, member.token) as client:
        trip = (await _made(client, f"/teams/{member.team}/trips", theme="Hubs", destination="Rotterdam"))["id"]
        days = [{"starts_on": f"2030-04-{day:02}", "ends_on": f"2030-04-{day + 1:02}"} for day in (10, 20)]
        answer = await client.post(f"/trips/{trip}/date-poll", json={"options": days})
        answer.raise_for_status()
        seen = await client.get(f"/trips/{trip}", params={"at_least": answer.headers["Kring-Position"]})
        seen.raise_for_status()
    return Trip(trip, [one["option_id"] for one in answer.json()["poll"]["options"]])


def _requests(stage: Stage, trips: dict[str, Trip], many: int) -> Sequence[bytes]:
    """Reads and writes in turns, each person's on a separate connection."""
    found: list[bytes] = []
    for n in range(many):
        turn, number = divmod(n, len(stage.people))
        person, step = stage.people[number], turn + number
        trip = trips[person.team]
        if step % (READS_PER_WRITE + 1) == 0:
            method, path, body = _write(stage, person, trip, step // (READS_PER_WRITE + 1))
        else:
            method, path, body = "GET", _read(stage, person, trip, step), b""
        found.append(votes.request(method, f"/api/v1{path}", stage.port, body, person.token))
    return found


def _write(stage: Stage, person: Person, trip: Trip, number: int) -> tuple[str, str, bytes]:
    """A write: half of them share an expense with the team, a quarter vote, a quarter answer the date poll."""
    if number % 4 == 1:
        approvals = [stage.challenges[number % 5], stage.challenges[(number + 1) % 5]]
        return "PUT", f"/ballots/{stage.ballot}/vote", json.dumps({"approvals": approvals}).encode()
    if number % 4 == 3:
        answers = {one: ("yes", "if_needed", "no")[(number + n) % 3] for n, one in enumerate(trip.options)}
        return "PUT", f"/trips/{trip.id}/availability", json.dumps({"answers": answers}).encode()
    paid = {"payer": person.id, "amount": {"amount_minor": 1_000 + number, "currency": "EUR"}, "text": "Lunch"}
    return "POST", f"/trips/{trip.id}/expenses", json.dumps(paid).encode()


def _read(stage: Stage, person: Person, trip: Trip, number: int) -> str:
    paths = (
        f"/trips/{trip.id}",
        f"/ballots/{stage.ballot}",
        f"/trips/{trip.id}/expenses",
        f"/trips/{trip.id}/settlement",
        f"/teams/{person.team}/trips?limit=1",  # each round adds one
    )
    return paths[number % len(paths)]


def _client(base: str, token: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=base, headers={"Authorization": f"Bearer {token}"}, timeout=30)


async def _made(client: httpx.AsyncClient, path: str, **body: Any) -> dict[str, Any]:
    answer = await client.post(path, json=body or None)
    answer.raise_for_status()
    return answer.json()
