"""Faults of parts in words: in every language, with the same figures and commands."""

import re
from datetime import UTC, datetime

import pytest

from service.api.operations.part_health import (
    PartHealth,
    clock_health,
    database_away,
    database_health,
    projector_health,
    service_health,
    worker_health,
)
from service.store.heartbeats import RoleStatus
from service.store.jobs.progress import ClassProgress
from service.store.views.progress import Progress

WELL, AWAY = RoleStatus(active=True, silent_s=1.0), RoleStatus(active=False, silent_s=None)
FROZEN = RoleStatus(active=True, silent_s=99.0)
AT_WORK = ClassProgress("mail", 1.0, 1.0, 0, None)
SILENT = ClassProgress("heavy", 100.0, None, 0, None)
STUCK = ClassProgress("urgent", 1.0, None, 2, 370.0)
BEHIND = Progress(
    view="teams",
    position=1,
    behind=5,
    seconds=44.0,
    rows=1,
    busy_seconds=1.0,
    stopped_at=None,
    stopped_because=None,
    checked_at=None,
    drifted=None,
)

FAULTS = [
    service_health({"writer": "OSError"}),
    database_health(same=False),
    *database_away(TimeoutError()),
    clock_health((datetime(2026, 11, 23, 18, 30, tzinfo=UTC), 77.0)),
    projector_health(WELL, [], ["teams"]),
    projector_health(AWAY, [], []),
    projector_health(FROZEN, [], []),
    projector_health(WELL, [BEHIND], []),
    worker_health(WELL, [], [AT_WORK], ["mails"]),
    worker_health(WELL, [], [SILENT], []),
    worker_health(WELL, [], [AT_WORK, SILENT], []),
    worker_health(AWAY, [], [AT_WORK, STUCK], []),
    worker_health(FROZEN, [], [AT_WORK], []),
]

FIGURES = re.compile(r"\d+|kring [a-z]+(?: --[a-z-]+)?|\(\w+\)")


@pytest.mark.parametrize("fault", FAULTS, ids=lambda one: one.why.en)
def test_a_fault_is_worded_in_both_languages_with_the_same_figures_and_commands(fault: PartHealth) -> None:
    assert not fault.ok
    assert fault.why is not None
    assert fault.why.en != fault.why.nl
    assert sorted(FIGURES.findall(fault.why.en)) == sorted(FIGURES.findall(fault.why.nl))


def test_a_part_that_is_well_says_nothing() -> None:
    parts = [
        service_health({}),
        database_health(same=True),
        clock_health(None),
        projector_health(WELL, [], []),
        worker_health(WELL, [], [AT_WORK], []),
    ]
    assert [one.why for one in parts if one.why is not None or not one.ok] == []
