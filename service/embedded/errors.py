"""Errors of embedded servers.

EmbeddedError
├── DataInUse        another Kring runs on this data folder
├── NotOurs          the servers' files belong to another user
├── Unreachable      the servers' files cannot be reached by the user that they run as
├── CannotCopy       the servers' programs cannot be copied to where their user can run them
├── ProgramFailed    a program that prepares a server failed; shows the last lines of the log
├── StartFailed      a server did not start; shows the last lines of its log
└── KeepsCrashing    a server started, and crashed too often; shows the last lines of its log
"""

from pathlib import Path


class EmbeddedError(Exception):
    """An embedded server cannot run. The text is for the operator and says what to do."""


class DataInUse(EmbeddedError):
    """Another Kring runs on this data folder; nothing was changed."""

    def __init__(self, data: Path, pid: int | None) -> None:
        super().__init__(
            f"{data} is in use by process {pid or '(unknown)'}. Stop that process, or choose another --data."
        )
        self.data, self.pid = data, pid


class NotOurs(EmbeddedError):
    """The servers' files belong to another user."""


class Unreachable(EmbeddedError):
    """The servers' files cannot be reached by the user that they run as."""


class CannotCopy(EmbeddedError):
    """The servers' programs cannot be copied to where their user can run them."""

    def __init__(self, folder: Path, error: OSError) -> None:
        super().__init__(f"The servers' programs cannot be copied to {folder}: {error.strerror or error}.")


class StartFailed(EmbeddedError):
    """A server did not start. `why`: the exit code or timeout; `lines`: the last lines that it logged."""

    def __init__(self, server: str, log: Path, why: str, lines: str = "") -> None:
        super().__init__(f"{server} did not start: {why}. The end of {log}:\n{lines or '(nothing)'}")
        self.server, self.log, self.why, self.lines = server, log, why, lines


class ProgramFailed(EmbeddedError):
    """A program that prepares a server failed."""

    def __init__(self, program: str, log: Path, why: str, lines: str) -> None:
        super().__init__(f"{program} failed: {why}. The end of {log}:\n{lines or '(nothing)'}")


class KeepsCrashing(EmbeddedError):
    """A server started, and then crashed too often."""

    def __init__(self, server: str, log: Path, crashes: int, why: str, lines: str) -> None:
        often = f"{crashes} times within a minute, the last time with {why}"
        super().__init__(f"{server} started, but crashed {often}. The end of {log}:\n{lines or '(nothing)'}")
        self.server, self.log, self.lines = server, log, lines
