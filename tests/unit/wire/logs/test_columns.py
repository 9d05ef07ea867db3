"""Bodies whose values are at the edges: columns hold what the plain decoder gives."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heeler.wire.logs import fast_path
from tests.unit.wire.logs.test_fast_path import any_size, compiled, same

__all__ = ["any_size", "compiled"]

NESTED_LISTS = b'[{"a":' + b"[" * 900 + b"]" * 900 + b"}]"
NESTED_OBJECTS = b'[{"a":' + b'{"b":' * 60 + b"1" + b"}" * 61 + b"]"


@pytest.mark.parametrize(
    "body",
    [
        b"[]", b"[{}]", b'[{},{"message":"x"},{}]', b'["","a"]', b'[1,true,null,"x",[1]]',
        b'[{"message":"a","message":"b","status":"info","status":"error"}]', b'[{"message":{"a":1}}]',
        b'[{"ddtags":["a","b",null,5]}]', b'[{"ddtags":{"a":1}}]', b'[{"ddtags":null,"message":null}]',
        b'[{"service":null,"message":"x"}]', b'[{"service":true}]', b'[{"service":["a"]}]',
        b'[{"ddsource":["a"],"source":"b"}]', b'[{"ddsource":"","source":"b"}]',
        b'[{"hostname":"","host":"b"}]', b'[{"host":"","hostname":"b"}]', b'[{"status":"","message":"x"}]',
        b'[{"status":[],"message":"x"}]', b'[{"status":null,"severity":4}]', b'[{"status":99}]',
        b'[{"timestamp":0}]', b'[{"timestamp":-5,"date":17}]', b'[{"timestamp":1e30}]',
        b'[{"timestamp":"x","date":"2026-01-01T00:00:00Z"}]', b'[{"dd.trace_id":true,"dd.span_id":7}]',
        b'[{"message":"dd.trace_id=5 dd.span_id=6","dd":{"span_id":"9"}}]', b'[{"a":"\\u0000"}]',
        b'[{"message":"x\\u0000"}]', NESTED_LISTS, NESTED_OBJECTS, b'[{"a":1,"a.b":2,"a":{"b":3}}]',
        b'[{"dd":{"trace_id":"1"},"dd.trace_id":"2"}]', b'[{"a":123456789012345678901234567890}]',
        b'[{"status":"error","error.stack":"x","error":{"kind":"E"}}]',
        b'[{"a":1.0000000000000000001,"b":1E5,"c":-0,"d":1e-400}]',
        b'[{"message":"{\\"service\\":\\"in\\"}","service":"out"}]',
        b'[{"message":"{\\"message\\":{\\"a\\":1}}"}]',
        b'[{"message":"' + b"a" * 1_200_000 + b'"}]',
        b'[{"message":"' + "é".encode() * 600_000 + b'"}]',
    ],
)  # fmt: skip
def test_bodies_at_the_edges(body: bytes) -> None:
    assert same(body)


@pytest.mark.parametrize(
    "query",
    [{"ddtags": "," * 1000 + "a"}, {"ddtags": "a," * 5000}, {"ddsource": "x" * 100_000},
     {"hostname": "h" * 1000},
     {"service": " ", "hostname": "\x00"}],
)  # fmt: skip
def test_defaults_of_the_request_are_cut_like_values(query: dict[str, str]) -> None:
    assert same(b'[{"message":"a","service":"s","ddtags":"x:y"},{"message":"b"}]', query)


@settings(deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(["message", "service", "host", "status", "ddtags", "a"]),
                                st.text(max_size=8)), max_size=8))  # fmt: skip
def test_texts_of_any_letters_in_any_field(documents: list[dict[str, str]]) -> None:
    assert fast_path.ready()
    same(json.dumps(documents).encode())
    same(json.dumps(documents, ensure_ascii=False).encode())
