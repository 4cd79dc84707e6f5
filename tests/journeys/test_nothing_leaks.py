"""Typed texts appear in plain only in mails: not in database files, keys, logs, jobs or Valkey."""

# redis says little about its types, JSON is not:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import asyncio
import base64
import json
import re
from collections.abc import AsyncGenerator, Iterable
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
import redis.asyncio

from service.auth.devices import Device
from service.auth.sign_in import SignIns
from service.auth.sign_in_secrets import link_of
from service.clock_and_ids import now
from service.config import load
from service.embedded.place import find_place
from service.kring import open_kring
from tests.journeys.examples.kring import RunningKring, running_kring
from tests.service.api.examples.programme import made

PUBLIC = "Vlinderorganisatie"  # a label, which events do hold: what finds this would find a canary
CANARY = "kanarie-7f3a9c05-é-"  # every text that is typed here begins so
CANARIES = {
    name: f"{CANARY}{name}"
    for name in ("naam", "titel", "context", "wens", "reden", "kopreden", "motivatie", "weigering", "plaats", "vraag")
}

TABLES = """
select format('%I.%I', table_schema, table_name) from information_schema.tables
where table_schema in ('public', 'views') and table_type = 'BASE TABLE'
"""
UNSENT = "select count(*) from jobs where kind = 'mail_sign_in' and state <> 'done'"
BROWSER = "k4n4r13" * 6
MAIL_TIMEOUT_S = 30.0
SHAPES = re.compile(
    r"""
    [a-z_]+_[0-7][0-9a-z]{25}(/[a-z0-9_]+)*     # an id, or a key of ids
    | [a-z_]+_[0-7][0-9a-z]{25}@kring           # an id as calendars know it
    | [A-Za-z0-9_-]{43}                        # a digest
    | [a-z][a-z0-9_./]{0,60}                   # a word of a fixed vocabulary
    | \d{4}-\d\d-\d\d(T[0-9:.+Z-]+)?           # a day or a time
    | [A-Z][A-Za-z_]+/[A-Z][A-Za-z_]+          # a zone
    | [0-9a-f]{8}                              # the definition of a view
    | \\x[0-9a-f]{64}                          # the blind of an event: random bytes
    | \d+(/\d+)?                             # an exact number
    """,
    re.VERBOSE,
)
LABELS = {PUBLIC, "Leergang", "2016"}


def encodings(text: str) -> Iterable[bytes]:
    """Encodings in which a file may contain the text: plain, escaped, hexadecimal, base64 at any offset."""
    plain = text.encode()
    yield plain
    yield plain.split(b"-\xc3")[0]  # without what is beyond ASCII, as JSON and URLs have it
    yield quote(text).encode()
    yield from (plain.hex().encode(), plain.hex().upper().encode(), text.encode("utf-16-le"))
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + plain)[4 if before else 0 : -4]
        yield from (encoded, encoded.translate(bytes.maketrans(b"+/", b"-_")))


def found_in(data: bytes) -> list[bytes]:
    """Forms of the canary that occur in these bytes."""
    return [one for one in encodings(CANARY) if one in data]


@pytest.fixture(scope="module")
async def kring() -> AsyncGenerator[RunningKring]:
    async with running_kring() as running:
        yield running


