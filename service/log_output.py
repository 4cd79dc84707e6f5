"""The stream that a process logs to: a line that cannot be written is dropped and counted, and no caller hears of it."""

import json
from typing import TextIO


class LogOutput:
    """A text stream for loggers. A full disk or a closed pipe must not end what somebody was doing when they logged.

    After lines were dropped, the first one that can be written again is preceded by their number.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.dropped = 0
        """Lines dropped so far."""
        self._unreported = 0

    def write(self, text: str) -> int:
        """Write and flush; `ValueError` covers a closed stream and text that cannot be encoded."""
        try:
            if self._unreported and text.strip():
                self._stream.write(json.dumps({"event": "log_lines_dropped", "number": self._unreported}) + "\n")
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            if text.strip():  # `print` writes the end of a line by itself
                self.dropped += 1
                self._unreported += 1
        else:
            if text.strip():
                self._unreported = 0
        return len(text)

    def flush(self) -> None:
        """Do nothing: `write` has flushed."""
