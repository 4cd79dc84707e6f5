"""The figures on the explanation pages agree with the constants of the code."""

import re
from pathlib import Path

import pytest

from domain.ballots.opening import FEWEST_FOR_SECRECY
from service import ballot_papers, commands
from service.api.operations import health
from service.operations import drift
from service.reading import reader
from service.sealing import keys, sealed_fields
from service.sealing.papers import MOST_CHALLENGES
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
        ("all waiting appends, up to {}, as one batch", (writer.MAX_BATCH,)),
        ("up to {}, {} and {} ms after each conflict", tuple(round(one * 1000) for one in commands.RETRY_PAUSES_S)),
        (
            "{} MiB of data, {} tags of {} bytes",
            (append_limits.MAX_DATA / MEBIBYTE, append_limits.MAX_TAGS, append_limits.MAX_TEXT),
        ),
        ("{} events, {} MiB with everything beside", (append_limits.MAX_EVENTS, append_limits.MAX_WEIGHT / MEBIBYTE)),
        (
            "{} appends, {} events, {} MiB",
            (writer.MAX_BATCH, writer.MAX_BATCH_EVENTS, writer.MAX_BATCH_WEIGHT / MEBIBYTE),
        ),
        ("{} appends, {} MiB", (writer.MAX_WAITING, writer.MAX_WAITING_WEIGHT / MEBIBYTE)),
        (
            "{} events in blocks of {}; a writer reads at most {} events that it missed",
            (session.TAIL, tail.BLOCK, session.BACK),
        ),
        ("{} s, waiting for the lock included; one call {} s", (session.PATIENCE, writer.CALL_PATIENCE)),
        ("{} s; a caller waits {} s at most", (writer.PATIENCE, writer.ANSWER_TIMEOUT_S)),
        ("nobody can say within {} seconds", (writer.PATIENCE,)),
    ],
    "projections.md": [
        ("the active one reads up to {} events", (projector.BATCH_SIZE,)),
        ("after {} seconds of its own clock", (leadership.HEARTBEAT_TIMEOUT_S,)),
        ("does not advance, for more than {} seconds", (health.MAX_LAG_S,)),
        ("{} rows and the keys of {} events", (drift.SAMPLE_SIZE, drift.SAMPLE_SIZE)),
        ("waits up to {} seconds", (reader.VIEWS_TIMEOUT_S,)),
    ],
    "jobs.md": [
        *[(f"| `{name}` | {{}} |", (job_registry.SLOTS[name],)) for name in job_registry.SLOTS],
        ("| {} minutes | a rule or somebody waits", (job_registry.TIME_LIMITS_S["urgent"] / 60,)),
        ("| {} minute | mails", (job_registry.TIME_LIMITS_S["mail"] / 60,)),
        ("| {} hour | team assignments", (job_registry.TIME_LIMITS_S["heavy"] / 3600,)),
        ("up to {} events, and writes the jobs", (reactor.BATCH_SIZE,)),
        ("With more than {} parked events", (reactor.MAX_PARKED_EVENTS,)),
        ("A claim is a *lease* of {} seconds", (queue.LEASE.seconds,)),
        ("renews it every {} seconds", (engine.RENEWAL_INTERVAL_S,)),
        ("each of the first {} due jobs", (dispatcher.MAX_WAKE_UPS,)),
        ("has a timeout of {} seconds", (dispatcher.VALKEY_TIMEOUT_S,)),
        ("has been seen for {} seconds", (progress.SILENT_AFTER_S,)),
        ("has been due for {} seconds", (progress.OVERDUE_AFTER_S,)),
        ("gives it {} more attempts", (control.MORE_ATTEMPTS,)),
        ("{} failures in a row open it: for {} seconds", (circuit_breaker.FAILURES_TO_OPEN, circuit_breaker.OPEN_S)),
        ("up to {} minutes", (circuit_breaker.MAX_OPEN_S / 60,)),
        ("the last {} of each job", (queue.MAX_STORED_ATTEMPTS,)),
        ("kept for {} days", (queue.RETENTION.days,)),
    ],
    "sealing.md": [
        ("keeps at most {} keys in memory", (keys.REMEMBER_AT_MOST,)),
        ("used for {} s at most", (keys.FORGET_AFTER,)),
        ("seals at most {} papers of one ballot", (ballot_papers.MAX_PAPERS_PER_ENVELOPE,)),
        ("It takes {} electors", (FEWEST_FOR_SECRECY,)),
        ("| one sealed text | {} MiB |", (sealed_fields.VALUE_BYTES_AT_MOST / MEBIBYTE,)),
        ("| a ballot | {} challenges |", (MOST_CHALLENGES,)),
    ],
    "time-travel.md": [("read {} tags to a statement", (time_travel.TAGS_AT_A_TIME,))],
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
