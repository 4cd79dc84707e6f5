"""P19: a search in 2 000 sealed texts of a programme, over HTTP, beside a bare loop over plaintext."""

import random
import re
import time
from collections.abc import Callable, Iterator
from statistics import median, quantiles
from typing import Any

import httpx
import msgspec

from bench.http_servers import KRING, Installed, installed, serving
from bench.reading import connect
from bench.row import rate
from bench.run import Run
from domain.events.announcements import AnnouncementMade
from domain.events.challenge import ChallengeProposed
from domain.events.people import PersonRegistered
from domain.events.programme import Policies, ProgrammeOpened
from domain.events.research import InsightShared, InterviewHeld, InterviewPlanned, SourceLogged
from domain.events.roles import ParticipantEnrolled
from domain.events.sharing import CommentAdded
from domain.events.team import TeamFormed
from domain.foundation import (
    AnnouncementId,
    AnyId,
    Caller,
    ChallengeId,
    Code,
    Command,
    CommentId,
    Event,
    InsightId,
    InterviewId,
    Label,
    OrganisationId,
    Personal,
    PersonId,
    ProgrammeId,
    Selector,
    SourceId,
    TeamId,
    Words,
    ZoneName,
)
from service.auth.issuing import issue_token
from service.clock_and_ids import new_id, now
from service.config import load
from service.kring import Kring, open_kring
from service.store.log.mapper import texts_of
from workers import projector

LIMIT_MS, AIM_MS = 150.0, 75.0
TIMES = 100
EVENTS_PER_COMMAND = 100
PEOPLE, TEAMS, CHALLENGES = 60, 10, 5
INSIGHTS, COMMENTS, SOURCES, INTERVIEWS = 40, 60, 25, 20
"""Of each team. With three texts of an interview, these are 1 850 texts; people, challenges and announcements have the rest."""
ANNOUNCEMENTS = 75
WORDS = re.findall(
    r"\w+",
    """
de het een en van in op voor met aan gemeente bewoners jongeren starters woningen huizen zorg eenzaamheid bedrijven vrijwilligers
wethouder gesprek vertrouwen onderzoek aanbeveling vraagstuk samenwerking leergang ondernemers bibliotheek buurthuis mantelzorgers
café financiële coördinatie ideeën wijkteam netwerk energie duurzaamheid verandering
""",
)
QUERIES = ("woningen", "jonge starters", "financiele coordinatie", "wethouder vertrouwen gespr", "nergens")
"""Frequent and rare words, two and three of them, accents left out, the beginning of a word, and nothing that matches."""


class Record(Command):
    """Records events as they are; their commands are measured elsewhere."""

    def __init__(self, *events: Event) -> None:
        super().__init__()
        self.events = events
        self.by = Caller(role="system", via="bench", at=now())

    def consistency_boundary(self) -> list[Selector]:
        return [Selector(types=[ProgrammeOpened], tags=[self.events[0].tags()[0]])]

    def execute(self) -> None:
        for one in self.events:
            self.record(one)


def text(chance: random.Random, words: int = 50) -> str:
    """A text of this many words, in sentences."""
    found = chance.choices(WORDS, k=words)
    return " ".join(f"{one}." if number % 12 == 11 else one for number, one in enumerate(found))


def events_of(programme: ProgrammeId, chance: random.Random) -> Iterator[Event]:
    """The events of a programme with about 2 000 texts."""
    people = [PersonId(new_id("person")) for _ in range(PEOPLE)]
    bank = OrganisationId(new_id("organisation"))
    yield ProgrammeOpened(
        programme=programme,
        name=Label("Leergang"),
        edition=Label("2026"),
        timezone=ZoneName("Europe/Amsterdam"),
        languages=(Code("nl"),),
        starts_on=None,
        ends_on=None,
        policies=Policies(),
    )
    for one in people:
        yield PersonRegistered(
            person=one,
            name=Personal(text(chance, 2)),
            email=Personal(f"{one}@example.org"),
            language=Code("nl"),
            programmes=(programme,),
        )
        yield ParticipantEnrolled(programme=programme, person=one, organisation=None)
    challenges = [ChallengeId(new_id("challenge")) for _ in range(CHALLENGES)]
    for one in challenges:
        yield ChallengeProposed(
            challenge=one,
            programme=programme,
            organisation=bank,
            proposer=None,
            title=Words(text(chance, 6)),
            context=Words(text(chance)),
            wish=Words(text(chance)),
        )
    for _ in range(ANNOUNCEMENTS):
        announcement = AnnouncementId(new_id("announcement"))
        yield AnnouncementMade(announcement=announcement, programme=programme, text=Words(text(chance)), told=())
    for number in range(TEAMS):
        team = TeamId(new_id("team"))
        yield TeamFormed(
            team=team,
            programme=programme,
            challenge=challenges[number % CHALLENGES],
            organisation=bank,
            number=number // CHALLENGES + 1,
            members=tuple(people[number::TEAMS]),
        )
        yield from work_of(team, programme, people[number], chance)


