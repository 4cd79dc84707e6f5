"""Decisions have one form, name existing code, and are in the index with their status."""

import re
from datetime import date
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "decisions"
DECISIONS = sorted(FOLDER.glob("0*.md"))
REQUIRED = ["Context", "Decision", "Consequences", "Code"]
OPTIONAL = "Alternatives"
CHANGED_BY = {"Supersedes": "superseded by", "Amends": "amended by"}
"""The heads by which a later decision refers to an earlier one, and the status of the earlier one."""

every_decision = pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.name[:4])


def head(page: Path) -> dict[str, str]:
    """The list under the title by name, with links to decisions as their numbers."""
    first = page.read_text().partition("\n## ")[0]
    items = re.findall(r"^- (\w+): (.+(?:\n  .+)*)", first, re.MULTILINE)
    return {name: re.sub(r"\[(\d{4})\]\([^)]*\)", r"\1", " ".join(value.split())) for name, value in items}


def sections(page: Path) -> dict[str, str]:
    """The text under each heading, in order."""
    parts = re.split(r"^## (.+)\n", page.read_text(), flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def changed(page: Path) -> set[tuple[str, str]]:
    """The earlier decisions that a decision changes: their new status and their number."""
    own = head(page)
    return {
        (status, number) for name, status in CHANGED_BY.items() for number in own.get(name, "").split(", ") if number
    }


@every_decision
def test_a_decision_begins_with_number_title_status_and_date(page: Path) -> None:
    assert re.match(rf"# {page.name[:4]} · \S.*\n\n- Status: ", page.read_text())
    own = head(page)
    assert list(own)[:2] == ["Status", "Date"]
    assert re.fullmatch(r"accepted|(superseded|amended) by \d{4}(, \d{4})*", own["Status"])
    assert date.fromisoformat(own["Date"])
    assert set(own) <= {"Status", "Date", *CHANGED_BY}


@every_decision
def test_a_decision_has_every_section_in_order(page: Path) -> None:
    found = sections(page)
    assert [name for name in found if name != OPTIONAL] == REQUIRED
    assert all(text.strip() for text in found.values())


@every_decision
def test_a_decision_lists_only_code_that_exists(page: Path) -> None:
    lines = sections(page)["Code"].strip().split("\n- ")
    paths = [path for line in lines for path in re.findall(r"`([^`]+)`", line.partition(":")[0])]
    assert len(paths) >= len(lines)
    assert [one for one in paths if not (ROOT / one).exists()] == []


def test_a_changed_decision_and_its_successor_refer_to_each_other() -> None:
    declared = {(page.name[:4], status, number) for page in DECISIONS for status, number in changed(page)}
    stated = {
        (later, status, page.name[:4])
        for page in DECISIONS
        for status in CHANGED_BY.values()
        if head(page)["Status"].startswith(status)
        for later in re.findall(r"\d{4}", head(page)["Status"])
    }
    assert declared == stated


def test_the_index_has_every_decision_with_its_title_and_status() -> None:
    listed = re.findall(
        r"^\| \[(\d{4})\]\((.+?)\) \| (.+) \| (.+) \|$", (FOLDER / "README.md").read_text(), re.MULTILINE
    )
    there = [
        (page.name[:4], page.name, page.read_text().partition("\n")[0].partition(" · ")[2], head(page)["Status"])
        for page in DECISIONS
    ]
    assert listed == there
