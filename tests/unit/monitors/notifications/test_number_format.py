"""Numbers in notifications."""

from __future__ import annotations

import pytest

from heeler.monitors.notifications.number_format import plain_number


@pytest.mark.parametrize(
    ("value", "text"),
    [(90.0, "90"), (0.1234567, "0.123"), (1e15, "1000000000000000"), (1e-7, "0.0000001"), (-0.0, "0"),
     (0.000123456, "0.000123"), (1234.5, "1234.5"), (float("inf"), "inf"), (-2.0004, "-2"), (1e-300, "0")],
)  # fmt: skip
def test_plain_numbers(value: float, text: str) -> None:
    assert plain_number(value) == text
