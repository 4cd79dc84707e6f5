"""`make wheel-check`: install only the wheel, as `pipx install` would, and start Kring with an empty folder.

Requirements come from the package index, unpinned, so this needs a network and is not part of `make test`.
"""

import signal
import subprocess
import sys
import tempfile
import urllib.request
import venv
from pathlib import Path

from tests.wheel.building import PIP, built

TIMEOUT_S = 60.0
PATHS = ("/health/ready", "/", "/static/kring.css", "/api/v1/openapi.json")


def main() -> None:
    """Build, install, start, request, stop. Raises if a step fails."""
    with tempfile.TemporaryDirectory(prefix="kring-wheel-") as made:
        folder = Path(made)
        folder.chmod(0o711)  # as root, the servers run as another user, who needs access
        wheel = built(folder)
        tell(f"installing {wheel.name} in an environment of its own")
        venv.create(folder / "venv", symlinks=True)
        python = folder / "venv" / "bin" / "python"
        subprocess.run([*PIP, "--python", str(python), "install", str(wheel)], check=True)
        start(python.with_name("kring"), folder)


def start(kring: Path, folder: Path) -> None:
    """`kring up` outside the checkout until it is ready, a request for each of `PATHS`, and Ctrl-C."""
    environ = {"PATH": "/usr/bin:/bin", "HOME": str(folder)}
    command = [str(kring), "up", "--port", "0", "--data", str(folder / "data")]
    with subprocess.Popen(command, cwd=folder, env=environ, text=True, stdout=subprocess.PIPE) as up:
        try:
            assert up.stdout is not None
            ready = next((line for line in up.stdout if line.startswith("ready ")), None)
            assert ready is not None, "the process ended before it was ready"
            tell(ready.strip())
            for path in PATHS:
                with urllib.request.urlopen(ready.split()[1] + path, timeout=TIMEOUT_S) as answer:
                    tell(f"{answer.status} {path}, {len(answer.read())} bytes")
        finally:
            up.send_signal(signal.SIGINT)
            up.wait(TIMEOUT_S)
    assert up.returncode == 0, f"exit code {up.returncode}"
    tell("stopped")


def tell(line: str) -> None:
    """Print a line of progress."""
    sys.stdout.write(f"· {line}\n")
    sys.stdout.flush()


main()
