"""What can go wrong with embedded servers.

EmbeddedError
├── DataInUse        another Kring runs on this data folder
├── NotOurs          the servers' files belong to another user
├── Unreachable      the servers' files cannot be reached by the user that they run as
├── StartFailed      a server did not come up; names its log and the last lines
└── KeepsCrashing    a server came up and fell over too often
"""

from pathlib import Path


class EmbeddedError(Exception):
    """An embedded server cannot do its work. The text is for people and says what to do."""


class DataInUse(EmbeddedError):
    """Another Kring runs on this data folder; nothing was touched."""

    def __init__(self, data: Path, pid: int | None) -> None:
        super().__init__(f"{data} is in use by process {pid or '(unknown)'}. Stop that one, or choose another --data.")
        self.data, self.pid = data, pid


class NotOurs(EmbeddedError):
    """The servers' files belong to another user."""


class Unreachable(EmbeddedError):
    """The servers' files cannot be reached by the user that they run as."""


class StartFailed(EmbeddedError):
    """A server did not come up; names its log and the last lines that it wrote this time."""

    def __init__(self, server: str, log: Path, lines: str) -> None:
        super().__init__(f"{server} did not start. The end of {log}:\n{lines or '(nothing)'}")
        self.server, self.log, self.lines = server, log, lines


class KeepsCrashing(StartFailed):
    """A server came up and fell over too often."""
