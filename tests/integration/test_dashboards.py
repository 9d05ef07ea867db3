"""Dashboards by the unmodified clients, and the corpus of published ones."""

from __future__ import annotations

import copy
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from datadog import api, initialize
from datadog_api_client import ApiClient
from datadog_api_client.exceptions import ApiException, NotFoundException
from datadog_api_client.v1.api.dashboards_api import DashboardsApi
from datadog_api_client.v1.model.dashboard_bulk_action_data import DashboardBulkActionData
from datadog_api_client.v1.model.dashboard_bulk_action_data_list import DashboardBulkActionDataList
from datadog_api_client.v1.model.dashboard_bulk_delete_request import DashboardBulkDeleteRequest
from datadog_api_client.v1.model.dashboard_resource_type import DashboardResourceType
from datadog_api_client.v1.model.dashboard_restore_request import DashboardRestoreRequest

from heeler.accounts.roles import role_id
from heeler.api.permissions import STANDARD
from heeler.dashboards.store import SERVER_OWNED
from tests.conftest import RunningServer

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus" / "dashboards"
NOTE = {"definition": {"type": "note", "content": "hello"}}


@pytest.fixture(autouse=True)
def old_package(server: RunningServer) -> None:
    initialize(api_key=server.api_key, app_key=server.app_key, api_host=server.url, mute=False)


@pytest.fixture
def dashboards(server: RunningServer) -> Iterator[DashboardsApi]:
    with ApiClient(server.configuration()) as opened:
        yield DashboardsApi(opened)


def test_the_walkthroughs_script(server: RunningServer, dashboards: DashboardsApi) -> None:
    widgets = [
        {"definition": {"title": "my_metric", "type": "timeseries", "requests": [{"q": "avg:my_metric{*}"}]}},
        {
            "definition": {
                "type": "timeseries",
                "requests": [{"q": "anomalies(mongodb.network.bytesinps{*}, 'basic', 2)"}],
                "title": "Mongodb graph",
            }
        },
        {
            "definition": {
                "type": "query_value",
                "requests": [{"q": "my_metric{*}.rollup(sum,3600)"}],
                "title": "my_metric point over last hour",
            }
        },
    ]
    made = api.Dashboard.create(
        title="my_metric Visualization", widgets=widgets, layout_type="ordered", is_read_only=True
    )
    assert re.fullmatch(r"[a-z0-9]{3}-[a-z0-9]{3}-[a-z0-9]{3}", made["id"])
    assert made["url"] == f"/dashboard/{made['id']}/mymetric-visualization"
    assert made["author_handle"] == server.email
    assert [{"definition": widget["definition"]} for widget in made["widgets"]] == widgets
    typed = dashboards.get_dashboard(made["id"])
    assert typed.is_read_only is True
    assert [widget.definition.title for widget in typed.widgets] == [
        w["definition"]["title"] for w in widgets
    ]


def test_change_list_delete_restore(dashboards: DashboardsApi) -> None:
    made = api.Dashboard.create(title="Life", widgets=[NOTE], layout_type="ordered")
    changed = api.Dashboard.update(made["id"], title="Life 2", widgets=made["widgets"], layout_type="ordered")
    assert changed["title"] == "Life 2"
    assert changed["widgets"] == made["widgets"]
    assert changed["created_at"] == made["created_at"]
    assert changed["modified_at"] > made["modified_at"]
    assert "Life 2" in [item["title"] for item in api.Dashboard.get_all()["dashboards"]]
    assert api.Dashboard.delete(made["id"]) == {"deleted_dashboard_id": made["id"]}
    with pytest.raises(NotFoundException, match=f"Dashboard with ID {made['id']} not found"):
        dashboards.get_dashboard(made["id"])
    one = DashboardBulkActionDataList(
        [DashboardBulkActionData(id=made["id"], type=DashboardResourceType.DASHBOARD)]
    )
    dashboards.restore_dashboards(DashboardRestoreRequest(data=one))
    assert dashboards.get_dashboard(made["id"]).title == "Life 2"
    dashboards.delete_dashboards(DashboardBulkDeleteRequest(data=one))
    assert made["id"] in [item.id for item in dashboards.list_dashboards(filter_deleted=True).dashboards]
    assert made["id"] not in [item.id for item in dashboards.list_dashboards().dashboards]


