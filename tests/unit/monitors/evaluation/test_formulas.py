"""Groups that only one query of a formula found."""

from __future__ import annotations

from typing import Any

import numpy as np

from heeler.monitors.evaluation.formulas import with_zeros
from heeler.query.frame import Frame, Group

COUNT = {"compute": {"aggregation": "count"}}
AVERAGE = {"compute": {"aggregation": "avg", "metric": "@duration"}}


def frame(rows: dict[tuple[str, ...], float], scope: str = "") -> Frame:
    groups = tuple(Group(tags, scope or ",".join(tags) or "*") for tags in rows)
    values = np.array([[value] for value in rows.values()], np.float64).reshape(len(rows), 1)
    return Frame(np.array([0], np.int64), groups, values, 60)


def filled(frames: dict[str, Frame], **items: dict[str, Any]) -> dict[str, dict[tuple[str, ...], float]]:
    found = with_zeros(frames, [{"name": name, **item} for name, item in items.items()])
    for name, one in found.items():
        assert len(one.groups) == len(one.values) == len({group.tags for group in one.groups}), name
    return {
        name: {group.tags: float(row[0]) for group, row in zip(one.groups, one.values, strict=True)}
        for name, one in found.items()
    }


def test_a_count_of_a_group_that_another_query_found_is_zero() -> None:
    frames = {"a": frame({("host:x",): 2.0}), "b": frame({("host:x",): 5.0, ("host:y",): 7.0})}
    found = filled(frames, a=COUNT, b=COUNT)
    assert found["a"] == {("host:x",): 2.0, ("host:y",): 0.0}
    assert found["b"] == {("host:x",): 5.0, ("host:y",): 7.0}


def test_an_average_is_not_filled() -> None:
    frames = {"a": frame({}), "b": frame({("host:x",): 5.0})}
    assert filled(frames, a=AVERAGE, b=COUNT) == {"a": {}, "b": {("host:x",): 5.0}}
    assert filled(frames, a=COUNT, b=AVERAGE)["a"] == {("host:x",): 0.0}


def test_groups_of_other_keys_are_not_taken_over() -> None:
    frames = {
        "a": frame({("host:x",): 1.0}),
        "b": frame({("env:p",): 1.0, (): 3.0, ("host:y", "env:p"): 1.0}),
    }
    assert filled(frames, a=COUNT, b=COUNT)["a"] == {("host:x",): 1.0}


def test_a_group_that_two_queries_write_differently_is_one() -> None:
    frames = {
        "a": frame({("host:x",): 1.0}),
        "b": frame({("host:y",): 1.0}, "host:y"),
        "c": frame({("host:y",): 1.0}, "Host:Y"),
    }
    assert filled(frames, a=COUNT, b=AVERAGE, c=AVERAGE)["a"] == {("host:x",): 1.0, ("host:y",): 0.0}


def test_nothing_is_zero_and_infinity_stays_infinite() -> None:
    frames = {"a": frame({("host:x",): float("nan"), ("host:y",): float("inf")})}
    assert filled(frames, a=COUNT)["a"] == {("host:x",): 0.0, ("host:y",): float("inf")}


def test_no_query_found_anything() -> None:
    assert filled({"a": frame({}), "b": frame({})}, a=COUNT, b=COUNT) == {"a": {}, "b": {}}
