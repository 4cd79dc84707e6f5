"""Citations are valid: pages with their headings, rules, decisions, and paths of code in pages."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("domain", "projections", "service", "workers", "tests", "bench", "docs")
CITING = {".py", ".sql", ".md", ".html", ".txt", ".toml", ".yaml", ".js"}
"""The suffixes of files that are searched for citations."""
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
SCOTTISH = re.compile(r"schedule 1, rules [\d to]+|rule \d+ of the Scottish order")
"""Citations of rules of another document, which are ignored."""

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


@cache
def texts() -> dict[str, str]:
    """Every text of the project by its path, with white space and comment marks as one blank."""
    files = [ROOT / "README.md", ROOT / "pyproject.toml", ROOT / "Makefile", ROOT / "compose.yaml"]
    for folder in FOLDERS:
        files += (one for one in sorted((ROOT / folder).rglob("*")) if one.suffix in CITING and not _is_made(one))
    return {str(one.relative_to(ROOT)): re.sub(r"\s+(?:(?:#|--|//) )?", " ", one.read_text()) for one in files}


def _is_made(file: Path) -> bool:
    """Whether a file was installed or generated rather than written."""
    return bool({"node_modules", "__pycache__", "vendor"} & set(file.parts)) or file == Path(__file__)


@cache
def headings(page: Path) -> list[str]:
    """The headings of a page in order, without those in fenced blocks."""
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    return [one.replace("`", "") for one in re.findall(r"^#+ (.+)$", text, re.MULTILINE)]


def anchors(page: Path) -> list[str]:
    """The anchors that GitHub gives the headings of a page."""
    found = list[str]()
    for heading in headings(page):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        anchor = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        times = sum(re.fullmatch(rf"{re.escape(anchor)}(-\d+)?", one) is not None for one in found)
        found.append(f"{anchor}-{times}" if times else anchor)
    return found


def numbers(listed: str) -> Iterator[int]:
    """The numbers of a list: `1, 2 and 5 to 8`."""
    for first, last in re.findall(r"(\d+)(?:(?: to |–)(\d+))?", listed):
        yield from range(int(first), int(last or first) + 1)


def test_cited_pages_and_their_headings_exist() -> None:
    lost = list[str]()
    for path, text in texts().items():
        for name, quoted in re.findall(r"\b(docs/[\w./-]+\.md)\b((?:,? '[^']+')*)", text):
            page = ROOT / name
            cited = re.findall(r"'([^']+)'", quoted)
            lost += [f"{path}: {name} {one}" for one in cited if not page.exists() or one not in headings(page)]
            lost += [] if page.exists() else [f"{path}: {name}"]
    assert lost == []


def test_only_pages_of_the_project_are_cited() -> None:
    known = {one.name for one in PAGES}
    lost = [
        f"{path}: {name}"
        for path, text in texts().items()
        for name in re.findall(r"(?<![\w/*{}…<>-])[\w.-]+\.md\b", text)
        if name not in known
    ]
    assert lost == []


def test_cited_rules_exist() -> None:
    rules = {
        int(one)
        for one in re.findall(r"^## Rule (\d+)\. ", (ROOT / "docs/reference/rules.md").read_text(), re.MULTILINE)
    }
    lost = [
        f"{path}: rule {number}"
        for path, text in texts().items()
        for listed in re.findall(r"\b[Rr]ules? ((?:\d+(?:, | and | to |–)?)+)", SCOTTISH.sub("", text))
        for number in numbers(listed)
        if number not in rules
    ]
    assert lost == []


def test_cited_decisions_exist() -> None:
    decisions = {one.name[:4] for one in (ROOT / "docs" / "decisions").glob("0*.md")}
    lost = [
        f"{path}: decision {number}"
        for path, text in texts().items()
        for listed in re.findall(r"\b[Dd]ecisions? \[?((?:\d{4}(?:, | and )?)+)", text)
        for number in re.findall(r"\d{4}", listed)
        if number not in decisions
    ]
    assert lost == []


@every_page
def test_links_to_anchors_lead_to_headings(page: Path) -> None:
    lost = list[str]()
    for name, anchor in re.findall(r"\]\(([^)#\s]*)#([^)\s]+)\)", page.read_text()):
        target = page.parent / name if name else page
        if "://" not in name and target.suffix == ".md" and anchor not in anchors(target):
            lost.append(f"{name}#{anchor}")
    assert lost == []


@every_page
def test_code_that_a_page_names_exists(page: Path) -> None:
    named = re.findall(rf"`((?:{'|'.join(FOLDERS)})/[\w./-]+)`", page.read_text())
    assert [one for one in named if not (ROOT / one).exists()] == []
