"""The wheel contains every file that Kring reads, and declares every requirement."""

import subprocess
import sysconfig
import tomllib
import venv
import zipfile
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.wheel.building import PIP, ROOT, built

TIMEOUT_S = 60.0


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("wheel"))


def packages() -> list[str]:
    """The top-level packages, as the import contracts name them."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["root_packages"]


def needed(requirements: Iterable[Requirement]) -> dict[str, metadata.Distribution]:
    """The distributions that pip would install on this machine for these requirements, by name."""
    found, seen, todo = dict[str, metadata.Distribution](), set[str](), list(requirements)
    while todo:
        one = todo.pop()
        if str(one) in seen:
            continue
        seen.add(str(one))
        distribution = metadata.distribution(one.name)
        found[canonicalize_name(one.name)] = distribution
        todo += (
            further
            for further in map(Requirement, distribution.requires or ())
            if further.marker is None or any(further.marker.evaluate({"extra": extra}) for extra in ("", *one.extras))
        )
    return found


def declared(wheel: Path) -> list[Requirement]:
    """The requirements of the wheel itself, without its extras."""
    with zipfile.ZipFile(wheel) as content:
        name = next(one for one in content.namelist() if one.endswith(".dist-info/METADATA"))
        lines = content.read(name).decode().splitlines()
    every = (Requirement(one.removeprefix("Requires-Dist: ")) for one in lines if one.startswith("Requires-Dist: "))
    return [one for one in every if one.marker is None or one.marker.evaluate({"extra": ""})]


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel and links to its requirements, without a checkout or build tools."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    venv.create(folder, symlinks=True)
    site = Path(sysconfig.get_path("purelib", "venv", {"base": str(folder)}))
    for distribution in needed(declared(wheel)).values():
        for name in {file.parts[0] for file in distribution.files or ()} - {"..", "__pycache__"}:
            if not (site / name).exists():
                (site / name).symlink_to(Path(str(distribution.locate_file(name))))
    target = ("--python", str(folder / "bin" / "python"))
    subprocess.run([*PIP, *target, "install", "--no-index", "--no-deps", "--no-compile", str(wheel)], check=True)
    return folder


def said(environment: Path, program: str, *arguments: str) -> str:
    """The output of a program of the environment, run outside the checkout and with no variables set."""
    command = [str(environment / "bin" / program), *arguments]
    done = subprocess.run(
        command, cwd=environment, env={}, text=True, capture_output=True, check=False, timeout=TIMEOUT_S
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_contains_exactly_the_files_of_the_packages(wheel: Path) -> None:
    files = [one for package in packages() for one in (ROOT / package).rglob("*") if one.is_file()]
    expected = {str(one.relative_to(ROOT)) for one in files if one.parent.name != "__pycache__"}
    with zipfile.ZipFile(wheel) as content:
        names = {one.filename for one in content.infolist() if not one.is_dir()}
    about = {name for name in names if name.partition("/")[0].endswith(".dist-info")}
    assert names - about == expected
    assert {name.partition("/")[2] for name in about} == {
        "METADATA",
        "RECORD",
        "WHEEL",
        "entry_points.txt",
        "licenses/LICENSE",
    }


def test_the_pinned_requirements_match_the_wheel(wheel: Path) -> None:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    pinned = [Requirement(line.removesuffix("\\")) for line in lines if line[:1].isalnum()]
    here = {canonicalize_name(one.name) for one in pinned if one.marker is None or one.marker.evaluate()}
    assert here == needed(declared(wheel)).keys()


def test_an_installed_kring_imports_its_modules_and_reads_its_data(environment: Path) -> None:
    said(environment, "python", "-I", str(Path(__file__).with_name("installed.py")))


def test_an_installed_kring_has_its_command_line(environment: Path) -> None:
    assert said(environment, "kring", "--version").startswith("kring, version ")
    assert "Usage: kring" in said(environment, "kring", "--help")