def test_answers_carry_nothing_that_nobody_set_and_tabs_name_their_widgets(server: RunningServer) -> None:
    tabs = [{"name": "First", "widget_ids": ["@2"]}, {"name": "Second", "widget_ids": ["@1"]}]
    body = {"title": "Tabs", "layout_type": "ordered", "widgets": [NOTE, NOTE], "tabs": tabs}
    made = requests.post(f"{server.url}/api/v1/dashboard", json=body, headers=server.headers, timeout=30)
    board = made.json()
    assert not {"experience_type", "restricted_roles", "is_read_only"} & board.keys()
    ids = [widget["id"] for widget in board["widgets"]]
    assert [tab["widget_ids"] for tab in board["tabs"]] == [[ids[1]], [ids[0]]]
    assert all(tab["id"] for tab in board["tabs"])
    again = requests.put(
        f"{server.url}/api/v1/dashboard/{board['id']}", json=board, headers=server.headers, timeout=30
    ).json()
    assert {**again, "modified_at": ""} == {**board, "modified_at": ""}


def test_deleted_dashboards_are_listed_newest_first(server: RunningServer) -> None:
    def call(method: str, path: str, body: object = None) -> Any:
        return requests.request(
            method, f"{server.url}/api/v1/dashboard{path}", json=body, headers=server.headers, timeout=30
        ).json()

    body = {"title": "Gone", "layout_type": "ordered", "widgets": [NOTE]}
    first, second = [call("POST", "", body)["id"] for _ in range(2)]
    call("DELETE", f"/{second}")
    call("DELETE", f"/{first}")
    listed = [item["id"] for item in call("GET", "?filter[deleted]=true")["dashboards"]]
    assert listed[:2] == [first, second]


def test_every_problem_of_a_dashboard_is_said_at_once(dashboards: DashboardsApi) -> None:
    with pytest.raises(api.exceptions.ApiError) as caught:
        api.Dashboard.create(title=7, layout_type="grid", widgets=[{"definition": {"type": "note"}}])
    text = str(caught.value)
    assert "'title'" in text
    assert "'layout_type'" in text
    assert "a note widget needs 'content'" in text


def test_a_body_that_is_no_json_is_refused_with_a_reason(server: RunningServer) -> None:
    answer = requests.post(f"{server.url}/api/v1/dashboard", data="{", headers=server.headers, timeout=60)
    assert answer.status_code == 400
    assert answer.json()["errors"]


def test_only_author_and_administrators_change_a_read_only_dashboard(server: RunningServer) -> None:
    body = {"title": "mine", "layout_type": "ordered", "widgets": [NOTE], "is_read_only": True}
    made = requests.post(
        f"{server.url}/api/v1/dashboard", json=body, headers=server.headers, timeout=60
    ).json()
    standard = {"type": "roles", "id": role_id(STANDARD)}  # may change dashboards, but not read-only ones
    person = {
        "type": "users",
        "attributes": {"email": "reader@example.com"},
        "relationships": {"roles": {"data": [standard]}},
    }
    user = requests.post(
        f"{server.url}/api/v2/users",
        json={"data": person},
        headers=server.headers,
        timeout=60,
    ).json()["data"]
    requests.post(
        f"{server.url}/api/ui/users/{user['id']}/password",
        json={"password": "another password"},
        headers=server.headers,
        timeout=60,
    )
    session = requests.Session()
    session.post(
        f"{server.url}/api/ui/login",
        json={"email": "reader@example.com", "password": "another password"},
        timeout=60,
    )
    answer = session.put(f"{server.url}/api/v1/dashboard/{made['id']}", json=body, timeout=60)
    assert answer.status_code == 403
    assert server.email in answer.json()["errors"][0]


