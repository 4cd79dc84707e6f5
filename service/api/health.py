"""How Kring is, for who watches over it: `/health/live` and `/health/ready`. Neither asks who is asking."""

import asyncio
from typing import Any, Literal, NamedTuple

import redis.asyncio
from litestar import Controller, Request, Response, get
from msgspec import Struct
from redis.exceptions import RedisError

from service.kring import Kring
from service.store.database import BROKEN
from service.store.job_progress import ClassProgress, job_progress
from service.store.progress import Progress, progress
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
    """A part of Kring; `why` says what is wrong with it, without its content. Without one that is not `required`, all goes on."""

    name: str
    ok: bool
    why: str | None = None
    required: bool = True


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
            same, classes = await kring.log.is_the_one_opened(), await job_progress(kring.log.pool)
        database = [
            _database(same),
            _projector(projected, head - visible, lost.views),
            _worker(classes, lost.reactions),
        ]
    except BROKEN as error:
        head, visible, views, lost = None, None, list[Progress](), Astray([], [])
        wrong = f"does not answer ({type(error).__name__})"
        unseen = [Part(name, False, "cannot be seen without the database") for name in ("projector", "worker")]
        database = [Part("database", False, wrong), *unseen]
    parts = [Part("service", ok=True), *database, await _valkey(kring)]
    ready = all(part.ok for part in parts if part.required)
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


def _worker(classes: list[ClassProgress], astray: list[str]) -> Part:
    if astray:
        gone = f"the log was restored; {', '.join(astray)} had seen facts that are gone: kring rebuild --react-after"
        return Part("worker", False, gone)
    if all(one.is_silent for one in classes):
        return Part("worker", False, "none has told of itself lately: kring work")
    wrong = [_wrong_with(one) for one in classes if one.is_silent or one.is_stuck]
    return Part("worker", ok=not wrong, why="; ".join(wrong) or None)


def _wrong_with(one: ClassProgress) -> str:
    if one.is_silent:
        return f"no worker has taken {one.job_class} jobs for {one.seen_s:.0f} seconds"
    return (
        f"no {one.job_class} job was begun lately, though {one.waiting} are due, "
        f"the first for {one.overdue_s or 0:.0f} seconds"
    )
