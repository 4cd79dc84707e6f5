"""How Kring is, for who watches over it: `/health/live` and `/health/ready`. Neither asks who is asking."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

import redis.asyncio
from litestar import Controller, Request, Response, get
from msgspec import Struct
from redis.exceptions import RedisError

from service.kring import Kring
from service.sealing.keys import KeyStore, KeyStoreError
from service.store.database import BROKEN
from service.store.heartbeats import PROJECTOR, REACTOR, Seen, seen
from service.store.jobs.progress import ClassProgress, job_progress
from service.store.log.unknown_events import UnknownEvents, unknown_events
from service.store.views.progress import Progress, ReactionProgress, progress, progress_of_reactions
from service.store.views.skipping import Parked, Skipped, parked, skipped
from service.store.views.view_store import definition

PATIENCE = 3.0  # seconds for each part to answer
MAX_LAG_S = 10.0
"""Seconds that an event may wait for the views or the reactions, or these may be silent, before readiness fails."""

ASTRAY = """
-- What has come to a place where the log holds another fact, or none, since it was restored.
select 'view', view from views.checkpoints where definition = any($1) and not in_log(position, mark)
union all select 'reaction', name from reactions where not in_log(position, mark)
order by 1, 2
"""


class Part(Struct, frozen=True):
    """A part of Kring; `why` says what is wrong with it, without its content. Without one that is not `required`, all goes on."""

    name: str
    ok: bool
    why: str | None = None
    required: bool = True


class StoppedView(Struct, frozen=True):
    """A view that waits for somebody: the position of the event that it cannot take, and why."""

    view: str
    position: int
    because: str


class StoppedReaction(Struct, frozen=True):
    """A reaction that waits for somebody: the position at which it stopped, and why."""

    reaction: str
    position: int
    because: str


class ParkedEvent(Struct, frozen=True):
    """An event that a reaction could not take: it went on, and somebody has to decide about this one."""

    reaction: str
    position: int
    because: str


class SkippedEvent(Struct, frozen=True):
    """An event that a view or a reaction leaves out, since somebody decided so; why and who, `kring doctor` tells."""

    kind: Literal["view", "reaction"]
    name: str
    position: int
    because: str
    skipped_at: datetime


class ViewHealth(Struct, frozen=True, kw_only=True):
    """How far a view has come, how far it is behind, in events and seconds, and how fast it is when it is at work.

    `drifted`: how many rows the last check found that are not what the log tells; None: there was none.
    """

    view: str
    position: int
    behind: int
    seconds_behind: float
    events_per_second: float | None
    rows_per_second: float | None
    drifted: int | None


class ReactionHealth(Struct, frozen=True, kw_only=True):
    """Progress of a reaction: how far it has come and is behind, in events and seconds, and how many events it has put aside."""

    reaction: str
    position: int
    behind: int
    seconds_behind: float
    parked: int


class Health(Struct, frozen=True, kw_only=True):
    """Every part; `head` is the position of the last event, `visible` how far the views have come, None: not known.

    What is stopped, put aside, skipped or of an unknown type is named and makes nothing unready: everything else goes on.
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


class Standing(Struct, frozen=True, kw_only=True):
    """State of the views, the reactions and those at work on them, as the database has it."""

    head: int | None = None
    visible: int | None = None
    views: Sequence[Progress] = ()
    reactions: Sequence[ReactionProgress] = ()
    parked: Sequence[Parked] = ()
    skipped: Sequence[Skipped] = ()
    unknown: Sequence[UnknownEvents] = ()
    projector: Seen = Seen(active=False, silent_s=None)
    reactor: Seen = Seen(active=False, silent_s=None)


class Astray(NamedTuple):
    """Views and reactions that stand at an event which the log does not hold any more."""

    views: list[str]
    reactions: list[str]


class HealthPages(Controller):
    """Whether this process answers, and whether all of Kring does."""

    path = "/health"
    include_in_schema = False

    @get("/live")
    async def live(self) -> dict[str, str]:
        """Tell that this process answers."""
        return {"status": "live"}

    @get("/ready")
    async def ready(self, request: Request[Any, Any, Any]) -> Response[Health]:
        """Tell how each part is: 200 where all are well, else 503."""
        found = await health(request.app.state.kring)
        return Response(found, status_code=200 if found.status == "ready" else 503)


