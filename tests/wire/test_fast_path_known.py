"""Many bodies of known series decoded at once come to what each comes to alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heeler.wire.metrics import fast_path
from heeler.wire.metrics.batch import PointBatch
from heeler.wire.metrics.series import PayloadError
from heeler.wire.metrics.series_registry import SeriesMemo
from tests.wire import test_fast_path_json, test_series_proto
from tests.wire.test_fast_path_json import WINDOW

FORMS = [
    (fast_path.JSON, fast_path.decode_v1, test_fast_path_json.bodies),
    (fast_path.PROTOBUF, fast_path.decode_series, test_series_proto.payloads),
]


@pytest.fixture(scope="module", autouse=True)
def machine() -> None:
    fast_path.prepare()
    assert fast_path.ready()


def alone(decode: Any, body: bytes, memo: SeriesMemo) -> PointBatch | None:
    """The body's batch; None where it needs more than its points stored."""
    try:
        batch: PointBatch = decode(body, memo, WINDOW)
    except PayloadError:
        return None
    return None if batch.fresh or batch.problems.dropped else batch


@pytest.mark.parametrize("form", range(len(FORMS)))
@given(st.data())
@settings(max_examples=150, deadline=None)
def test_many_at_once_equal_each_alone(form: int, data: st.DataObject) -> None:
    kind, decode, bodies = FORMS[form]
    sent = data.draw(st.lists(bodies, min_size=1, max_size=5))
    memo = SeriesMemo()
    for body in sent:
        try:
            fresh = decode(body, memo, WINDOW).fresh
        except PayloadError:
            continue
        if data.draw(st.booleans()):  # the rest is known, but not known to be stored
            memo.mark_written(list(fresh), WINDOW.now)
    batch, clean = fast_path.decode_known(kind, sent, memo, WINDOW)
    expected = [alone(decode, body, memo) for body in sent]
    rows: list[tuple[int, int, float]] = []
    for good, one in zip(clean, expected, strict=True):
        if good:
            assert one is not None
            rows += zip(one.slots.tolist(), one.times.tolist(), one.values.tolist(), strict=True)
    found = zip(batch.slots.tolist(), batch.times.tolist(), batch.values.tolist(), strict=True)
    assert list(found) == rows


@pytest.mark.parametrize("form", range(len(FORMS)))
def test_usual_bodies_are_taken(form: int) -> None:
    kind, decode, _ = FORMS[form]
    if kind is fast_path.JSON:
        bodies = [
            test_fast_path_json.encode([{"metric": f"m{n}", "points": [[WINDOW.now, n]]}], {})
            for n in range(9)
        ]
    else:
        bodies = [test_series_proto.encode(f"m{n}", [], "h", 3, [(WINDOW.now, float(n))]) for n in range(9)]
    memo = SeriesMemo()
    for body in bodies[:-1]:
        memo.mark_written(list(decode(body, memo, WINDOW).fresh), WINDOW.now)
    batch, clean = fast_path.decode_known(kind, bodies, memo, WINDOW)
    assert clean == [True] * 8 + [False]
    assert batch.values.tolist() == [float(n) for n in range(8)]
