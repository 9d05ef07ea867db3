from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from heeler.api.limiter import FailureLimiter


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_the_limit_is_reached_and_passes_with_time() -> None:
    clock = Clock()
    limiter = FailureLimiter(limit=3, window=60, clock=clock)
    for _ in range(3):
        assert limiter.wait_seconds("a") == 0
        limiter.failed("a")
        clock.now += 10
    assert limiter.wait_seconds("a") == 30
    assert limiter.wait_seconds("b") == 0
    clock.now += 30
    assert limiter.wait_seconds("a") == 0


def test_success_forgives() -> None:
    limiter = FailureLimiter(limit=1)
    limiter.failed("a")
    assert limiter.wait_seconds("a") > 0
    limiter.succeeded("a")
    assert limiter.wait_seconds("a") == 0


@given(st.lists(st.integers(0, 500), max_size=400))
def test_memory_is_bounded(keys: list[int]) -> None:
    limiter = FailureLimiter(limit=2, max_keys=10)
    for key in keys:
        limiter.failed(str(key))
    blocked = [key for key in set(keys) if limiter.wait_seconds(str(key)) > 0]
    assert len(blocked) <= 10
