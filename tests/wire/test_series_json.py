"""JSON series: what real clients send, what is lenient, and that remembering changes nothing."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heeler.wire.metrics.batch import PointBatch, Window
from heeler.wire.metrics.series import PayloadError
from heeler.wire.metrics.series_json import decode_v1, decode_v2
from heeler.wire.metrics.series_registry import SeriesMemo

NOW = 1_790_000_000
WINDOW = Window(now=NOW, oldest=1_700_000_000)


def seen(batch: PointBatch) -> list[tuple[str, int, float]]:
    memo = batch.memo
    return [
        (memo.names[memo.metrics[slot]], time, value)
        for slot, time, value in zip(
            batch.slots.tolist(), batch.times.tolist(), batch.values.tolist(), strict=True
        )
    ]


def v1(*series: Any) -> PointBatch:
    return decode_v1(json.dumps({"series": series}).encode(), SeriesMemo(), WINDOW)


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([[NOW, 1]], [(NOW, 1.0)]),
        ([[NOW + 0.9, "2.5"]], [(NOW, 2.5)]),
        ([[NOW, [3]]], [(NOW, 3.0)]),
        (4, [(NOW, 4.0)]),
        ([5, 6], [(NOW, 5.0), (NOW, 6.0)]),
        ([], []),
        ([[NOW + 601, 1], [NOW, 2]], [(NOW, 2.0)]),
        ([[NOW * 1000, 1]], []),
        ([[NOW, math.nan], [NOW, math.inf], [NOW, 7]], [(NOW, 7.0)]),
        ([[NOW, 10**400]], []),
    ],
)
def test_points_as_clients_write_them(points: Any, expected: list[tuple[int, float]]) -> None:
    batch = v1({"metric": "m", "points": points})
    assert seen(batch) == [("m", *point) for point in expected]


def test_a_series_is_normalized() -> None:
    batch = v1(
        {
            "metric": "9my metric-x", "points": 1, "host": "h", "device": "sda", "type": "counter",
            "interval": None, "tags": ["Env:PROD ", "b", "b", None, 5, "a b", "x:" + "y" * 300, "_", ""],
        }
    )  # fmt: skip
    (info,) = batch.fresh.values()
    assert info.metric == "my_metric_x"
    assert (info.type, info.interval, info.host) == ("count", 0, "h")
    assert info.tags == ("a_b", "b", "device:sda", "env:prod", "x:" + "y" * 198)


def test_order_of_tags_does_not_make_a_series() -> None:
    batch = v1(*({"metric": "m", "points": 1, "tags": tags} for tags in (["a:1", "b:2"], ["b:2", "A:1"])))
    assert len(batch.fresh) == 1


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ("text", "expected an object"),
        ({"points": 1}, "metric"),
        ({"metric": "123", "points": 1}, "metric"),
        ({"metric": "m"}, "points"),
        ({"metric": "m", "points": [[1, 2, 3]]}, "points"),
        ({"metric": "m", "points": [["soon", 2]]}, "time"),
        ({"metric": "m", "points": 1, "type": "set"}, "type"),
        ({"metric": "m", "points": 1, "tags": {"a": 1}}, "tags"),
        ({"metric": "m", "points": 1, "host": 7}, "host"),
        ({"metric": "m", "points": 1, "interval": "x"}, "interval"),
    ],
)
def test_a_bad_series_is_named_and_leaves_the_others(item: Any, reason: str) -> None:
    batch = v1({"metric": "before", "points": 1}, item, {"metric": "after", "points": 2})
    assert [name for name, _, _ in seen(batch)] == ["before", "after"]
    (message,) = batch.problems.messages
    assert message.startswith("series[1]")
    assert reason in message


def test_v2_resources_become_host_and_tags() -> None:
    item = {
        "metric": "m", "type": 2, "interval": 15, "unit": "byte", "points": [{"timestamp": NOW, "value": 1}],
        "resources": [{"type": "host", "name": "h"}, {"type": "device", "name": "eth0"}], "tags": ["x:y"],
    }  # fmt: skip
    batch = decode_v2(
        json.dumps({"series": [item, {**item, "points": [{"value": 1}]}]}).encode(), SeriesMemo(), WINDOW
    )
    (info,) = batch.fresh.values()
    assert (info.host, info.tags, info.type, info.unit) == ("h", ("device:eth0", "x:y"), "rate", "byte")
    assert seen(batch) == [("m", NOW, 1.0)]
    assert "series[1]" in batch.problems.messages[0]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
items = st.fixed_dictionaries(
    {"metric": st.sampled_from(["m.a", "m.b"]) | anything, "points": st.just([[NOW, 1.5]]) | anything},
    optional=dict.fromkeys(
        ("host", "device", "type", "interval", "unit", "source_type_name", "tags"), anything
    ),
)


@given(st.lists(items | anything, max_size=4))
@settings(deadline=None)
def test_remembering_changes_nothing_whatever_comes(series: list[Any]) -> None:
    body = json.dumps({"series": series}).encode()
    memo = SeriesMemo()
    first = decode_v1(body, memo, WINDOW)
    memo.mark_written(list(first.fresh), NOW)
    for _ in range(2):
        again = decode_v1(body, memo, WINDOW)
        assert seen(again) == seen(first)
        assert again.problems == first.problems
    assert not again.fresh


@given(st.binary(max_size=100) | st.binary(max_size=50).map(lambda tail: b'{"series": [' + tail))
def test_garbage_is_a_payload_error_or_nothing(body: bytes) -> None:
    for decode in (decode_v1, decode_v2):
        try:
            decode(body, SeriesMemo(), WINDOW)
        except PayloadError:
            continue