async def health(kring: Kring) -> Health:
    """Every part of Kring as it is now."""
    try:
        async with asyncio.timeout(PATIENCE):
            found, lost = await _standing(kring), await astray(kring)
            same, behind = await kring.log.is_the_one_opened(), await kring.log.clock_behind()
            classes = await job_progress(kring.log.pool)
        database = [
            _database(same),
            _clock(behind),
            _projector(found, lost.views),
            _worker(found, classes, lost.reactions),
        ]
    except BROKEN as error:
        found, lost = Standing(), Astray([], [])
        wrong = f"does not answer ({type(error).__name__})"
        unseen = [Part(name, False, "cannot be seen without the database") for name in ("projector", "worker")]
        database = [Part("database", False, wrong), *unseen]
    parts = [
        _service(kring.log.failing_tasks),
        await asyncio.to_thread(_key_store, kring.keys),
        *database,
        await _valkey(kring),
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


async def _standing(kring: Kring) -> Standing:
    pool = kring.log.pool
    return Standing(
        head=await kring.log.head(),
        visible=await kring.views.behind(),
        views=await progress(kring.views),
        reactions=await progress_of_reactions(pool),
        parked=await parked(pool),
        skipped=await skipped(kring.views),
        unknown=await unknown_events(pool),
        projector=await seen(pool, PROJECTOR),
        reactor=await seen(pool, REACTOR),
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


async def astray(kring: Kring) -> Astray:
    """What has taken events that the log does not hold any more."""
    mine = [definition(view) for view in kring.views.views.values()]
    rows = await kring.log.pool.fetch(ASTRAY, mine)
    return Astray(*([name for kind, name in rows if kind == one] for one in ("view", "reaction")))


def _service(failing: Mapping[str, str]) -> Part:
    """This process, which is not well while one of its background tasks keeps failing."""
    why = ", ".join(f"its {task} failed lately ({error})" for task, error in failing.items())
    return Part("service", ok=not failing, why=why or None)


def _key_store(keys: KeyStore) -> Part:
    try:
        keys.require_present()
    except (KeyStoreError, OSError) as error:
        return Part("key store", False, f"cannot be read or is not the one of this log ({type(error).__name__})")
    return Part("key store", ok=True)


def _clock(behind: tuple[datetime, float] | None) -> Part:
    """The database's clock, which gives every event its time and must not be behind the last one."""
    if behind is None:
        return Part("clock", ok=True)
    latest, seconds = behind
    return Part(
        "clock",
        False,
        f"the database's clock is {seconds:.0f} s behind the last event; nothing can be recorded before it shows "
        f"{latest:%Y-%m-%d %H:%M:%S} UTC: set it right (NTP)",
    )


def _database(same: bool) -> Part:
    return Part("database", same, None if same else "holds another log than when this process started: start it again")


def _projector(found: Standing, astray: list[str]) -> Part:
    if astray:
        return Part(
            "projector", False, f"the log was restored; {len(astray)} views told of facts that are gone: kring rebuild"
        )
    if not found.projector.active:
        return Part("projector", False, "none is at work: kring project")
    why = _silent(found.projector) or _late(found.views)
    return Part("projector", why is None, why)


def _silent(role: Seen) -> str | None:
    """Whether whoever is at work does not get on."""
    if role.silent_s is None or role.silent_s <= MAX_LAG_S:
        return None
    return f"has not got on for {role.silent_s:.0f} seconds"


def _late(found: Sequence[Progress] | Sequence[ReactionProgress]) -> str | None:
    """Whether an event waits for what runs; what is stopped waits for somebody."""
    waits = max((one.seconds for one in found if one.stopped_at is None), default=0.0)
    return None if waits <= MAX_LAG_S else f"{waits:.0f} seconds behind"


async def _valkey(kring: Kring) -> Part:
    """Valkey wakes workers; without it they look for themselves, so it is not required (decision 0035)."""
    assert kring.config.redis_url is not None, "the servers are up before the service"
    library: Any = redis.asyncio  # it says little about its types
    client = library.from_url(kring.config.redis_url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)
    try:
        async with asyncio.timeout(PATIENCE):
            await client.ping()
    except (RedisError, OSError) as error:
        wrong = f"does not answer ({type(error).__name__}); jobs begin up to a second later"
        return Part("valkey", ok=False, why=wrong, required=False)
    finally:
        await client.aclose()
    return Part("valkey", ok=True, required=False)


def _worker(found: Standing, classes: list[ClassProgress], astray: list[str]) -> Part:
    if astray:
        gone = f"the log was restored; {', '.join(astray)} had seen facts that are gone: kring rebuild --react-after"
        return Part("worker", False, gone)
    if all(one.is_silent for one in classes):
        return Part("worker", False, "none has told of itself lately: kring work")
    wrong = [_wrong_with(one) for one in classes if one.is_silent or one.is_stuck]
    if not found.reactor.active:
        wrong.append("none reacts to events")
    elif why := _silent(found.reactor) or _late(found.reactions):
        wrong.append(f"its reactions: {why}")
    return Part("worker", ok=not wrong, why="; ".join(wrong) or None)


def _wrong_with(one: ClassProgress) -> str:
    if one.is_silent:
        return f"no worker has taken {one.job_class} jobs for {one.seen_s:.0f} seconds"
    return (
        f"no {one.job_class} job was begun lately, though {one.waiting} are due, "
        f"the first for {one.overdue_s or 0:.0f} seconds"
    )
