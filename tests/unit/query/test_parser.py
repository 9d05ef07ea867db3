"""The grammar: trees print back to equal trees, errors name their place, nothing takes long."""

from __future__ import annotations

import contextlib
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heeler.query.limits import MAX_TEXT
from heeler.query.metrics.ast import (
    All,
    AnyOf,
    Binary,
    Call,
    In,
    Modified,
    Modifier,
    Name,
    Negate,
    Node,
    Not,
    Number,
    Scope,
    Selector,
    Tag,
    TagSet,
    Text,
    Threshold,
    children,
)
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.parser import parse, parse_one
from heeler.query.metrics.printer import print_node, print_query
from tests.work import lines_run

CORPUS = Path(__file__).resolve().parents[4] / "shared" / "corpus"

names = st.from_regex(r"[a-z][a-z0-9_]{0,6}(\.[a-z0-9_]{1,5}){0,2}", fullmatch=True)
words = st.from_regex(r"[a-z][a-z0-9_\-./]{0,6}", fullmatch=True).filter(
    lambda word: word not in ("and", "or", "not", "in", "by")
)
keys = st.from_regex(r"[a-z@][a-z0-9_@\-./]{0,6}", fullmatch=True).filter(
    lambda word: word not in ("and", "or", "not", "in", "by")
)
patterns = st.sampled_from(["*", "web-*", "*-1", "*x*", "/dev/sda1", "http://a.b/c?d=e", "$env.value", "1.2"])
tags = st.one_of(
    st.builds(lambda key, value: Tag(f"{key}:{value}"), keys, words | patterns),
    st.sampled_from([Tag("*"), Tag("canary"), Tag("$env"), Tag("$my-app.name"), Tag("ENV:Prod")]),
)


def _chains(inner: st.SearchStrategy[Scope]) -> st.SearchStrategy[Scope]:
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        several.filter(lambda items: not isinstance(items[0], All)).map(All),
        several.map(AnyOf),
        inner.map(Not),
        st.builds(In, words, st.lists(words, min_size=1, max_size=3).map(tuple), st.booleans()),
    )


scopes = st.recursive(tags, _chains, max_leaves=6)
modifiers = st.lists(
    st.sampled_from(
        [
            Modifier("as_count"),
            Modifier("as_rate"),
            Modifier("weighted"),
            Modifier("rollup", ("sum", 60.0)),
            Modifier("rollup", (15.0,)),
            Modifier("rollup", ("sum", "daily", "9am", "Europe/Paris")),
            Modifier("rollup", ("avg", "weekly", "monday")),
            Modifier("fill", ("zero",)),
            Modifier("fill", ("null",)),
            Modifier("fill", ("last", 0.0)),
            Modifier("fill", (-1.5,)),
            Modifier("some_day", ("it's", "", "a b, c", 1e-300)),
        ]
    ),
    max_size=3,
).map(tuple)
finite = st.floats(allow_nan=False, allow_infinity=False)
thresholds = st.builds(
    Threshold, st.sampled_from([">", ">=", "<", "<="]), finite, st.sampled_from(["v", "x_1"])
)
plain_aggregators = st.sampled_from(
    ["avg", "sum", "min", "max", "count", "last", "stddev", "histogram", "p0", "p50", "p99.9", "p100", None]
)
selectors = st.builds(
    Selector, names, plain_aggregators | thresholds, scopes, st.lists(keys, max_size=3).map(tuple), modifiers
)
named = st.builds(Name, names, modifiers)
numbers = finite.map(Number)
texts = st.builds(Text, st.text(st.characters(exclude_characters="'", exclude_categories=["C"]), max_size=6))
tag_sets = st.builds(TagSet, st.lists(keys, max_size=3).map(tuple))
keyword_values = st.one_of(texts, numbers, names.map(Name))


