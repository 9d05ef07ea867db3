"""Statistics by metric."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from heeler.agent.dogstatsd import stats as module
from heeler.agent.dogstatsd.stats import MetricStats


def test_metrics_are_counted_by_name_and_tags(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = MetricStats()
    one.take([b"a:1|c|#x:y", b"a:2|g|#x:y", b"b:1|c", b"_e{1,1}:t|x", b"", b"broken"])
    assert [(row["name"], row["tags"], row["count"]) for row in one.rows()] == [("a", "x:y", 2), ("b", "", 1)]
    monkeypatch.setattr(module, "MAX_METRICS", 3)
    one.take([b"c:1|c"])
    assert one.others == 1
    one.save(tmp_path / "s.json")
    assert json.loads((tmp_path / "s.json").read_text())["others"] == 1
