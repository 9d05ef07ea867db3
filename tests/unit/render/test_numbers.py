from __future__ import annotations

import pytest

from heeler.render.numbers import format_ticks, format_value


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (2.91e-7, "2.91e\u22127"),
        (-1e-5, "\u22121e\u22125"),
        (1.2e-4, "0.00012"),
        (3.3e15, "3.3P"),
        (0.0, "0"),
    ],
)
def test_very_small_numbers_have_a_power(value: float, written: str) -> None:
    assert format_value(value) == written


def test_very_small_ticks_have_one_too() -> None:
    assert format_ticks([0.0, 1e-7, 2e-7]) == ["0", "1e\u22127", "2e\u22127"]