def _expressions(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    arguments = st.lists(inner | texts | st.just(Text("it's")) | tag_sets, max_size=3)
    keywords = st.lists(st.tuples(words_only, keyword_values), max_size=2)
    return st.one_of(
        st.builds(Binary, st.sampled_from("+-*/"), inner, inner),
        # A sign before a number is part of it.
        inner.filter(lambda node: not isinstance(node, Number)).map(Negate),
        st.builds(Call, words_only, arguments.map(tuple), keywords.map(tuple), modifiers),
        st.builds(Modified, inner, modifiers.filter(bool)),
    )


words_only = names.filter(lambda name: "." not in name)
nodes = st.recursive(selectors | numbers | named, _expressions, max_leaves=10)


def test_the_trees_that_are_tried_have_every_kind_of_node() -> None:
    kinds = {kind.__name__ for kind in (*get_args(Node), *get_args(Scope))}
    seen: set[str] = set()

    @given(nodes)
    @settings(max_examples=500, deadline=None, database=None, derandomize=True)
    def collect(node: Node) -> None:
        stack: list[Any] = [node]
        while stack:
            item = stack.pop()
            seen.add(type(item).__name__)
            stack.extend(children(item))

    collect()
    assert kinds <= seen


@given(st.lists(nodes, min_size=1, max_size=3).map(tuple))
@settings(max_examples=100, deadline=None)
def test_several_queries_read_back_equal(several: tuple[Node, ...]) -> None:
    assert parse(print_query(several)) == several


@given(nodes)
@settings(max_examples=300, deadline=None)
def test_what_is_printed_reads_back_equal(node: Node) -> None:
    assert parse_one(print_node(node)) == node


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("avg:a.b{*}by{host}", "avg:a.b{*} by {host}"),
        ("a{x:y , z:*}", "a{x:y,z:*}"),
        ("a{x:y AND NOT z:w OR v:u}", "a{x:y,!z:w OR v:u}"),
        ("a-(b-c)*2", "a - (b - c) * 2"),
        ("(a)", "a"),
        ("query1.fill(zero)", "query1.fill(zero)"),
        ("\n avg : a { * } \n", "avg:a{*}"),
        ("count(v: v>=1):d{*}", "count(v: v>=1):d{*}"),
        ("sum(a,{ * })", "sum(a, {*})"),
        ("+a", "a"),
        ("a{-x:y}", "a{!x:y}"),
    ],
)
def test_normal_form(text: str, printed: str) -> None:
    assert print_query(parse(text)) == printed


@pytest.mark.parametrize(
    ("text", "position", "part"),
    [
        ("avg:m{", 6, "expected"),
        ("", 0, "expected"),
        ("foo:m{*}", 0, "Unknown aggregator 'foo'"),
        ("m{*} + ", 7, "expected"),
        ("m{*}}", 4, "nothing is opened that } could close"),
        ("top(m{*}, 'x)", 10, "Error parsing"),
        ("count(v: w>1):m{*}", 6, "compared"),
        ("m{--a:b}", 2, "is not a tag"),
    ],
)
def test_errors_name_their_place(text: str, position: int, part: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert caught.value.position == position
    assert part in caught.value.message


def _fuzzed(rng: random.Random) -> str:
    pieces = [
        "avg:",
        "m",
        "{",
        "}",
        "*",
        "(",
        ")",
        ",",
        " by ",
        "'",
        '"',
        ".",
        "rollup",
        "-",
        "1e9",
        "é",
        "$x",
        " OR ",
        ":",
    ]
    return "".join(rng.choice(pieces) for _ in range(rng.randrange(1, 30)))


def test_random_text_parses_or_fails_cleanly() -> None:
    rng = random.Random(7)
    parsed = 0
    for _ in range(4000):
        try:
            parse(_fuzzed(rng))
            parsed += 1
        except QueryError:
            pass
    assert parsed > 20


@pytest.mark.parametrize(
    "unit", ["(", "-", "abs(", "a+", "m{*}.fill(zero)", "!", "a,", "m{a:b OR ", "{", "'", "m{(", "9"]
)
def test_twice_the_text_is_at_most_twice_the_work(unit: str) -> None:
    def attempt(length: int) -> None:
        with contextlib.suppress(QueryError):
            parse((unit * length)[:length])

    half, whole = (lines_run(lambda length=length: attempt(length)) for length in (MAX_TEXT // 2, MAX_TEXT))
    assert whole < 2.5 * half + 10_000


def test_too_deep_and_too_long_are_refused() -> None:
    with pytest.raises(QueryError, match="nested more than"):
        parse("abs(" * 500 + "m{*}" + ")" * 500)
    with pytest.raises(QueryError, match="characters"):
        parse("m{*}" + " " * MAX_TEXT)


def _corpus_texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("formula"), str):
            yield value["formula"]
        if isinstance(value.get("query"), str) and value.get("data_source") == "metrics":
            yield value["query"]
        if isinstance(value.get("q"), str) and "{" in value["q"]:
            yield value["q"]
        for item in value.values():
            yield from _corpus_texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _corpus_texts(item)


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus of real dashboards is not beside this checkout")
def test_real_dashboards_print_back() -> None:
    files = sorted((CORPUS / "dashboards").glob("*.json"))
    texts = {text for file in files for text in _corpus_texts(json.loads(file.read_text()))}
    assert len(texts) > 2000
    for text in texts:
        tree = parse(text)
        assert parse(print_query(tree)) == tree, text
