"""Runs a built-in check as the command line does: in a process of its own, on the real base package."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Result:
    metrics: dict[str, float]
    checks: dict[str, tuple[int, str]]
    """Status and message by name."""
    tags: dict[str, list[str]]
    """Of each metric or service check."""


def run(folder: Path, name: str, instance: dict[str, Any], *arguments: str, path: str = "") -> Result:
    (folder / "conf.d").mkdir(exist_ok=True)
    (folder / "conf.d" / f"{name}.yaml").write_text(json.dumps({"instances": [instance]}))
    (folder / "datadog.yaml").write_text("api_key: abc\nhostname: box\n")
    done = subprocess.run(
        [sys.executable, "-m", "heeler", "agent", "-c", str(folder), "check", name, "--json", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PATH": f"{path}:{os.environ['PATH']}"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (result,) = json.loads(done.stdout)
    series, checks = result["aggregator"]["metrics"], result["aggregator"]["service_checks"]
    return Result(
        {one["metric"]: one["points"][0][1] for one in series},
        {one["check"]: (one["status"], one["message"]) for one in checks},
        {one.get("metric", one.get("check")): one["tags"] for one in [*series, *checks]},
    )
