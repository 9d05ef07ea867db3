"""The code, pages and documentation use the words of ``docs/glossary.md``."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

#: Pattern of a word that is not used, and the one that is.
NOT_USED = {
    r"colour": "color",
    r"behaviour": "behavior",
    r"neighbour": "neighbor",
    r"\bcentre": "center",
    r"normalis|recognis|organis|initialis|summaris": "the spelling with z",
    r"labelled": "labeled",
    r"\bcancelled\b(?!\(\))": "canceled",
    r"\be-mail": "email",
}
#: Names of modules that were inventions; the glossary has the field's terms.
RENAMED = {
    "ahead",
    "announcements",
    "answer_cache",
    "answers",
    "arrange",
    "asked",
    "direct",
    "faults",
    "given",
    "goTo",
    "journal",
    "jsons",
    "kept",
    "lenient",
    "machine",
    "memo",
    "mistakes",
    "moment",
    "opinion",
    "questions",
    "readings",
    "rehearsal",
    "second_opinion",
    "shapes",
    "shifted",
    "sidelines",
    "surprise",
    "words",
    "wording",
}
#: Texts of others, and files that a command writes from them.
EXEMPT = re.compile(
    r"_pb2\.pyi?$|schema\.d\.ts$|package-lock\.json$|walkthrough/seed/|/golden/|docs/glossary\.md$|LICENSE$|test_glossary\.py$"
    r"|requirements/|\.(png|svg|woff2?|gz|br|zst|bin)$"
)


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "src", "ui/src", "docs", "bench", "tools", "*.md"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    return [ROOT / name for name in listed.split("\0") if name and not EXEMPT.search(name)]


@pytest.mark.parametrize("pattern", NOT_USED)
def test_words_that_are_not_used(pattern: str) -> None:
    word = re.compile(pattern, re.IGNORECASE)
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in tracked()
        if path.is_file()
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if word.search(line) and "cancelled_ids" not in line and "CancelledError" not in line
    ]
    assert not found, f"write {NOT_USED[pattern]}: {found[:10]}"


def test_modules_that_were_renamed_stay_renamed() -> None:
    found = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if path.suffix in (".py", ".ts", ".tsx") and path.stem in RENAMED
    ]
    assert not found


def test_every_place_that_the_glossary_names_is_there() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text()
    places = re.findall(r"`([a-z_]+/[a-z_/.]*)`", text)
    assert len(places) > 30
    missing = [
        place
        for place in places
        if not (place.startswith("tests/") or (ROOT / "src/heeler" / place).exists())
    ]
    assert not missing
