"""The documentation names every setting and command, and says the same as the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tools.reference import PAGES

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("name", PAGES)
def test_a_written_page_is_up_to_date(name: str) -> None:
    written = (ROOT / "docs" / name).read_text()
    assert written == PAGES[name](), f"docs/{name} is old: run `make reference`"


def test_every_variable_that_the_code_reads_is_documented() -> None:
    page = (ROOT / "docs" / "settings.md").read_text()
    read = set()
    for folder in ("src", "tools"):
        for file in (ROOT / folder).rglob("*.py"):
            if "node_modules" not in file.parts:
                read |= set(re.findall(r"HEELER_[A-Z0-9_]*[A-Z0-9]", file.read_text()))
    assert sorted(name for name in read if f"`{name}`" not in page) == []


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "docs/README.md"])
def test_links_lead_somewhere(page: str) -> None:
    file = ROOT / page
    targets = re.findall(r"\]\(([^)#:]+)\)", file.read_text())
    pictures = [target for target in targets if "docs/images/" in target]
    assert [t for t in targets if t not in pictures and not (file.parent / t).exists()] == []
