from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from heeler.importers.exporter import export
from heeler.importers.id_map import IdMap
from heeler.importers.importer import Importer
from heeler.importers.kinds import BY_NAME, Kind
from heeler.importers.progress import Progress, Report
from heeler.importers.source import write_json
from tests.unit.importers.fake_api import FakeApi

KINDS: list[Kind] = [BY_NAME[name] for name in ("monitors", "service_level_objectives", "dashboards")]
SOURCE = "https://api.datadoghq.eu"


def ignore(_: Progress) -> None:
    """No progress is shown."""


async def filled() -> FakeApi:
    """Monitors 1001 and 1002, a composite of them, an SLO of 1001, two dashboards that link to each other."""
    api = FakeApi(first_id=1001)
    for name in ("cpu", "disk"):
        body = {"name": name, "type": "query alert", "query": "avg(last_5m):avg:m{*} > 1", "message": "x"}
        await api.request("POST", "/api/v1/monitor", None, body)
    body = {"name": "both", "type": "composite", "query": "1001 && !1002", "message": "see /monitors/1001"}
    await api.request("POST", "/api/v1/monitor", None, body)
    slo = {"name": "up", "type": "monitor", "monitor_ids": [1001], "thresholds": []}
    slo_id = (await api.request("POST", "/api/v1/slo", None, slo))["data"][0]["id"]
    note = {"definition": {"type": "note", "content": "/dashboard/aaa-aab-aag"}}  # of the one after it
    slo_widget = {"definition": {"type": "slo", "slo_id": slo_id, "view_type": "detail"}}
    alert = {"definition": {"type": "alert_value", "alert_id": "1002"}}
    for number, widgets in enumerate(([note, slo_widget], [alert])):
        board = {"title": f"board {number}", "layout_type": "ordered", "widgets": widgets}
        made = await api.request("POST", "/api/v1/dashboard", None, board)
    note["definition"]["content"] = f"/dashboard/{made['id']} https://app.datadoghq.eu/monitors/1001"
    return api


async def move(source: FakeApi, target: FakeApi, folder: Path, *, dry_run: bool = False) -> Report:
    await export(source, folder, SOURCE, KINDS, ignore, lambda: 1000.0)
    importer = Importer(
        target,
        IdMap(target, SOURCE),
        ignore,
        lambda: 1000.0,
        origin="https://heeler.example",
        dry_run=dry_run,
    )
    return await importer.run(folder, KINDS)


def by_name(api: FakeApi, path: str) -> dict[str, Any]:
    return {one.get("name") or one["title"]: one for one in api.things[path].values()}


async def test_ids_are_mapped_in_queries_widgets_and_links(tmp_path: Path) -> None:
    target = FakeApi()
    report = await move(await filled(), target, tmp_path)
    assert report.failed == 0
    assert report.problems == []
    monitors, boards = by_name(target, "/api/v1/monitor"), by_name(target, "/api/v1/dashboard")
    cpu, disk = monitors["cpu"]["id"], monitors["disk"]["id"]
    assert monitors["both"]["query"] == f"{cpu} && !{disk}"
    assert monitors["both"]["message"] == f"see /monitors/{cpu}"
    slo = by_name(target, "/api/v1/slo")["up"]
    assert slo["monitor_ids"] == [cpu]
    note, widget = (one["definition"] for one in boards["board 0"]["widgets"])
    link = f"https://heeler.example/monitors/{cpu}"
    assert note["content"] == f"/dashboard/{boards['board 1']['id']} {link}"
    assert widget["slo_id"] == slo["id"]
    assert boards["board 1"]["widgets"][0]["definition"]["alert_id"] == str(disk)


