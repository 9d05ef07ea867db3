from __future__ import annotations

import json
import math

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.wire import body_limits
from heeler.wire.body_limits import LimitExceeded
from heeler.wire.json_codec import dump, load
from heeler.wire.metrics.series import PayloadError


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": 1}', {"a": 1}),
        (b'"\\ud83d\\ude00"', "\U0001f600"),
        (b'"a\\ud800b"', "a\ufffdb"),
        (b'"\\udc00\\ud800"', "\ufffd\ufffd"),
        (b'"\\\\ud800"', "\\ud800"),
        (b'["\\ud800", "\\ud83d\\ude00"]', ["\ufffd", "\U0001f600"]),
        (b'"caf\xe9"', "caf\ufffd"),
        (b"[Infinity]", [math.inf]),
        (b"1" + b"0" * 400, 10**400),
    ],
)
def test_what_real_clients_send_is_read(body: bytes, value: object) -> None:
    assert load(body) == value


@pytest.mark.parametrize(
    "body", [b"", b" ", b"{", b"{'a': 1}", b'{"a": NaN', b'"\\ud800', b"1" + b"0" * 5000]
)
def test_what_is_not_json_is_refused(body: bytes) -> None:
    with pytest.raises(PayloadError):
        load(body)


def test_too_many_objects_are_refused_before_they_are_made() -> None:
    with pytest.raises(LimitExceeded):
        load(b"[" + b"[]," * body_limits.MAX_CONTAINERS + b"[]]")


documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(categories=None)),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(categories=None)), inner, max_size=3)
    ),
)


@given(documents)
def test_whatever_was_read_can_be_written(value: object) -> None:
    orjson.loads(dump(value))
    assert orjson.loads(dump(load(json.dumps(value).encode()))) == orjson.loads(
        dump(load(json.dumps(value).encode()))
    )


@given(documents)
def test_plain_documents_are_written_as_they_are(value: object) -> None:
    try:
        expected = orjson.dumps(value).decode()
    except TypeError:
        return
    assert dump(value) == expected


def test_what_is_nested_too_deep_becomes_text() -> None:
    value: object = 1
    for _ in range(400):
        value = [value]
    written = dump(value)
    assert "nested more than" in written
    assert written.count("[") == body_limits.MAX_DEPTH
