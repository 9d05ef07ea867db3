"""Searches find what a slow, obvious evaluator finds, over documents and searches made at random."""

from __future__ import annotations

import ipaddress
import math
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
    write_field,
    write_pattern,
)
from heeler.query.search.attributes import APART, Json, values_of_json
from heeler.query.search.field_sql import AnyTag, Column, Parameters, Table, Tag
from heeler.query.search.sql import search_condition
from heeler.store.engine import Engine

Document = Mapping[str, Any]

WORDS = ("Disk", "full", "née", "a:b", "50%", "x_y", "o'clock", "[ok]", "back\\slash", "日本", 'say "hi"')
TAG_VALUES = (*(word.lower() for word in WORDS), "/var/log", "repo/web:1.2", "5", "10.1.2.3")
VALUES: tuple[Any, ...] = (
    *WORDS, 5, 5.0, 5.5, -2, 0, "5", "12.5", True, False, None, ["Disk", 5, 100], ["10.1.2.3", None], [],
    "10.1.2.3", "::1", "", "two\nlines", 2**60 + 1, str(2**60),
)  # fmt: skip
TABLE = Table(
    name="search_reference",
    time="id",
    reserved={"service": Column("service"), "tags": AnyTag("tags")},
    tag=lambda key: Tag("tags", key),
    attribute=lambda path: Json("attributes", path),
    message=("message",),
    everywhere=("message", values_of_json("attributes"), f"arrayStringConcat(tags, {APART})"),
)


def _documents() -> list[Document]:
    rng = random.Random(7)
    return [
        {
            "id": number,
            "service": rng.choice(("web", "Web", "db", "")),
            "tags": [
                f"{key}:{rng.choice(TAG_VALUES)}" for key in ("env", "env", "team") if rng.random() < 0.6
            ],
            "message": " ".join(rng.choices(WORDS, k=3)),
            "attributes": _attributes(rng),
        }
        for number in range(200)
    ]


def _attributes(rng: random.Random) -> dict[str, Any]:
    found = {key: rng.choice(VALUES) for key in ("a", "b") if rng.random() < 0.8}
    deep = rng.choice(VALUES)
    forms: tuple[dict[str, Any], ...] = (
        {"deep": {"er": {"x": deep}}},
        {"deep.er": {"x": deep}},
        {"deep": {"er.x": deep}},
        {"deep.er.x": deep},
        {"deep": {"er": [{"x": deep}, {"x": rng.choice(VALUES)}, {"y": 1}]}},
        {"deep": [{"er": {"x": deep}}, 7]},
        {},
    )
    return found | rng.choice(forms)


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


def _values(field: Field, item: Document) -> list[Any]:
    """What the field is in the document: each element of an array, each value of a tag."""
    if field.attribute:
        return [one for one in _within(item["attributes"], field.name) if one is not None]
    if field.name == "service":
        return [item["service"]]
    if field.name == "tags":
        return list(item["tags"])
    return [tag.partition(":")[2] for tag in item["tags"] if tag.startswith(f"{field.name}:")]


def _within(value: Any, path: str) -> list[Any]:
    if isinstance(value, list):
        return [found for one in value for found in _within(one, path)]
    if not path:
        return [value]
    if not isinstance(value, dict):
        return []
    fitting = [key for key in value if path == key or path.startswith(f"{key}.")]
    return [found for key in fitting for found in _within(value[key], path[len(key) + 1 :])]


def _everything(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [found for one in value.values() for found in _everything(one)]
    if isinstance(value, list):
        return [found for one in value for found in _everything(one)]
    return [_text(value)]


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _number(value: Any) -> float:
    """NaN, which compares with nothing, for what is no number."""
    try:
        return float(_text(value))
    except ValueError:
        return math.nan


def _is(pattern: Pattern, value: Any) -> bool:
    if re.fullmatch(_expression(pattern.parts, ".", ".*"), _text(value), re.DOTALL):
        return True
    literal = pattern.literal or ""
    number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 2**53
    return number and re.fullmatch(r"-?\d+(\.\d+)?", literal) is not None and float(literal) == value


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
        case Text(pattern, everywhere):
            words = re.sub(r"(\\ )+", r"\\s+", _expression(pattern.parts, r"\S", r"\S*"))
            words = rf"(?<![^\W_]){words}(?![^\W_])"
            texts = [item["message"]]
            texts += [*_everything(item["attributes"]), *item["tags"]] if everywhere else []
            return any(re.search(words, text, re.IGNORECASE) for text in texts)
        case Match(field, pattern):
            lower = not field.attribute and field.name != "service"
            parts = tuple(part.lower() if isinstance(part, str) and lower else part for part in pattern.parts)
            return any(_is(Pattern(parts), value) for value in _values(field, item))
        case Exists(field):
            return any(value != "" for value in _values(field, item))
        case Compare(field, sign, value):
            return any(COMPARE[sign](_number(one), float(value)) for one in _values(field, item))
        case Range(field, low, high, inclusive):
            return any(_between(_number(one), low, high, inclusive) for one in _values(field, item))
        case Cidr(field, networks):
            return any(_inside(_text(value), networks) for value in _values(field, item))


def _between(number: float, low: str | None, high: str | None, inclusive: tuple[bool, bool]) -> bool:
    above, below = operator.ge if inclusive[0] else operator.gt, operator.le if inclusive[1] else operator.lt
    return (
        not math.isnan(number)
        and (low is None or above(number, float(low)))
        and (high is None or below(number, float(high)))
    )


def _inside(text: str, networks: tuple[str, ...]) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(network) for network in networks)


