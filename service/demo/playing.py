"""Plays the editions: all scenes of each, in the order in which they happened."""

from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta

import httpx

from service.clock_and_ids import now
from service.demo.advising import Advising
from service.demo.case import PAST, ZONE, Cop, Edition, Living, living
from service.demo.client import Actor, Issue, Stage
from service.demo.cop import CopOnStage
from service.demo.journey import Journey
from service.demo.programme import ProgrammeOnStage
from service.demo.scene import Scene, in_order, milestones, play_scenes

REQUEST_TIMEOUT_S = 60.0
PAST_SCOPE, LIVING_SCOPE = "demo", "living"
READY = "De leergangen van nu staan klaar"

Progress = Callable[[str], None]


async def play(url: str, token: Issue, progress: Progress) -> None:
    """Play the edition of 2016 and the living one on the service at `url`; started again, continue where it stopped.

    `token` issues the operator's token, which registers the programme managers; these issue everybody else's. Calls
    `progress` with a line for each of the `steps`. Raises `DemoStopped`.
    """
    await play_past(url, token, progress)
    await play_living(url, token, progress, now())


async def play_past(url: str, token: Issue, progress: Progress) -> None:
    """Play the edition of 2016."""
    async with _connected(url) as http:
        await play_case(http, PAST_SCOPE, await token("manager", None, ()), PAST, progress)


async def play_living(url: str, token: Issue, progress: Progress, at: datetime) -> None:
    """Play the living edition, around the week of `at` or, if an earlier run began it, around the week of that run.

    Once it is complete, it belongs to those who look around: they may have voted or concluded it, and nothing is played again.
    """
    async with _connected(url) as http:
        stage, operator = Stage(http, LIVING_SCOPE), await token("manager", None, ())
        manager = Actor(stage, operator)
        this_week = monday_of(at)
        case = living(await _begun_in(manager, this_week) or this_week)
        if not await _is_complete(manager, case):
            await play_scenes(_living_scenes(stage, manager, case), progress)
        progress(READY)


def steps() -> int:
    """The number of progress lines of `play`."""
    return past_steps() + living_steps()


def past_steps() -> int:
    """The number of progress lines of `play_past`."""
    stage = Stage(httpx.AsyncClient(), PAST_SCOPE)
    return milestones(_scenes(stage, Actor(stage, ""), PAST))


def living_steps() -> int:
    """The number of progress lines of `play_living`, unless it was complete."""
    stage = Stage(httpx.AsyncClient(), LIVING_SCOPE)
    return milestones(_living_scenes(stage, Actor(stage, ""), living(PAST.programme.starts_on))) + 1


async def play_case(http: httpx.AsyncClient, scope: str, operator: str, edition: Edition, progress: Progress) -> None:
    """Play an edition. `scope`: prefix of its idempotency keys."""
    stage = Stage(http, scope)
    await play_scenes(_scenes(stage, Actor(stage, operator), edition), progress)


def monday_of(at: datetime) -> date:
    """The first day of the week of a time."""
    day = at.astimezone(ZONE).date()
    return day - timedelta(days=day.weekday())


@asynccontextmanager
async def _connected(url: str) -> AsyncGenerator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"{url}/api/v1", timeout=REQUEST_TIMEOUT_S) as http:
        yield http


# The living edition


async def _begun_in(operator: Actor, week: date) -> date | None:
    """The week around which an earlier run began to play, by the first day of its programme; None without one."""
    example = living(week).running.programme
    async for one in operator.all("/programmes"):
        begun = one["name"] == example.name and one["edition"] != PAST.programme.edition
        if begun and one["starts_on"] is not None:
            return week + (date.fromisoformat(one["starts_on"]) - example.starts_on)
    return None


async def _is_complete(operator: Actor, case: Living) -> bool:
    """Whether an earlier run played everything: its last scene is an announcement."""
    programme = case.choosing.programme
    found = await operator.find("/programmes", name=programme.name, edition=programme.edition)
    if found is None:
        return False
    last = programme.announcements[-1].text.strip()
    return await operator.find(f"/programmes/{found['id']}/announcements", text=last) is not None


def _living_scenes(stage: Stage, operator: Actor, case: Living) -> list[Scene]:
    running = ProgrammeOnStage(stage, case.running.programme, operator, name="running")
    choosing = ProgrammeOnStage(stage, case.choosing.programme, operator, name="choosing", other=running)
    return in_order(running.scenes(), choosing.scenes(), *_of_cops(running, case.running.cops))


# Scenes of a programme and its CoPs


def _scenes(stage: Stage, operator: Actor, edition: Edition) -> list[Scene]:
    on_stage = ProgrammeOnStage(stage, edition.programme, operator)
    return in_order(on_stage.scenes(), *_of_cops(on_stage, edition.cops))


def _of_cops(programme: ProgrammeOnStage, cops: Sequence[Cop]) -> Iterator[Iterable[Scene]]:
    for case in cops:
        team = CopOnStage(programme, case)
        yield team.scenes()
        if case.trip is not None:
            yield Journey(team, case.trip).scenes()
        yield Advising(team).scenes()
