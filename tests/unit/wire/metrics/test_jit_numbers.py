"""Compiled numbers: the double that Python reads, or none."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from heeler.wire.metrics import jit_numbers


def read(text: str) -> float | None:
    """The number at the beginning of ``text``, which has to end there; None where it is not read."""
    data, bits = np.frombuffer(text.encode() + b",", np.uint8), np.zeros(1, np.uint64)
    end = jit_numbers.number(data, 0, len(text), bits, 0)
    if end < 0:
        return None
    assert end == len(text)
    return float(struct.unpack("<d", struct.pack("<Q", int(bits[0])))[0])


@given(st.floats(allow_nan=False, allow_infinity=False))
@example(5e-324)
@example(1.7976931348623157e308)
@example(9007199254740993.0)
def test_doubles_come_back(value: float) -> None:
    found = read(json.dumps(value))
    assert found is None or found.hex() == value.hex()


@given(st.integers(-(10**19), 10**19), st.integers(-330, 320))
def test_digits_and_exponents_are_rounded_as_python_does(digits: int, power: int) -> None:
    text = f"{digits}e{power}"
    found = read(text)
    assert found is None or found.hex() == float(text).hex()


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(1, 9))
def test_ordinary_decimals_are_all_read(whole: int, fraction: int, size: int) -> None:
    text = f"{whole}.{fraction:0{size}d}"
    if len(text) <= 19:
        assert read(text) == float(text)


@pytest.mark.parametrize("text", ["-0", "0", "0.0", "-0.0", "0e5", "1E5", "1e+5", "1e-5"])
def test_forms(text: str) -> None:
    found = read(text)
    assert found is not None
    assert found.hex() == float(text).hex()


@pytest.mark.parametrize(
    "text", ["", "-", ".5", "5.", "01", "1e", "1e+", "x", "+1", "--1", "1e99999", "12345678901234567890"]
)
def test_what_is_not_read(text: str) -> None:
    assert read(text) is None


def test_ties_go_to_the_even_neighbor() -> None:
    assert read("9007199254740993") in (9007199254740992.0, None)
    assert read("9007199254740995") in (9007199254740996.0, None)


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_products(a: int, b: int) -> None:
    high, low = jit_numbers.product(np.uint64(a), np.uint64(b))
    assert (int(high) << 64) + int(low) == a * b
