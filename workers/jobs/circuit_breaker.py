"""Circuit breakers: after repeated failures, no job calls a destination for a while; then one job tries it.

Without them, jobs for a dead mail server would occupy every slot until their time limit, again and again. The states are the
usual ones: closed (all jobs call), open (none does) and half-open (one job calls as a probe, which decides for the others).
"""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

FAILURES_TO_OPEN = 5  # in a row
OPEN_S, MAX_OPEN_S = 30.0, 300.0  # doubled after each failed probe
PROBE_WAIT_S = 5.0  # before other jobs look whether the probe has succeeded


class DestinationFailed(Exception):
    """Another system does not answer or reports that it is unavailable; `__cause__` is its error."""

    def __init__(self, destination: str) -> None:
        super().__init__(destination)
        self.destination = destination


class CircuitOpen(Exception):
    """The destination has failed recently; retry after `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@dataclass
class _Breaker:
    failures: int = 0
    open_until: float | None = None
    probing: bool = False

    def check(self, now: float) -> None:
        """Raises `CircuitOpen`."""
        if self.open_until is not None and (self.probing or now < self.open_until):
            raise CircuitOpen(max(self.open_until - now, PROBE_WAIT_S))

    def enter(self, now: float) -> bool:
        """Start a call. Returns whether it is the probe. Raises `CircuitOpen`."""
        self.check(now)
        self.probing = self.open_until is not None
        return self.probing

    def fail(self, now: float, *, probe: bool) -> None:
        """Count a failure; calls that had started before the circuit opened do not count."""
        if self.open_until is not None and not probe:
            return
        self.failures += 1
        times_opened = self.failures - FAILURES_TO_OPEN
        if times_opened >= 0:
            self.open_until = now + min(OPEN_S * 2 ** min(times_opened, 10), MAX_OPEN_S)

    def succeed(self) -> None:
        """Close the circuit."""
        self.failures, self.open_until = 0, None


@dataclass
class Breakers:
    """The circuit breakers of one process, by destination."""

    clock: Callable[[], float] = time.monotonic
    _breakers: dict[str, _Breaker] = field(default_factory=dict[str, _Breaker])

    def check(self, destination: str) -> None:
        """Raises `CircuitOpen` if a call would, so that the caller can skip the preparation of a call."""
        self._of(destination).check(self.clock())

    @contextmanager
    def calling(self, destination: str) -> Generator[None]:
        """Call a destination in the body, unless its circuit is open. Raises `CircuitOpen`.

        `DestinationFailed` counts as a failure; any other error says nothing about the destination.
        """
        breaker = self._of(destination)
        probe = breaker.enter(self.clock())
        try:
            yield
        except DestinationFailed:
            breaker.fail(self.clock(), probe=probe)
            raise
        else:
            breaker.succeed()
        finally:
            if probe:
                breaker.probing = False

    def _of(self, destination: str) -> _Breaker:
        return self._breakers.setdefault(destination, _Breaker())
