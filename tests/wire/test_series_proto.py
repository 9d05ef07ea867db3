"""Protobuf series: the fast decoder equals the plain one, and neither fails on anything."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heeler.wire import protobuf as pb
from heeler.wire.metrics import fast_path, series_proto
from heeler.wire.metrics.batch import PointBatch, Window
from heeler.wire.metrics.series import PayloadError
from heeler.wire.metrics.series_registry import SeriesMemo

WINDOW = Window(now=1_790_000_000, oldest=1_700_000_000)

names = st.sampled_from(["a.b", "system.cpu.user", "9", "x y"]) | st.text(max_size=12)
stamps = st.integers(1_700_000_000, 1_790_000_000) | st.integers(-(2**63), 2**63 - 1)
points = st.lists(st.tuples(stamps, st.floats()), max_size=4)


def encode(metric: str, tags: list[str], host: str, kind: int, values: list[tuple[int, float]]) -> bytes:
    place = pb.put_bytes(1, b"host") + pb.put_bytes(2, host.encode("utf-8", "replace"))
    return pb.put_bytes(
        1,
        pb.put_bytes(1, place)
        + pb.put_bytes(2, metric.encode("utf-8", "replace"))
        + b"".join(pb.put_bytes(3, tag.encode("utf-8", "replace")) for tag in tags)
        + b"".join(pb.put_bytes(4, pb.put_double(1, value) + pb.put_int(2, at)) for at, value in values)
        + pb.put_int(5, kind)
        + pb.put_int(8, 15),
    )


payloads = st.lists(
    st.builds(encode, names, st.lists(names, max_size=3), names, st.integers(0, 4), points), max_size=5
).map(b"".join)


def seen(batch: PointBatch) -> tuple[object, ...]:
    memo = batch.memo
    rows = [
        (int(memo.ids[slot]), time, value)
        for slot, time, value in zip(
            batch.slots.tolist(), batch.times.tolist(), batch.values.tolist(), strict=True
        )
    ]
    return rows, sorted(batch.fresh.values()), batch.problems.messages, dict(batch.problems.dropped)


@pytest.fixture(scope="module", autouse=True)
def machine() -> None:
    fast_path.prepare()
    assert fast_path.ready()


@given(payloads)
@settings(max_examples=150, deadline=None)
def test_fast_equals_plain(body: bytes) -> None:
    memo = SeriesMemo()
    expected = seen(series_proto.decode(body, SeriesMemo(), WINDOW))
    assert seen(fast_path.decode_series(body, memo, WINDOW)) == expected
    again = seen(fast_path.decode_series(body, memo, WINDOW))  # now from the memo
    assert again == expected


@given(payloads, st.data())
@settings(max_examples=150, deadline=None)
def test_damaged_bodies_are_refused_alike(body: bytes, data: st.DataObject) -> None:
    damaged = bytearray(body[: data.draw(st.integers(0, len(body)))])
    if damaged:
        damaged[data.draw(st.integers(0, len(damaged) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        expected = seen(series_proto.decode(bytes(damaged), SeriesMemo(), WINDOW))
    except PayloadError:
        with pytest.raises(PayloadError):
            fast_path.decode_series(bytes(damaged), SeriesMemo(), WINDOW)
    else:
        assert seen(fast_path.decode_series(bytes(damaged), SeriesMemo(), WINDOW)) == expected


@given(st.binary(max_size=200))
def test_garbage_is_a_payload_error_or_nothing(body: bytes) -> None:
    try:
        batch = fast_path.decode_series(body, SeriesMemo(), WINDOW)
    except PayloadError:
        return
    assert all(math.isfinite(value) for value in batch.values.tolist())


def test_many_threads_share_a_memo() -> None:
    memo = SeriesMemo()
    bodies = [
        b"".join(encode(f"t.{n}", [f"part:{part}"], "h", 3, [(WINDOW.now, n)]) for n in range(1500))
        for part in range(8)
    ]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(2):
            batches = list(pool.map(lambda body: fast_path.decode_series(body, memo, WINDOW), bodies))
    assert len(memo) == 8 * 1500
    for batch in batches:
        assert batch.values.tolist() == [float(n) for n in range(1500)]
        assert [memo.names[memo.metrics[slot]] for slot in batch.slots] == [f"t.{n}" for n in range(1500)]
    assert len({int(one) for batch in batches for one in memo.ids[batch.slots]}) == 8 * 1500


def test_known_series_are_not_decoded_again_within_the_hour() -> None:
    memo = SeriesMemo()
    body = b"".join(encode(f"m.{n}", [f"n:{n}"], "h", 3, [(WINDOW.now, n)]) for n in range(3000))
    batch = fast_path.decode_series(body, memo, WINDOW)
    assert len(batch.fresh) == 3000
    memo.mark_written(list(batch.fresh), WINDOW.now)
    later = Window(WINDOW.now + 600, WINDOW.oldest)
    batch = fast_path.decode_series(body, memo, later)
    assert not batch.fresh
    assert batch.values.tolist() == [float(n) for n in range(3000)]
    much_later = Window(WINDOW.now + 3600, WINDOW.oldest)
    assert len(fast_path.decode_series(body, memo, much_later).fresh) == 3000
