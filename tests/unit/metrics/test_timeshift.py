from __future__ import annotations

import pytest

from heeler.metrics.timeshift import Elsewhere, Shifted
from heeler.query.metrics.window import Window

WINDOW = Window(1_700_000_000, 1_700_003_600, 20)


@pytest.mark.parametrize(
    "text", ["lines", "lines + load", "week_before(load)", "ewma_3(lines)", "abs(-lines) * 2"]
)
def test_what_stays_as_it_is(text: str) -> None:
    shifted = Shifted({"lines"}, WINDOW)
    assert shifted.formula(text) == text
    assert not shifted.wanted


def test_each_other_time_gets_a_name() -> None:
    shifted = Shifted({"lines"}, WINDOW)
    text = shifted.formula("lines / week_before(lines) + timeshift(lines, -604800) - hour_before(abs(lines))")
    assert text == (
        "lines / week_before(elsewhere.lines.0) + timeshift(elsewhere.lines.0, -604800) "
        "- hour_before(abs(elsewhere.lines.1))"
    )
    assert shifted.formula("day_before(lines)") == "day_before(elsewhere.lines.2)"
    assert list(shifted.wanted.values()) == [
        Elsewhere("elsewhere.lines.0", "lines", WINDOW.shifted(-604_800)),
        Elsewhere("elsewhere.lines.1", "lines", WINDOW.shifted(-3_600)),
        Elsewhere("elsewhere.lines.2", "lines", WINDOW.shifted(-86_400)),
    ]
