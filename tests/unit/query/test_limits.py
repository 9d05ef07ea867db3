"""Every limit is in the documentation, with its value."""

from __future__ import annotations

from pathlib import Path

from heeler.query import limits

PAGE = Path(__file__).resolve().parents[3] / "docs" / "query-limits.md"


def test_every_limit_is_documented_with_its_value() -> None:
    page = PAGE.read_text()
    for name, value in vars(limits).items():
        if name.isupper():
            assert f"`{name}`" in page, name
            shown = "2,048 MiB" if name == "MAX_BYTES" else f"{value:,.0f}"
            assert name == "THREADS" or shown in page, f"{name} is {shown}"
