"""Every process knows every event, whatever it imports for its own work."""

import subprocess
import sys
from pathlib import Path

import pytest

from projections.kinds import by_topic

KNOWS = """
import sys
import {module}
from pathlib import Path
from service.store.keys import KeyStore
from service.store.mapper import Mapper, _decoder
Mapper(KeyStore(Path(sys.argv[1])))
for topic in sys.argv[2:]:
    _decoder(topic)
"""


@pytest.mark.parametrize(
    "module", ["workers.__main__", "workers.projector", "service.cli", "service.asgi", "service.kring"]
)
def test_a_fresh_process_decodes_every_topic(module: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-c", KNOWS.format(module=module), str(tmp_path), *by_topic()],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