class Story:
    """Two challenges, one declined; a ballot on two, with a vote by each of three participants."""

    def __init__(self, kring: RunningKring) -> None:
        self.kring = kring
        self.voters: list[str] = []

    async def begin(self) -> None:
        kring = self.kring
        self.manager = kring.client(await kring.token("manager"))
        manager = self.manager
        organisation = made(await manager.post("/organisations", json={"name": PUBLIC}))["id"]
        programme = made(await manager.post("/programmes", json={"name": "Leergang", "edition": "2016"}))["id"]
        guide = await self._person("gids", CANARIES["naam"])
        made(await manager.post(f"/programmes/{programme}/facilitators", json={"person_id": guide}))
        self.guide = kring.client(await kring.token("facilitator", "--person", guide))
        for number in range(4):
            person = await self._person(f"p{number}", f"{CANARIES['naam']} {number}")
            body = {"person_id": person, "organisation_id": organisation}
            made(await manager.post(f"/programmes/{programme}/participants", json=body))
            self.voters.append(person)
        self.silent = self.voters.pop()
        self.challenges = [await self._challenge(programme, organisation, number) for number in range(3)]
        reason = {"Kring-Reason": f"UTF-8''{quote(CANARIES['kopreden'])}"}
        for one in self.challenges[:2]:
            made(await self.guide.post(f"/challenges/{one}/admission", headers=reason), 200)
        declined = {"reason": CANARIES["weigering"]}
        made(await self.guide.post(f"/challenges/{self.challenges[2]}/declination", json=declined), 200)
        self.programme, self.organisation = programme, organisation

    async def vote(self) -> None:
        ends = (now() + timedelta(hours=1)).isoformat()
        body = {"challenge_ids": self.challenges[:2], "closes_at": ends, "reason": CANARIES["reden"]}
        self.ballot = made(await self.guide.post(f"/programmes/{self.programme}/ballots", json=body))["id"]
        for person in self.voters:
            async with self.kring.client(await self.kring.token("participant", "--person", person)) as voter:
                approvals = {"approvals": self.challenges[:1], "reason": CANARIES["motivatie"]}
                made(await voter.put(f"/ballots/{self.ballot}/vote", json=approvals), 200)

    async def meet(self) -> None:
        starts = now() - timedelta(hours=1)
        body = {
            "kind": "session",
            "number": 1,
            "starts_at": starts.isoformat(),
            "ends_at": (starts + timedelta(hours=2)).isoformat(),
            "place": CANARIES["plaats"],
        }
        made(await self.guide.post(f"/programmes/{self.programme}/gatherings", json=body))

    async def ask_wrongly(self) -> None:
        """Send requests that are refused or not found, which logs tend to quote."""
        text = CANARIES["vraag"]
        for answer in (
            await self.manager.get(f"/organisations/{quote(text)}"),
            await self.manager.get("/organisations", params={"cursor": text, "limit": text}),
            await self.manager.post("/organisations", json={"name": [text], text: text}),
            await self.manager.post("/organisations", json={"name": "A"}, headers={"Idempotency-Key": quote(text) * 9}),
            await self.manager.post("/people", json={"name": text, "email": f"{text} no address"}),
        ):
            assert answer.status_code in {404, 422}, answer.text

    async def sign_in(self) -> None:
        """Ask for a mail to sign in, wait until it is sent, and sign in by its link."""
        servers, data = self.kring.servers, self.kring.data
        environ = {
            "KRING_DATABASE_URL": servers.database_url,
            "KRING_REDIS_URL": servers.redis_url,
            "KRING_KEYS": str(data / "keys"),
        }
        async with open_kring(load(environ, data=data)) as opened:
            sign_ins = SignIns(opened)
            address = f"p0.{CANARY.partition('-é')[0]}@example.org"
            asked = await sign_ins.ask(address, BROWSER, device=Device("Firefox", "Linux"), network="192.0.2.7")
            async with asyncio.timeout(MAIL_TIMEOUT_S):
                while (await self.kring.ask(UNSENT))[0][0]:  # noqa: ASYNC110  another process sends it
                    await asyncio.sleep(0.05)
            link = link_of(opened.keys, asked)
            new = await sign_ins.use_link(link, device=Device("Firefox", "Linux"))
            await sign_ins.close()
        self.link = link.partition("_")[2].encode()
        self.sign_in_secrets = [self.link, new.cookie.partition("_")[2].encode(), BROWSER.encode()]

    async def end(self) -> None:
        """Close and count, and read everything once so that caches of reads are filled."""
        made(await self.guide.post(f"/ballots/{self.ballot}/close"), 200)
        counted = await self.guide.post(f"/ballots/{self.ballot}/count")
        assert counted.status_code in {200, 409}, counted.text  # a worker may be quicker
        head = (await self.kring.ask("select max(position) as head from events"))[0]["head"]
        for path in (
            "/people",
            f"/programmes/{self.programme}/challenges",
            f"/organisations/{self.organisation}/trail",
        ):
            shown = await self.manager.get(f"{path}?at_least={head}" if "trail" not in path else path)
            assert found_in(shown.content), f"{path} shows the texts to who may read them"
        await self.manager.aclose()
        await self.guide.aclose()

    async def _person(self, local: str, name: str) -> str:
        body = {"name": name, "email": f"{local}.{CANARY.partition('-é')[0]}@example.org"}
        return made(await self.manager.post("/people", json=body))["id"]

    async def _challenge(self, programme: str, organisation: str, number: int) -> str:
        body = {
            "title": f"{CANARIES['titel']} {number}",
            "context": f"Waarom {CANARIES['context']} speelt.",
            "wish": CANARIES["wens"],
            "organisation_id": organisation,
        }
        return made(await self.manager.post(f"/programmes/{programme}/challenges", json=body))["id"]