def work_of(team: TeamId, programme: ProgrammeId, member: PersonId, chance: random.Random) -> Iterator[Event]:
    """The research of a team, and comments on it."""
    of: dict[str, Any] = {"team": team, "programme": programme}
    for _ in range(INSIGHTS):
        yield InsightShared(insight=InsightId(new_id("insight")), **of, text=Words(text(chance)), about=None)
    for _ in range(COMMENTS):
        comment = CommentId(new_id("comment"))
        yield CommentAdded(comment=comment, **of, author=member, on=AnyId(team), text=Words(text(chance)), answers=None)
    for _ in range(SOURCES):
        item = {"type": "article", "title": text(chance, 8), "abstract": text(chance)}
        yield SourceLogged(source=SourceId(new_id("source")), **of, csl=Words(msgspec.json.encode(item).decode()))
    for _ in range(INTERVIEWS):
        interview = InterviewId(new_id("interview"))
        who, role = Personal(text(chance, 2)), Words(text(chance, 3))
        yield InterviewPlanned(interview=interview, **of, who=who, role=role, sector="government", on=None)
        yield InterviewHeld(interview=interview, **of, sector="government", findings=Words(text(chance)))


async def rows(run: Run) -> list[dict[str, Any]]:
    """P19: the search of a manager, who reads all, over HTTP."""
    async with installed(run.folder) as here:
        async with here.commands() as commands:
            token = await issue_token(commands, "manager")
        programme, texts = await _filled(here)
        with run.steps("P19", 3) as steps:
            steps.next("search")
            headers = {"Authorization": f"Bearer {token}"}
            async with (
                serving(KRING, here.environ) as port,
                httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) as client,
            ):
                took = await _searches(client, f"/api/v1/programmes/{programme}/search", run.many(TIMES, 10))
            steps.next("a bare loop over plaintext")
            loop = [_timed(lambda one=one: _loop(texts, one)) for one in QUERIES * run.many(20, 2)]
            steps.next("ILIKE over plaintext")
            ilike = await _ilike(here, texts, run.many(20, 2))
    return [_row(took, texts, median(loop), median(ilike))]


async def _filled(here: Installed) -> tuple[ProgrammeId, list[str]]:
    """A log with the programme, its views, and the texts in it."""
    programme, chance = ProgrammeId(new_id("programme")), random.Random(19)
    events = list(events_of(programme, chance))
    texts = [one.text or "" for event in events for name, one in texts_of(event) if name != "email"]
    async with open_kring(load(here.environ)) as kring:
        for first in range(0, len(events), EVENTS_PER_COMMAND):
            portion = events[first : first + EVENTS_PER_COMMAND]
            await kring.commands.execute(lambda portion=portion: Record(*portion))
        await _project(kring)
    return programme, texts


async def _project(kring: Kring) -> None:
    async with kring.log.pool.acquire() as connection:
        while await projector.step(kring, connection) is None:
            pass


async def _searches(client: httpx.AsyncClient, path: str, many: int) -> list[float]:
    """The times of searches in milliseconds, after some that do not count."""
    took: list[float] = []
    for number in range(-len(QUERIES), many):
        began = time.perf_counter()
        answer = await client.get(path, params={"q": QUERIES[number % len(QUERIES)]})
        if number >= 0:
            took.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == httpx.codes.OK, answer.text
        assert not answer.json()["cut_off"]
    return took


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def _loop(texts: list[str], query: str) -> list[str]:
    words = query.casefold().split()
    return [one for one in texts if all(word in one.casefold() for word in words)]


async def _ilike(here: Installed, texts: list[str], many: int) -> list[float]:
    """The times of the same search by ILIKE over a table of plaintext, which Kring does not have."""
    connection = await connect(here.owner_url)
    try:
        await connection.execute("create table plaintext (id serial primary key, body text not null)")
        await connection.copy_records_to_table("plaintext", records=[(one,) for one in texts], columns=["body"])
        await connection.execute("vacuum analyze plaintext")
        took: list[float] = []
        for query in QUERIES * many:
            patterns = [f"%{one}%" for one in query.split()]
            began = time.perf_counter()
            await connection.fetch("select id, body from plaintext where body ilike all($1::text[])", patterns)
            took.append((time.perf_counter() - began) * 1000)
    finally:
        await connection.close()
    return took


def _row(took: list[float], texts: list[str], loop: float, ilike: float) -> dict[str, Any]:
    detail = {
        "texts": len(texts),
        "characters": sum(map(len, texts)),
        "times": len(took),
        "p50_ms": round(median(took), 1),
        "p99_ms": round(quantiles(took, n=100)[98], 1),
    }
    return rate(
        "P19",
        "ms",
        median(took),
        {"required": LIMIT_MS, "a loop over plaintext": loop, "ILIKE over plaintext": ilike},
        {"required": 1.0},
        aims={"required": LIMIT_MS / AIM_MS},
        less_is_better=True,
        detail=detail,
    )
