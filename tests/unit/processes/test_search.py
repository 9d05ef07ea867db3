from __future__ import annotations

import pytest

from heeler.processes.search import All, Any, Not, Pair, SearchError, Tree, Word, of_tags, parse


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", All()),
        ("*", All()),
        ("java", Word("java")),
        ("java kafka", Any((Word("java"), Word("kafka")))),
        ("java AND kafka", All((Word("java"), Word("kafka")))),
        ("java kafka env:prod", All((Any((Word("java"), Word("kafka"))), Pair("env", "prod")))),
        ("java -kafka", All((Word("java"), Not(Word("kafka"))))),
        ("java !kafka", All((Word("java"), Not(Word("kafka"))))),
        ("java NOT kafka", All((Word("java"), Not(Word("kafka"))))),
        ("a OR b AND c", Any((Word("a"), All((Word("b"), Word("c")))))),
        ("(a OR b) AND -user:root", All((Any((Word("a"), Word("b"))), Not(Pair("user", "root"))))),
        ('"AND -x:y"', Word("AND -x:y", literal=True)),
        ('-"a b"', Not(Word("a b", literal=True))),
        ('host:"web 1"', Pair("host", "web 1")),
        ("--shard 7", Any((Word("--shard"), Word("7")))),
        ("NOT --shard", Not(Word("--shard"))),
        ("-- x", Any((Word("--"), Word("x")))),
        ("http://a", Pair("http", "//a")),
    ],
)
def test_trees(text: str, tree: Tree) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("(a", "not closed"),
        ("a)", "without '\\('"),
        ('"a', "not closed"),
        ("a OR", "missing at the end"),
        ("NOT", "missing at the end"),
        ("AND a", "missing at character 1"),
        ("(" * 50 + "a" + ")" * 50, "nested deeper"),
        ("a " * 400, "more than 100 terms"),
        ("a" * 5000, "longer than 4000"),
    ],
)
def test_what_cannot_be_read_says_where(text: str, message: str) -> None:
    with pytest.raises(SearchError, match=message):
        parse(text)


def test_tags_all_hold() -> None:
    assert of_tags(["env:prod", " ", "*", "-host:a", "gpu"]) == All(
        (Pair("env", "prod"), Not(Pair("host", "a")), Pair("gpu", ""))
    )
