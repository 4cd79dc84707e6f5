"""Circuit breakers: a destination that fails again and again is left alone for a while, then tried by one job.

Without them, jobs for a dead mail server fill every slot for its whole time limit, one after the other. The states are the usual
ones: closed (everybody calls), open (nobody does) and half-open (one calls, the probe, and decides for the others).
"""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

FAILURES_TO_OPEN = 5  # in a row
OPEN_S, LONGEST_OPEN_S = 30.0, 300.0  # doubled after each probe that fails
PROBE_S = 5.0  # until the others look whether the probe succeeded


class DestinationFailed(Exception):
    """Another system does not answer, or answers that it cannot; `__cause__` is its error."""

    def __init__(self, destination: str) -> None:
        super().__init__(destination)
        self.destination = destination


class CircuitOpen(Exception):
    """The destination has failed lately; another try makes sense after `seconds`."""

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
            raise CircuitOpen(max(self.open_until - now, PROBE_S))

    def enter(self, now: float) -> bool:
        """Whether the call that begins is the probe. Raises `CircuitOpen`."""
        self.check(now)
        self.probing = self.open_until is not None
        return self.probing

    def fail(self, now: float, *, probe: bool) -> None:
        """Count a failure; calls that were under way when the circuit opened do not count."""
        if self.open_until is not None and not probe:
            return
        self.failures += 1
        times_opened = self.failures - FAILURES_TO_OPEN
        if times_opened >= 0:
            self.open_until = now + min(OPEN_S * 2 ** min(times_opened, 10), LONGEST_OPEN_S)

    def succeed(self) -> None:
        """Close the circuit."""
        self.failures, self.open_until = 0, None


@dataclass
class Breakers:
    """The circuit breakers of one process, by destination."""

    clock: Callable[[], float] = time.monotonic
    _breakers: dict[str, _Breaker] = field(default_factory=dict[str, _Breaker])

    def check(self, destination: str) -> None:
        """Raises `CircuitOpen` if a call would: for work that is useless without it."""
        self._of(destination).check(self.clock())

    @contextmanager
    def calling(self, destination: str) -> Generator[None]:
        """Call a destination, if its circuit lets one. Raises `CircuitOpen`.

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
