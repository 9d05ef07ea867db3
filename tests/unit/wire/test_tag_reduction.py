from __future__ import annotations

from typing import Any

import pytest

from heeler.store.arrow_tables import PointRows, sketches_table
from heeler.wire.metrics import sketch
from heeler.wire.metrics.batch import PointBatch, PointBuilder, Window
from heeler.wire.metrics.distributions import SketchBuilder
from heeler.wire.metrics.series import SeriesInfo, describe
from heeler.wire.metrics.series_registry import SeriesMemo
from heeler.wire.metrics.tag_reduction import (
    REMEMBERED_SECONDS,
    Combine,
    Contributions,
    Reducer,
    TagRule,
)

NOW = 10_000
WINDOW = Window(NOW, 0)
ENV = TagRule(frozenset({"env"}))


def memo_of(rule: TagRule, started: int = 0, most: int = 1000, **host_tags: tuple[str, ...]) -> SeriesMemo:
    return SeriesMemo(reducer=Reducer({"m": rule}.get, Contributions(started, most), host_tags))


def series(tags: list[str], host: str = "h", kind: str = "gauge") -> SeriesInfo:
    return describe("m", host, tags, kind=kind)


def batch_of(memo: SeriesMemo, *points: tuple[SeriesInfo, int, float]) -> PointBatch:
    builder = PointBuilder(memo, WINDOW)
    for info, time, value in points:
        builder.add(info, [(time, value)])
    return builder.build()


def stored(*parts: PointRows) -> dict[tuple[int, int], float]:
    """Values by series and second: of several the last, as the store has it."""
    rows: list[dict[str, Any]] = PointRows.combine(list(parts)).to_pylist()
    return {(row["series"], row["time"]): row["raw"] / (row["scale"] or 1) for row in rows}


A, B = ["env:prod", "user:1"], ["env:prod", "user:2"]
KEPT = describe("m", "", ["env:prod"]).id


@pytest.mark.parametrize(
    ("kind", "combine", "expected"),
    [
        ("count", "avg", 5.0),
        ("rate", "min", 5.0),
        ("gauge", "avg", 2.5),
        ("gauge", "max", 3.0),
        ("gauge", "min", 2.0),
    ],
)
def test_points_that_differ_in_other_tags_become_one(kind: str, combine: Combine, expected: float) -> None:
    memo = memo_of(TagRule(frozenset({"env"}), combine=combine))
    batch = batch_of(memo, (series(A, kind=kind), 9_000, 2.0), (series(B, "other", kind), 9_000, 3.0))
    assert stored(PointRows.of(batch)) == {(KEPT, 9_000): expected}
    assert [(one.host, one.tags) for one in batch.series()] == [("", ("env:prod",))]


def test_bodies_add_up_and_one_that_is_sent_again_counts_once() -> None:
    memo = memo_of(ENV)
    first = PointRows.of(batch_of(memo, (series(A, kind="count"), 9_000, 2.0)))
    second = PointRows.of(batch_of(memo, (series(B, kind="count"), 9_000, 3.0)))
    again = PointRows.of(batch_of(memo, (series(A, kind="count"), 9_000, 2.0)))
    assert stored(first, second) == {(KEPT, 9_000): 5.0}
    assert stored(again) == {(KEPT, 9_000): 5.0}
    # The order of commits does not matter: each writes what there is by then.
    assert stored(second) == stored(first) == {(KEPT, 9_000): 5.0}


def test_a_sender_that_has_just_the_stored_tags_contributes() -> None:
    memo = memo_of(ENV)
    plain = describe("m", "", ["env:prod"], kind="count")
    batch = batch_of(memo, (series(A, kind="count"), 9_000, 2.0), (plain, 9_000, 4.0))
    assert stored(PointRows.of(batch)) == {(KEPT, 9_000): 6.0}
    assert len(batch.series()) == 1


def test_other_metrics_and_excluded_keys() -> None:
    memo = memo_of(TagRule(frozenset({"user"}), exclude=True))
    other = describe("other", "h", A)
    batch = batch_of(memo, (series(A), 9_000, 1.0), (other, 9_000, 7.0))
    kept = describe("m", "h", ["env:prod"]).id
    assert stored(PointRows.of(batch)) == {(kept, 9_000): 1.0, (other.id, 9_000): 7.0}


def test_tags_of_the_host_stay_when_the_host_does_not() -> None:
    memo = memo_of(TagRule(frozenset({"env", "zone"})), h=("zone:a", "rack:1"))
    batch = batch_of(memo, (series(A), 9_000, 1.0))
    assert [one.tags for one in batch.series()] == [("env:prod", "zone:a")]


def test_points_before_the_start_keep_their_tags() -> None:
    memo = memo_of(ENV, started=9_000)
    info = series(A, kind="count")
    early = batch_of(memo, (info, 8_999, 1.0))
    assert stored(PointRows.of(early)) == {(info.id, 8_999): 1.0}
    assert info in early.series()


def test_what_is_remembered_is_bounded_by_time_and_number() -> None:
    contributions = Contributions(0, most=3)
    for time in (1, 2, 3, 4):
        assert contributions.put(7, 1, time, 1.0, "sum") is not None
    assert contributions.forgotten_early == 1
    assert contributions.put(7, 2, 1, 1.0, "sum") is None
    contributions = Contributions(0)
    contributions.put(7, 1, 10, 1.0, "sum")
    contributions.put(7, 1, 11 + REMEMBERED_SECONDS, 1.0, "sum")
    assert contributions.put(7, 1, 10, 1.0, "sum") is None
    assert contributions.forgotten_early == 0


def test_sketches_are_merged() -> None:
    memo = memo_of(ENV)
    builder = SketchBuilder(memo, WINDOW)
    for tags, values in ((A, [1.0, 2.0]), (B, [3.0])):
        info = describe("m", "h", tags, kind="distribution")
        builder.add(info, [(9_000, sketch.of_values(values))])
    batch = builder.build()
    rows = sketches_table(batch, 1).to_pylist()
    assert [(row["series"], row["count"], row["sum"], row["max"]) for row in rows] == [(KEPT, 3, 6.0, 3.0)]
    assert [one.tags for one in memo.stored(batch.fresh)] == [("env:prod",)]


def test_series_that_came_in_are_counted() -> None:
    memo = memo_of(ENV)
    for _ in range(2):
        PointRows.of(batch_of(memo, (series(A), 9_000, 1.0), (series(B), 9_000, 1.0)))
    assert memo.reducer is not None
    assert memo.reducer.received == {"m": 2}
