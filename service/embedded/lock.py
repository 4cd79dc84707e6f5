"""The lock of a data folder, so that one Kring runs on it; the kernel releases it however the holder ends."""

import fcntl
import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from service.embedded.errors import DataInUse, NotOurs

LOCK_TIMEOUT_S = 0.2  # a process that only checks whether the lock is held releases it at once
POLL_INTERVAL_S = 0.02


@contextmanager
def locked(folder: Path) -> Generator[None]:
    """Hold `folder`/lock, with our process id in it. Raises `NotOurs`, or `DataInUse` with the holder; changes nothing then."""
    try:
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except PermissionError:
        raise NotOurs(f"{folder} belongs to another user; start as its owner, or choose another --data") from None
    try:
        deadline = time.monotonic() + LOCK_TIMEOUT_S
        while not _acquire(lock):
            if time.monotonic() > deadline:
                raise DataInUse(folder, holder(folder))
            time.sleep(POLL_INTERVAL_S)
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(lock)


def holder(folder: Path) -> int | None:
    """The process that holds `folder`/lock, or None."""
    try:
        lock = os.open(folder / "lock", os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        return None if _acquire(lock) else int(os.pread(lock, 20, 0) or b"0")
    finally:
        os.close(lock)


def _acquire(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
