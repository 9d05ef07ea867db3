"""Ids of logs stored as forms: what comes back is what was sent, and other values are left alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.store.attributes import decode, encode
from heeler.wire.logs.id_forms import DECIMAL, HEX, NO_FORM, NUMBER, form_of, ids_of, value_of

halves = st.integers(0, 2**64 - 1) | st.sampled_from([0, 1, 10**15, 10**15 - 1, 0x1234567890123456])


@st.composite
def values(draw: st.DrawFn) -> tuple[Any, int, int]:
    """A value of an attribute as tracers write it, or nearly so, and the halves of the log's id."""
    high, low = draw(halves), draw(halves)
    forms = [
        low, str(low), f"{high:016x}{low:016x}", f"{low:016x}", f"{high:032x}", f"{low:x}".upper(),
        str(high << 64 | low), f"+{low}", f" {low}", f"0{low}", float(low), -low, "", None, True, [low],
    ]  # fmt: skip
    return draw(st.sampled_from(forms) | st.text()), low, high


@given(values(), st.booleans())
def test_a_form_gives_back_the_value_itself(drawn: tuple[Any, int, int], trace: bool) -> None:
    value, low, high = drawn
    text = encode(value)
    form = form_of(text, low, high if trace else None)
    if form != NO_FORM:
        found = value_of(form, low, high)
        assert found == decode(text)
        assert type(found) is type(decode(text))


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("12345", DECIMAL),
        (12345, NUMBER),
        ("00000000000000ab0000000000003039", HEX),
        ("00000000000000AB0000000000003039", NO_FORM),
        ("0000000000003039", NO_FORM),
        ("12346", NO_FORM),
        ("012345", NO_FORM),
    ],
)
def test_forms_of_a_trace_id(value: Any, form: str) -> None:
    assert form_of(encode(value), 12345, 0xAB) == form


def test_a_span_id_has_no_hexadecimal_form_and_a_missing_value_none() -> None:
    assert form_of(encode("00000000000000000000000000003039"), 12345) == NO_FORM
    assert form_of(None, 12345, 0) == NO_FORM
    assert form_of(encode(0), 0, 0) == form_of(encode("0"), 0, 0) == NO_FORM


@given(st.text(DECIMAL + HEX + NUMBER + NO_FORM, min_size=2, max_size=2))
def test_the_ids_of_a_log_without_any_are_empty(forms: str) -> None:
    assert ids_of(forms) == ("" if forms == ".." else forms)
