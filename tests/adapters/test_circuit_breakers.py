"""Services that do not answer are left alone for a while, and tried by one call after it."""

from datetime import timedelta

from gateway.adapters.circuit_breakers import CircuitBreaker
from gateway.adapters.clocks import ManualClock


def fail(breaker: CircuitBreaker, times: int = 1) -> None:
    for _ in range(times):
        breaker.record_failure(breaker.clock.now())


def test_each_rest_is_longer_up_to_a_minute(clock: ManualClock) -> None:
    """R52: what has recovered is found soon, what stays away is not pestered."""
    breaker = CircuitBreaker(clock)
    pauses = []
    for _ in range(9):
        fail(breaker)
        until = breaker.open_until
        pauses.append(0 if until is None else int((until - clock.now()).total_seconds()))
    assert pauses == [0, 0, 4, 8, 16, 32, 60, 60, 60]
    breaker.record_success()
    assert (breaker.failures, breaker.is_open, breaker.allows_call()) == (0, False, True)


def test_one_call_tries_after_a_rest_and_the_others_wait(clock: ManualClock) -> None:
    """R52: a service that is still away holds nobody up but the one who tries."""
    breaker = CircuitBreaker(clock)
    fail(breaker, 3)
    assert not breaker.allows_call()
    clock.advance(timedelta(seconds=4))
    assert [breaker.allows_call() for _ in range(3)] == [True, False, False]
    breaker.record_success()
    assert [breaker.allows_call() for _ in range(3)] == [True, True, True]


def test_a_try_that_was_cut_off_is_followed_by_another(clock: ManualClock) -> None:
    breaker = CircuitBreaker(clock)
    fail(breaker, 3)
    clock.advance(timedelta(seconds=4))
    assert breaker.allows_call()
    clock.advance(timedelta(seconds=3))
    assert not breaker.allows_call()
    clock.advance(timedelta(seconds=1))
    assert [breaker.allows_call() for _ in range(2)] == [True, False]


def test_calls_that_were_under_way_make_no_rest_longer(clock: ManualClock) -> None:
    """Fifty that time out together say once that nobody answers."""
    breaker = CircuitBreaker(clock)
    began_at = clock.now()
    clock.advance(timedelta(seconds=3))
    for _ in range(50):
        breaker.record_failure(began_at)
    assert (breaker.failures, breaker.open_until) == (3, clock.now() + timedelta(seconds=4))
    clock.advance(timedelta(seconds=4))
    assert breaker.allows_call()
    fail(breaker)
    assert breaker.open_until == clock.now() + timedelta(seconds=8)
