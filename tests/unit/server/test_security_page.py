"""The table of bounds in docs/security.md names modules that exist and limits that are checked."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_every_place_of_the_table_of_bounds_exists() -> None:
    page = (ROOT / "docs" / "security.md").read_text()
    table = page.partition("## What is bounded, and where")[2].partition("## What is not promised")[0]
    named = re.findall(r"`([a-z_/]+)(\.py)?`", table)
    modules = [name for name, suffix in named if suffix and not name.startswith("bench/")]
    assert len(modules) >= 14
    assert [name for name in modules if not (ROOT / "src" / "heeler" / f"{name}.py").exists()] == []
    benches = [name for name, suffix in named if suffix and name.startswith("bench/")]
    assert [name for name in benches if not (ROOT / f"{name}.py").exists()] == []
