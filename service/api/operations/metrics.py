"""Metrics for Prometheus: `/metrics`. It needs no token and holds no personal data."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from litestar import Request, Response, get
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from service.kring import Kring
from service.store.heartbeats import PROJECTOR, REACTOR, role_status
from service.store.views.progress import Progress, ReactionProgress, progress, progress_of_reactions
from service.store.views.skipping import Skipped, skipped

GAUGES: dict[str, tuple[str, Callable[[Progress], float | None]]] = {
    "kring_view_position": ("Last event that the view has folded", lambda one: one.position),
    "kring_view_lag_events": ("Events that the view has not folded yet", lambda one: one.behind),
    "kring_view_lag_seconds": ("Time that the first of these has waited", lambda one: one.seconds),
    "kring_view_drifted_rows": ("Rows that differed from the log in the last check", lambda one: one.drifted),
    "kring_view_checked_timestamp_seconds": (
        "When the view was checked last",
        lambda one: None if one.checked_at is None else one.checked_at.timestamp(),
    ),
}
OF_REACTIONS: dict[str, tuple[str, Callable[[ReactionProgress], float]]] = {
    "kring_reaction_position": ("Last event that the reaction has seen", lambda one: one.position),
    "kring_reaction_lag_seconds": (
        "Time that the first event which it has not seen has waited",
        lambda one: one.seconds,
    ),
    "kring_reaction_parked_events": ("Events set aside for a decision", lambda one: one.parked),
}
COUNTERS: dict[str, tuple[str, Callable[[Progress], float]]] = {
    "kring_view_events": ("Events folded since the table was created", lambda one: one.position),
    "kring_view_rows": ("Rows written since the table was created", lambda one: one.rows),
    "kring_view_busy_seconds": ("Time spent on folding and writing them", lambda one: one.busy_seconds),
}


FAILED_JOBS = "select count(*) from jobs where state = 'failed'"


@get("/metrics", include_in_schema=False)
async def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Show the head of the log, and the progress, speed and errors of each view and reaction."""
    kring: Kring = request.app.state.kring
    pool = kring.log.pool
    found = _Snapshot(
        await kring.log.head(),
        await progress(kring.views),
        await progress_of_reactions(pool),
        await skipped(kring.views),
        await pool.fetchval(FAILED_JOBS),
        {role: (await role_status(pool, role)).silent_s for role in (PROJECTOR, REACTOR)},
        request.app.state.streams.open,
    )
    registry = CollectorRegistry(auto_describe=False)
    registry.register(found)
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


class _Snapshot(Collector):
    """The metrics at one time. All but the open streams are read from the database and are the same in every process."""

    def __init__(
        self,
        head: int,
        views: list[Progress],
        reactions: list[ReactionProgress],
        skipped: list[Skipped],
        failed_jobs: int,
        silent_s: Mapping[str, float | None],
        streams: int,
    ) -> None:
        self.head, self.views, self.reactions, self.streams = head, views, reactions, streams
        self.failed_jobs = failed_jobs
        self.skipped, self.silent_s = Counter((one.kind, one.name) for one in skipped), silent_s

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("kring_log_head", "Position of the last event", value=self.head)
        yield GaugeMetricFamily("kring_streams_open", "Streams that this process has open", value=self.streams)
        yield GaugeMetricFamily("kring_failed_jobs", "Jobs that failed and wait for a decision", value=self.failed_jobs)
        for name, (about, of) in GAUGES.items():
            gauge = GaugeMetricFamily(name, about, labels=["view"])
            for one in self.views:
                if (value := of(one)) is not None:
                    gauge.add_metric([one.view], value)
            yield gauge
        for name, (about, counted) in COUNTERS.items():
            counter = CounterMetricFamily(name, about, labels=["view"])
            for one in self.views:
                counter.add_metric([one.view], counted(one))
            yield counter
        yield from self._of_stopped_views()
        yield from self._of_reactions()
        left_out = GaugeMetricFamily("kring_skipped_events", "Events that it skips", labels=["kind", "name"])
        for labels, count in self.skipped.items():
            left_out.add_metric(labels, count)
        yield left_out
        silent = GaugeMetricFamily(
            "kring_silent_seconds", "Time since the active projector or reactor last advanced", labels=["role"]
        )
        for role, seconds in self.silent_s.items():
            if seconds is not None:
                silent.add_metric([role], seconds)
        yield silent

    def _of_stopped_views(self) -> Iterator[Metric]:
        stopped = GaugeMetricFamily(
            "kring_view_stopped_at", "Event that the view cannot fold", labels=["view", "because"]
        )
        for one in self.views:
            if one.stopped_at is not None:
                stopped.add_metric([one.view, one.stopped_because or ""], one.stopped_at)
        yield stopped

    def _of_reactions(self) -> Iterator[Metric]:
        for name, (about, of) in OF_REACTIONS.items():
            gauge = GaugeMetricFamily(name, about, labels=["reaction"])
            for one in self.reactions:
                gauge.add_metric([one.reaction], of(one))
            yield gauge
        stopped = GaugeMetricFamily(
            "kring_reaction_stopped_at", "Event at which the reaction stopped", labels=["reaction", "because"]
        )
        for one in self.reactions:
            if one.stopped_at is not None:
                stopped.add_metric([one.reaction, one.stopped_because or ""], one.stopped_at)
        yield stopped
