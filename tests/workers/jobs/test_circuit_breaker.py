"""A destination that keeps failing is left alone, then probed by a single call."""

import pytest

from workers.jobs.circuit_breaker import (
    FAILURES_TO_OPEN,
    MAX_OPEN_S,
    OPEN_S,
    PROBE_WAIT_S,
    Breakers,
    CircuitOpen,
    DestinationFailed,
)

SERVER = "smtp://mail.example:25"


class Clock:
    """A clock that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breakers(clock: Clock) -> Breakers:
    return Breakers(clock)


def fail(breakers: Breakers, times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(DestinationFailed), breakers.calling(SERVER):
            raise DestinationFailed(SERVER)


def seconds_until_next(breakers: Breakers) -> float:
    with pytest.raises(CircuitOpen) as refused:
        breakers.check(SERVER)
    return refused.value.seconds


def test_a_few_consecutive_failures_open_the_circuit(breakers: Breakers) -> None:
    fail(breakers, FAILURES_TO_OPEN - 1)
    breakers.check(SERVER)
    fail(breakers)
    assert seconds_until_next(breakers) == OPEN_S


def test_a_success_resets_the_failure_count(breakers: Breakers) -> None:
    for _ in range(3):
        fail(breakers, FAILURES_TO_OPEN - 1)
        with breakers.calling(SERVER):
            pass
    breakers.check(SERVER)


def test_errors_not_caused_by_the_destination_do_not_count(breakers: Breakers) -> None:
    for _ in range(2 * FAILURES_TO_OPEN):
        with pytest.raises(ValueError), breakers.calling(SERVER):  # noqa: PT011  any
            raise ValueError
    breakers.check(SERVER)


def test_an_open_circuit_does_not_affect_other_destinations(breakers: Breakers) -> None:
    fail(breakers, FAILURES_TO_OPEN)
    with breakers.calling("smtp://other.example:25"):
        pass


def test_a_single_successful_probe_closes_the_circuit(breakers: Breakers, clock: Clock) -> None:
    fail(breakers, FAILURES_TO_OPEN)
    clock.now = OPEN_S
    with breakers.calling(SERVER):
        assert seconds_until_next(breakers) == PROBE_WAIT_S
    with breakers.calling(SERVER), breakers.calling(SERVER):
        pass


def test_each_failed_probe_keeps_the_circuit_open_longer(breakers: Breakers, clock: Clock) -> None:
    fail(breakers, FAILURES_TO_OPEN)
    waits = list[float]()
    for _ in range(6):
        clock.now += seconds_until_next(breakers)
        fail(breakers)
        waits.append(seconds_until_next(breakers))
    assert waits == [60, 120, 240, MAX_OPEN_S, MAX_OPEN_S, MAX_OPEN_S]


def test_an_inconclusive_probe_lets_another_caller_probe(breakers: Breakers, clock: Clock) -> None:
    fail(breakers, FAILURES_TO_OPEN)
    clock.now = OPEN_S
    with pytest.raises(ValueError), breakers.calling(SERVER):  # noqa: PT011  any
        raise ValueError
    with breakers.calling(SERVER):
        pass
    breakers.check(SERVER)


def test_calls_in_flight_when_the_circuit_opens_do_not_extend_it(breakers: Breakers, clock: Clock) -> None:
    calls = [breakers.calling(SERVER) for _ in range(3 * FAILURES_TO_OPEN)]
    for call in calls:
        call.__enter__()
    for number, call in enumerate(calls):
        clock.now = float(number)
        failure = DestinationFailed(SERVER)
        assert not call.__exit__(DestinationFailed, failure, None)
    clock.now = OPEN_S + FAILURES_TO_OPEN - 1
    breakers.check(SERVER)
