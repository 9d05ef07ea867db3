from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.wire.traces.obfuscation import obfuscate, obfuscate_json, obfuscate_redis, quantize_redis
from heeler.wire.traces.spans import Span
from heeler.wire.traces.sql_obfuscation import UNPARSABLE, obfuscate_sql


@pytest.mark.parametrize(
    ("query", "shape"),
    [
        (
            'select a,b from "T" where x=5 and y in (1,2,3) -- c',
            "select a, b from T where x = ? and y in ( ? )",
        ),
        ("INSERT INTO u(a,b) VALUES ('x',1),('y',2);", "INSERT INTO u ( a, b ) VALUES ( ? )"),
        ("SELECT t.a AS q FROM t LIMIT 5, 10", "SELECT t.a FROM t LIMIT ?"),
        ("select cast(x as int) from t", "select cast ( x as int ) from t"),
        ("select * from t where a = 'it''s' and b = :id", "select * from t where a = ? and b = :id"),
        ("select $tag$ secret $tag$, %s, NULL", "select ?"),
        ("select 'open", UNPARSABLE),
        ("", UNPARSABLE),
    ],
)
def test_sql(query: str, shape: str) -> None:
    assert obfuscate_sql(query) == shape


@given(st.text(alphabet="abz _", min_size=1))
def test_no_string_passes_through(secret: str) -> None:
    assert obfuscate_sql(f"select x from t where y = '{secret}!'") == "select x from t where y = ?"


def test_redis() -> None:
    assert quantize_redis("get a\nset b 1\nconfig set x\ndel y") == "GET SET CONFIG SET ..."
    assert obfuscate_redis("SET key secret EX 5") == "SET key ? EX 5"
    assert obfuscate_redis("AUTH user pw") == "AUTH ?"
    assert obfuscate_redis("HSET h f1 v1 f2 v2") == "HSET h f1 ? f2 ?"
    assert obfuscate_redis("MSET a 1 b 2") == "MSET a ? b ?"


def test_documents_keep_their_shape() -> None:
    assert (
        obfuscate_json('{"find":"users","filter":{"age":[1,2]}}') == '{"find":"?","filter":{"age":["?","?"]}}'
    )
    assert obfuscate_json("{broken") == "?"


def test_spans_by_type() -> None:
    span = Span(type="sql", resource="select 1", meta={"http.url": "http://me:pw@host/x"})
    obfuscate(span)
    assert span.resource == "select ?"
    assert span.meta == {"http.url": "http://host/x", "sql.query": "select ?"}


@pytest.mark.parametrize(
    ("query", "shape"),
    [
        ("select $a$ secret", UNPARSABLE),
        ("select a /* secret", UNPARSABLE),
        ("select $a$x$b$y$a$ from t", "select ? from t"),
        ("select $1 from [a b]", "select ? from a b"),
    ],
)
def test_marks_that_are_not_closed(query: str, shape: str) -> None:
    assert obfuscate_sql(query) == shape


@pytest.mark.parametrize("part", ["$a%d$ ", "a/*a", "[a", "'a\\", "x`y`"])
def test_marks_that_are_not_closed_take_linear_work(part: str) -> None:
    """Quadratic work would run into the limit of time of a test."""
    obfuscate_sql("".join(part.replace("%d", str(i)) for i in range(100_000)))
