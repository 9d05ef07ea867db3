"""The search language: what parses to what, what is written back, where errors are."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heeler.query.search.ast import (
    And,
    Cidr,
    Compare,
    Everything,
    Exists,
    Field,
    Match,
    Node,
    Not,
    Or,
    Pattern,
    Range,
    Text,
    Wild,
    write,
)
from heeler.query.search.parser import MAX_FIELDS, MAX_LENGTH, MAX_TERMS, SearchError, parse
from tests.work import lines_run

MANY, ONE = Wild(True), Wild(False)


def word(*parts: str | Wild) -> Pattern:
    return Pattern(tuple(parts))


def tag(name: str, *parts: str | Wild) -> Match:
    return Match(Field(name), word(*parts))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", Everything()),
        ("  * ", Everything()),
        ("$env", Everything()),
        ("error", Text(word("error"))),
        ('"disk full"', Text(Pattern(("disk full",), quoted=True))),
        ("service:web", tag("service", "web")),
        ("a b OR c", Or((And((Text(word("a")), Text(word("b")))), Text(word("c"))))),
        ("a AND b", And((Text(word("a")), Text(word("b"))))),
        ("a && b || c", Or((And((Text(word("a")), Text(word("b")))), Text(word("c"))))),
        ("-status:error", Not(tag("status", "error"))),
        ("NOT (a OR b)", Not(Or((Text(word("a")), Text(word("b")))))),
        ("- a", And((Text(word("-")), Text(word("a"))))),
        ("env:(a OR b)", Or((tag("env", "a"), tag("env", "b")))),
        (
            "@x:(>=200 AND <400)",
            And((Compare(Field("x", True), ">=", "200"), Compare(Field("x", True), "<", "400"))),
        ),
        ("@http.status_code:[400 TO 499]", Range(Field("http.status_code", True), "400", "499")),
        ("@t:{1 TO *}", Range(Field("t", True), "1", None, (False, False))),
        ("@t:{1 TO 5]", Range(Field("t", True), "1", "5", (False, True))),
        ("@t:[1 TO 5}", Range(Field("t", True), "1", "5", (True, False))),
        ("@t:[* TO *]", Range(Field("t", True), None, None)),
        ("a, b", And((Text(word("a,")), Text(word("b"))))),
        ("a||b&&c", Or((Text(word("a")), And((Text(word("b")), Text(word("c"))))))),
        ("image:repo/web:1.2", tag("image", "repo/web:1.2")),
        ('"@my attr":x', Match(Field("my attr", True), word("x"))),
        ('"my tag":(x OR y)', Or((tag("my tag", "x"), tag("my tag", "y")))),
        ("*:*", Everything()),
        ("CIDR(@ip, 10.0.0.0/8 , ::1)", Cidr(Field("ip", True), ("10.0.0.0/8", "::1/128"))),
        ("a\u00a0b", And((Text(word("a")), Text(word("b"))))),
        ("@duration:>1s", Compare(Field("duration", True), ">", "1s")),
        ("@a.b:*", Exists(Field("a.b", True))),
        ("host:web-?x*", tag("host", "web-", ONE, "x", MANY)),
        ("@my_attribute:hello\\:world", Match(Field("my_attribute", True), word("hello:world"))),
        ('@"my attr":x', Match(Field("my attr", True), word("x"))),
        ("service:$s.value", Everything()),
        ("*:foo", Text(word("foo"), everywhere=True)),
        ("CIDR(@ip,13.0.0.0/8,10.1.2.3)", Cidr(Field("ip", True), ("13.0.0.0/8", "10.1.2.3/32"))),
        ("NOT (CIDR(@ip,::1/128))", Not(Cidr(Field("ip", True), ("::1/128",)))),
        ("foo\\ bar", Text(word("foo bar"))),
        ("ORDER", Text(word("ORDER"))),
        ("“curly quotes”", Text(Pattern(("curly quotes",), quoted=True))),
    ],
)
def test_reads(text: str, tree: Node) -> None:
    assert parse(text) == tree
    assert parse(write(tree)) == tree


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("(a", 0, "never closed"),
        ("a)", 1, "no parenthesis is open"),
        ('say "hi', 4, "quotation mark"),
        ("a OR", 4, "Expected a term"),
        ("AND a", 0, "Expected a term"),
        ("()", 1, "Empty parentheses"),
        ("@x:[1 2]", 6, "'TO'"),
        ("@x:[1 TO 2", 10, "']' or '}'"),
        ("@x:>", 4, "a number"),
        ("@x:", 3, "Expected a value"),
        ("CIDR(@ip,abc)", 9, "not a network"),
        ("CIDR(@ip)", 8, "','"),
        ("a*b:c", 0, "field's name"),
        ("(" * 60 + "a", 51, "deeper"),
        ("x" * (MAX_LENGTH + 1), MAX_LENGTH, "longer"),
        ("a " * (MAX_TERMS + 1), 2 * MAX_TERMS, "300 terms"),
        (" ".join(f"@{n:03}:x" for n in range(MAX_FIELDS + 1)), 7 * MAX_FIELDS, "50 fields"),
        ('"@":x', 0, "field's name"),
    ],
)
def test_errors_say_where(text: str, position: int, words: str) -> None:
    with pytest.raises(SearchError, match=words.replace("(", r"\(")) as caught:
        parse(text)
    assert caught.value.position == position


names = st.text(min_size=1, max_size=8)
literals = st.text(min_size=1, max_size=8)
fields = st.builds(Field, names, st.booleans())


@st.composite
def patterns(draw: st.DrawFn) -> Pattern:
    if draw(st.booleans()):
        return Pattern((draw(literals),), quoted=True)
    parts: list[str | Wild] = [draw(literals)]
    for wild in draw(st.lists(st.booleans(), max_size=2)):
        parts += [Wild(wild), draw(literals)]
    return Pattern(tuple(parts))


leaves = st.one_of(
    st.just(Everything()),
    st.builds(Text, patterns(), st.booleans()),
    st.builds(Match, fields, patterns()),
    st.builds(Exists, fields),
    st.builds(Compare, fields, st.sampled_from([">", ">=", "<", "<="]), literals),
    st.builds(
        Range,
        fields,
        st.none() | literals,
        st.none() | literals,
        st.tuples(st.booleans(), st.booleans()),
    ),
    st.builds(Cidr, fields, st.just(("10.0.0.0/8", "::/0"))),
)


def several(nodes: st.SearchStrategy[Node]) -> st.SearchStrategy[tuple[Node, ...]]:
    return st.lists(nodes, min_size=2, max_size=3).map(tuple)


trees: st.SearchStrategy[Node] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(And, several(inner)),
        st.builds(Or, several(inner)),
        st.builds(Not, inner.filter(lambda node: not isinstance(node, Not))),
    ),
    max_leaves=8,
)


@given(trees)
@settings(max_examples=400, deadline=None)
def test_what_is_written_reads_back(tree: Node) -> None:
    assert parse(write(tree)) == tree


PIECES = st.sampled_from(
    [
        "(",
        ")",
        "[",
        "]",
        '"',
        "-",
        "!",
        "AND ",
        "OR ",
        "NOT ",
        "TO ",
        "@",
        ":",
        "*",
        "?",
        "\\",
        ">",
        "<=",
        "CIDR(",
        ",",
        " ",
    ]
)


@given(st.lists(PIECES | st.text(max_size=3), max_size=40).map("".join))
@settings(max_examples=1_500, deadline=None)
def test_any_text_parses_or_says_where_it_does_not(text: str) -> None:
    try:
        parse(text)
    except SearchError as error:
        position = error.position
    else:
        position = 0
    assert 0 <= position <= len(text)


@pytest.mark.parametrize(
    "text_of",
    [
        lambda n: "@a.b:(x OR y*) -c " * (n // 3),
        lambda n: '"' + "\\" * (MAX_LENGTH * n // MAX_TERMS - 4) + 'a"',
    ],
)
def test_twice_the_text_is_at_most_twice_the_work(text_of: Callable[[int], str]) -> None:
    half, whole = (lines_run(lambda n=n: parse(text_of(n))) for n in (MAX_TERMS // 2 // 3 * 3, MAX_TERMS))
    assert whole < 2.5 * half


def test_searches_of_published_dashboards_are_read_and_written_back() -> None:
    folder = Path(os.environ.get("HEELER_CORPUS", "../shared/corpus"))
    if not folder.is_dir():
        pytest.skip("HEELER_CORPUS does not name the folder of published dashboards")
    documents = [orjson.loads(path.read_bytes()) for path in sorted(folder.glob("*/*.json"))]
    searches = {text for document in documents for text in searches_of(document)}
    assert len(searches) > 300
    for search in searches:
        tree = parse(search)
        assert parse(write(tree)) == tree


def searches_of(node: object) -> Iterator[str]:
    """Every search in a dashboard's or a monitor's document."""
    if isinstance(node, list):
        for item in node:
            yield from searches_of(item)
    elif isinstance(node, dict):
        search = node.get("search")
        if isinstance(search, dict) and isinstance(search.get("query"), str):
            yield search["query"]
        for item in node.values():
            yield from searches_of(item)
