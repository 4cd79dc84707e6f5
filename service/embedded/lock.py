"""One Kring per data folder: a lock that the kernel lets go of when its holder dies, however it dies."""

import fcntl
import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from service.embedded.errors import DataInUse, NotOurs

PATIENCE = 0.2  # seconds; somebody who only looks whether it is held lets go at once


@contextmanager
def locked(folder: Path) -> Generator[None]:
    """Hold `folder`/lock, with our process id in it. Raises NotOurs; DataInUse, naming the holder; and changes nothing."""
    try:
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except PermissionError:
        raise NotOurs(f"{folder} is somebody else's; start as its owner, or choose another --data") from None
    try:
        limit = time.monotonic() + PATIENCE
        while not _taken(lock):
            if time.monotonic() > limit:
                raise DataInUse(folder, holder(folder))
            time.sleep(0.02)
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
        return None if _taken(lock) else int(os.pread(lock, 20, 0) or b"0")
    finally:
        os.close(lock)


def _taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
