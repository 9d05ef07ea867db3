"""Terraform files of an exported folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from heeler.importers.terraform_files import write_terraform


def exported(folder: Path, kind: str, *items: dict[str, Any]) -> None:
    (folder / kind).mkdir(parents=True)
    for item in items:
        (folder / kind / f"{item['id']}.json").write_text(json.dumps(item))


MONITOR = {
    "id": 1,
    "name": "CPU high",
    "type": "query alert",
    "query": "avg(last_5m):avg:a{*} > 1",
    "message": "m",
    "options": {},
}


def test_one_file_a_kind(tmp_path: Path) -> None:
    source, target = tmp_path / "export", tmp_path / "tf"
    exported(
        source,
        "monitors",
        MONITOR,
        {**MONITOR, "id": 2, "type": "composite", "name": "Both", "query": "1 && 1"},
    )
    exported(
        source, "notebooks", {"id": 9, "type": "notebooks", "attributes": {"name": "Notes", "cells": []}}
    )
    exported(
        source,
        "users",
        {"id": "u", "type": "users", "attributes": {"email": "a@example.com", "disabled": True}},
    )
    report = write_terraform(source, target)
    assert sorted(file.name for file in target.iterdir()) == ["monitors.tf", "provider.tf"]
    text = (target / "monitors.tf").read_text()
    assert text.count('resource "datadog_monitor') == 2
    assert "${datadog_monitor" in text  # of the composite to its operand
    assert text.count("import {") == 2
    assert 'source = "DataDog/datadog"' in (target / "provider.tf").read_text()
    assert report.counts["monitors"]["created"] == 2
    assert report.counts["notebooks"]["skipped"] == 1
    assert report.counts["users"]["skipped"] == 1
    assert {problem["reason"] for problem in report.problems} >= {"disabled at the source"}


def test_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "export").mkdir()
    report = write_terraform(tmp_path / "export", tmp_path / "deep" / "tf")
    assert [file.name for file in (tmp_path / "deep" / "tf").iterdir()] == ["provider.tf"]
    assert report.counts == {}
