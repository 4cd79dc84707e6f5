"""Every process knows every event, whatever it imports for its own work."""

import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import domain
from domain.foundation import Event
from projections.event_types import by_topic

KNOWS = """
import sys
import {module}
from pathlib import Path
from service.sealing.keys import KeyStore
from service.store.log.mapper import Mapper, _decoder
Mapper(KeyStore(Path(sys.argv[1])))
for topic in sys.argv[2:]:
    _decoder(topic)
"""


@pytest.mark.parametrize(
    "module", ["workers.__main__", "workers.projector", "service.cli", "service.asgi", "service.kring"]
)
def test_a_fresh_process_decodes_every_event_type(module: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-c", KNOWS.format(module=module), str(tmp_path), *by_topic()],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


def test_every_event_is_defined_where_every_process_imports_it() -> None:
    for module in pkgutil.walk_packages(domain.__path__, prefix="domain."):
        importlib.import_module(module.name)
    topics, left = set[str](), [Event]
    while left:
        one = left.pop()
        left += one.__subclasses__()
        if one.__module__.startswith("domain.") and "TOPIC" in vars(one):
            topics.add(one.TOPIC)
    assert topics == by_topic().keys()
