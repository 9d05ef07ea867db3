"""Every step of docs/walkthrough.md: a fresh ``heeler up``, the unmodified clients, Chromium, mail."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from examples.walkthrough.pages import CHROMIUM

ROOT = Path(__file__).parents[2]
BUNDLE = ROOT / "src" / "heeler" / "_ui" / "index.html"
STEPS = {"1", "2", "3", "4", "5", "6", "7", "8", "9"}


@pytest.mark.browser
@pytest.mark.timeout(900)
@pytest.mark.skipif(not CHROMIUM, reason="no Chromium: install it, or name it in HEELER_CHROMIUM")
@pytest.mark.skipif(not BUNDLE.exists(), reason="the web app is not built: run `make install`")
def test_every_step_by_itself(tmp_path: Path) -> None:
    pictures = Path(os.environ.get("HEELER_SHOTS") or tmp_path) / "walkthrough"
    done = subprocess.run(
        [ROOT / "examples" / "walkthrough" / "run", pictures],
        capture_output=True,
        text=True,
        timeout=840,
        check=False,
    )
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    told = {line.split("ok", 1)[1].split()[0] for line in done.stdout.splitlines() if " s  ok " in line}
    assert told == STEPS
    for step in STEPS:
        assert list(pictures.glob(f"{step}-*.png")), f"step {step} left no picture"
