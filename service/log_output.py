"""The stream that a process logs to. A line that cannot be written is dropped and counted, without an error for the caller."""

import json
from typing import TextIO


class LogOutput:
    """A text stream for loggers that never raises: a full disk or a closed pipe must not interrupt the work that is logged.

    After lines were dropped, the next line that can be written is preceded by their number.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.dropped = 0
        """Number of lines dropped so far."""
        self._unreported = 0

    def write(self, text: str) -> int:
        """Write and flush. Ignores `OSError`, and `ValueError` for a closed stream or text that cannot be encoded."""
        try:
            if self._unreported and text.strip():
                self._stream.write(json.dumps({"event": "log_lines_dropped", "number": self._unreported}) + "\n")
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            if text.strip():  # `print` writes line ends separately
                self.dropped += 1
                self._unreported += 1
        else:
            if text.strip():
                self._unreported = 0
        return len(text)

    def flush(self) -> None:
        """Do nothing, since `write` flushes."""
