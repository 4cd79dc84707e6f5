"""The documentation is correct: tables agree with the code, links lead to files, and the page about the API works."""

import asyncio
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import rich_click as click

from service.api.http.openapi import document
from service.app import BASE, make_app
from service.cli import main
from service.config import VARIABLES, load
from service.views import VIEWS
from tests.conftest import Api
from workers.job_registry import job_kinds
from workers.jobs.circuit_breaker import Breakers

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
EXAMPLES = (
    "domain/events/challenge.py",
    "domain/challenges/challenge.py",
    "service/api/challenges/challenges.py",
    "projections/challenges.py",
)
INDEXES = [ROOT / "docs" / "README.md", ROOT / "docs" / "decisions" / "README.md"]
METHODS = {"GET", "POST", "PUT", "DELETE", "PATCH"}
STEPS_TIMEOUT_S = 120.0

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


# Tables


def rows(page: str) -> list[list[str]]:
    """The cells of every row of the tables of a reference page, without heads and rulers."""
    lines = (REFERENCE / page).read_text().splitlines()
    return [[one.strip() for one in line.strip("|").split("|")] for line in lines if re.match(r"\| (?!method)", line)]


def first_words(page: str, shape: str) -> list[str]:
    """The words in backticks at the start of each row that match `shape`."""
    found = (re.match(rf"`({shape})`", cells[0]) for cells in rows(page))
    return [one[1] for one in found if one]


class Operation(NamedTuple):
    """An operation by its method and path below the base. `takes`: the fields of its body, without those of every body."""

    method: str
    path: str
    built: bool
    takes: frozenset[str]


def operations() -> list[Operation]:
    """The operations in the OpenAPI document of the service."""
    whole: dict[str, Any] = document(make_app(load({})))
    return [
        Operation(method.upper(), path.removeprefix(BASE), _built(one), _takes(one, whole["components"]["schemas"]))
        for path, methods in whole["paths"].items()
        for method, one in methods.items()
    ]


def _built(operation: dict[str, Any]) -> bool:
    return any(status.startswith("2") for status in operation["responses"])


def _takes(operation: dict[str, Any], schemas: dict[str, Any]) -> frozenset[str]:
    content = operation.get("requestBody", {}).get("content", {})
    named = re.findall(r"'#/components/schemas/([^']+)'", str(content))
    return frozenset(field for one in named for field in schemas[one]["properties"]) - {"reason", "occurred_at"}


def test_the_table_of_the_api_matches_the_openapi_document() -> None:
    described = [
        (cells[0], cells[1].strip("`"), cells[3] != "`501`") for cells in rows("api.md") if cells[0] in METHODS
    ]
    assert sorted(described) == sorted((one.method, one.path, one.built) for one in operations())


def test_the_table_of_the_api_names_the_fields_of_every_body() -> None:
    named = {
        (cells[0], cells[1].strip("`")): set(re.findall(r"`(\w+)`", cells[2])) for cells in rows("api.md") if cells[2:]
    }
    missing = {one.path: left for one in operations() if (left := one.takes - named[one.method, one.path])}
    assert missing == {}


def test_every_cli_command_has_a_section_with_all_its_options() -> None:
    sections = dict(
        re.findall(
            r"^## `kring ([a-z -]+)`\n(.*?)(?=^## |\Z)", (REFERENCE / "cli.md").read_text(), re.DOTALL | re.MULTILINE
        )
    )
    assert {name: options(text) for name, text in sections.items()} == dict(commands(main))


def options(section: str) -> set[str]:
    """The options in the table of a section."""
    return {
        one for line in re.findall(r"^\| (`--.*?) \|", section, re.MULTILINE) for one in re.findall(r"--[a-z-]+", line)
    }


def commands(group: click.Group, *before: str) -> Iterator[tuple[str, set[str]]]:
    """Each command with its options."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, *before, name)
        else:
            shown = [one for one in command.params if not getattr(one, "hidden", False)]
            named = {one for each in shown for one in (*each.opts, *each.secondary_opts)}
            yield " ".join([*before, name]), {one for one in named if one.startswith("--")}


def test_every_environment_variable_is_in_the_configuration_page() -> None:
    assert sorted(first_words("configuration.md", "KRING_[A-Z_]+")) == sorted(VARIABLES.values())


def test_every_view_is_in_the_page_of_views() -> None:
    assert first_words("views.md", "[a-z_]+") == [one.name for one in VIEWS]


def test_every_kind_of_job_is_in_the_page_of_jobs() -> None:
    assert sorted(first_words("jobs-and-mails.md", "[a-z_]+")) == sorted(job_kinds(Breakers()))


# Pages


@every_page
def test_links_lead_to_files(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text())
    assert [one for one in targets if "://" not in one and not (page.parent / one).exists()] == []


def test_every_page_is_linked_from_an_index() -> None:
    linked = {
        (page.parent / one).resolve()
        for page in INDEXES
        for one in re.findall(r"\]\(([^)#]+)\)", page.read_text())
        if "://" not in one
    }
    assert [one for one in PAGES[1:] if one not in linked and one != INDEXES[0]] == []


def blocks(language: str, page: str) -> list[str]:
    """The fenced blocks of a page in this language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.DOTALL | re.MULTILINE)


def test_the_examples_of_the_how_to_page_exist_in_the_code() -> None:
    code = "\n".join((ROOT / one).read_text() for one in EXAMPLES)
    page = (ROOT / "docs" / "how-to" / "add-a-command.md").read_text()
    quoted = blocks("python", page)
    assert quoted
    assert [one for one in quoted if one not in code] == []


# The API, step by step


@pytest.mark.skipif(not (shutil.which("bash") and shutil.which("curl")), reason="needs bash and curl")
async def test_the_steps_with_the_api_end_in_a_certified_result(api: Api) -> None:
    page = (ROOT / "docs" / "how-to" / "use-the-api.md").read_text()
    script = "\n".join(["set -eu", *blocks("sh", page)])
    lines = await output_of(script, KRING=api.url, MANAGER=await api.token("manager"))
    assert lines[1:5] == ["admitted"] * 4
    assert lines[-5:-2] == ["You are not allowed to do this.", "12", "certified"]
    assert lines[-2].count("challenge_") == 3
    assert lines[-1].count("'approvals': 4") == 3


async def output_of(script: str, **environ: str) -> list[str]:
    """Run a script; return the lines that it prints. It must succeed."""
    bash = await asyncio.create_subprocess_exec(
        "bash",
        "-c",
        script,
        env={"PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin", **environ},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, wrong = await asyncio.wait_for(bash.communicate(), STEPS_TIMEOUT_S)
    finally:
        if bash.returncode is None:
            bash.kill()
            await bash.wait()
    assert (bash.returncode, wrong.decode()) == (0, "")
    return out.decode().splitlines()
