"""A mail server that accepts connections and never answers: mails wait, everything else continues, nothing happens twice."""

import asyncio
import signal
import sys
from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path
from typing import Protocol, cast

import pytest
from aiosmtpd.smtp import SMTP
from msgspec.structs import replace

from domain.events.ballot import BallotClosed
from service.auth.issuing import issue_token
from service.clock_and_ids import now
from service.kring import Kring
from service.store.jobs import creating
from service.store.jobs.creating import Job
from tests.workers.examples.note_jobs import Cause, attempts, expire_leases
from tests.workers.examples.stage import Stage, working
from workers.job_registry import SLOTS
from workers.jobs.circuit_breaker import FAILURES_TO_OPEN
from workers.mail import sending

PROJECT = Path(__file__).parents[3]


class Silent(asyncio.Protocol):
    """A server that never sends its greeting."""

    def __init__(self, server: "MailServer") -> None:
        self.server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.server.connections += 1
        self.server.transports.append(transport)
        self.server.connected.set()


class Envelope(Protocol):
    """Message that a mail server received."""

    content: bytes


class Letterbox:
    """Message-IDs that a mail server received."""

    def __init__(self) -> None:
        self.received: list[str] = []

    async def handle_DATA(self, _: object, __: object, envelope: object) -> str:  # noqa: N802  a name of aiosmtpd
        lines = bytes(cast("Envelope", envelope).content).decode().splitlines()
        self.received += [one for one in lines if one.startswith("Message-ID")]
        return "250 OK"


class MailServer:
    """A mail server that is silent for as long as a test needs."""

    def __init__(self) -> None:
        self.silent, self.connections, self.connected = True, 0, asyncio.Event()
        self.transports: list[asyncio.BaseTransport] = []
        self.box = Letterbox()
        self.url = ""

    def protocol(self) -> asyncio.Protocol:
        """Protocol for the next client."""
        return Silent(self) if self.silent else SMTP(self.box)


@pytest.fixture
async def server() -> AsyncGenerator[MailServer]:
    found = MailServer()
    listening = await asyncio.get_running_loop().create_server(found.protocol, "127.0.0.1", 0)
    found.url = f"smtp://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    yield found
    for one in found.transports:
        one.close()
    listening.close()


def by_smtp(kring: Kring, url: str) -> Kring:
    return Kring(kring.commands, kring.views, replace(kring.config, smtp_url=url))


async def many_mails(stage: Stage, count: int) -> None:
    """Mails about a token, due now."""
    text = await issue_token(stage.kring.commands, "participant", person=stage.electors[0])
    about = [
        {"token": f"token_{text.split('_')[1]}", "person": stage.electors[n % 3], "n": str(n)} for n in range(count)
    ]
    await creating.write(stage.kring.log.pool, [(Job("mail_token_issued", now(), one), Cause()) for one in about])


async def test_a_thousand_mails_to_a_dead_server_do_not_delay_the_closing_of_a_ballot(
    stage: Stage, server: MailServer
) -> None:
    await many_mails(stage, 1000)
    async with working(by_smtp(stage.kring, server.url)):
        await stage.until_jobs(lambda found: sum(one[2] > 0 for one in found) >= SLOTS["mail"], "mail_token%")
        ballot = await stage.open_ballot(closes_in=timedelta(seconds=0.5))
        assert (await stage.until(BallotClosed)).ballot == ballot
        states = {state for state, *_ in await stage.jobs("mail_token%")}
    assert states == {"due"}, "none of the mails went"


async def test_few_mails_try_a_dead_server_and_all_are_sent_once_it_answers(
    stage: Stage, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "SMTP_TIMEOUT_S", 0.2)
    await many_mails(stage, 100)
    pool, waiting = stage.kring.log.pool, "select count(*) from jobs where kind like 'mail_token%' and due_at <= now()"
    async with working(by_smtp(stage.kring, server.url)), asyncio.timeout(60):
        while await pool.fetchval(waiting):  # noqa: ASYNC110  the database sends no notification
            await asyncio.sleep(0.05)
    assert FAILURES_TO_OPEN <= server.connections < FAILURES_TO_OPEN + SLOTS["mail"]
    outcomes = await pool.fetch("select outcome from job_attempts where key like 'mail_token%'")
    assert {row[0] for row in outcomes} <= {"failed", "postponed", "returned"}
    assert (
        await pool.fetchval("select max(attempts - (max_attempts - 16)) from jobs where kind like 'mail_token%'") <= 2
    )
    server.silent = False
    monkeypatch.setattr(sending, "SMTP_TIMEOUT_S", 20.0)
    async with working(by_smtp(stage.kring, server.url)):
        await stage.due_now("mail_token_issued")
        await stage.settled("mail_token%")
    assert len(server.box.received) == len(set(server.box.received)) == 101


async def test_a_frozen_worker_loses_its_job_and_cannot_complete_it(
    stage: Stage, server: MailServer, tmp_path: Path
) -> None:
    """Of two real processes, one is stopped (SIGSTOP) during a mail and the other sends it."""
    await issue_token(stage.kring.commands, "participant", person=stage.electors[0])
    frozen = await worker(stage, server.url, tmp_path / "frozen")
    async with asyncio.timeout(60):
        await server.connected.wait()
    frozen.send_signal(signal.SIGSTOP)
    server.silent = False
    await expire_leases(stage)
    awake = await worker(stage, server.url, tmp_path / "awake")
    try:
        ((_, key, _),) = await stage.settled("mail_token_issued")
        frozen.send_signal(signal.SIGCONT)
        async with asyncio.timeout(60):
            while not any(one in (tmp_path / "frozen").read_text() for one in TOO_LATE):  # noqa: ASYNC110  a file
                await asyncio.sleep(0.05)
        assert [one[:2] for one in await attempts(stage, key)] == [(1, "lost"), (2, "done")]
        assert await stage.jobs("mail_token_issued") == [("done", key, 2)]
        workers = await stage.kring.log.pool.fetchval("select count(distinct worker) from job_attempts")
        assert workers == 2
    finally:
        for one in (frozen, awake):
            one.send_signal(signal.SIGTERM)
        assert await asyncio.gather(frozen.wait(), awake.wait()) == [0, 0]


TOO_LATE = ("job_lost_its_lease", "job_done_too_late")


async def worker(stage: Stage, smtp_url: str, log: Path) -> asyncio.subprocess.Process:
    """`kring work` as a process of its own, which logs to a file."""
    config = stage.kring.config
    environ = {
        "KRING_DATABASE_URL": config.database_url or "",
        "KRING_REDIS_URL": config.redis_url or "",
        "KRING_KEYS": str(config.keys),
        "KRING_DATA": str(config.data),
        "KRING_SMTP_URL": smtp_url,
    }
    with log.open("wb") as file:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "workers", "work", cwd=PROJECT, env=environ, stdout=file, stderr=file
        )
