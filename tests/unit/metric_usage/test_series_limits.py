"""Quotas of the number of series, against a slow reference."""

from __future__ import annotations

import asyncio
from collections import Counter
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.metric_usage import series_limits
from heeler.metric_usage.key_usage import OF_QUOTA, SERIES, Quota, set_sender
from heeler.metric_usage.scopes import Scope
from heeler.metric_usage.series_limits import SeriesLimits, Stored
from heeler.wire.metrics.admission import SeriesRefused
from heeler.wire.metrics.batch import PointBuilder, Window
from heeler.wire.metrics.series import SeriesInfo, describe
from heeler.wire.metrics.series_registry import SeriesMemo


class Usage:
    """The counter of what quotas refuse."""

    def __init__(self, quotas: list[Quota]) -> None:
        self.scoped = tuple(quotas)
        self.refused: Counter[str] = Counter()

    def note_for_quota(self, quota: Quota, amount: int, *, refused: bool) -> None:
        assert refused
        self.refused[quota.id] += amount


def quota(name: str, limit: int, scope: Scope | None = None) -> Quota:
    return Quota(name, (name, OF_QUOTA), limit, 80, SERIES, scope or Scope())


def limits_of(*quotas: Quota, stored: Stored | None = None) -> tuple[SeriesLimits, Usage]:
    usage = Usage(list(quotas))
    services = SimpleNamespace(now=lambda: 1000.0, part=lambda _: usage, engine=None)
    made = SeriesLimits(cast("Any", services))
    found = stored or Stored(np.empty(0, np.uint64), {})

    async def read(*_: Any) -> Stored:
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(series_limits, "stored_series", read)
        asyncio.run(made.refresh())
    return made, usage


def info(metric: str, *tags: str) -> SeriesInfo:
    return describe(metric, "", list(tags))


names = st.sampled_from(["a.x", "a.y", "b"])
sent = st.lists(st.tuples(names, st.sampled_from(["s:1", "s:2", "service:web", "service:db"])), max_size=30)


@given(sent, st.integers(0, 5), st.integers(0, 3), st.integers(0, 3))
def test_it_admits_what_a_slow_reference_admits(
    series: list[tuple[str, str]], total: int, each: int, web: int
) -> None:
    quotas = [
        quota("all", total),
        quota("each", each, Scope("metric", "a.*")),
        quota("web", web, Scope("service", "web")),
    ]
    limits, _ = limits_of(*quotas)
    known: set[tuple[str, str]] = set()
    for metric, tag in series:
        after = known | {(metric, tag)}
        fits = len(after) <= total
        fits &= not metric.startswith("a.") or sum(name == metric for name, _ in after) <= each
        fits &= tag != "service:web" or sum(one == tag for _, one in after) <= web
        expected = (metric, tag) in known or fits
        assert (limits.refusal(info(metric, tag)) == "") is expected
        known = after if expected else known


def test_stored_series_continue_and_count() -> None:
    old = info("a.x", "s:1")
    stored = Stored(np.array([old.id], np.uint64), {("all", ""): 1})
    limits, usage = limits_of(quota("all", 1), stored=stored)
    assert limits.refusal(old) == ""
    assert "1 series or more" in limits.refusal(info("a.x", "s:2"))
    assert usage.refused == {"all": 1}
    assert limits.used(quota("all", 1)) == (1, "")


def test_a_key_is_limited_by_what_it_sends() -> None:
    limits, _ = limits_of(quota("k", 1, Scope("key", "k1")))
    set_sender("k1")
    assert not limits.refusal(info("a", "x:1"))
    assert limits.refusal(info("a", "x:2"))
    set_sender("k2")
    assert not limits.refusal(info("a", "x:2"))
    set_sender("")


def test_a_body_loses_only_its_new_series() -> None:
    limits, _ = limits_of(quota("all", 2))
    memo = SeriesMemo(
        admission=cast("Any", SimpleNamespace(refusal=limits.refusal, marks=lambda _: 0, version=0))
    )
    builder = PointBuilder(memo, Window(1000, 0))
    builder.add(info("a", "x:1"), [(900, 1.0)])
    builder.add(info("a", "x:2"), [(900, 2.0)])
    with pytest.raises(SeriesRefused, match="quota"):
        builder.add(info("a", "x:3"), [(900, 3.0)])
    builder.add(info("a", "x:1"), [(901, 4.0)])
    assert builder.build().values.tolist() == [1.0, 2.0, 4.0]
    assert len(memo) == 2


def test_what_was_admitted_while_the_store_was_read_still_counts() -> None:
    limits, _ = limits_of(quota("all", 2))
    assert not limits.refusal(info("a", "x:1"))

    async def read(*_: Any) -> Stored:
        assert not limits.refusal(info("a", "x:2"))
        return Stored(np.array([info("a", "x:1").id], np.uint64), {("all", ""): 1})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(series_limits, "stored_series", read)
        asyncio.run(limits.refresh())
    assert limits.used(quota("all", 2)) == (2, "")
    assert limits.refusal(info("a", "x:3"))


def test_numbers_of_the_store_by_scope() -> None:
    table = pa.table(
        {
            "series": pa.array([1, 2, 3], pa.uint64()),
            "name": ["a.x", "a.x", "b"],
            "bits": pa.array([0b010, 0b000, 0b010], pa.uint64()),
        }
    )
    of_web, each = Scope("service", "web"), Scope("metric", "a*")
    quotas = [quota("all", 9), quota("web", 9, of_web), quota("each", 9, each)]
    found = series_limits._counted(table, quotas)
    assert found.ids.tolist() == [1, 2, 3]
    assert found.counts == {("all", ""): 3, ("web", ""): 2, ("each", "a.x"): 2}
