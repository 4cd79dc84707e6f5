"""Health checks for operators: `/health/live` and `/health/ready`. Neither needs a token."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

from litestar import Controller, Request, Response, get
from msgspec import Struct

from domain.foundation import Language
from service.api.operations.part_health import (
    clock_health,
    database_away,
    database_health,
    key_store_health,
    projector_health,
    service_health,
    valkey_health,
    worker_health,
)
from service.kring import Kring
from service.store.database import DATABASE_ERRORS
from service.store.heartbeats import PROJECTOR, REACTOR, RoleStatus, role_status
from service.store.jobs.progress import job_progress
from service.store.log.unknown_events import UnknownEvents, unknown_events
from service.store.views.progress import Progress, ReactionProgress, progress, progress_of_reactions
from service.store.views.skipping import Parked, Skipped, parked, skipped
from service.store.views.view_store import definition

PART_TIMEOUT_S = 3.0
"""Time for each part to answer."""

LOST_PLACES = """
-- Views and reactions whose position holds another event, or none, since the log was restored.
select 'view', view from views.checkpoints where definition = any($1) and not in_log(position, mark)
union all select 'reaction', name from reactions where not in_log(position, mark)
order by 1, 2
"""


class Part(Struct, frozen=True):
    """A part of Kring. `why`: what is wrong with it. Kring works without a part that is not `required`."""

    name: str
    ok: bool
    why: str | None = None
    required: bool = True


class StoppedView(Struct, frozen=True):
    """A view that has stopped until somebody intervenes: the position of the event that it cannot fold, and why."""

    view: str
    position: int
    because: str


class StoppedReaction(Struct, frozen=True):
    """A reaction that has stopped until somebody intervenes: the position, and why."""

    reaction: str
    position: int
    because: str


class ParkedEvent(Struct, frozen=True):
    """An event that a reaction could not take and set aside, until somebody decides about it."""

    reaction: str
    position: int
    because: str


class SkippedEvent(Struct, frozen=True):
    """An event that a view or reaction skips, because somebody decided so; `kring doctor` shows who and why."""

    kind: Literal["view", "reaction"]
    name: str
    position: int
    because: str
    skipped_at: datetime


class ViewHealth(Struct, frozen=True, kw_only=True):
    """Progress of a view: its position, its lag in events and seconds, and its speed while it works.

    `drifted`: the number of rows that differed from the log in the last check; null if there was none.
    """

    view: str
    position: int
    behind: int
    seconds_behind: float
    events_per_second: float | None
    rows_per_second: float | None
    drifted: int | None


class ReactionHealth(Struct, frozen=True, kw_only=True):
    """Progress of a reaction: its position, its lag in events and seconds, and the number of events that it set aside."""

    reaction: str
    position: int
    behind: int
    seconds_behind: float
    parked: int


class Health(Struct, frozen=True, kw_only=True):
    """The health of every part. `head`: the position of the last event; `visible`: that of the views; null if unknown.

    Stopped views and reactions, and parked, skipped and unknown events are listed and do not fail readiness.
    """

    status: Literal["ready", "not_ready"]
    parts: list[Part]
    head: int | None
    visible: int | None
    stopped_views: list[StoppedView]
    stopped_reactions: list[StoppedReaction]
    parked_events: list[ParkedEvent]
    skipped_events: list[SkippedEvent]
    unknown_events: list[UnknownEvents]
    views: list[ViewHealth]
    reactions: list[ReactionHealth]


class State(Struct, frozen=True, kw_only=True):
    """State of the views, the reactions and their processes, as the database has it."""

    head: int | None = None
    visible: int | None = None
    views: Sequence[Progress] = ()
    reactions: Sequence[ReactionProgress] = ()
    parked: Sequence[Parked] = ()
    skipped: Sequence[Skipped] = ()
    unknown: Sequence[UnknownEvents] = ()
    projector: RoleStatus = RoleStatus(active=False, silent_s=None)
    reactor: RoleStatus = RoleStatus(active=False, silent_s=None)


class LostPlaces(NamedTuple):
    """Views and reactions whose last event is not in the log any more."""

    views: list[str]
    reactions: list[str]


class HealthPages(Controller):
    """Health checks of this process and of all of Kring."""

    path = "/health"
    include_in_schema = False

    @get("/live")
    async def live(self) -> dict[str, str]:
        """Answer that this process is alive."""
        return {"status": "live"}

    @get("/ready")
    async def ready(self, request: Request[Any, Any, Any]) -> Response[Health]:
        """Show the health of each part: 200 if all required parts are well, else 503."""
        found = await health(request.app.state.kring)
        return Response(found, status_code=200 if found.status == "ready" else 503)


async def health(kring: Kring, language: Language = "en") -> Health:
    """The health of every part of Kring now, worded in one language."""
    try:
        async with asyncio.timeout(PART_TIMEOUT_S):
            found, lost = await _state(kring), await lost_places(kring)
            same, behind = await kring.log.is_same_log(), await kring.log.clock_behind()
            classes = await job_progress(kring.log.pool)
        stored = [
            database_health(same=same),
            clock_health(behind),
            projector_health(found.projector, found.views, lost.views),
            worker_health(found.reactor, found.reactions, classes, lost.reactions),
        ]
    except DATABASE_ERRORS as error:
        found, stored = State(), database_away(error)
    assert kring.config.redis_url is not None, "the servers are up before the service"
    checked = [
        service_health(kring.log.failing_tasks),
        await asyncio.to_thread(key_store_health, kring.keys),
        *stored,
        await valkey_health(kring.config.redis_url, PART_TIMEOUT_S),
    ]
    parts = [
        Part(one.name, one.ok, None if one.why is None else one.why.in_language(language), one.required)
        for one in checked
    ]
    ready = all(part.ok for part in parts if part.required)
    return Health(
        status="ready" if ready else "not_ready",
        parts=parts,
        head=found.head,
        visible=found.visible,
        stopped_views=[
            StoppedView(one.view, one.stopped_at, one.stopped_because or "")
            for one in found.views
            if one.stopped_at is not None
        ],
        stopped_reactions=[
            StoppedReaction(one.reaction, one.stopped_at, one.stopped_because or "")
            for one in found.reactions
            if one.stopped_at is not None
        ],
        parked_events=[ParkedEvent(one.reaction, one.position, one.because) for one in found.parked],
        skipped_events=[
            SkippedEvent(one.kind, one.name, one.position, one.because, one.skipped_at) for one in found.skipped
        ],
        unknown_events=list(found.unknown),
        views=[_view(one) for one in found.views],
        reactions=[_reaction(one) for one in found.reactions],
    )


async def _state(kring: Kring) -> State:
    pool = kring.log.pool
    return State(
        head=await kring.log.head(),
        visible=await kring.views.checkpoint(),
        views=await progress(kring.views),
        reactions=await progress_of_reactions(pool),
        parked=await parked(pool),
        skipped=await skipped(kring.views),
        unknown=await unknown_events(pool),
        projector=await role_status(pool, PROJECTOR),
        reactor=await role_status(pool, REACTOR),
    )


def _view(one: Progress) -> ViewHealth:
    return ViewHealth(
        view=one.view,
        position=one.position,
        behind=one.behind,
        seconds_behind=round(one.seconds, 3),
        events_per_second=_rounded(one.events_per_second),
        rows_per_second=_rounded(one.rows_per_second),
        drifted=one.drifted,
    )


def _reaction(one: ReactionProgress) -> ReactionHealth:
    return ReactionHealth(
        reaction=one.reaction,
        position=one.position,
        behind=one.behind,
        seconds_behind=round(one.seconds, 3),
        parked=one.parked,
    )


def _rounded(rate: float | None) -> float | None:
    return None if rate is None else round(rate, 1)


async def lost_places(kring: Kring) -> LostPlaces:
    """The views and reactions that have taken events which the log does not hold any more."""
    mine = [definition(view) for view in kring.views.views.values()]
    rows = await kring.log.pool.fetch(LOST_PLACES, mine)
    return LostPlaces(*([name for kind, name in rows if kind == one] for one in ("view", "reaction")))
