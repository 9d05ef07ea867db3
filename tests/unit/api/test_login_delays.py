from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from heeler.api.login_delays import AttemptLimiter, Backoff, Bucket

BACKOFF = Backoff(free=3, first=1.0, longest=60.0)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def bucket(key: str, backoff: Backoff = BACKOFF) -> Bucket:
    return Bucket(key, backoff)


def test_delays_grow_up_to_the_longest_and_end() -> None:
    clock = Clock()
    limiter = AttemptLimiter(clock=clock)
    waits = []
    for _ in range(12):
        clock.now += limiter.wait_seconds(bucket("a"))
        assert limiter.reserve([bucket("a")]) == 0
        waits.append(limiter.wait_seconds(bucket("a")))
    assert waits == [0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]
    assert limiter.wait_seconds(bucket("b")) == 0


def test_attempts_count_before_their_outcome_is_known() -> None:
    limiter = AttemptLimiter(clock=Clock())
    begun = [limiter.reserve([bucket("a")]) for _ in range(40)]
    assert [wait == 0 for wait in begun] == [True] * 3 + [False] * 37


def test_a_refused_attempt_takes_no_slot_anywhere() -> None:
    limiter = AttemptLimiter(clock=Clock())
    for _ in range(3):
        limiter.reserve([bucket("full")])
    assert limiter.reserve([bucket("other"), bucket("full")]) > 0
    assert [limiter.reserve([bucket("other")]) for _ in range(3)] == [0, 0, 0]


def test_success_clears_ones_own_bucket_and_gives_back_only_its_slot_of_shared_ones() -> None:
    limiter = AttemptLimiter(clock=Clock())
    shared = bucket("address")
    for _ in range(2):
        limiter.reserve([bucket("eve"), shared])
    limiter.reserve([bucket("ann"), shared])
    limiter.succeeded(bucket("ann"), [shared])
    assert limiter.reserve([bucket("ann"), shared]) == 0
    assert limiter.wait_seconds(shared) > 0


def test_failures_are_forgotten_after_a_while() -> None:
    clock = Clock()
    limiter = AttemptLimiter(forget_after=600, clock=clock)
    for _ in range(3):
        limiter.reserve([bucket("a")])
    clock.now += 600
    assert [limiter.reserve([bucket("a")]) for _ in range(3)] == [0, 0, 0]


@given(st.lists(st.integers(0, 500), max_size=400))
def test_memory_is_bounded(keys: list[int]) -> None:
    limiter = AttemptLimiter(max_buckets=10, clock=Clock())
    for key in keys:
        limiter.reserve([bucket(str(key), Backoff(1, 1, 1))])
    delayed = [key for key in set(keys) if limiter.wait_seconds(bucket(str(key), Backoff(1, 1, 1))) > 0]
    assert len(delayed) <= 10
