"""The figures on the explanation pages agree with the constants of the code."""

import re
from pathlib import Path

import pytest

from domain.ballots.opening import FEWEST_FOR_SECRECY
from service import ballot_papers, commands
from service.api.operations import part_health
from service.operations import drift
from service.reading import reader
from service.sealing import keys, sealed_fields
from service.sealing.papers import MAX_CHALLENGES
from service.store.jobs import control, progress
from service.store.log import append_limits, session, tail, writer
from service.store.views import time_travel
from workers import engine, job_registry, leadership, projector, reactor
from workers.jobs import circuit_breaker, dispatcher, queue

FOLDER = Path(__file__).parents[2] / "docs" / "explanation"
MEBIBYTE = 1 << 20
WORDS = {5: "five", 16: "sixteen"}
"""Numbers that the pages spell out."""

FIGURES: dict[str, list[tuple[str, tuple[float, ...]]]] = {
    "append-path.md": [
        ("all waiting appends, up to {}, as one batch", (writer.MAX_BATCH_APPENDS,)),
        ("up to {}, {} and {} ms after each conflict", tuple(round(one * 1000) for one in commands.RETRY_PAUSES_S)),
        (
            "{} MiB of data, {} tags of {} bytes",
            (append_limits.MAX_EVENT_BYTES / MEBIBYTE, append_limits.MAX_EVENT_TAGS, append_limits.MAX_NAME_BYTES),
        ),
        (
            "{} events, {} MiB with everything beside",
            (append_limits.MAX_APPEND_EVENTS, append_limits.MAX_APPEND_BYTES / MEBIBYTE),
        ),
        (
            "{} appends, {} events, {} MiB",
            (writer.MAX_BATCH_APPENDS, writer.MAX_BATCH_EVENTS, writer.MAX_BATCH_BYTES / MEBIBYTE),
        ),
        ("{} appends, {} MiB", (writer.MAX_QUEUED_APPENDS, writer.MAX_QUEUED_BYTES / MEBIBYTE)),
        (
            "{} events in blocks of {}; a writer reads at most {} events that it missed",
            (session.TAIL_EVENTS, tail.BLOCK_EVENTS, session.MAX_CATCH_UP_EVENTS),
        ),
        ("{} s, waiting for the lock included; one call {} s", (session.TRANSACTION_TIMEOUT_S, writer.CALL_TIMEOUT_S)),
        ("{} s; a caller waits {} s at most", (writer.BATCH_TIMEOUT_S, writer.ANSWER_TIMEOUT_S)),
        ("nobody can say within {} seconds", (writer.BATCH_TIMEOUT_S,)),
    ],
    "projections.md": [
        ("the active one reads up to {} events", (projector.BATCH_SIZE,)),
        ("after {} seconds of its own clock", (leadership.HEARTBEAT_TIMEOUT_S,)),
        ("does not advance, for more than {} seconds", (part_health.MAX_LAG_S,)),
        ("{} rows and the keys of {} events", (drift.SAMPLE_SIZE, drift.SAMPLE_SIZE)),
        ("waits up to {} seconds", (reader.VIEWS_TIMEOUT_S,)),
    ],
    "jobs.md": [
        *[(f"| `{name}` | {{}} |", (job_registry.SLOTS[name],)) for name in job_registry.SLOTS],
        ("| {} minutes | a rule or somebody waits", (job_registry.TIME_LIMITS_S["urgent"] / 60,)),
        ("| {} minute | mails to sign in", (job_registry.TIME_LIMITS_S["sign_in"] / 60,)),
        ("| {} minute | mails, which", (job_registry.TIME_LIMITS_S["mail"] / 60,)),
        ("| {} hour | team assignments", (job_registry.TIME_LIMITS_S["heavy"] / 3600,)),
        ("up to {} events, and writes the jobs", (reactor.BATCH_SIZE,)),
        ("With more than {} parked events", (reactor.MAX_PARKED_EVENTS,)),
        ("A claim is a *lease* of {} seconds", (queue.LEASE.seconds,)),
        ("renews it every {} seconds", (engine.RENEWAL_INTERVAL_S,)),
        ("each of the first {} due jobs", (dispatcher.MAX_WAKE_UPS,)),
        ("has a timeout of {} seconds", (dispatcher.VALKEY_TIMEOUT_S,)),
        ("has been seen for {} seconds", (progress.SILENT_AFTER_S,)),
        ("has been due for {} seconds", (progress.OVERDUE_AFTER_S,)),
        ("gives it {} more attempts", (control.ATTEMPTS_PER_RETRY,)),
        ("{} failures in a row open it: for {} seconds", (circuit_breaker.FAILURES_TO_OPEN, circuit_breaker.OPEN_S)),
        ("up to {} minutes", (circuit_breaker.MAX_OPEN_S / 60,)),
        ("the last {} of each job", (queue.MAX_STORED_ATTEMPTS,)),
        ("kept for {} days", (queue.RETENTION.days,)),
    ],
    "sealing.md": [
        ("keeps at most {} keys in memory", (keys.MAX_CACHED_KEYS,)),
        ("used for {} s at most", (keys.MAX_CACHE_AGE_S,)),
        ("seals at most {} papers of one ballot", (ballot_papers.MAX_PAPERS_PER_ENVELOPE,)),
        ("It takes {} electors", (FEWEST_FOR_SECRECY,)),
        ("| one sealed text | {} MiB |", (sealed_fields.MAX_VALUE_BYTES / MEBIBYTE,)),
        ("| a ballot | {} challenges |", (MAX_CHALLENGES,)),
    ],
    "time-travel.md": [("read {} tags to a statement", (time_travel.TAGS_PER_QUERY,))],
}
"""Passages of each page, and the figures in them."""


@pytest.mark.parametrize("page", FIGURES)
def test_a_page_states_the_constants_of_the_code(page: str) -> None:
    text = re.sub(r"\s+", " ", (FOLDER / page).read_text()).lower()
    lost = list[str]()
    for passage, values in FIGURES[page]:
        spelt = [passage.format(*map(form, values)).lower() for form in (_in_digits, _in_words)]
        if not any(one in text for one in spelt):
            lost.append(spelt[0])
    assert lost == []


def _in_digits(value: float) -> str:
    assert value == int(value), "pages state whole numbers"
    return f"{int(value):,}".replace(",", " ")


def _in_words(value: float) -> str:
    return WORDS.get(int(value), _in_digits(value))
