"""A view's definition changes with its columns and any code of ours reached by its folds, and with nothing else."""

import contextlib
import itertools
import os
import subprocess
import sys
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec
import pytest

from domain.foundation import Event
from projections.people import ORGANISATIONS
from projections.view import EventMetadata, View
from service.clock_and_ids import now
from service.store.views import definitions
from service.store.views.definitions import PACKAGES, Symbol, reached
from service.store.views.view_store import definition, sources_of
from service.views import VIEWS
from tests.samples import sample_event

ROOT = Path(__file__).parents[4]

TELL = "from service.store.views.view_store import definition; from service.views import VIEWS; print(*map(definition, VIEWS))"


@pytest.fixture
def edited(monkeypatch: pytest.MonkeyPatch) -> Generator[Callable[[str, str, str], None]]:
    """Change the source of a module as the definitions read it: `edited(module, old, new)`."""
    source = definitions.source_of

    def forget() -> None:
        for one in (definition, definitions.module_of, definitions.used_by):
            one.cache_clear()

    def edit(module: str, old: str, new: str) -> None:
        assert old in source(module), f"{module} does not hold {old!r}"

        def edited_source(name: str) -> str:
            return source(name).replace(old, new) if name == module else source(name)

        monkeypatch.setattr(definitions, "source_of", edited_source)
        forget()

    yield edit
    monkeypatch.undo()
    forget()


def changed_by(edit: Callable[[str, str, str], None], module: str, old: str, new: str) -> set[str]:
    """Views whose definition differs after the edit."""
    before = {view.name: definition(view) for view in VIEWS}
    edit(module, old, new)
    return {view.name for view in VIEWS if definition(view) != before[view.name]}


def test_adding_a_field_to_a_class_reached_by_a_fold_changes_the_definition(
    edited: Callable[[str, str, str], None],
) -> None:
    old = "class Course(Struct, frozen=True, kw_only=True, rename=OUTSIDE):\n"
    assert "challenges" in changed_by(edited, "domain.challenges.lifecycle", old, f"{old}    added: int = 0\n")


@pytest.mark.parametrize(
    ("module", "old", "new", "view"),
    [
        ("projections.view", "self.occurred_at or self.recorded_at", "self.recorded_at", "challenges"),
        ("projections.view", '"/".join(values)', '"-".join(values)', "papers"),
        ("domain.foundation", "class Money(Struct, frozen=True", "class Money(Struct, frozen=False", "trips"),
        ("domain.events.team", "class TeamFormed(Event", "class TeamFormed( Event", "teams"),
    ],
    ids=["property", "closure", "base", "event"],
)
def test_code_is_followed_through_attributes_closures_and_classes(
    edited: Callable[[str, str, str], None], module: str, old: str, new: str, view: str
) -> None:
    assert view in changed_by(edited, module, old, new)


def test_a_change_not_reached_by_the_folds_of_a_view_keeps_its_definition(
    edited: Callable[[str, str, str], None],
) -> None:
    changed = changed_by(edited, "projections.teams", '"preferences"', '"preferred"')
    assert changed == {"preferences"}


def test_changing_the_type_of_a_column_changes_the_definition() -> None:
    rows: list[Any] = [
        msgspec.defstruct("Row", [("id", str), ("number", kind)], module=__name__) for kind in (int, bool)
    ]
    assert len({definition(View("numbers", row, ORGANISATIONS.takes)) for row in rows}) == 2


def test_every_process_computes_the_same_definitions() -> None:
    printed = [
        subprocess.run(
            [sys.executable, "-P", "-c", TELL],
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},  # noqa: TID251  passed on
        ).stdout.split()
        for seed in ("1", "2")
    ]
    assert printed == [[definition(view) for view in VIEWS]] * 2


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_every_function_that_a_fold_runs_is_in_the_definition_of_the_view(view: View[Any]) -> None:
    ran = set[Symbol]()

    def look(frame: FrameType, event: str, _: object) -> None:
        module = str(frame.f_globals.get("__name__"))
        if event == "call" and module.partition(".")[0] in PACKAGES:
            ran.add(Symbol(module, frame.f_code.co_qualname.partition(".")[0]))

    samples = [sample_event(one) for one in view.takes]
    sys.setprofile(look)
    try:
        fold_all(view, samples)
    finally:
        sys.setprofile(None)
    assert any(one.module == view.row.__module__ for one in ran)
    assert {one for one in ran if one.name not in {"<lambda>", "<genexpr>"}} <= reached(sources_of(view))


def fold_all(view: View[Any], samples: Sequence[Event]) -> None:
    """Fold every event into no row, and into every resulting row, as far as the folds allow."""
    at, rows = EventMetadata(1, now()), list[Any]([None])
    for _ in range(2):
        for event, row in itertools.product(samples, tuple(rows)):
            with contextlib.suppress(Exception):
                list(view.takes[type(event)].keys(event))
                rows.append(view.takes[type(event)].fold(row, event, at))
        rows = rows[:50]
