"""What holds for every tracked file: no machine, no registry, nothing unfinished, nothing too long."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SOURCES = {".py", ".ts", ".tsx", ".css", ".sql", ".sh"}
WRITTEN_BY_PROGRAMS = {"ui/src/api/schema.d.ts"}
#: Of a JavaScript file as it is sent, compressed.
INITIAL_BYTES, LAZY_BYTES = 220_000, 110_000
#: The chunk that only widgets of the type wildcard load.
VEGA_BYTES = 300_000

# In pieces, so that this file passes too.
REGISTRIES = "|".join(
    ["pypi" + r"\.org", "python" + "hosted", "registry" + r"\.npmjs", "registry" + r"\.yarn"]
)
MACHINE_PATHS = (
    r"(?<![\w.~])/(?:" + "|".join(["ro" + "ot", "ho" + r"me/(?!me/)\w+", "Us" + r"ers/\w+"]) + r")/"
)
UNFINISHED = r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b"


def tracked() -> list[str]:
    try:
        listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def texts() -> Iterator[tuple[str, str]]:
    for name in tracked():
        content = (ROOT / name).read_bytes()
        if b"\0" not in content[:8192]:
            yield name, content.decode(errors="replace")


@pytest.mark.parametrize("pattern", [REGISTRIES, MACHINE_PATHS, UNFINISHED])
def test_no_file_has(pattern: str) -> None:
    search = re.compile(pattern)
    found = [
        f"{name}:{number}: {line.strip()[:120]}"
        for name, text in texts()
        if search.search(text)
        for number, line in enumerate(text.splitlines(), 1)
        if search.search(line)
    ]
    assert found == []


def test_files_can_be_read_in_one_sitting() -> None:
    long = {
        name: length
        for name, text in texts()
        if Path(name).suffix in SOURCES and name not in WRITTEN_BY_PROGRAMS
        if not re.search(r"_pb2\.pyi?$", name) and (length := text.count("\n")) > 500
    }
    assert long == {}


def test_lock_files_name_no_host() -> None:
    locks = [name for name in tracked() if name.endswith("package-lock.json")]
    assert locks
    for name in locks:
        packages = json.loads((ROOT / name).read_text())["packages"]
        assert [key for key, package in packages.items() if "resolved" in package] == []
        assert all("integrity" in package for key, package in packages.items() if key)


def test_the_web_app_stays_small() -> None:
    built = ROOT / "src" / "heeler" / "_ui"
    if not (built / "index.html").exists():
        pytest.skip("the web app is not built: run `make install`")
    page = (built / "index.html").read_text()
    initial = set(re.findall(r"""(?:src|href)=["']\./([^"']+\.js)["']""", page))
    assert initial
    sizes = {
        path.relative_to(built).as_posix().removesuffix(".gz"): path.stat().st_size
        for path in built.rglob("*.js.gz")
    }
    assert sum(sizes[name] for name in initial) <= INITIAL_BYTES
    lazy = {name: size for name, size in sizes.items() if name not in initial}
    assert sum(size for name, size in lazy.items() if name.startswith("assets/vega-")) <= VEGA_BYTES
    assert {
        name: size for name, size in lazy.items() if size > LAZY_BYTES and not name.startswith("assets/vega-")
    } == {}


def test_links_of_the_documentation_lead_somewhere() -> None:
    missing = [
        f"{name}: {target}"
        for name, text in texts()
        if name.endswith(".md")
        for target in re.findall(r"\]\(([^)#\s]+)", text)
        if "://" not in target and not (ROOT / name).parent.joinpath(target).exists()
    ]
    assert missing == []
