"""Slow consumers that lose their connection at any byte while others write: they get every event once, in order."""

import asyncio
import json
import random
import sqlite3
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from domain.events.roles import ParticipantEnrolled
from domain.foundation import Label, OrganisationId
from domain.people.people import RegisterOrganisation
from service.clock_and_ids import new_id
from tests.conftest import Api
from tests.service.api.examples.programme import Setting, made, programme
from tests.service.api.examples.team import Given
from tests.workers.examples.stage import Stage

pytestmark = pytest.mark.own_kring  # the whole log is read

TIMEOUT_S = 60.0  # a test that waits longer hangs
WRITERS, EACH = 4, 60
ENDS = {"application/x-ndjson": b"\n", "text/event-stream": b"\n\n"}

Event = dict[str, Any]


class Consumer:
    """Reads in all three ways at random; remembers only complete events and the position of the last."""

    def __init__(self, client: httpx.AsyncClient, after: int, seed: int) -> None:
        self.client, self.after, self.dice = client, after, random.Random(seed)
        self.seen: list[Event] = []
        self.ways: Counter[str] = Counter()

    async def read(self) -> None:
        """Read a little in some way, then pause."""
        way = self.dice.choice(["page", *ENDS])
        self.ways[way] += 1
        if way == "page":
            query = {"after": self.after, "limit": self.dice.randint(1, 9)}
            page = made(await self.client.get("/events", params=query), 200)
            self.seen += page["items"]
            self.after = page["next"]
        else:
            async for event in self._streamed(way):
                self.seen.append(event)
                self.after = event["position"]
        await asyncio.sleep(self.dice.uniform(0, 0.02))

    async def _streamed(self, media_type: str) -> AsyncIterator[Event]:
        """Events of a stream that is cut after some bytes, or is silent for a while."""
        left, text = self.dice.randint(1, 6_000), b""
        request = self.client.stream("GET", "/events", params={"after": self.after}, headers={"Accept": media_type})
        async with request as stream:
            pieces = stream.aiter_raw()
            while left > 0:
                try:
                    piece = await asyncio.wait_for(anext(pieces), 0.2)
                except (StopAsyncIteration, TimeoutError):
                    break
                text += piece[:left]
                left -= len(piece)
        *whole, _ = text.split(ENDS[media_type])
        for one in whole:
            line = one.rpartition(b"data: ")[2]
            if line and not line.startswith(b":"):
                yield json.loads(line)


async def write(api: Api, setting: Setting, number: int) -> None:
    """Record events that everybody in the programme reads, and others that only a manager does."""
    for n in range(EACH):
        enrolled = ParticipantEnrolled(programme=setting.programme, person=new_id("person"), organisation=None)  # pyright: ignore[reportArgumentType]
        await api.kring.commands.execute(lambda enrolled=enrolled: Given(enrolled))
        registered = RegisterOrganisation(
            OrganisationId(new_id("organisation")), name=Label(f"Bank {number}-{n}"), by=Stage(api.kring).by()
        )
        await api.kring.commands.execute(lambda registered=registered: registered)


async def consume(consumer: Consumer, writing: asyncio.Future[Any], api: Api) -> None:
    """Read until the head that is final once nobody writes."""
    while not writing.done() or consumer.after < await api.kring.log.head():
        await consumer.read()


async def test_reconnecting_consumers_read_every_visible_event_once_in_order(api: Api) -> None:
    setting = await programme(api, participants=2, challenges=1)
    start = await api.kring.log.head()
    consumers = [
        Consumer(setting.manager, start, 1),
        Consumer(await api.as_("manager"), 0, 2),
        Consumer(setting.people[0], 0, 3),
    ]
    async with asyncio.timeout(TIMEOUT_S):
        writing = asyncio.ensure_future(asyncio.gather(*(write(api, setting, n) for n in range(WRITERS))))
        await asyncio.gather(*(consume(one, writing, api) for one in consumers))
    await writing
    recorded, head = await api.kring.log.read()
    all_, whole, participant = ([event["position"] for event in one.seen] for one in consumers)
    assert all_ == list(range(start + 1, head + 1))
    assert whole == list(range(1, head + 1))
    once = Consumer(setting.people[0], 0, 4)
    while once.after < head:
        page = made(await once.client.get("/events", params={"after": once.after, "limit": 200}), 200)
        once.seen, once.after = [*once.seen, *page["items"]], page["next"]
    assert consumers[2].seen == once.seen
    assert participant == sorted(set(participant))
    enrolled = {one.position for one in recorded if one.type == ParticipantEnrolled.TOPIC}
    assert enrolled <= set(participant) < set(whole)
    assert all(set(one.ways) == {"page", *ENDS} for one in consumers)


SCRIPT = Path(__file__).parents[4] / "docs" / "how-to" / "participants.py"


async def counted(api: Api, file: Path) -> dict[str, int]:
    """Counts printed by a fresh run of the example."""
    script = await asyncio.create_subprocess_exec(
        *(sys.executable, SCRIPT, api.url, file), stdin=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    _, wrong = await asyncio.wait_for(script.communicate((await api.token("manager")).encode()), TIMEOUT_S)
    assert (script.returncode, wrong.decode()) == (0, "")
    with closing(sqlite3.connect(file)) as db:
        return dict(db.execute("select organisation, people from participants"))


async def test_the_example_consumer_resumes_where_it_stopped(api: Api, tmp_path: Path) -> None:
    setting = await programme(api, participants=3, challenges=0)
    file = tmp_path / "participants.db"
    assert await counted(api, file) == {setting.organisation: 3}
    assert await counted(api, file) == {setting.organisation: 3}
    path = f"/programmes/{setting.programme}/participants"
    made(await setting.manager.post(f"{path}/{setting.ids[0]}/withdrawal", json={"reason": "Ziek"}), 200)
    made(await setting.manager.post(f"{path}/{setting.ids[1]}/organisation", json={}), 200)
    person = made(await setting.manager.post("/people", json={"name": "Nieuw", "email": "n@example.org"}))["id"]
    made(await setting.manager.post(path, json={"person_id": person}))
    assert await counted(api, file) == {setting.organisation: 1, "none": 2}
