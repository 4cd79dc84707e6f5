"""Plays a case: all its scenes, in the order in which they happened."""

from collections.abc import Callable, Sequence

import httpx

from service.demo.advising import Advising
from service.demo.case import COPS, PROGRAMME, Cop, Programme
from service.demo.client import Actor, Issue, Stage
from service.demo.cop import CopOnStage
from service.demo.journey import Journey
from service.demo.programme import ProgrammeOnStage
from service.demo.scene import Scene, in_order, milestones, play_scenes

REQUEST_TIMEOUT_S = 60.0
SCOPE = "demo"


async def play(url: str, token: Issue, progress: Callable[[str], None]) -> None:
    """Play the case on the service at `url`; started again, continue where it stopped.

    `token` issues the operator's token, which registers the programme manager; the manager issues everybody else's. Calls
    `progress` with a line for each of the `steps`. Raises `DemoStopped`.
    """
    async with httpx.AsyncClient(base_url=f"{url}/api/v1", timeout=REQUEST_TIMEOUT_S) as http:
        await play_case(http, SCOPE, await token("manager", None, ()), PROGRAMME, COPS, progress)


def steps() -> int:
    """The number of progress lines of `play`."""
    stage = Stage(httpx.AsyncClient(), SCOPE)
    return milestones(_scenes(stage, Actor(stage, ""), PROGRAMME, COPS))


async def play_case(
    http: httpx.AsyncClient,
    scope: str,
    operator: str,
    programme: Programme,
    cops: Sequence[Cop],
    progress: Callable[[str], None],
) -> None:
    """Play a case. `scope`: prefix of its idempotency keys."""
    stage = Stage(http, scope)
    await play_scenes(_scenes(stage, Actor(stage, operator), programme, cops), progress)


def _scenes(stage: Stage, operator: Actor, programme: Programme, cops: Sequence[Cop]) -> list[Scene]:
    on_stage = ProgrammeOnStage(stage, programme, operator)
    teams = [CopOnStage(on_stage, one) for one in cops]
    parts = [part for team in teams for part in (team.scenes(), Journey(team).scenes(), Advising(team).scenes())]
    return in_order(on_stage.scenes(), *parts)
