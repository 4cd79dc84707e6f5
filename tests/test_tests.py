"""Rules for the tests that no linter checks."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
MODULES = sorted(TESTS.rglob("*.py"))
ROOT = TESTS.parent
LAYERS = ("domain", "projections", "service", "workers")
NO_PACKAGES = {"examples", "data", "golden", "__pycache__"}
"""Folders of what tests use."""
OWN_FOLDERS = {
    "service/api/access": "who may do and see what, compared over all routes",
}
"""Folders of tests without a package of the same name, with reasons."""
MAX_FILES = 15
LARGER_FOLDERS = {
    "bench": "the benchmarks, one a file, and what they share",
    "domain/events": "one file for each subject, looked up by name (decision 0047)",
    "projections": "one file for each subject's views (decision 0047)",
    "service": "what is left beside the packages: configuration, application, start",
    "service/api/http": "one file for each part of the RFCs",
    "service/cli": "one file for each command, and what they share",
    "service/pages": "one file for each subject without a package, and local pages",
    "service/reading": "one file for each subject that is read (decision 0047)",
    "service/store/log": "the log: one file for each step of an append or a read",
    "tests/journeys": "one file for each story",
    "tests/service/pages": "one file for each subject of pages, and what holds for all of them",
}
"""Folders with more than `MAX_FILES` Python files, with reasons."""
MAX_NAME_LENGTH = 80  # characters of the name of a test


def imported(tree: ast.Module) -> Iterator[str]:
    """The names that a module imports, as possible modules."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{one.name}" for one in node.names)
        elif isinstance(node, ast.Import):
            yield from (one.name for one in node.names)


def is_test_module(name: str) -> bool:
    return name.startswith("tests.") and any(part.startswith("test_") for part in name.split(".")[1:])


def test_no_module_imports_a_test_module() -> None:
    found = [(str(module), one) for module in MODULES for one in imported(ast.parse(module.read_text()))]
    assert len(found) > 1000
    assert [(module, one) for module, one in found if is_test_module(one)] == []


def test_the_names_of_tests_are_short() -> None:
    found = [name for module in MODULES for name in re.findall(r"def (test_\w+)", module.read_text())]
    assert len(found) > 1000
    assert [one for one in found if len(one) > MAX_NAME_LENGTH] == []


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("tests.domain.trips.test_trip", True),
        ("tests.domain.trips.test_trip.IDEA", True),
        ("tests.domain.trips.examples.trip.IDEA", False),
        ("service.test_of_something", False),
    ],
)
def test_test_modules_are_recognised_by_name(name: str, is_one: bool) -> None:
    assert is_test_module(name) is is_one


def folders(below: Path) -> Iterator[Path]:
    """The folders with Python files in or below them, without those of what tests use."""
    found = {parent for file in below.rglob("*.py") for parent in file.parents if parent.is_relative_to(below)}
    yield from sorted(one for one in found if not NO_PACKAGES & set(one.relative_to(ROOT).parts))


def test_the_folders_of_tests_mirror_the_packages_of_the_source() -> None:
    mirrored = [one.relative_to(TESTS) for layer in LAYERS for one in folders(TESTS / layer)]
    assert len(mirrored) > len(LAYERS)
    assert {str(one) for one in mirrored if not (ROOT / one).is_dir()} == set(OWN_FOLDERS)


def test_a_folder_holds_at_most_fifteen_files_or_is_named_with_a_reason() -> None:
    found = [folder for name in (*LAYERS, "bench", "tests") for folder in folders(ROOT / name)]
    larger = [one for one in found if len([file for file in one.glob("*.py") if file.stem != "__init__"]) > MAX_FILES]
    assert {str(one.relative_to(ROOT)) for one in larger} == set(LARGER_FOLDERS)
