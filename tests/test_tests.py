"""Rules for the tests that no linter checks."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
MODULES = sorted(TESTS.rglob("*.py"))
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
