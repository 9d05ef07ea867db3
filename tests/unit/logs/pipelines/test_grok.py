"""Grok rules by their documented behavior."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.logs.pipelines.grok import MAX_TEXT, GrokError, compile_grok
from heeler.logs.pipelines.grok_rules import searcher
from tests.unit.logs.pipelines.golden_grok import EXAMPLES

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.mark.parametrize(("text", "pattern", "expected"), EXAMPLES, ids=lambda value: str(value)[:40])
def test_documented_examples(text: str, pattern: str, expected: str | None) -> None:
    found = compile_grok(f"rule {pattern}").parse(text, NOW)
    assert (None if found is None else found[1]) == (None if expected is None else json.loads(expected))


@pytest.mark.parametrize(
    ("rules", "helpers", "text", "expected"),
    [
        (
            "up %{who} up in %{integer:ms}ms\ndown %{who} down",
            r"who %{word:u.name}\(%{integer:u.id}\)",
            "ann(7) up in 3ms",
            {"u": {"name": "ann", "id": 7}, "ms": 3},
        ),
        (
            "up %{who} up in %{integer:ms}ms\ndown %{who} down",
            r"who %{word:u.name}\(%{integer:u.id}\)",
            "ann(7) down",
            {"u": {"name": "ann", "id": 7}},
        ),
        ("down %{who} down", r"who %{word:u.name}\(%{integer:u.id}\)", "ann down", None),
        ("a x=%{integer:n}\nb x=%{notSpace:t}", "", "x=5", {"n": 5}),
        ("a x=%{integer:n}\nb x=%{notSpace:t}", "", "x=five", {"t": "five"}),
        ("a %{word:w}\nb <%{a}>", "", "<hi>", {"w": "hi"}),
        ("a %{h:whole} end", "h %{word:w}-%{integer:n}", "x-1 end", {"whole": "x-1", "w": "x", "n": 1}),
    ],
)
def test_rules_and_helpers(rules: str, helpers: str, text: str, expected: object) -> None:
    found = compile_grok(rules, helpers).parse(text, NOW)
    assert (found and found[1]) == expected


@pytest.mark.parametrize(
    ("rules", "helpers", "message"),
    [
        ("a x", "p %{q}\nq %{p}", "itself"),
        ("a %{p}", "p %{q}\nq %{p}", "itself"),
        ("a %{word:w}\na %{data:d}", "", "Duplicate rule name a"),
        ("a %{nothing:w}", "", "unknown matcher nothing"),
        ("a %{word:w:nothing}", "", "Unknown filter nothing"),
        ("a %{word:w", "", "no end"),
        ("a (%{word:w}", "", "missing"),
        ("a (?=x)y", "", "Invalid rule a"),
        (r"a (\w+)\1", "", "Invalid rule a"),
        ("", "", "no rules"),
        ("a", "", "a name, a blank"),
        ('a %{date("qq"):d}', "", "Unsupported letter"),
        ('a %{date("HH","Mars/One"):d}', "", "Unknown time zone"),
        ('a %{data:d:csv("a","::")}', "", "one character"),
    ],
)
def test_bad_rules_are_refused(rules: str, helpers: str, message: str) -> None:
    with pytest.raises(GrokError, match=message):
        compile_grok(rules, helpers)


def test_a_date_without_a_year_is_of_this_or_the_last() -> None:
    rule = compile_grok('a %{date("MMM d HH:mm:ss"):t}')
    times = []
    for text in ("Nov 30 11:00:00", "Dec 2 00:00:00"):
        found = rule.parse(text, NOW)
        assert found is not None
        times.append(datetime.fromtimestamp(found[1]["t"] / 1000, UTC).year)
    assert times == [2026, 2025]


def test_a_hostile_pattern_takes_linear_time() -> None:
    rule = compile_grok("a (((a+)+)+)+b")
    assert rule.parse("a" * (MAX_TEXT - 1), NOW) is None
    assert rule.parse("a" * (MAX_TEXT + 1) + "b", NOW) is None


def test_helpers_that_multiply_are_refused() -> None:
    helpers = "\n".join(f"h{place} %{{h{place + 1}}}%{{h{place + 1}}}" for place in range(20)) + "\nh20 x"
    with pytest.raises(GrokError, match="longer than"):
        compile_grok("a %{h0}", helpers)


_WORDS = st.text("az\u00e9\u20ac\U0001d11e", max_size=8)


@given(_WORDS, st.integers(0, 10**9), _WORDS)
def test_parts_of_any_text_where_they_are(before: str, number: int, after: str) -> None:
    word = '%{regex("[^ ]*"):'
    grok = compile_grok(f"rule {word}a}} %{{integer:n.of}} {word}n.b}}")
    found = grok.parse(f"{before} {number} {after}")
    assert found is not None
    assert found[1] == {
        **({"a": before} if before else {}),
        "n": {"of": number, **({"b": after} if after else {})},
    }


def test_a_library_that_gives_spans_one_by_one() -> None:
    class Found:
        class re:
            groups = 1

        def span(self, group: int) -> tuple[int, int]:
            return (0, 3) if group == 0 else (1, 2)

    class Library:
        def fullmatch(self, text: bytes) -> Found | None:
            return Found() if text == b"abc" else None

    spans_in = searcher(Library())
    assert list(spans_in(b"abc") or ()) == [(0, 3), (1, 2)]
    assert spans_in(b"abcd") is None


@given(_WORDS, st.sampled_from(("", "0", "-7", "+12", "007", "9" * 30)), _WORDS)
def test_plain_values_are_those_of_any_capture(before: str, number: str, after: str) -> None:
    text = 'rule %{regex("[^ ]*"):a.b} %{regex("[^ ]*"):a.c} (?:%{integer:n}|%{number:f})? *%{data:rest}'
    grok = compile_grok(text)
    rule = grok.rules[0]
    assert rule.slots is not None
    line = f"{before} x {number} {after}"
    plain = grok.parse(line)
    rule.slots = None
    assert grok.parse(line) == plain


def test_captures_that_meet_are_not_plain_values() -> None:
    for text in ("%{word:a} %{word:a.b}", "%{word:a} %{word:a}", "%{word:a:lowercase}", "%{data::json}"):
        assert compile_grok(f"rule {text}").rules[0].slots is None
