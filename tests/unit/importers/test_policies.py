"""Restriction policies are imported to where their resource is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from heeler.importers.client import ApiProblem
from heeler.importers.id_map import IdMap
from heeler.importers.importer import Importer
from heeler.importers.kinds import BY_NAME
from heeler.importers.progress import Progress, Report
from heeler.importers.source import file_of, write_json
from tests.unit.importers.fake_api import FakeApi

KINDS = [BY_NAME["monitors"], BY_NAME["restriction_policies"]]
MONITORS, POLICIES = "/api/v1/monitor", "/api/v2/restriction_policy/"


class Policed(FakeApi):
    """With restriction policies of monitors; ``down`` refuses to write them."""

    def __init__(self) -> None:
        super().__init__()
        self.policies: dict[str, Any] = {}
        self.down = False

    async def request(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: Any = None
    ) -> Any:
        if not path.startswith(POLICIES):
            return await super().request(method, path, query, body)
        resource = unquote(path.removeprefix(POLICIES))
        if self.down:
            raise ApiProblem(503, "503: down")
        if body["data"]["id"] != resource:
            raise ApiProblem(400, "400: Invalid id")
        if resource.removeprefix("monitor:") not in self.things[MONITORS]:
            raise ApiProblem(404, "404: not found")
        self.policies[resource] = body["data"]["attributes"]["bindings"]
        return body


def folder_with(folder: Path, message: str = "x") -> Path:
    """Monitor 1 of the source and its policy."""
    monitor = {"id": 1, "name": "cpu", "type": "query alert", "query": "avg:m{*} > 1", "message": message}
    write_json(file_of(folder, KINDS[0], "1"), monitor)
    bindings = [{"relation": "editor", "principals": ["none:x"]}]
    policy = {"id": "monitor:1", "type": "restriction_policy", "attributes": {"bindings": bindings}}
    write_json(file_of(folder, KINDS[1], "monitor:1"), policy)
    return folder


async def bring(target: FakeApi, folder: Path) -> Report:
    def ignore(_: Progress) -> None:
        """No progress is shown."""

    return await Importer(target, IdMap(target, "there"), ignore, lambda: 1000.0).run(folder, KINDS)


async def other_monitor(target: FakeApi) -> None:
    """A monitor of the target that has the id which the imported one has at the source."""
    own = {"name": "own", "type": "query alert", "query": "avg:n{*} > 1", "message": ""}
    await target.request("POST", MONITORS, None, own)


async def test_a_policy_comes_in_a_later_run_beside_another_resource_with_its_id(tmp_path: Path) -> None:
    target = Policed()
    await other_monitor(target)
    target.down = True
    assert (await bring(target, folder_with(tmp_path))).failed == 1
    target.down = False
    report = await bring(target, tmp_path)
    assert report.problems == []
    assert set(target.policies) == {"monitor:2"}


async def test_a_resource_that_is_created_anew_has_its_policy_again(tmp_path: Path) -> None:
    target = Policed()
    await other_monitor(target)
    await bring(target, folder_with(tmp_path))
    assert set(target.policies) == {"monitor:2"}
    del target.things[MONITORS]["2"], target.policies["monitor:2"]
    report = await bring(target, folder_with(tmp_path, "changed"))
    assert report.problems == []
    assert set(target.policies) == {"monitor:3"}
    calls = len(target.calls)
    assert (await bring(target, tmp_path)).counts["restriction_policies"]["unchanged"] == 1
    assert not [call for call in target.calls[calls:] if call[0] != "GET"]
