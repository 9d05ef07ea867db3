"""What is encoded is decoded again, whatever is asked of it; damage is noticed, never answered."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.query.metrics.packed_rows import Rows, Segment, build
from heeler.query.metrics.segment_file import CHUNK, Encoder, SegmentFile, SegmentFileError

HOUR = 1_700_000_000 // 3600 * 3600
Points = Mapping[int, Mapping[int, float]]
"""By series and second of the hour."""

_NUMBERS = st.one_of(
    st.integers(-(2**31), 2**31 - 1).map(float),
    st.floats(width=32, allow_nan=False),
    st.floats(allow_nan=True),
)
_SERIES = st.dictionaries(
    st.integers(0, 2**64 - 1), st.dictionaries(st.integers(0, 3599), _NUMBERS, min_size=1, max_size=5)
)
_METRICS = st.dictionaries(st.text(max_size=8), _SERIES, max_size=40)


def rows(points: Points) -> Rows:
    found = [(series, HOUR + at, value) for series, values in points.items() for at, value in values.items()]
    return Rows(
        np.array([row[0] for row in found], np.uint64),
        np.array([row[1] for row in found], np.uint32),
        np.array([row[2] for row in found], np.float64),
    )


def encoded(metrics: Mapping[str, Points], left_out: tuple[str, ...] = ()) -> bytes:
    encoder = Encoder(HOUR, 7)
    body = bytearray(Encoder.BEGIN)
    for name, points in metrics.items():
        segments = build([rows(points)], None, HOUR, HOUR + 3600, 3600, 1)
        assert segments is not None
        body += encoder.add(name, segments[0])
    for name in left_out:
        encoder.leave_out(name)
    tail, header = encoder.finish()
    body[: len(header)] = header
    return bytes(body + tail)


def opened(data: bytes, length: int | None = None) -> SegmentFile:
    return SegmentFile(
        lambda offset, size: data[offset : offset + size], len(data) if length is None else length
    )


def points_of(segment: Segment | None) -> dict[int, dict[int, float]]:
    assert segment is not None
    found: dict[int, dict[int, float]] = {}
    unpacked = segment.rows()
    for series, at, value in zip(
        unpacked.series.tolist(), unpacked.times.tolist(), unpacked.values.tolist(), strict=True
    ):
        found.setdefault(series, {})[at - HOUR] = value
    return found


def same(found: Points, expected: Points) -> bool:
    def flat(points: Points) -> list[tuple[int, int, float]]:
        return sorted((series, at, value) for series, each in points.items() for at, value in each.items())

    one, other = flat(found), flat(expected)
    return [row[:2] for row in one] == [row[:2] for row in other] and bool(
        np.array_equal([row[2] for row in one], [row[2] for row in other], equal_nan=True)
    )


@given(_METRICS, st.data())
def test_what_is_encoded_is_decoded(metrics: dict[str, Points], data: st.DataObject) -> None:
    file = opened(encoded(metrics))
    assert (file.header.hour, file.header.mark, file.header.metrics) == (HOUR, 7, len(metrics))
    assert file.header.rows == sum(len(each) for points in metrics.values() for each in points.values())
    for name, points in metrics.items():
        assert same(points_of(file.segment(name, None)), points)
        chosen = data.draw(st.sets(st.sampled_from([*points, 5, 2**63])))
        wanted = np.array(sorted(chosen), np.uint64)
        assert same(
            points_of(file.segment(name, wanted)),
            {series: each for series, each in points.items() if series in chosen},
        )
    unknown = data.draw(st.text(max_size=8).filter(lambda name: name not in metrics))
    assert points_of(file.segment(unknown, None)) == {}


@pytest.mark.parametrize("step", [1, 2, 7])
def test_many_series_are_read_in_runs_or_whole(step: int) -> None:
    points = {series * 3: {at: float(series + at) for at in range(0, 3600, 60)} for series in range(1000)}
    wanted = np.arange(0, 3000, 3 * step, dtype=np.uint64)
    found = points_of(opened(encoded({"many": points})).segment("many", wanted))
    assert found == {series: points[series] for series in wanted.tolist()}


def test_a_metric_that_was_left_out_is_not_taken_for_one_without_points() -> None:
    file = opened(encoded({"small": {1: {0: 1.0}}}, left_out=("large",)))
    assert file.segment("large", None) is None
    assert points_of(file.segment("none", None)) == {}


def test_one_series_costs_few_chunks() -> None:
    points = {series: {at: float(at) for at in range(0, 3600, 15)} for series in range(1000)}
    data, read = encoded({"many": points}), 0

    def reading(offset: int, size: int) -> bytes:
        nonlocal read
        read += size
        return data[offset : offset + size]

    file = SegmentFile(reading, len(data))
    read = 0
    assert points_of(file.segment("many", np.array([500], np.uint64))) == {500: points[500]}
    assert read <= 10 * CHUNK < len(data) // 10


@given(_METRICS, st.data())
def test_damage_is_noticed(metrics: dict[str, Points], data: st.DataObject) -> None:
    metrics = {**metrics, "": {}}  # one at least, so that each byte is of something that is read
    good = encoded(metrics)
    place = data.draw(st.integers(0, len(good) - 1))
    bad = bytearray(good)
    bad[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SegmentFileError):
        read_all(bytes(bad), metrics)


def read_all(data: bytes, metrics: Mapping[str, Points]) -> None:
    file = opened(data)
    for name, points in metrics.items():
        assert same(points_of(file.segment(name, None)), points)


@given(_METRICS, st.data())
def test_a_file_that_is_cut_off_or_longer_is_noticed(metrics: dict[str, Points], data: st.DataObject) -> None:
    good = encoded(metrics)
    cut = good[: data.draw(st.integers(0, len(good) - 1))]
    with pytest.raises(SegmentFileError):
        opened(cut)
    with pytest.raises(SegmentFileError):
        opened(good + b"\0")


def test_a_file_cut_off_while_it_is_open_is_noticed() -> None:
    data = bytearray(encoded({"cut": {series: {0: 1.0} for series in range(3000)}}))
    file = SegmentFile(lambda offset, size: bytes(data[offset : offset + size]), len(data))
    del data[1000:]
    with pytest.raises(SegmentFileError, match="cut off"):
        file.segment("cut", None)


def test_other_formats_are_refused() -> None:
    good = encoded({"one": {1: {0: 1.0}}})
    with pytest.raises(SegmentFileError, match="no segment file"):
        opened(b"PK" + good[2:])
    with pytest.raises(SegmentFileError, match="format is 2"):
        opened(good[:8] + b"\2" + good[9:])


def test_only_points_of_the_hour_are_encoded() -> None:
    later = build([rows({1: {0: 1.0}})], None, HOUR, HOUR + 3600, 3600, 1)
    assert later
    with pytest.raises(ValueError, match="hour"):
        Encoder(HOUR + 3600, 1).add("later", later[0])
    twice = Encoder(HOUR, 1)
    twice.add("one", later[0])
    twice.add("one", later[0])
    with pytest.raises(ValueError, match="twice"):
        twice.finish()
