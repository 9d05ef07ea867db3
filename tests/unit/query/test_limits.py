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
            of_the_machine = name.endswith(("THREADS", "BYTES")) or name == "MAX_RUNNING"
            assert of_the_machine or f"{value:,.0f}" in page, f"{name} is {value}"
