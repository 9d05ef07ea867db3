"""Progress lines: sizes and shares that are not rounded to what they are not."""

from __future__ import annotations

import io
import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.cli.progress import ProgressLine, describe, human_bytes


class Terminal(io.StringIO):
    def __init__(self, tty: bool) -> None:
        super().__init__()
        self._tty = tty

    def isatty(self) -> bool:
        return self._tty


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1023.7, "1.0 KiB"),
        (1536, "1.5 KiB"),
        (2**20 - 1, "1.0 MiB"),
        (2**30 - 1, "1.0 GiB"),
        (2**40 - 1, "1.0 TiB"),
        (5 * 2**50, "5120.0 TiB"),
    ],
)
def test_sizes(count: float, text: str) -> None:
    assert human_bytes(count) == text


@given(st.floats(0, 2**49))
def test_a_size_has_less_than_1024_of_its_unit_and_is_about_right(count: float) -> None:
    number, unit = human_bytes(count).split()
    factor = 1024 ** ["B", "KiB", "MiB", "GiB", "TiB"].index(unit)
    assert float(number) < 1024
    assert abs(float(number) * factor - count) <= max(0.5, 0.051 * factor)


def test_a_line_names_the_rest() -> None:
    assert (
        describe("Restoring", 2**20, 4 * 2**20, 2)
        == "Restoring 1.0 MiB of 4.0 MiB (25%), 512.0 KiB/s, 6 s left"
    )


@given(st.integers(0, 10**12), st.integers(0, 10**12), st.just(0.0) | st.floats(1e-6, 1e6))
def test_all_is_done_when_it_is_all_and_not_before(done: int, total: int, seconds: float) -> None:
    text = describe("x", done, total, seconds)
    assert ("left" in text) <= (done < total)
    if done <= total:
        assert ("(100%)" in text) == (done == total)
    assert not re.search(r"inf|nan|-\d", text)


@pytest.mark.parametrize("tty", [True, False])
def test_only_terminals_see_the_line_and_it_is_cleared(monkeypatch: pytest.MonkeyPatch, tty: bool) -> None:
    out = Terminal(tty)
    monkeypatch.setattr(sys, "stderr", out)
    with ProgressLine("Restoring") as line:
        line(5, 5)
    written = out.getvalue()
    if tty:
        assert "(100%)" in written
        assert written.endswith("\r\x1b[K")
    else:
        assert written == ""
