"""Searches find what a slow, obvious evaluator finds, over documents and searches made at random."""

from __future__ import annotations

import ipaddress
import operator
import random
import re
from collections.abc import Callable, Mapping
from typing import Any

import orjson
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from heeler.query.search.ast import (
    And,
    Cidr,
    Compare,
    Everything,
    Exists,
    Field,
    Leaf,
    Match,
    Node,
    Not,
    Or,
    Pattern,
    Range,
    Text,
    Wild,
    holds,
    write,
)
from heeler.query.search.sources import Column, Json, Parameters, Table, Tag
from heeler.query.search.sql import search_condition
from heeler.store.engine import Engine

Document = Mapping[str, Any]

WORDS = ("Disk", "full", "née", "a:b", "50%", "x_y", "o'clock", "[ok]", "back\\slash")
VALUES: tuple[Any, ...] = (*WORDS, 5, 5.5, -2, 0, "5", "12.5", True, ["Disk", 5], "10.1.2.3", "::1", "")
TABLE = Table(
    name="search_reference",
    time="id",
    reserved={"service": Column("service")},
    tag=lambda key: Tag("tags", key),
    attribute=lambda path: Json("attributes", path),
    message=("message",),
    everywhere=("message",),
)


def _documents() -> list[Document]:
    rng = random.Random(7)
    return [
        {
            "id": number,
            "service": rng.choice(("web", "Web", "db", "")),
            "tags": [
                f"{key}:{rng.choice(WORDS).lower()}" for key in ("env", "env", "team") if rng.random() < 0.6
            ],
            "message": " ".join(rng.choices(WORDS, k=3)),
            "attributes": {key: rng.choice(VALUES) for key in ("a", "b") if rng.random() < 0.8}
            | ({"deep": {"er": rng.choice(VALUES)}} if rng.random() < 0.7 else {}),
        }
        for number in range(120)
    ]


DOCUMENTS = _documents()


@pytest.fixture(scope="module")
def filled(engine: Engine) -> Engine:
    engine.execute_sync(
        "CREATE TABLE search_reference (id UInt64, message String, service LowCardinality(String), "
        "tags Array(LowCardinality(String)), attributes String) ENGINE = MergeTree ORDER BY id"
    )
    engine.insert_sync(
        "search_reference",
        pa.table(
            {
                "id": pa.array([item["id"] for item in DOCUMENTS], pa.uint64()),
                "message": pa.array([item["message"] for item in DOCUMENTS]),
                "service": pa.array([item["service"] for item in DOCUMENTS]),
                "tags": pa.array([item["tags"] for item in DOCUMENTS], pa.list_(pa.string())),
                "attributes": pa.array([orjson.dumps(item["attributes"]).decode() for item in DOCUMENTS]),
            }
        ),
    )
    return engine


def _texts(field: Field, item: Document) -> list[str]:
    """What the field says in the document: each element of an array, each value of a tag."""
    if not field.attribute:
        if field.name == "service":
            return [item["service"]]
        return [tag.partition(":")[2] for tag in item["tags"] if tag.startswith(f"{field.name}:")]
    value: Any = item["attributes"]
    for step in field.name.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    if isinstance(value, list):
        return [_text(one) for one in value]
    return [] if value is None else [_text(value)]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _number(field: Field, item: Document) -> float | None:
    texts = _texts(field, item)
    try:
        return float(texts[0]) if len(texts) == 1 else None
    except ValueError:
        return None


def _fits(pattern: Pattern, text: str) -> bool:
    return re.fullmatch(_expression(pattern.parts, ".", ".*"), text, re.DOTALL) is not None


def _expression(parts: tuple[str | Wild, ...], one: str, many: str) -> str:
    return "".join(
        (many if part.many else one) if isinstance(part, Wild) else re.escape(part) for part in parts
    )


COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le,
}  # fmt: skip