FIELDS = st.sampled_from(
    [Field("service"), Field("env"), Field("team"), Field("tags"), Field("none"), Field("a", True),
     Field("b", True), Field("deep.er.x", True), Field("deep.er", True), Field("none", True)]
)  # fmt: skip
VALUE_FIELDS = FIELDS.filter(lambda field: field.name != "deep.er")
LITERALS = st.sampled_from(
    [*WORDS, *TAG_VALUES, "web", "WEB", "db", "5", "5.0", "5.00", "true", "False", "disk", "12.5", "env:full",
     "team:/var/log", str(2**60), str(2**60 + 1), "two\nlines"]
)  # fmt: skip
NUMBERS = st.sampled_from(["5", "-2", "0", "5.5", "12.5", "100", "1e2"])
NETWORKS = st.sampled_from(
    [
        ("10.0.0.0/8", "::/64"),
        ("10.1.2.3/32",),
        ("0.0.0.0/0",),
        ("10.1.2.4/30", "::1/128"),
        ("2001:db8::/32",),
    ]
)


@st.composite
def patterns(draw: st.DrawFn, literals: st.SearchStrategy[str] = LITERALS) -> Pattern:
    text = draw(literals)
    match draw(st.integers(0, 5)):
        case 0:
            return Pattern((text,), quoted=True)
        case 1:
            return Pattern((text[:2], Wild(True)))
        case 2:
            return Pattern((Wild(True), text[-2:]))
        case 3 if len(text) > 2:
            return Pattern((text[0], Wild(False), text[2:]))
        case 4 if len(text) > 3:
            return Pattern((text[0], Wild(True), text[2], Wild(False), Wild(True)))
    return Pattern((text,))


#: What the text index parts in the same way as the reference: words of letters and digits.
FREE = st.sampled_from(
    ["Disk", "full", "DISK", "dis", "née", "NÉE", "日本", "hi", "say", "lines", "true", "5", "x", "clock"]
)
PHRASES = st.sampled_from(
    ["disk full", "full  Disk", "née o'clock", "ok] x_y", "12.5", "two lines", 'y "hi"']
)
LEAVES = st.one_of(
    st.just(Everything()),
    st.builds(Text, patterns(FREE), st.booleans()),
    st.builds(Text, PHRASES.map(lambda text: Pattern((text,), quoted=True)), st.booleans()),
    st.builds(Match, VALUE_FIELDS, patterns()),
    st.builds(Exists, FIELDS),
    st.builds(Compare, VALUE_FIELDS, st.sampled_from([">", ">=", "<", "<="]), NUMBERS),
    st.builds(
        Range,
        VALUE_FIELDS,
        st.none() | NUMBERS,
        st.none() | NUMBERS,
        st.tuples(st.booleans(), st.booleans()),
    ),
    st.builds(Cidr, VALUE_FIELDS, NETWORKS),
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


def spelled(node: Node, draw: st.DrawFn) -> str:
    """A search that means ``node``, in any of the ways in which people write it."""
    match node:
        case Not(item):
            return draw(st.sampled_from(["-({})", "NOT ({})", "!({})", "-(({}) )", "NOT  -NOT({})"])).format(
                spelled(item, draw)
            )
        case And(items):
            joint = draw(st.sampled_from([" ", " AND ", "&&", " && ", "  "]))
            return joint.join(f"({spelled(item, draw)})" if isinstance(item, Or) else spelled(item, draw)
                              for item in items)  # fmt: skip
        case Or(items) if (group := _one_field(items)) is not None and draw(st.booleans()):
            return group
        case Or(items):
            return draw(st.sampled_from([" OR ", "||", " || "])).join(spelled(item, draw) for item in items)
        case Text(Pattern(("Disk",), quoted=False), False):
            return draw(st.sampled_from(["dISK", '"disk"', "“DISK”", " Disk "]))
        case Range(field, low, None, inclusive) if low is not None and draw(st.booleans()):
            return f"{write_field(field)}:{'>=' if inclusive[0] else '>'}{low}"
        case Range(field, low, high, (True, True)) if low and high and field.name in ("service", "team"):
            return f"{write_field(field)}:(>={low} AND <= {high})"
        case Exists(field):
            return draw(st.sampled_from(["{}:*", "{}:(*)", "{}:**"])).format(write_field(field))
        case Everything():
            return draw(st.sampled_from(["*", "$any", "*:*", "service:$any.value"]))
    return write(node)


def _one_field(items: tuple[Node, ...]) -> str | None:
    """``service:(a OR b)`` where all items are values of one field."""
    if not all(isinstance(item, Match) for item in items):
        return None
    matches = [item for item in items if isinstance(item, Match)]
    if len({item.field for item in matches}) > 1:
        return None
    values = " OR ".join(write_pattern(item.pattern) for item in matches)
    return f"{write_field(matches[0].field)}:({values})"


@st.composite
def searches(draw: st.DrawFn) -> tuple[Node, str]:
    tree = draw(TREES)
    return tree, draw(st.just(write(tree))) if draw(st.booleans()) else spelled(tree, draw)


@given(searches())
@example((Text(Pattern(("née",))), "née"))
@example((Exists(Field("a", True)), "@a:*"))
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_searches_find_what_the_reference_finds(filled: Engine, search: tuple[Node, str]) -> None:
    tree, text = search
    to = Parameters()
    where = search_condition(text, TABLE, to)
    rows = filled.rows_sync(f"SELECT id FROM search_reference WHERE {where} ORDER BY id", to.values)
    wanted = [item["id"] for item in DOCUMENTS if holds(tree, lambda leaf, item=item: _true(leaf, item))]
    assert [row[0] for row in rows] == wanted, text