def test_lists_of_dashboards() -> None:
    first = api.Dashboard.create(title="B", widgets=[NOTE], layout_type="ordered")
    second = api.Dashboard.create(title="A", widgets=[NOTE], layout_type="ordered")
    listed = api.DashboardList.create(name="Mine")
    items = [{"type": "custom_timeboard", "id": board["id"]} for board in (first, second)]
    assert api.DashboardList.v2.add_items(listed["id"], dashboards=items) == {
        "added_dashboards_to_list": items
    }
    shown = api.DashboardList.v2.get_items(listed["id"])
    assert shown["total"] == 2
    assert [item["title"] for item in shown["dashboards"]] == ["A", "B"]
    assert api.DashboardList.get(listed["id"])["dashboard_count"] == 2
    api.DashboardList.v2.delete_items(listed["id"], dashboards=items[:1])
    api.DashboardList.v2.update_items(listed["id"], dashboards=items[:1])
    assert [item["id"] for item in api.DashboardList.v2.get_items(listed["id"])["dashboards"]] == [
        first["id"]
    ]
    assert api.DashboardList.update(listed["id"], name="Ours")["name"] == "Ours"
    api.Dashboard.delete(first["id"])
    assert api.DashboardList.get_items(listed["id"])["dashboards"] == []
    assert api.DashboardList.delete(listed["id"]) == {"deleted_dashboard_list_id": listed["id"]}
    with pytest.raises(
        api.exceptions.ApiError, match=f"Manual Dashboard List with id {listed['id']} not found"
    ):
        api.DashboardList.get(listed["id"])


def test_timeboards_of_old_scripts_are_dashboards_too(dashboards: DashboardsApi) -> None:
    graphs = [
        {
            "title": "Load",
            "definition": {"viz": "timeseries", "requests": [{"q": "avg:system.load.1{*}", "type": "bars"}]},
        }
    ]
    made = api.Timeboard.create(title="Old", description="d", graphs=graphs, read_only="True")
    board = made["dash"]
    assert board["graphs"] == graphs
    assert made["url"] == f"/dash/{board['id']}/old"
    assert api.Timeboard.get(board["id"])["dash"]["new_id"] == board["new_id"]
    new = dashboards.get_dashboard(board["new_id"])
    assert str(new.widgets[0].definition.requests[0].display_type) == "bars"
    updated = api.Timeboard.update(board["id"], title="Old 2", description="d", graphs=graphs)
    assert updated["dash"]["title"] == "Old 2"
    assert str(board["id"]) in [line["id"] for line in api.Timeboard.get_all()["dashes"]]
    api.Dashboard.update(
        board["new_id"], title="New", layout_type="ordered", widgets=[{"definition": widget_definition()}]
    )
    assert api.Timeboard.get(board["new_id"])["dash"]["graphs"][0]["title"] == "added"
    api.Timeboard.delete(board["id"])
    with pytest.raises(NotFoundException):
        dashboards.get_dashboard(str(board["id"]))


def widget_definition() -> dict[str, Any]:
    return {"type": "timeseries", "title": "added", "requests": [{"q": "avg:system.load.5{*}"}]}


def test_screenboards_of_old_scripts(dashboards: DashboardsApi) -> None:
    widgets = [
        {"type": "image", "url": "https://example.com/a.png", "x": 0, "y": 0, "width": 10, "height": 5}
    ]
    made = api.Screenboard.create(board_title="Screen", widgets=widgets, width=1024, height=768)
    assert made["widgets"] == widgets
    assert dashboards.get_dashboard(made["new_id"]).layout_type.value == "free"
    assert api.Screenboard.get(made["id"])["width"] == 1024
    assert api.Screenboard.delete(made["id"])["board_title"] == "Screen"
    with pytest.raises(api.exceptions.ApiError, match=f"Unable to find Screenboard for id {made['id']}"):
        api.Screenboard.get(made["id"])


def test_dashboards_of_integrations(server: RunningServer, dashboards: DashboardsApi) -> None:
    answer = requests.get(f"{server.url}/api/ui/dashboards", headers=server.headers, timeout=60).json()
    presets = {line["id"]: line for line in answer["dashboards"] if line["integration"]}
    assert {"integration-system", "integration-mongo"} <= set(presets)
    for preset in presets:
        assert dashboards.get_dashboard(preset).is_read_only is True
    with pytest.raises(ApiException, match="clone it"):
        dashboards.delete_dashboard("integration-mongo")


def without_ids(value: Any) -> Any:
    if isinstance(value, list):
        return [without_ids(item) for item in value]
    if isinstance(value, dict):
        drop = "definition" in value
        return {key: without_ids(item) for key, item in value.items() if not (drop and key == "id")}
    return value


@pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the corpus of published dashboards is not beside the checkout"
)
def test_published_dashboards_come_back_as_they_were_sent(server: RunningServer) -> None:
    files = sorted(CORPUS.rglob("*.json"))
    assert files
    session = requests.Session()
    session.headers.update(server.headers)
    for file in files:
        sent = json.loads(file.read_text())
        made = session.post(f"{server.url}/api/v1/dashboard", json=sent, timeout=60)
        assert made.status_code == 200, f"{file.name}: {made.text[:500]}"
        back = session.get(f"{server.url}/api/v1/dashboard/{made.json()['id']}", timeout=60).json()
        expected = copy.deepcopy(sent)
        for name in expected:
            if name not in SERVER_OWNED and expected[name] is not None:
                assert without_ids(back[name]) == without_ids(expected[name]), f"{file.name}: {name}"
        # Beside what the server owns there is nothing that nobody sent, but nulls of the public API.
        added = {name: back[name] for name in set(back) - set(sent) - SERVER_OWNED}
        assert all(value is None for value in added.values()), f"{file.name}: {added}"


def test_queries_of_a_page_are_answered_in_one_response(server: RunningServer) -> None:
    now = int(time.time())
    point = {"metric": "batch.metric", "type": 3, "points": [{"timestamp": now - 30, "value": 7}]}
    sent = requests.post(
        f"{server.url}/api/v2/series", json={"series": [point]}, headers=server.headers, timeout=30
    )
    assert sent.status_code == 202
    query = {"name": "a", "data_source": "metrics", "query": "avg:batch.metric{*}", "aggregator": "max"}
    formulas = {
        "from": (now - 600) * 1000,
        "to": now * 1000,
        "queries": [query],
        "formulas": [{"formula": "a"}],
    }
    scalar = {"data": {"type": "scalar_request", "attributes": formulas}}
    v1 = {"query": "avg:batch.metric{*}", "from": now - 600, "to": now}
    queries = [
        {"id": "one", "kind": "scalar", "body": scalar},
        {"id": "two", "kind": "scalar", "body": scalar},
        {"id": "three", "kind": "v1", "body": v1},
        {"id": "wrong", "kind": "v1", "body": {**v1, "query": "avg:batch.metric{"}},
        {"id": "empty", "kind": "v1", "body": {}},
    ]
    answer = requests.post(
        f"{server.url}/api/ui/query/batch", json={"queries": queries}, headers=server.headers, timeout=30
    )
    assert answer.status_code == 200
    lines = [json.loads(line) for line in answer.text.splitlines()]
    found = {one: line for line in lines for one in line["ids"]}
    assert len(lines) == 4
    assert found["one"] is found["two"]
    assert found["one"]["body"]["data"]["attributes"]["columns"][0]["values"] == [7.0]
    assert found["three"]["body"]["series"][0]["metric"] == "batch.metric"
    assert (found["wrong"]["status"], found["empty"]["status"]) == (400, 400)
    assert found["wrong"]["errors"]
    many = {"queries": [queries[0]] * 201}
    refused = requests.post(f"{server.url}/api/ui/query/batch", json=many, headers=server.headers, timeout=30)
    assert refused.status_code == 400


def test_versions_are_listed_and_restored_and_stale_work_is_refused(server: RunningServer) -> None:
    def call(method: str, path: str, body: object = None, headers: dict[str, str] | None = None) -> Any:
        return requests.request(
            method,
            f"{server.url}{path}",
            json=body,
            headers={**server.headers, **(headers or {})},
            timeout=30,
        )

    body = {"title": "First", "layout_type": "ordered", "widgets": [NOTE]}
    made = call("POST", "/api/v1/dashboard", body).json()
    path = f"/api/v1/dashboard/{made['id']}"
    second = call("PUT", path, {**body, "title": "Second"}, {"If-Match": f'"{made["modified_at"]}"'})
    assert second.status_code == 200
    stale = call("PUT", path, {**body, "title": "Third"}, {"If-Match": f'"{made["modified_at"]}"'})
    assert stale.status_code == 412
    assert "saved at" in stale.json()["errors"][0]
    versions = call("GET", f"/api/ui/dashboards/{made['id']}/versions").json()["versions"]
    assert [one["title"] for one in versions] == ["Second", "First"]
    assert versions[0]["author_handle"] == server.email
    oldest = f"/api/ui/dashboards/{made['id']}/versions/{versions[1]['id']}"
    assert call("GET", oldest).json()["title"] == "First"
    assert call("POST", f"{oldest}/restore").json()["title"] == "First"
    assert call("GET", path).json()["title"] == "First"
    other = call("POST", "/api/v1/dashboard", body).json()["id"]
    foreign = call("GET", f"/api/ui/dashboards/{other}/versions/{versions[1]['id']}")
    assert foreign.status_code == 404
