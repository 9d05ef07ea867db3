"""v1 JSON: the fast decoder equals the plain one on whatever comes, and its numbers equal Python's."""

from __future__ import annotations

import json
import math
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from heeler.wire.metrics import fast_path, series_json
from heeler.wire.metrics.batch import PointBatch, Window
from heeler.wire.metrics.series import PayloadError
from heeler.wire.metrics.series_registry import SeriesMemo

WINDOW = Window(now=1_790_000_000, oldest=1_700_000_000)

names = st.sampled_from(["a.b", "points", "9", 'q"x', "back\\slash", "ü"]) | st.text(max_size=8)
stamps = st.integers(1_700_000_000, 1_790_000_000) | st.integers(-5, 10**20) | st.floats(0, 2e9)
values = (
    st.floats() | st.integers(-(10**20), 10**20) | st.sampled_from([0, -0.0, 1e300, 5e-324, "1.5", [2], None])
)
points = st.lists(st.tuples(stamps, values).map(list), max_size=4) | st.integers() | st.none()
items = st.fixed_dictionaries(
    {"metric": names, "points": points},
    optional={
        "tags": st.lists(names, max_size=3),
        "host": names,
        "type": st.sampled_from(["gauge", "count", "rate", "other"]),
        "interval": st.integers(0, 60),
        "points ": points,
        "metadata": st.fixed_dictionaries({"points": points}),
    },
)
shapes = st.sampled_from([{"separators": (",", ":")}, {}, {"indent": 1}, {"ensure_ascii": False}])


def encode(series: list[Any], shape: dict[str, Any]) -> bytes:
    return json.dumps({"series": series}, **shape).encode("utf-8", "replace")


bodies = st.builds(encode, st.lists(items, max_size=4), shapes)


def seen(batch: PointBatch) -> tuple[object, ...]:
    memo = batch.memo
    rows = zip(memo.ids[batch.slots].tolist(), batch.times.tolist(), batch.values.tolist(), strict=True)
    return list(rows), sorted(batch.fresh.values()), batch.problems.messages, dict(batch.problems.dropped)


def outcome(decode: Any, body: bytes, memo: SeriesMemo) -> object:
    try:
        return seen(decode(body, memo, WINDOW))
    except PayloadError as error:
        return str(error)


@pytest.fixture(scope="module", autouse=True)
def machine() -> None:
    fast_path.prepare()
    assert fast_path.ready()


@given(bodies)
@settings(max_examples=200, deadline=None)
@example(b'{"series":[{"metric":"m","points":[[1789999999,1]],"po\\u0069nts":[[1789999999,2]]}]}')
@example(b'{"series":[{"metric":"m","points":[[1789999999,1]],"points":[[1789999999,2]]}]}')
@example(b'{"series":[{"metric":"m","points":[[1789999999,01]]}]}')
@example(b'{"series":[{"metric":"m","points":[[1789999999,1.]]}]}')
@example(b'{"series":[{"metric":"m","points":[[1789999999,1],]}]}')
@example(b'{"series":[{"metric":"m","points":[[1789999999,1]]},]}')
@example(b'{"series":[{"metric":"m","points":[[1789999999,1]]}]}x')
@example(b'{"series":[{"metric":"m" "points":[[1789999999,1]]}]}')
def test_fast_equals_plain(body: bytes) -> None:
    memo = SeriesMemo()
    expected = outcome(series_json.decode_v1, body, SeriesMemo())
    assert outcome(fast_path.decode_v1, body, memo) == expected
    assert outcome(fast_path.decode_v1, body, memo) == expected  # now from the memo


@given(bodies, st.data())
@settings(max_examples=300, deadline=None)
def test_damaged_bodies_are_refused_alike(body: bytes, data: st.DataObject) -> None:
    memo = SeriesMemo()
    outcome(fast_path.decode_v1, body, memo)
    damaged = bytearray(body[: data.draw(st.integers(len(body) // 2, len(body)))])
    if damaged:
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(
            st.sampled_from(b'{}[]",:\\0-. e5x\xff')
        )
    expected = outcome(series_json.decode_v1, bytes(damaged), SeriesMemo())
    assert outcome(fast_path.decode_v1, bytes(damaged), memo) == expected


def test_usual_bodies_take_the_fast_way(monkeypatch: pytest.MonkeyPatch) -> None:
    series = [{"metric": f"m.{n}", "points": [[WINDOW.now, n / 3]], "tags": ["a:b"]} for n in range(50)]
    body, memo = encode(series, {}), SeriesMemo()
    batch = fast_path.decode_v1(body, memo, WINDOW)
    memo.mark_written(list(batch.fresh), WINDOW.now)
    monkeypatch.delattr(series_json, "v1_series")
    monkeypatch.delattr(series_json, "decode_v1")
    again = fast_path.decode_v1(body, memo, WINDOW)
    assert again.values.tolist() == [n / 3 for n in range(50)]
    assert not again.fresh


def parsed(text: str) -> float | None:
    from heeler.wire.metrics import jit_numbers

    bits = np.zeros(1, np.uint64)
    data = np.frombuffer(text.encode(), np.uint8)
    stop = jit_numbers.number(data, 0, len(data), bits, 0)
    return float(bits.view(np.float64)[0]) if stop == len(data) else None


@given(st.floats(allow_nan=False, allow_infinity=False))
@settings(max_examples=400, deadline=None)
@example(0.1 + 0.2)
@example(9007199254740993.0)
@example(0.0005389587299689612)
@example(2.2250738585072014e-308)
@example(1.7976931348623157e308)
def test_numbers_are_those_of_python_to_the_bit(value: float) -> None:
    found = parsed(repr(value))
    usual = value == 0 or 1e-280 < abs(value) < 1e280
    assert found is not None or not usual
    if found is not None:
        assert struct.pack("d", found) == struct.pack("d", value)


@given(st.integers(0, 10**19 - 1), st.integers(-60, 60))
@settings(max_examples=400, deadline=None)
@example(9007199254740993, 0)
@example(2**63 + 1024, 0)
def test_any_digits_round_as_python_rounds(whole: int, power: int) -> None:
    text = f"{whole}e{power}"
    found = parsed(text)
    if found is not None:
        assert math.isclose(found, float(text), rel_tol=0, abs_tol=0)