def _true(leaf: Leaf, item: Document) -> bool:
    match leaf:
        case Everything():
            return True
        case Text(pattern):
            words = _expression(pattern.parts, r"\S", r"\S*")
            words = rf"(?<![^\W_]){words}(?![^\W_])"
            return re.search(words, item["message"], re.IGNORECASE) is not None
        case Match(field, pattern):
            lower = not field.attribute and field.name != "service"
            parts = tuple(part.lower() if isinstance(part, str) and lower else part for part in pattern.parts)
            return any(_fits(Pattern(parts), text) for text in _texts(field, item))
        case Exists(field):
            return any(
                text or isinstance(item["attributes"].get(field.name), list) for text in _texts(field, item)
            )
        case Compare(field, sign, value):
            number = _number(field, item)
            return number is not None and COMPARE[sign](number, float(value))
        case Range(field, low, high, inclusive):
            number = _number(field, item)
            above, below = (operator.ge, operator.le) if inclusive else (operator.gt, operator.lt)
            return number is not None and (
                (low is None or above(number, float(low))) and (high is None or below(number, float(high)))
            )
        case Cidr(field, networks):
            return any(_inside(text, networks) for text in _texts(field, item))


def _inside(text: str, networks: tuple[str, ...]) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(network) for network in networks)


FIELDS = st.sampled_from(
    [Field("service"), Field("env"), Field("team"), Field("none"), Field("a", True), Field("b", True),
     Field("deep.er", True), Field("none", True)]
)  # fmt: skip
LITERALS = st.sampled_from([*WORDS, "web", "WEB", "db", "5", "true", "disk", "10.1.2.3", "12.5"])
NUMBERS = st.sampled_from(["5", "-2", "0", "5.5", "12.5", "100"])


@st.composite
def patterns(draw: st.DrawFn) -> Pattern:
    text = draw(LITERALS)
    match draw(st.integers(0, 4)):
        case 0:
            return Pattern((text,), quoted=True)
        case 1:
            return Pattern((text[:2], Wild(True)))
        case 2:
            return Pattern((Wild(True), text[-2:]))
        case 3 if len(text) > 2:
            return Pattern((text[0], Wild(False), text[2:]))
    return Pattern((text,))


LEAVES = st.one_of(
    st.builds(
        Text, st.sampled_from(["Disk", "full", "DISK", "dis", "née"]).map(lambda word: Pattern((word,)))
    ),
    st.builds(Match, FIELDS, patterns()),
    st.builds(Exists, FIELDS),
    st.builds(
        Compare,
        FIELDS.filter(lambda field: field.attribute),
        st.sampled_from([">", ">=", "<", "<="]),
        NUMBERS,
    ),
    st.builds(
        Range, FIELDS.filter(lambda field: field.attribute), st.none() | NUMBERS, NUMBERS, st.booleans()
    ),
    st.builds(Cidr, FIELDS.filter(lambda field: field.attribute), st.just(("10.0.0.0/8", "::/64"))),
)


def _several(nodes: st.SearchStrategy[Node]) -> st.SearchStrategy[tuple[Node, ...]]:
    return st.lists(nodes, min_size=2, max_size=3).map(tuple)


TREES: st.SearchStrategy[Node] = st.recursive(
    LEAVES,
    lambda nodes: st.one_of(
        st.builds(Not, nodes), st.builds(And, _several(nodes)), st.builds(Or, _several(nodes))
    ),
    max_leaves=6,
)


@given(TREES)
@example(Text(Pattern(("née",))))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_searches_find_what_the_reference_finds(filled: Engine, tree: Node) -> None:
    to = Parameters()
    text = write(tree)
    where = search_condition(text, TABLE, to)
    rows = filled.rows_sync(f"SELECT id FROM search_reference WHERE {where} ORDER BY id", to.values)
    wanted = [item["id"] for item in DOCUMENTS if holds(tree, lambda leaf, item=item: _true(leaf, item))]
    assert [row[0] for row in rows] == wanted, text
