"""How a case is played: all its scenes, in the order in which they happened."""

from collections.abc import Callable, Sequence

import httpx

from service.demo.advising import Advising
from service.demo.case import COPS, PROGRAMME, Cop, Programme
from service.demo.client import Actor, Issue, Stage
from service.demo.cop import CopOnStage
from service.demo.journey import Journey
from service.demo.programme import ProgrammeOnStage
from service.demo.scene import Scene, in_order, milestones, play_scenes

TIMEOUT = 60.0  # seconds
SCOPE = "demo"


async def play(url: str, token: Issue, tell: Callable[[str], None]) -> None:
    """Play the case on the service at `url`; started again, go on where it was.

    `token` issues the operator's own token, which registers the programme manager; everybody else gets theirs from the manager.
    `tell` is told a line for each of the `steps`. Raises `DemoStopped`.
    """
    async with httpx.AsyncClient(base_url=f"{url}/api/v1", timeout=TIMEOUT) as http:
        await play_case(http, SCOPE, await token("manager", None, ()), PROGRAMME, COPS, tell)


def steps() -> int:
    """How many lines `play` tells."""
    stage = Stage(httpx.AsyncClient(), SCOPE)
    return milestones(_scenes(stage, Actor(stage, ""), PROGRAMME, COPS))


async def play_case(
    http: httpx.AsyncClient,
    scope: str,
    operator: str,
    programme: Programme,
    cops: Sequence[Cop],
    tell: Callable[[str], None],
) -> None:
    """Play a case in the order in which it happened. `scope`: what the names of its steps begin with."""
    stage = Stage(http, scope)
    await play_scenes(_scenes(stage, Actor(stage, operator), programme, cops), tell)


def _scenes(stage: Stage, operator: Actor, programme: Programme, cops: Sequence[Cop]) -> list[Scene]:
    whole = ProgrammeOnStage(stage, programme, operator)
    teams = [CopOnStage(whole, one) for one in cops]
    parts = [part for team in teams for part in (team.scenes(), Journey(team).scenes(), Advising(team).scenes())]
    return in_order(whole.scenes(), *parts)
