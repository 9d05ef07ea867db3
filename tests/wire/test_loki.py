"""Loki's push protocol in both encodings."""

from __future__ import annotations

import json

import pytest

from heeler.wire import protobuf as pb
from heeler.wire.logs import loki
from heeler.wire.metrics.series import PayloadError

NOW = 1_800_000_000_000_000_000
LABELS = {"app": "shop", "level": "error", "host": "web-1"}
LINES = [(NOW - 2, "first", {"order": "7"}), (NOW - 2, "second", {})]


def as_json() -> bytes:
    values = [
        [str(time), line, metadata] if metadata else [str(time), line] for time, line, metadata in LINES
    ]
    return json.dumps({"streams": [{"stream": LABELS, "values": values}]}).encode()


def as_protobuf() -> bytes:
    stream = pb.put_bytes(1, b'{app="shop", level="error",host="web-1"}')
    for time, line, metadata in LINES:
        stamp = pb.put_int(1, time // 10**9) + pb.put_int(2, time % 10**9)
        entry = pb.put_bytes(1, stamp) + pb.put_bytes(2, line.encode())
        for key, value in metadata.items():
            entry += pb.put_bytes(3, pb.put_bytes(1, key.encode()) + pb.put_bytes(2, value.encode()))
        stream += pb.put_bytes(2, entry)
    return pb.put_bytes(1, stream)


@pytest.mark.parametrize("json_form", [True, False])
def test_lines_are_logs_with_labels_as_tags(json_form: bool) -> None:
    found = loki.decode_json(as_json(), NOW) if json_form else loki.decode_protobuf(as_protobuf(), NOW)
    assert [one.message for one in found] == ["first", "second"]
    first = found[0]
    assert (first.service, first.host, first.status, first.source) == ("shop", "web-1", "error", "loki")
    assert (first.time, first.dated) == (NOW - 2, True)
    assert first.tags == ("app:shop", "host:web-1", "level:error")
    assert first.attributes["order"] == "7"


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("{}", {}),
        ('{a="b"}', {"a": "b"}),
        ('{ a = "b,}" , c="d\\"e\\n" }', {"a": "b,}", "c": 'd"e\n'}),
        ("{a=`b\\`}", {"a": "b\\"}),
    ],
)
def test_labels_as_text(text: str, labels: dict[str, str]) -> None:
    assert loki.labels_of(text) == labels


@pytest.mark.parametrize("text", ["", "a=b", "{a=b}", '{a="b}', '{a="b" c="d"}', '{="b"}'])
def test_labels_that_cannot_be_read(text: str) -> None:
    with pytest.raises(PayloadError):
        loki.labels_of(text)


@pytest.mark.parametrize(
    "body",
    [b"{}", b'{"streams":[1]}', b'{"streams":[{"values":[[1]]}]}', b'{"streams":[{"values":[["x","y"]]}]}',
     b'{"streams":[{"stream":[],"values":[["1",2]]}]}'],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(body: bytes) -> None:
    with pytest.raises(PayloadError):
        loki.decode_json(body, NOW)