async def test_a_second_run_writes_nothing_and_a_change_is_written(tmp_path: Path) -> None:
    source, target = await filled(), FakeApi()
    await move(source, target, tmp_path)
    before = len(target.writes)
    report = await move(source, target, tmp_path)
    assert len(target.writes) == before
    assert {one["unchanged"] for one in report.counts.values()} == {3, 1, 2}
    source.things["/api/v1/monitor"]["1001"]["message"] = "changed"
    report = await move(source, target, tmp_path)
    assert report.counts["monitors"]["updated"] == 1
    assert by_name(target, "/api/v1/monitor")["cpu"]["message"] == "changed"


@pytest.mark.parametrize("lost", [True, False])
@pytest.mark.parametrize("at", range(1, 7))
async def test_an_interruption_at_any_creation_leaves_no_doubles(tmp_path: Path, at: int, lost: bool) -> None:
    """``lost``: the target did what it was told, and the answer did not arrive."""
    source, target = await filled(), FakeApi()
    if lost:
        target.lose_at = at
    else:
        target.fail_at = at
    first = await move(source, target, tmp_path)
    assert first.failed
    target.lose_at = target.fail_at = -1
    report = await move(source, target, tmp_path)
    assert report.failed == 0
    for path, things in source.things.items():
        assert len(target.things[path]) == len(things), path
    both = by_name(target, "/api/v1/monitor")
    assert both["both"]["query"] == f"{both['cpu']['id']} && !{both['disk']['id']}"


async def test_what_needs_something_missing_fails_with_the_reason(tmp_path: Path) -> None:
    source, target = await filled(), FakeApi()
    del source.things["/api/v1/monitor"]["1002"]
    report = await move(source, target, tmp_path)
    reasons = {(one["name"], one["outcome"]): one["reason"] for one in report.problems}
    assert reasons["both", "failed"] == "It needs what did not come: monitors 1002"
    assert reasons["board 1", "incomplete"] == "It shows monitors 1002, which did not come"


async def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    target = FakeApi()
    target.things["/api/v1/monitor"] = {}
    await export(await filled(), tmp_path, SOURCE, KINDS, ignore, lambda: 0.0)
    write_json(tmp_path / "dashboards" / "bad.json", {"title": "no widgets", "layout_type": "ordered"})
    importer = Importer(target, IdMap(target, SOURCE), ignore, lambda: 0.0, dry_run=True)
    report = await importer.run(tmp_path, [BY_NAME["dashboards"]])
    assert target.writes == []
    assert target.objects == []
    assert report.counts["dashboards"]["created"] == 2
    assert [one["name"] for one in report.problems if one["outcome"] == "failed"] == ["no widgets"]


async def test_an_object_deleted_here_is_created_again_when_it_changes(tmp_path: Path) -> None:
    source, target = await filled(), FakeApi()
    await move(source, target, tmp_path)
    gone = by_name(target, "/api/v1/monitor")["disk"]["id"]
    del target.things["/api/v1/monitor"][str(gone)]
    await move(source, target, tmp_path)
    assert "disk" not in by_name(target, "/api/v1/monitor")  # deleted by somebody: it stays so
    source.things["/api/v1/monitor"]["1002"]["message"] = "changed"
    await move(source, target, tmp_path)
    assert "disk" in by_name(target, "/api/v1/monitor")


async def test_a_folder_of_other_tools_is_read(tmp_path: Path) -> None:
    board = {"title": "b", "layout_type": "ordered", "widgets": []}
    write_json(tmp_path / "resources" / "source" / "dashboards.json", {"abc-def-ghi": board})
    write_json(
        tmp_path / "loose" / "x.json", {"definition": {"type": "query alert", "query": "q", "name": "m"}}
    )
    write_json(tmp_path / "loose" / "other.json", {"hello": 1})
    target = FakeApi()
    report = await Importer(target, IdMap(target, "folder:x"), ignore, lambda: 0.0).run(tmp_path, KINDS)
    assert report.counts["dashboards"]["created"] == report.counts["monitors"]["created"] == 1
    assert set(by_name(target, "/api/v1/monitor")) == {"m"}