def names_a_voter(row: str, story: Story) -> bool:
    """Whether a row names a voter rather than all electors alike."""
    return any(voter in row for voter in story.voters) and story.silent not in row


async def rows(kring: RunningKring) -> dict[str, list[str]]:
    """Every row of every table as text, by table name."""
    tables = [one[0] for one in await kring.ask(TABLES)]
    return {table: [one[0] for one in await kring.ask(f"select to_jsonb(t)::text from {table} t")] for table in tables}


async def test_no_typed_text_is_stored_in_plain(kring: RunningKring) -> None:
    story = Story(kring)
    await story.begin()
    await story.vote()
    await story.meet()
    await story.ask_wrongly()
    await story.sign_in()

    # Before the count, rows show who voted, and only sealed values for what.
    choice = story.challenges[0]
    before = await rows(kring)
    assert any(choice in row for found in before.values() for row in found)
    assert any(story.voters[0] in row for row in before["public.papers"])
    for table, found in before.items():
        telling = [row for row in found if choice in row and names_a_voter(row, story)]
        assert telling == [], table
    sealed = [row[0] for row in await kring.ask("select sealed from papers")]
    assert len(sealed) == len(story.voters)
    assert not [one for one in sealed if any(form in one for form in encodings(choice))]

    await story.end()
    stored = await rows(kring)
    assert {table: found_in("\n".join(found).encode()) for table, found in stored.items()} == {
        table: [] for table in stored
    }
    assert stored["public.jobs"], "mails were to be sent"

    async with redis.asyncio.from_url(kring.servers.redis_url) as valkey:
        for key in [one async for one in valkey.scan_iter(count=1_000)]:
            assert found_in(key + (await valkey.dump(key) or b"")) == [], key

    shapeless = [
        (table, name, text)
        for table, found in stored.items()
        if table.startswith("views.")
        for row in found
        for name, text in texts_in(row)
        if not SHAPES.fullmatch(text) and text not in LABELS and name not in {"curriculum.title", "topics.title"}
    ]
    assert shapeless == []

    folder = find_place(kring.data.resolve()).folder
    kring.stop()
    read = {file: file.read_bytes() for place in {kring.data, folder} for file in place.rglob("*") if file.is_file()}
    read[kring.said] = kring.said.read_bytes()
    mails = {file for file in read if file.is_relative_to(kring.data / "mailbox")}
    assert any(found_in(read[file]) for file in mails), "mails hold names in the open"
    places = {
        part for file in read for part in ("postgres/base", "postgres/pg_wal", "keys/", "logs/") if part in str(file)
    }
    assert len(places) == 4
    for part in ("postgres/base", "postgres/pg_wal"):
        assert any(PUBLIC.encode() in read[file] for file in read if part in str(file)), f"labels are legible in {part}"
    leaks = {str(file): found_in(data) for file, data in read.items() if file not in mails}
    assert {file: found for file, found in leaks.items() if found} == {}
    assert [file for file in mails if story.link in read[file].replace(b"=\r\n", b"")], "the mail holds the link"
    assert [
        file for file in read if file not in mails and any(one in read[file] for one in story.sign_in_secrets)
    ] == []


def texts_in(row: str) -> Iterable[tuple[str, str]]:
    """Texts in a row, each with its column."""

    def of(name: str, value: Any) -> Iterable[tuple[str, str]]:
        match value:
            case str():
                yield name, value
            case list():
                for one in value:
                    yield from of(name, one)
            case dict():
                for key, one in value.items():
                    yield from of(f"{name}.{key}", one)
            case _:
                pass

    for name, value in json.loads(row).items():
        yield from of(name, value)
