"""Commands are composed of parts of knowledge: class hierarchies are flat, and every `__init__` follows the MRO."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.foundation import Command, Knowledge
from tests.samples import every_command

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "domain").rglob("*.py"))
MAX_DEPTH = 4


def _below(kind: type[Knowledge]) -> Iterator[type[Knowledge]]:
    for one in kind.__subclasses__():
        yield one
        yield from _below(one)


def _depth(kind: type[Knowledge], top: type[Knowledge]) -> int:
    return 1 if kind is top else 1 + max(_depth(one, top) for one in kind.__bases__ if issubclass(one, top))


assert every_command(), "the modules of the domain are loaded"
OURS = [one for one in dict.fromkeys(_below(Knowledge)) if one is not Command and one.__module__.startswith("domain.")]


@pytest.mark.parametrize("kind", OURS, ids=lambda one: one.__name__)
def test_no_hierarchy_is_deeper_than_four_classes(kind: type[Knowledge]) -> None:
    assert _depth(kind, Command if issubclass(kind, Command) else Knowledge) <= MAX_DEPTH


@pytest.mark.parametrize("kind", OURS, ids=lambda one: one.__name__)
def test_a_command_or_part_has_one_base_of_its_kind(kind: type[Knowledge]) -> None:
    assert len([one for one in kind.__bases__ if issubclass(one, Knowledge)]) == 1


@pytest.mark.parametrize("file", FILES, ids=lambda one: str(one.relative_to(ROOT)))
def test_every_init_calls_its_base_through_super(file: Path) -> None:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Attribute) and node.attr == "__init__":
            called_on = node.value
            assert isinstance(called_on, ast.Call), f"line {node.lineno}"
            assert ast.unparse(called_on) == "super()", f"line {node.lineno}"
