"""Which chunks are sent, and the rates that tracers receive."""

from __future__ import annotations

import json

import pytest

from heeler.agent.trace.sampling import USER_KEEP, Rates, keep
from heeler.wire.traces.spans import NO_PRIORITY
from tests.unit.agent.trace.spans import chunk, span


@pytest.mark.parametrize("priority", [0, 1, 2, NO_PRIORITY])
def test_all_but_what_a_user_rejects_is_sent(priority: int) -> None:
    one = chunk(priority=priority)
    assert keep(one) is one


@pytest.mark.parametrize("priority", [-1, -2])
def test_what_a_users_rule_dropped_is_not_sent(priority: int) -> None:
    assert keep(chunk(priority=priority)) is None


def test_spans_that_are_sampled_singly_are_sent_alone() -> None:
    single = span(2, 1, metrics={"_dd.span_sampling.mechanism": 8.0})
    other = span(3, 1, metrics={"_dd.span_sampling.mechanism": 1.0})
    found = keep(chunk(span(1), single, other, priority=-1, origin="lambda", tags={"a": "b"}))
    assert found is not None
    assert found.spans == [single]
    assert (found.priority, found.origin, found.tags) == (USER_KEEP, "lambda", {"a": "b"})


def rates(one: Rates, version: str = "") -> dict[str, float]:
    return dict(json.loads(one.answer(version)).get("rate_by_service", {}))


def test_every_rate_is_one() -> None:
    one = Rates()
    one.seen("shop", "prod")
    one.seen("shop", "prod")
    assert rates(one) == {"service:,env:": 1.0, "service:shop,env:prod": 1.0}


def test_a_tracer_is_told_what_it_does_not_know() -> None:
    one = Rates()
    version = one.version
    assert one.answer(version) == b"{}"
    one.seen("shop", "prod")
    assert one.version != version
    assert rates(one, version) == rates(one)
    assert one.answer(one.version) == b"{}"
    known = one.version
    one.seen("shop", "prod")
    assert one.version == known


def test_the_number_of_services_is_bounded() -> None:
    one = Rates()
    for place in range(6000):
        one.seen(f"s{place}", "") if place % 1000 == 0 or place > 5990 else one._rates.setdefault(
            f"x{place}", 1.0
        )
    before = len(rates(one))
    one.seen("another", "")
    assert len(rates(one)) == before
