"""Masking of literals in queries, plans and commands."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.agent.runtime.obfuscate import obfuscate_mongodb_string, obfuscate_sql, obfuscate_sql_exec_plan


@pytest.mark.parametrize(
    ("query", "masked"),
    [
        ("SELECT * FROM users WHERE id = 42", "SELECT * FROM users WHERE id = ?"),
        ("SELECT 'it''s', \"Name\" FROM t1", 'SELECT ?, "Name" FROM t1'),
        ("SELECT 1 -- secret\nFROM t", "SELECT ? FROM t"),
        ("SELECT /* 'x' */ a FROM t WHERE a IN (1, 2, 3)", "SELECT a FROM t WHERE a IN ( ? )"),
        ("INSERT INTO t VALUES ($tag$it is$tag$, 1.5e3)", "INSERT INTO t VALUES ( ? )"),
        ("SELECT $1", "SELECT ?"),
    ],
)
def test_literals_are_masked(query: str, masked: str) -> None:
    assert obfuscate_sql(query) == masked


def test_metadata_names_tables_commands_and_comments() -> None:
    options = json.dumps({"return_json_metadata": True})
    found = json.loads(obfuscate_sql("SELECT a FROM t JOIN u ON t.id = u.id /* why */", options))
    assert found["query"] == "SELECT a FROM t JOIN u ON t.id = u.id"
    assert found["metadata"]["tables_csv"] == "t,u"
    assert found["metadata"]["commands"] == ["SELECT", "JOIN"]
    assert found["metadata"]["comments"] == ["/* why */"]


@given(st.text(max_size=200))
def test_any_text_comes_to_an_end(query: str) -> None:
    obfuscate_sql(query)


@given(st.text("abcdefgh", min_size=5, max_size=20))
def test_no_string_literal_is_left(secret: str) -> None:
    assert secret not in obfuscate_sql(f"SELECT x FROM y WHERE z = '{secret}' AND w = 7")


def test_plans_keep_their_shape_and_lose_their_values() -> None:
    plan = {"Plan": {"Node Type": "Seq Scan", "Total Cost": 12.5, "Filter": "(id = 7)", "Secret": "x"}}
    masked = json.loads(obfuscate_sql_exec_plan(json.dumps(plan)))
    assert masked == {
        "Plan": {"Node Type": "Seq Scan", "Total Cost": 12.5, "Filter": "(id = ?)", "Secret": "?"}
    }
    assert json.loads(obfuscate_sql_exec_plan(json.dumps(plan), True))["Plan"]["Total Cost"] == "?"
    with pytest.raises(RuntimeError, match="not JSON"):
        obfuscate_sql_exec_plan("no plan")


def test_mongodb_commands_lose_their_values() -> None:
    masked = json.loads(obfuscate_mongodb_string('{"find": "users", "filter": {"name": "Ann"}, "limit": 5}'))
    assert masked == {"find": "users", "filter": {"name": "?"}, "limit": 5}


@pytest.mark.parametrize(
    ("query", "masked"),
    [
        ("SELECT 'secret", "SELECT ?"),
        ("SELECT $$secret", "SELECT ?"),
        ("SELECT $a$x$b$y$a$ FROM t", "SELECT ? FROM t"),
        ("SELECT a /* secret", "SELECT a ?"),
        ("SELECT [a b] FROM [t", "SELECT [a b] FROM [t"),
    ],
)
def test_what_is_not_closed_leaks_nothing(query: str, masked: str) -> None:
    assert obfuscate_sql(query) == masked


@pytest.mark.parametrize("part", ["$a%d$ ", "/*a", "[a", "'a\\", "$$ "])
def test_marks_that_are_not_closed_take_linear_work(part: str) -> None:
    """Quadratic work would run into the limit of time of a test."""
    obfuscate_sql("".join(part.replace("%d", str(i)) for i in range(100_000)))
