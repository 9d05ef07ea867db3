"""Folders of other tools, and resources that the API does not list."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from heeler.importers.client import ApiProblem
from heeler.importers.exporter import export
from heeler.importers.id_map import IdMap
from heeler.importers.importer import Importer
from heeler.importers.kinds import BY_NAME
from heeler.importers.progress import Report
from heeler.importers.source import SourceError, file_of, stored_in
from tests.unit.importers.fake_api import FakeApi


def synced(folder: Path, **files: Any) -> Path:
    """A folder as ``datadog-sync-cli`` writes it."""
    where = folder / "resources" / "source"
    where.mkdir(parents=True)
    for name, content in files.items():
        (where / f"{name}.json").write_text(json.dumps(content))
    return folder


def team(id_: str) -> dict[str, Any]:
    return {id_: {"id": id_, "type": "team", "attributes": {"name": "Core", "handle": "core"}}}


def membership(user: str, team_id: str = "t", role: str | None = None) -> dict[str, Any]:
    related = {"user": {"data": {"id": user}}, "team": {"data": {"id": team_id}}}
    return {"id": f"TeamMembership-{user}", "attributes": {"role": role}, "relationships": related}


def test_members_of_teams_are_read_from_their_own_file(tmp_path: Path) -> None:
    members = {"m1": membership("u1", role="admin"), "m2": membership("u2"), "m3": membership("u3", "other")}
    folder = synced(tmp_path, teams=team("t"), team_memberships=members)
    (one,) = list(stored_in(folder))
    assert one.read()["memberships"] == [{"user": "u1", "role": "admin"}, {"user": "u2", "role": None}]


def test_a_broken_file_of_members_is_named(tmp_path: Path) -> None:
    folder = synced(tmp_path, teams=team("t"), team_memberships={"m1": {"relationships": None}})
    (one,) = list(stored_in(folder))
    with pytest.raises(SourceError, match=r"team_memberships\.json: m1 is not a membership"):
        one.read()


def test_an_order_of_another_tool_is_recognized(tmp_path: Path) -> None:
    folder = synced(tmp_path, logs_pipelines_order={"logs-pipeline-order": {"pipeline_ids": ["b", "a"]}})
    (one,) = list(stored_in(folder))
    assert one.kind.name == "logs_pipelines_order"
    assert one.read() == {"id": "logs-pipeline-order", "pipeline_ids": ["b", "a"]}


class Permissions(FakeApi):
    async def request(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: Any = None
    ) -> Any:
        if path == "/api/v2/permissions":
            return {"data": [{"id": "p1", "attributes": {"name": "monitors_read"}}]}
        return await super().request(method, path, query, body)


async def imported(folder: Path, api: FakeApi) -> Report:
    importer = Importer(api, IdMap(api, "x"), lambda _: None, lambda: 1000.0)
    return await importer.run(folder, [BY_NAME["roles"]])


async def test_a_role_of_a_folder_keeps_its_permissions_by_id(tmp_path: Path) -> None:
    given = [{"id": "p1", "type": "permissions"}, {"id": "p9", "type": "permissions"}]
    role = {"id": "r", "attributes": {"name": "Ops"}, "relationships": {"permissions": {"data": given}}}
    api = Permissions()
    report = await imported(synced(tmp_path, roles={"r": role}), api)
    (made,) = api.things["/api/v2/roles"].values()
    assert made["relationships"]["permissions"]["data"] == [{"id": "p1", "type": "permissions"}]
    (problem,) = report.problems
    assert problem["outcome"] == "incomplete"
    assert problem["reason"] == "1 of its 2 permissions are not known here and were left out"


class Policies(FakeApi):
    """Two monitors, one of which has a policy."""

    def __init__(self) -> None:
        super().__init__()
        self.policies = {"monitor:1": [{"relation": "editor", "principals": ["user:u"]}]}

    async def request(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: Any = None
    ) -> Any:
        if path.startswith("/api/v2/restriction_policy/"):
            name = path.rsplit("/", 1)[1].replace("%3A", ":")
            if name.startswith("monitor"):
                return {"data": {"id": name, "attributes": {"bindings": self.policies.get(name, [])}}}
            raise ApiProblem(404, "404: not found")
        if path in ("/api/v2/powerpacks", "/api/v1/notebooks"):
            return {"data": []}
        return await super().request(method, path, query, body)


async def test_policies_are_asked_for_of_each_resource(tmp_path: Path) -> None:
    api, kind = Policies(), BY_NAME["restriction_policies"]
    for name in ("a", "b"):
        body = {"name": name, "type": "query alert", "query": "avg(last_5m):avg:m{*} > 1", "message": "x"}
        await api.request("POST", "/api/v1/monitor", None, body)
    report = await export(api, tmp_path, "x", [kind], lambda _: None, lambda: 1000.0)
    assert report.counts[kind.name]["created"] == 1
    assert file_of(tmp_path, kind, "monitor:1").is_file()
    api.policies = {}
    await export(api, tmp_path, "x", [kind], lambda _: None, lambda: 1000.0)
    assert list((tmp_path / kind.name).iterdir()) == []
