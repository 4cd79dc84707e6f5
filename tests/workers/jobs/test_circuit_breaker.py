"""A destination that fails again and again is left alone, then tried by one."""

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


def test_a_few_failures_in_a_row_open_the_circuit(breakers: Breakers) -> None:
    fail(breakers, FAILURES_TO_OPEN - 1)
    breakers.check(SERVER)
    fail(breakers)
    assert seconds_until_next(breakers) == OPEN_S


def test_a_success_begins_the_count_anew(breakers: Breakers) -> None:
    for _ in range(3):
        fail(breakers, FAILURES_TO_OPEN - 1)
        with breakers.calling(SERVER):
            pass
    breakers.check(SERVER)


def test_what_is_not_the_destinations_fault_says_nothing_about_it(breakers: Breakers) -> None:
    for _ in range(2 * FAILURES_TO_OPEN):
        with pytest.raises(ValueError), breakers.calling(SERVER):  # noqa: PT011  any
            raise ValueError
    breakers.check(SERVER)


def test_other_destinations_are_called_as_before(breakers: Breakers) -> None:
    fail(breakers, FAILURES_TO_OPEN)
    with breakers.calling("smtp://other.example:25"):
        pass


def test_after_a_while_one_call_probes_and_its_success_lets_everybody_in(breakers: Breakers, clock: Clock) -> None:
    fail(breakers, FAILURES_TO_OPEN)
    clock.now = OPEN_S
    with breakers.calling(SERVER):
        assert seconds_until_next(breakers) == PROBE_WAIT_S
    with breakers.calling(SERVER), breakers.calling(SERVER):
        pass


def test_a_probe_that_fails_opens_the_circuit_for_longer_and_longer(breakers: Breakers, clock: Clock) -> None:
    fail(breakers, FAILURES_TO_OPEN)
    waits = list[float]()
    for _ in range(6):
        clock.now += seconds_until_next(breakers)
        fail(breakers)
        waits.append(seconds_until_next(breakers))
    assert waits == [60, 120, 240, MAX_OPEN_S, MAX_OPEN_S, MAX_OPEN_S]


def test_a_probe_that_ends_without_an_answer_leaves_the_next_one_to_others(breakers: Breakers, clock: Clock) -> None:
    fail(breakers, FAILURES_TO_OPEN)
    clock.now = OPEN_S
    with pytest.raises(ValueError), breakers.calling(SERVER):  # noqa: PT011  any
        raise ValueError
    with breakers.calling(SERVER):
        pass
    breakers.check(SERVER)


def test_calls_that_were_under_way_when_the_circuit_opened_do_not_lengthen_it(breakers: Breakers, clock: Clock) -> None:
    calls = [breakers.calling(SERVER) for _ in range(3 * FAILURES_TO_OPEN)]
    for call in calls:
        call.__enter__()
    for number, call in enumerate(calls):
        clock.now = float(number)
        failure = DestinationFailed(SERVER)
        assert not call.__exit__(DestinationFailed, failure, None)
    clock.now = OPEN_S + FAILURES_TO_OPEN - 1
    breakers.check(SERVER)
