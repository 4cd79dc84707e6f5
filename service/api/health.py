"""How Kring is, for who watches over it: `/health/live` and `/health/ready`. Neither asks who is asking."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, NamedTuple

from litestar import Controller, Request, Response, get
from msgspec import Struct
from redis.exceptions import RedisError

from service.kring import Kring
from service.store.database import BROKEN
from service.store.keys import KeyStore, KeyStoreError
from service.store.progress import Progress, progress
from service.store.pulse import heard
from service.store.views import definition

PATIENCE = 3.0  # seconds for each part to answer
LAG = 1000  # facts that the views may be behind before anybody is told

PROJECTOR = """
-- Whether some projector holds the lock of the active one.
select exists (
  select from pg_locks where locktype = 'advisory' and granted
    and database = (select oid from pg_database where datname = current_database())
    and objid = (hashtext('kring/projector')::bigint & 4294967295)::oid
)
"""

ASTRAY = """
-- What has come to a place where the log holds another fact, or none, since it was restored.
select 'view', view from views.checkpoints where definition = any($1) and not in_log(position, mark)
union all select 'reaction', name from reactions where not in_log(position, mark)
order by 1, 2
"""


class Part(Struct, frozen=True):
    """A part of Kring; `why` says what is wrong with it, without its content."""

    name: str
    ok: bool
    why: str | None = None


class StoppedView(Struct, frozen=True):
    """A view that waits for somebody: the position of the fact that it cannot take, and why."""

    view: str
    position: int
    because: str


class ViewHealth(Struct, frozen=True, kw_only=True):
    """How far a view has come, how far it is behind, in facts and seconds, and how fast it is when it is at work.

    `drifted`: how many rows the last check found that are not what the log tells; None: there was none.
    """

    view: str
    position: int
    behind: int
    seconds_behind: float
    facts_per_second: float | None
    rows_per_second: float | None
    drifted: int | None


class Health(Struct, frozen=True, kw_only=True):
    """Every part; `head` is the position of the last fact, `visible` how far the views have come, None: not known."""

    status: Literal["ready", "not_ready"]
    parts: list[Part]
    head: int | None
    visible: int | None
    stopped_views: list[StoppedView]
    views: list[ViewHealth]


class Astray(NamedTuple):
    """Views and reactions that stand at a fact which the log does not hold any more."""

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
            head, visible = await kring.log.head(), await kring.views.behind()
            projected = bool(await kring.log.pool.fetchval(PROJECTOR))
            views, lost = await progress(kring.views), await astray(kring)
            same, behind = await kring.log.is_the_one_opened(), await kring.log.clock_behind()
        database = [_database(same), _clock(behind), _projector(projected, head - visible, lost.views)]
    except BROKEN as error:
        head, visible, views, lost = None, None, list[Progress](), Astray([], [])
        wrong = f"does not answer ({type(error).__name__})"
        database = [Part("database", False, wrong), Part("projector", False, "cannot be seen without the database")]
    parts = [
        _service(kring.log.failing_tasks),
        await asyncio.to_thread(_key_store, kring.keys),
        *database,
        *await _valkey_and_worker(kring, lost.reactions),
    ]
    ready = all(part.ok for part in parts)
    return Health(
        status="ready" if ready else "not_ready",
        parts=parts,
        head=head,
        visible=visible,
        stopped_views=_stopped(views),
        views=[_view(one) for one in views],
    )


def _stopped(views: list[Progress]) -> list[StoppedView]:
    """The views that wait for somebody. The others go on, so this alone makes nothing unready."""
    return [
        StoppedView(one.view, one.stopped_at, one.stopped_because or "") for one in views if one.stopped_at is not None
    ]


def _view(one: Progress) -> ViewHealth:
    return ViewHealth(
        view=one.view,
        position=one.position,
        behind=one.behind,
        seconds_behind=round(one.seconds, 3),
        facts_per_second=_rounded(one.facts_per_second),
        rows_per_second=_rounded(one.rows_per_second),
        drifted=one.drifted,
    )


def _rounded(rate: float | None) -> float | None:
    return None if rate is None else round(rate, 1)


async def astray(kring: Kring) -> Astray:
    """What has taken facts that the log does not hold any more."""
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


def _projector(there: bool, lag: int, astray: list[str]) -> Part:
    if astray:
        return Part(
            "projector", False, f"the log was restored; {len(astray)} views told of facts that are gone: kring rebuild"
        )
    if not there:
        return Part("projector", False, "none is at work: kring project")
    return Part("projector", ok=lag <= LAG, why=None if lag <= LAG else f"{lag} facts behind")


async def _valkey_and_worker(kring: Kring, astray: list[str]) -> list[Part]:
    assert kring.config.redis_url is not None, "the servers are up before the service"
    try:
        async with asyncio.timeout(PATIENCE):
            working = await heard(kring.config.redis_url, kring.log.log_id)
    except (RedisError, OSError, TimeoutError) as error:
        wrong = f"does not answer ({type(error).__name__})"
        return [Part("valkey", False, wrong), Part("worker", False, "cannot be seen without Valkey")]
    return [Part("valkey", ok=True), _worker(working, astray)]


def _worker(there: bool, astray: list[str]) -> Part:
    if astray:
        gone = f"the log was restored; {', '.join(astray)} had seen facts that are gone: kring rebuild --react-after"
        return Part("worker", False, gone)
    return Part("worker", there, None if there else "none has told of itself lately: kring work")
