"""`heeler import` and `heeler export`: what is refused at once, and reports of names that others chose."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from heeler.cli import move
from heeler.cli.move import export_command, import_command, progress_text, report_text
from heeler.importers.progress import Progress, Report


def invoke(*arguments: str, command: Any = import_command) -> Result:
    return CliRunner(env={"DD_SOURCE_API_KEY": "", "DD_SOURCE_APP_KEY": ""}).invoke(command, list(arguments))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--only", "nonsense"), "Unknown kinds: nonsense"),
        (("--skip", "nonsense"), "Unknown kinds: nonsense"),
        (("--only", "dashboards", "--skip", "dashboards"), "leave no kind"),
    ],
)
def test_kinds_that_cannot_be_meant_are_refused_before_anything_is_read(
    tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    for command, first in ((import_command, "datadog"), (export_command, str(tmp_path / "out"))):
        found = invoke(first, *options, command=command)
        assert (found.exit_code, said in found.output) == (1, True)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "--site, --url or --folder"),
        (("--site", "datadoghq.eu"), "Keys of https://api.datadoghq.eu are needed"),
        (
            ("--site", "https://api.us5.datadoghq.com", "--api-key", "a"),
            "Keys of https://api.us5.datadoghq.com are",
        ),
    ],
)
def test_a_source_needs_an_address_and_both_keys(options: tuple[str, ...], said: str) -> None:
    target = ("--to", "http://127.0.0.1:9", "--to-api-key", "a", "--to-app-key", "b")
    found = invoke("datadog", *options, *target)
    assert (found.exit_code, said in found.output) == (1, True), found.output


def test_a_report_that_cannot_be_written_is_still_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = Report()
    report.add("dashboards", "failed", "d-1", "Shop", "it has a widget of the future")

    async def done(*_: Any) -> Report:
        return report

    monkeypatch.setattr(move, "_import", done)
    found = invoke("datadog", "--report", str(tmp_path / "missing" / "report.json"))
    assert found.exit_code == 1
    assert "it has a widget of the future" in found.output
    assert "The report could not be written" in found.output
    file = tmp_path / "report.json"
    assert invoke("datadog", "--report", str(file)).exit_code == 1
    assert json.loads(file.read_text())["problems"][0]["name"] == "Shop"


async def test_what_could_not_be_read_is_in_the_report_of_terraform_files_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def read(*_: Any) -> Report:
        found = Report()
        found.add("dashboards", "failed", "d-1", "Shop", "403")
        found.not_imported.append({"title": "RUM", "count": 2, "reason": "no"})
        found.unlisted.append({"kind": "monitors", "title": "Monitors", "reason": "500"})
        return found

    monkeypatch.setattr(move, "_read", read)
    given = {"from_url": "http://127.0.0.1:9", "api_key": "a", "app_key": "b"}
    settings: Any = None
    report = await move._export(tmp_path / "out", "terraform", [], settings, given)
    assert report.failed == 1
    assert (report.problems[0]["name"], report.not_imported[0]["count"]) == ("Shop", 2)
    assert report.unlisted[0]["reason"] == "500"


def test_names_of_others_neither_steer_the_terminal_nor_stop_the_report() -> None:
    report = Report()
    report.add(
        "monitors", "failed", "1", "\x1b[2Jred\nDry run: nothing was changed.\ud800\r\u202e", "why\x07"
    )
    shown = report_text(report)
    assert shown.encode("utf-8").isascii()
    assert "\x1b" not in shown
    assert "\r" not in shown
    assert len(shown.splitlines()) == 3
    assert "red Dry run" in shown


def test_what_is_left_out_of_a_report_is_counted_and_only_an_option_that_exists_is_named() -> None:
    report = Report()
    for number in range(45):
        report.add("monitors", "failed", str(number), "", "why")
    report.problems_left_out = 1000
    assert "... and 1,005 more; --report" in report_text(report)
    shown = report_text(report, created="WRITTEN", more_in="")
    assert "1,005 more" in shown
    assert "--report" not in shown
    assert "--report" not in invoke("--help", command=export_command).output


@pytest.mark.parametrize(
    ("progress", "now"),
    [
        (Progress("Reading", 0, 0, 0.0), 0.0), (Progress("Reading", 5, 3, 10.0), 20.0),
        (Progress("Reading", 5, 9, 100.0), 10.0), (Progress("Reading", 0, 10**12, 0.0), 1e300),
    ],
)  # fmt: skip
def test_progress_is_a_line_whatever_the_clock_says(progress: Progress, now: float) -> None:
    shown = progress_text(progress, now)
    assert shown.startswith(f"Reading {progress.done:,} of {progress.total:,}")
    assert "nan" not in shown
