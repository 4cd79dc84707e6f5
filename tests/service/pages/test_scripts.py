"""Rules for the scripts of pages: own modules, that turn no text into markup or code, in lines of a readable length."""

import re
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[3] / "service" / "pages" / "static"
SCRIPTS = sorted(STATIC.rglob("*.js"))
MAX_LINE_LENGTH = 120
IMPORT = re.compile(r"""^(?:import|export)\b[^"'\n]*\bfrom\s*(["'])(.*?)\1|\bimport\(?\s*(["'])(.*?)\3""", re.MULTILINE)
SINK = re.compile(
    r"\b(?:innerHTML|outerHTML|insertAdjacentHTML|setHTMLUnsafe|parseFromString|document\.write\w*|eval|Function)\b"
)
"""The calls that make markup or code of a text: Trusted Types stop it only in some browsers."""

every_script = pytest.mark.parametrize("script", SCRIPTS, ids=lambda one: str(one.relative_to(STATIC)))


def imported(text: str) -> list[str]:
    return [one[2] or one[4] for one in (("", *groups) for groups in IMPORT.findall(text))]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("import { a } from \"./a.js\";\nimport { b } from '../b.js';", ["./a.js", "../b.js"]),
        ('import "https://cdn.example/x.js";', ["https://cdn.example/x.js"]),
        ('const x = await import("lit");', ["lit"]),
        ('/** @param {import("./a.js").A} a */', ["./a.js"]),
    ],
)
def test_imports_are_recognised(text: str, names: list[str]) -> None:
    assert imported(text) == names


@every_script
def test_a_script_imports_only_modules_of_its_own_that_exist(script: Path) -> None:
    names = imported(script.read_text())
    assert [one for one in names if not one.startswith(("./", "../"))] == []
    assert [one for one in names if not (script.parent / one).resolve().is_relative_to(STATIC)] == []
    assert [one for one in names if not (script.parent / one).is_file()] == []


@every_script
def test_a_script_makes_no_markup_or_code_of_a_text(script: Path) -> None:
    assert SINK.findall(script.read_text()) == []


@every_script
def test_a_script_is_written_in_lines_of_a_readable_length(script: Path) -> None:
    text = script.read_text()
    assert text.endswith("\n")
    assert [one for one in text.splitlines() if len(one) > MAX_LINE_LENGTH or one != one.rstrip()] == []
