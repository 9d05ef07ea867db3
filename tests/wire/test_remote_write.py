"""Prometheus remote write: counters as what they grew by, labels as tags."""

from __future__ import annotations

import math

import pytest

from heeler.wire import protobuf as pb
from heeler.wire.body_limits import LimitExceeded
from heeler.wire.metrics import remote_write
from heeler.wire.metrics.batch import Window
from heeler.wire.metrics.remote_write import WriteState, Written
from heeler.wire.metrics.series import PayloadError
from heeler.wire.metrics.series_registry import SeriesMemo

NOW = 1_800_000_000
WINDOW = Window(NOW, NOW - 86_400)


def series(samples: list[tuple[int, float]], **labels: str) -> bytes:
    """``samples`` in milliseconds."""
    message = b"".join(
        pb.put_bytes(1, pb.put_bytes(1, key.encode()) + pb.put_bytes(2, value.encode()))
        for key, value in labels.items()
    )
    message += b"".join(
        pb.put_bytes(2, pb.put_double(1, value) + pb.put_int(2, time)) for time, value in samples
    )
    return pb.put_bytes(1, message)


def metadata(family: str, kind: int) -> bytes:
    return pb.put_bytes(3, pb.put_int(1, kind) + pb.put_bytes(2, family.encode()))


class Receiver:
    def __init__(self) -> None:
        self.memo, self.state = SeriesMemo(), WriteState()

    def take(self, *parts: bytes, stored: bool = True) -> Written:
        found = remote_write.decode(b"".join(parts), self.memo, WINDOW, self.state)
        if stored:
            self.memo.mark_written(list(found.points.fresh), NOW)
            self.state.counters.commit(found.counters, NOW * 10**9)
        return found

    def points(self, *parts: bytes, stored: bool = True) -> list[tuple[str, int, float]]:
        batch = self.take(*parts, stored=stored).points
        names = [self.memo.names[int(self.memo.metrics[slot])] for slot in batch.slots]
        return list(zip(names, batch.times.tolist(), batch.values.tolist(), strict=True))


def ms(seconds: int) -> int:
    return seconds * 1000 + 500


def test_labels_are_tags_and_the_instance_names_the_host() -> None:
    found = Receiver().take(
        series([(ms(NOW), 1.5)], __name__="node_load1", instance="web-1:9100", job="node")
    )
    (info,) = found.points.fresh.values()
    assert (info.metric, info.host, info.type) == ("node_load1", "web-1", "gauge")
    assert info.tags == ("instance:web-1:9100", "job:node")
    assert (found.points.times.tolist(), found.points.values.tolist()) == ([NOW], [1.5])
    found = Receiver().take(series([(ms(NOW), 1.0)], __name__="up", instance="10.0.0.1:9100"))
    assert [info.host for info in found.points.fresh.values()] == [""]


def test_counters_give_what_they_grew_by() -> None:
    receiver = Receiver()
    labels = {"__name__": "http_requests_total", "code": "200"}
    assert receiver.points(series([(ms(NOW - 60), 100.0)], **labels)) == []
    grown = receiver.points(series([(ms(NOW - 45), 104.0), (ms(NOW - 30), 104.0)], **labels))
    assert grown == [("http_requests_total", NOW - 45, 4.0), ("http_requests_total", NOW - 30, 0.0)]
    assert receiver.points(series([(ms(NOW - 30), 104.0)], **labels)) == []
    assert receiver.points(series([(ms(NOW - 15), 3.0)], **labels)) == [
        ("http_requests_total", NOW - 15, 3.0)
    ]


def test_what_was_not_stored_grows_again() -> None:
    receiver = Receiver()
    receiver.points(series([(ms(NOW - 60), 1.0)], __name__="a_total"))
    later = series([(ms(NOW - 45), 3.0)], __name__="a_total")
    assert receiver.points(later, stored=False) == receiver.points(later) == [("a_total", NOW - 45, 2.0)]


def test_metadata_says_what_is_a_counter() -> None:
    receiver = Receiver()
    receiver.take(metadata("jobs_count", 2), metadata("ticks", 1))
    assert receiver.points(series([(ms(NOW), 4.0)], __name__="jobs_count")) == [("jobs_count", NOW, 4.0)]
    assert receiver.points(series([(ms(NOW), 4.0)], __name__="ticks")) == []


def test_known_series_are_not_described_again() -> None:
    receiver = Receiver()
    one = {"__name__": "m", "a": "b"}
    assert len(receiver.take(series([(ms(NOW - 5), 1.0)], **one)).points.fresh) == 1
    assert receiver.take(series([(ms(NOW), 2.0)], **one)).points.fresh == {}


def test_stale_markers_are_left_out_and_native_histograms_are_counted() -> None:
    found = Receiver().take(
        series([(ms(NOW), math.nan)], __name__="m"),
        pb.put_bytes(1, pb.put_bytes(4, b"")),
        series([(ms(NOW), 1.0)], nameless="x"),
    )
    assert len(found.points.values) == 0
    assert found.histograms == 1
    assert found.points.problems.dropped == {"bad_series": 1}


def test_what_cannot_be_read_is_refused() -> None:
    with pytest.raises(PayloadError):
        Receiver().take(b"\x0a\xff")
    with pytest.raises(LimitExceeded):
        Receiver().take(b"\x0a\x00" * 100_001)
