"""Expressions of the arithmetic processor, as it documents them."""

from __future__ import annotations

import sys
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.logs.pipelines.arithmetic import MAX_DEPTH, MAX_LENGTH, ExpressionError, compile_expression

VALUES = {"a": 6.0, "b": 4.0, "zero": 0.0, "http.time-ms": 7.0, "@d": 2.0}


def result(text: str, values: Mapping[str, float] = VALUES) -> float | None:
    return compile_expression(text)(values.get)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a + b", 10),
        ("a+b", 10),
        ("a - b", 2),
        ("a * b", 24),
        ("a / b", 1.5),
        ("a + b * 2", 14),
        ("(a + b) * 2", 20),
        ("a - b - 1", 1),
        ("a / b / 2", 0.75),
        ("2 * (a - (b + 1)) * 3", 6),
        ("http.time-ms * 1000", 7000),
        ("http.time-ms - 2", 5),
        ("a * -1", -6),
        ("-3", -3),
        (".5 * a", 3),
        ("5. + a", 11),
        ("@d + 1", 3),
        ("  a  ", 6),
        ("((((a))))", 6),
    ],
)
def test_results(text: str, wanted: float) -> None:
    assert result(text) == wanted


@pytest.mark.parametrize(
    "text", ["missing", "a + missing", "missing * 2", "a / zero", "1 / (a - 6)", "(a / zero) + 1"]
)
def test_a_missing_value_and_a_division_by_zero_give_nothing(text: str) -> None:
    assert result(text) is None


def test_a_minus_without_blanks_belongs_to_a_name() -> None:
    assert result("a-b") is None
    assert result("a-b", {"a-b": 5.0}) == 5


@pytest.mark.parametrize(
    "text", ["", " ", "a +", "* a", "a b", "(a", "a)", "()", "a + * b", "a -b", "- a", "(a + b", "a + b)"]
)
def test_what_is_no_expression_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        compile_expression(text)


def test_limits() -> None:
    with pytest.raises(ExpressionError, match="longer"):
        compile_expression("1" * (MAX_LENGTH + 1))
    assert result("(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH) == 6
    with pytest.raises(ExpressionError, match="deeper"):
        compile_expression("(" * (MAX_DEPTH + 1) + "a" + ")" * (MAX_DEPTH + 1))


@pytest.mark.parametrize(("sign", "wanted"), [("+", 1000.0), ("*", 1.0)])
def test_the_longest_expression_needs_no_deep_stack(sign: str, wanted: float) -> None:
    expression = compile_expression(sign.join("1" * 1000))
    depth, most = len_of_stack(), sys.getrecursionlimit()
    sys.setrecursionlimit(depth + 50)
    try:
        assert expression(VALUES.get) == wanted
    finally:
        sys.setrecursionlimit(most)


def len_of_stack() -> int:
    frame, count = sys._getframe(), 0
    while frame.f_back is not None:
        frame, count = frame.f_back, count + 1
    return count


NUMBERS = st.integers(-1000, 1000)


@given(NUMBERS, NUMBERS, NUMBERS, st.sampled_from("+*"), st.sampled_from("-+*"))
def test_as_python_computes_it(a: int, b: int, c: int, one: str, two: str) -> None:
    text = f"{a} {one} x {two} ({c} - y)"
    assert result(text, {"x": float(b), "y": 2.0}) == eval(f"({a}) {one} ({b}) {two} (({c}) - 2)")
