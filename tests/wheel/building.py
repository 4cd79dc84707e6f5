"""Building Kring's wheel from exactly the files that the Dockerfile copies."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")


def built(folder: Path) -> Path:
    """Build the wheel in a new folder below `folder`, with the installed build tools."""
    sources = folder / "sources"
    sources.mkdir()
    for name in _copied():
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, sources / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, sources)
    wheels = folder / "wheels"
    build = [*PIP, "wheel", "--no-build-isolation", "--no-deps", "--wheel-dir", str(wheels), str(sources)]
    subprocess.run(build, check=True)
    (wheel,) = wheels.glob("kring-*.whl")
    return wheel


def _copied() -> list[str]:
    """The files and folders that the Dockerfile copies from the repository."""
    copies = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    return [name for names in copies for name in names.split()]
