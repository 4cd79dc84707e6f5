"""Every type of event passes through separate processes, each killed once, and everything still agrees."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP

from projections.event_types import by_topic
from service.auth.devices import Device
from service.auth.sessions import sessions_of
from service.auth.sign_in import SignIns
from service.config import load
from service.embedded import Servers
from service.kring import open_kring
from service.store.database import Connection
from tests.conftest import Database
from tests.processes.journey import JourneyIds, journey
from tests.processes.over_http import HttpApi
from tests.processes.running import Processes, processes

NAME = "kring_processes"
EVERYTHING = str(10_000)  # more rows than a view has

TOPICS = "select distinct type from events"
PERSON = "select tags[1] from events where type = 'person.registered' order by position limit 1"
FAILED = "select key || ': ' || last_error from jobs where state = 'failed'"


@pytest.fixture
async def empty(servers: Servers, owner: Connection) -> AsyncGenerator[Database]:
    """A database without tables."""
    await owner.execute(f"create database {NAME}")
    yield Database(*(f"{url.rpartition('/')[0]}/{NAME}" for url in (servers.owner_url, servers.database_url)))
    await owner.execute(f"drop database {NAME} with (force)")


class Postbox:
    """Recipients of all mails that a mail server accepted."""

    def __init__(self) -> None:
        self.recipients: list[str] = []

    async def handle_DATA(self, _: Any, __: Any, envelope: Any) -> str:  # noqa: N802  a name of aiosmtpd
        self.recipients += envelope.rcpt_tos
        return "250 OK"


@pytest.fixture
async def postbox() -> AsyncGenerator[tuple[Postbox, str]]:
    """A real mail server, and its URL."""
    box = Postbox()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(box), "127.0.0.1", 0)
    yield box, f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()


async def test_every_type_of_event_passes_through_all_processes(
    empty: Database, redis_url: str, postbox: tuple[Postbox, str], tmp_path: Path
) -> None:
    box, smtp_url = postbox
    async with processes(empty, redis_url, smtp_url, tmp_path) as parts:
        operator = await parts.kring("token", "issue", "--role", "manager")
        async with HttpApi(parts, operator.strip()) as api:
            travelled = await journey(api)
            await signs_in(parts)
        await parts.idle()
        assert sorted(by_topic().keys() - await parts.ask(TOPICS)) == [], "types that the journey does not record"
        assert await parts.ask(FAILED) == []
        assert box.recipients, "mails went by SMTP"
        await agrees(parts, travelled)
        await restarts(parts)


async def signs_in(parts: Processes) -> None:
    """Sign somebody in by a link from the command line, as pages of the service do."""
    person = (await parts.ask(PERSON))[0]
    printed = await parts.kring("sign-in-link", "--person", person)
    async with open_kring(load(parts.environ)) as kring:
        sign_ins = SignIns(kring)
        new = await sign_ins.use_link(printed.strip().rpartition("/")[2], device=Device("Firefox", "Linux"))
        assert [one.id for one in await sessions_of(kring, new.person)] == [new.id]
        await sign_ins.close()


async def agrees(parts: Processes, travelled: JourneyIds) -> None:
    """Require that all parts are healthy and that everything derived from the log can be reproduced."""
    health = await parts.ready()
    assert health["stopped_views"] == []
    doctor, story, *_ = await asyncio.gather(
        parts.kring("doctor"),
        parts.kring("replay"),
        parts.kring("replay", "--programme", travelled.programme),
        parts.kring("replay", "--organisation", travelled.organisation),
        parts.kring("check"),
        parts.kring("views", "drift", "--sample", EVERYTHING),
    )
    assert doctor.endswith("No problems found.\n")
    assert len(story.splitlines()) >= health["head"]


async def restarts(parts: Processes) -> None:
    """Stop all parts in order and start them again in the same state."""
    before = await parts.ready()
    assert set((await parts.stop()).values()) == {0}
    parts.start()
    after = await parts.ready()
    assert (after["head"], after["visible"]) == (before["head"], before["head"])
    assert [line for line in parts.logs().splitlines() if '"level": "error"' in line or "Traceback" in line] == []
