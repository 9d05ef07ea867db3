"""Rates that bring what is kept to a target."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.agent.trace import target_rates
from heeler.agent.trace.target_rates import BUCKET_NS, TargetRates, share_of, within_rate

START = 1_000 * BUCKET_NS


def run(rates: TargetRates, tps: dict[str, int], seconds: int, begin: int = START) -> int:
    """Count ``tps`` traces a second of each signature; the time at the end."""
    for second in range(seconds):
        for name, each in tps.items():
            for at in range(each):
                rates.count(name, begin + second * 10**9 + at * 10**9 // each)
    return begin + seconds * 10**9


def test_a_new_signature_is_kept_whole_and_then_brought_to_the_target() -> None:
    rates = TargetRates(10)
    end = run(rates, {"busy": 100}, 5)
    assert rates.rate("busy") == 1
    run(rates, {"busy": 100}, 1, end)
    assert rates.rate("busy") == pytest.approx(0.1)


def test_what_quiet_signatures_leave_goes_to_the_busy_ones() -> None:
    rates = TargetRates(10)
    end = run(rates, {"quiet": 1, "busy": 50, "busier": 100}, 5)
    rates.count("quiet", end)
    assert rates.rate("quiet") == 1
    assert rates.rate("busy") == pytest.approx(4.5 / 50)
    assert rates.rate("busier") == pytest.approx(4.5 / 100)


def test_a_rate_falls_at_once_and_rises_slowly() -> None:
    rates = TargetRates(10)
    end = run(rates, {"one": 1000}, 6)
    assert rates.rate("one") == pytest.approx(0.01)
    # The busiest of the last six buckets counts: for half a minute the rate stays where it is.
    end = run(rates, {"one": 5}, 25, end)
    assert rates.rate("one") == pytest.approx(0.01)
    run(rates, {"one": 5}, 6, end)
    assert rates.rate("one") == pytest.approx(0.012)


def test_a_long_pause_forgets() -> None:
    rates = TargetRates(10)
    end = run(rates, {"one": 1000}, 6)
    rates.count("one", end + 3600 * 10**9)
    rates.count("one", end + 3606 * 10**9)
    assert rates.rate("one") == pytest.approx(0.012)
    assert TargetRates(0).rate("one") == 0


def test_signatures_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(target_rates, "MAX_SIGNATURES", 3)
    rates = TargetRates(1)
    for at in range(100):
        rates.count(f"s{at}", START)
    rates.count("s0", START + BUCKET_NS)
    assert set(rates.rates) == {"s0", "s1", "s2", None}
    assert rates.rate("s77") == rates.rate(None) < 1


@given(st.floats(0, 100), st.dictionaries(st.integers(), st.floats(0.1, 1e6), min_size=1, max_size=20))
def test_shares_come_to_the_target(target: float, seen: dict[int, float]) -> None:
    share = share_of(target, seen)
    kept = sum(min(tps, share) for tps in seen.values())
    assert kept == pytest.approx(min(target, sum(seen.values())), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5, 1.0])
def test_traces_are_sampled_at_the_rate(rate: float) -> None:
    chance = random.Random(1)
    kept = sum(within_rate(chance.getrandbits(64), rate) for _ in range(20_000))
    assert kept / 20_000 == pytest.approx(rate, abs=0.01)
